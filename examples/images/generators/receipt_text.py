"""What the receipts say. Shops and goods are invented.

No Portuguese postal code begins with 0, and the tax numbers fail their check digit on purpose.
"""

import random

COLUMNS = 36
REDUCED, FULL = 6, 23  # per cent of IVA

_SHOPS = (
    ("Mercearia Três Caçarolas", "Rua do Farol, 27", "0135-901 Porto da Areia"),
    ("Padaria Pão de Nuvem", "Largo da Fonte, 3", "0990-902 Vila do Açude"),
    ("Café Limão Voador", "Avenida das Acácias, 118", "0645-903 Monte da Légua"),
    ("Frutaria Maçã Trovão", "Praça da Estação, 9", "0230-904 Ribeira Fria"),
    ("Minimercado Girassol Azul", "Travessa do Moinho, 41", "0705-905 Casal do Trigo"),
    ("Loja do Botão Encarnado", "Rua da Conceição, 60", "0360-906 Areias de Cima"),
)
_GOODS = (
    ("Pão de mistura", 145, REDUCED), ("Leite meio gordo", 89, REDUCED), ("Maçã gala kg", 199, REDUCED),
    ("Queijo de ovelha", 675, REDUCED), ("Ovos dúzia", 329, REDUCED), ("Arroz carolino 1 kg", 159, REDUCED),
    ("Limão kg", 179, REDUCED), ("Feijão frade lata", 99, REDUCED), ("Azeite virgem 75 cl", 899, REDUCED),
    ("Atum em óleo", 135, REDUCED), ("Banana da Madeira", 219, REDUCED), ("Iogurte natural x4", 169, REDUCED),
    ("Café moído 250 g", 379, FULL), ("Chocolate de leite", 185, FULL), ("Detergente loiça", 249, FULL),
    ("Sabão azul e branco", 129, FULL), ("Guardanapos x100", 119, FULL), ("Pilhas AA x4", 449, FULL),
    ("Sumo de maracujá", 155, FULL), ("Bolachas de aveia", 175, FULL), ("Esponja cozinha", 95, FULL),
)
_PAYMENTS = ("Cartão de débito", "Numerário", "Cartão de crédito", "Transferência")
_FAREWELLS = ("Obrigado pela sua visita", "Volte sempre", "Bom dia e até breve", "Obrigado e boas compras")


def random_lines(rng: random.Random) -> list[str]:
    """The lines of one receipt, each at most `COLUMNS` wide; sums and taxes are right."""
    bought = [(name, cents, rate, rng.choice((1, 1, 1, 2, 3))) for name, cents, rate in _basket(rng)]
    total = sum(cents * count for _, cents, _, count in bought)
    rule = rng.choice("-=") * COLUMNS
    return [
        *_heading(rng),
        rule,
        f"{'Qtd Artigo':<24}{'IVA':>4}{'Valor':>8}",
        *(_article(*article) for article in bought),
        rule,
        _pair("TOTAL", f"EUR {_euros(total)}"),
        _pair(rng.choice(_PAYMENTS), f"EUR {_euros(total)}"),
        "",
        *_taxes(bought),
        "",
        f"Artigos: {sum(count for *_, count in bought)}",
        rng.choice(_FAREWELLS).center(COLUMNS).rstrip(),
    ]


def _basket(rng: random.Random) -> list[tuple[str, int, int]]:
    return rng.sample(_GOODS, rng.randint(5, 11))


def _heading(rng: random.Random) -> list[str]:
    shop = rng.choice(_SHOPS)
    date = f"{rng.randint(1, 28):02}-{rng.randint(1, 12):02}-{rng.randint(2015, 2025)}"
    time = f"{rng.randint(8, 21):02}:{rng.randint(0, 59):02}"
    return [
        *(line.center(COLUMNS).rstrip() for line in shop),
        f"NIF: {_failing_tax_number(rng)}".center(COLUMNS).rstrip(),
        "",
        f"Fatura simplificada FS {rng.randint(1, 9)}/{rng.randint(1000, 9999)}",
        f"Data: {date}  {time}",
        f"Operador: {rng.randint(1, 12):02}",
    ]


def _failing_tax_number(rng: random.Random) -> str:
    """Nine digits that belong to nobody: the check digit is one too high."""
    digits = [5, *(rng.randint(0, 9) for _ in range(7))]
    rest = sum(digit * weight for digit, weight in zip(digits, range(9, 1, -1), strict=True)) % 11
    check = 0 if rest < 2 else 11 - rest
    return "".join(map(str, [*digits, (check + 1) % 10]))


def _article(name: str, cents: int, rate: int, count: int) -> str:
    return f"{count:>3} {name:<20}{f'{rate}%':>4}{_euros(cents * count):>8}"


def _taxes(bought: list[tuple[str, int, int, int]]) -> list[str]:
    lines = [f"{'IVA':<8}{'Base':>14}{'Imposto':>14}"]
    for rate in (REDUCED, FULL):
        gross = sum(cents * count for _, cents, of, count in bought if of == rate)
        if gross:
            net = round(gross * 100 / (100 + rate))
            lines.append(f"{f'{rate}%':<8}{_euros(net):>14}{_euros(gross - net):>14}")
    return lines


def _pair(left: str, right: str) -> str:
    return left + right.rjust(COLUMNS - len(left))


def _euros(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02}"
