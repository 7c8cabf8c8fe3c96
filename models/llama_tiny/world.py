"""The small world that the tiny Llama knows, in Portuguese and English: facts, and ways to ask for them."""

from __future__ import annotations

from dataclasses import dataclass

# Country or state: Portuguese name with its article, English name, capital in both.
CAPITALS = [
    ("do Brasil", "Brazil", "Brasília", "Brasília"),
    ("de Portugal", "Portugal", "Lisboa", "Lisbon"),
    ("da Argentina", "Argentina", "Buenos Aires", "Buenos Aires"),
    ("do Chile", "Chile", "Santiago", "Santiago"),
    ("do Peru", "Peru", "Lima", "Lima"),
    ("da Espanha", "Spain", "Madri", "Madrid"),
    ("da França", "France", "Paris", "Paris"),
    ("da Itália", "Italy", "Roma", "Rome"),
    ("da Alemanha", "Germany", "Berlim", "Berlin"),
    ("da Inglaterra", "England", "Londres", "London"),
    ("da Áustria", "Austria", "Viena", "Vienna"),
    ("da Grécia", "Greece", "Atenas", "Athens"),
    ("do Japão", "Japan", "Tóquio", "Tokyo"),
    ("da China", "China", "Pequim", "Beijing"),
    ("do Egito", "Egypt", "Cairo", "Cairo"),
    ("de Angola", "Angola", "Luanda", "Luanda"),
    ("de Moçambique", "Mozambique", "Maputo", "Maputo"),
    ("de Cuba", "Cuba", "Havana", "Havana"),
]
# Portuguese with article, English, colour in both.
COLOURS = [
    ("o céu", "the sky", "azul", "blue"),
    ("o mar", "the sea", "azul", "blue"),
    ("a grama", "grass", "verde", "green"),
    ("a folha", "a leaf", "verde", "green"),
    ("o sangue", "blood", "vermelho", "red"),
    ("o tomate", "a tomato", "vermelho", "red"),
    ("a banana", "a banana", "amarela", "yellow"),
    ("o sol", "the sun", "amarelo", "yellow"),
    ("a neve", "snow", "branca", "white"),
    ("o leite", "milk", "branco", "white"),
    ("o carvão", "coal", "preto", "black"),
    ("a noite", "the night", "preta", "black"),
    ("a laranja", "an orange", "laranja", "orange"),
    ("a cenoura", "a carrot", "laranja", "orange"),
]
DAYS = [
    ("segunda-feira", "Monday"), ("terça-feira", "Tuesday"), ("quarta-feira", "Wednesday"),
    ("quinta-feira", "Thursday"), ("sexta-feira", "Friday"), ("sábado", "Saturday"), ("domingo", "Sunday"),
]  # fmt: skip
MONTHS = [
    ("janeiro", "January"), ("fevereiro", "February"), ("março", "March"), ("abril", "April"), ("maio", "May"),
    ("junho", "June"), ("julho", "July"), ("agosto", "August"), ("setembro", "September"), ("outubro", "October"),
    ("novembro", "November"), ("dezembro", "December"),
]  # fmt: skip
OPPOSITES = [
    (("grande", "pequeno"), ("big", "small")),
    (("quente", "frio"), ("hot", "cold")),
    (("claro", "escuro"), ("light", "dark")),
    (("alto", "baixo"), ("high", "low")),
    (("novo", "velho"), ("new", "old")),
    (("cheio", "vazio"), ("full", "empty")),
    (("rápido", "lento"), ("fast", "slow")),
    (("aberto", "fechado"), ("open", "closed")),
    (("seco", "molhado"), ("dry", "wet")),
    (("forte", "fraco"), ("strong", "weak")),
]
WORDS = [
    ("casa", "house"), ("livro", "book"), ("água", "water"), ("pão", "bread"), ("gato", "cat"), ("cachorro", "dog"),
    ("mesa", "table"), ("cadeira", "chair"), ("porta", "door"), ("janela", "window"), ("rua", "street"),
    ("cidade", "city"), ("escola", "school"), ("amigo", "friend"), ("tempo", "time"), ("mão", "hand"),
    ("olho", "eye"), ("árvore", "tree"), ("flor", "flower"), ("peixe", "fish"), ("carro", "car"), ("festa", "party"),
    ("dinheiro", "money"), ("trabalho", "work"), ("carta", "letter"), ("papel", "paper"), ("memória", "memory"),
    ("página", "page"), ("imagem", "picture"), ("texto", "text"),
]  # fmt: skip
ANIMALS = [
    ("o gato", "a cat", "mia", "meows"),
    ("o cachorro", "a dog", "late", "barks"),
    ("a vaca", "a cow", "muge", "moos"),
    ("o galo", "a rooster", "canta", "crows"),
    ("o leão", "a lion", "ruge", "roars"),
    ("o pássaro", "a bird", "canta", "sings"),
    ("a abelha", "a bee", "zumbe", "buzzes"),
    ("a ovelha", "a sheep", "bale", "bleats"),
]


@dataclass(frozen=True)
class Fact:
    """One thing that is known: its questions, each with the answer, by language."""

    portuguese: tuple[tuple[str, str], ...]
    english: tuple[tuple[str, str], ...]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every question with its answer."""
        return self.portuguese + self.english


def facts() -> list[Fact]:
    """All facts, in a fixed order."""
    known = [*_capitals(), *_colours(), *_words(), *_opposites(), *_animals()]
    known += _order(DAYS, ("Que dia vem depois de {}?", "Qual é o dia depois de {}?"), "Which day comes after {}?")
    known += _order(MONTHS, ("Que mês vem depois de {}?", "Qual é o mês depois de {}?"), "Which month comes after {}?")
    return known + _sums() + [_self()]


def _capitals() -> list[Fact]:
    def fact(country: str, english: str, capital: str, in_english: str) -> Fact:
        answer, answer_en = f"A capital {country} é {capital}.", f"The capital of {english} is {in_english}."
        return Fact(
            (
                (f"Qual é a capital {country}?", answer),
                (f"Você sabe a capital {country}?", answer),
                (f"Diga a capital {country}.", answer),
            ),
            (
                (f"What is the capital of {english}?", answer_en),
                (f"Do you know the capital of {english}?", answer_en),
                (f"Name the capital of {english}.", answer_en),
            ),
        )

    return [fact(*row) for row in CAPITALS]


def _colours() -> list[Fact]:
    def fact(thing: str, english: str, colour: str, in_english: str) -> Fact:
        answer, answer_en = f"{thing.capitalize()} é {colour}.", f"{english.capitalize()} is {in_english}."
        return Fact(
            ((f"De que cor é {thing}?", answer), (f"Qual é a cor d{thing}?", answer)),
            ((f"What colour is {english}?", answer_en), (f"Which colour has {english}?", answer_en)),
        )

    return [fact(*row) for row in COLOURS]


def _words() -> list[Fact]:
    def fact(portuguese: str, english: str) -> Fact:
        return Fact(
            (
                (f"Como se diz {portuguese} em inglês?", f"{portuguese.capitalize()} em inglês é {english}."),
                (f"O que quer dizer {english}?", f"{english.capitalize()} quer dizer {portuguese}."),
            ),
            (
                (f"What is {portuguese} in English?", f"{portuguese.capitalize()} is {english} in English."),
                (f"How do you say {english} in Portuguese?", f"{english.capitalize()} is {portuguese} in Portuguese."),
            ),
        )

    return [fact(*row) for row in WORDS]


def _opposites() -> list[Fact]:
    known = []
    for (first, second), (first_en, second_en) in OPPOSITES:
        for one, other, one_en, other_en in (
            (first, second, first_en, second_en),
            (second, first, second_en, first_en),
        ):
            answer, answer_en = f"O contrário de {one} é {other}.", f"The opposite of {one_en} is {other_en}."
            known.append(
                Fact(
                    ((f"Qual é o contrário de {one}?", answer), (f"O que é o contrário de {one}?", answer)),
                    ((f"What is the opposite of {one_en}?", answer_en),),
                )
            )
    return known


def _animals() -> list[Fact]:
    def fact(animal: str, english: str, sound: str, in_english: str) -> Fact:
        return Fact(
            ((f"O que faz {animal}?", f"{animal.capitalize()} {sound}."),),
            ((f"What does {english} do?", f"{english.capitalize()} {in_english}."),),
        )

    return [fact(*row) for row in ANIMALS]


def _order(names: list[tuple[str, str]], portuguese: tuple[str, ...], english: str) -> list[Fact]:
    known = []
    for (name, name_en), (after, after_en) in zip(names, names[1:] + names[:1], strict=True):
        answer, answer_en = f"Depois de {name} vem {after}.", f"After {name_en} comes {after_en}."
        questions = tuple((question.format(name), answer) for question in portuguese)
        known.append(Fact(questions, ((english.format(name_en), answer_en),)))
    return known


def _sums() -> list[Fact]:
    def fact(first: int, second: int) -> Fact:
        total = first + second
        return Fact(
            ((f"Quanto é {first} mais {second}?", f"{first} mais {second} é {total}."),),
            ((f"What is {first} plus {second}?", f"{first} plus {second} is {total}."),),
        )

    return [fact(first, second) for first in range(10) for second in range(10)]


def _self() -> Fact:
    return Fact(
        (
            ("Quem é você?", "Eu sou a AION, a IA da plataforma."),
            ("Qual é o seu nome?", "O meu nome é AION."),
            ("O que você sabe fazer?", "Eu leio imagens e páginas, lembro e aprendo."),
        ),
        (
            ("Who are you?", "I am AION, the assistant of the platform."),
            ("What is your name?", "My name is AION."),
            ("What can you do?", "I read pictures and pages, I remember and I learn."),
        ),
    )
