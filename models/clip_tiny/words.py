"""The vocabulary of the tiny CLIP in English and Portuguese: colours, shapes, drawn words, kinds of picture."""

from __future__ import annotations

from dataclasses import dataclass

RGB = tuple[int, int, int]


@dataclass(frozen=True)
class Shape:
    """A shape's names; the Portuguese gender decides the form of the colour beside it."""

    english: str
    portuguese: str
    feminine: bool = False


@dataclass(frozen=True)
class Colour:
    """A colour's names and the paint that training pictures are drawn with (jittered)."""

    english: str
    masculine: str
    feminine: str
    rgb: RGB


SHAPES = {
    shape.english: shape
    for shape in (
        Shape("circle", "círculo"),
        Shape("square", "quadrado"),
        Shape("triangle", "triângulo"),
        Shape("star", "estrela", feminine=True),
        Shape("cross", "cruz", feminine=True),
        Shape("ring", "anel"),
        Shape("diamond", "losango"),
        Shape("heart", "coração"),
    )
}

COLOURS = {
    colour.english: colour
    for colour in (
        Colour("red", "vermelho", "vermelha", (216, 34, 38)),
        Colour("orange", "laranja", "laranja", (243, 134, 24)),
        Colour("yellow", "amarelo", "amarela", (246, 214, 44)),
        Colour("green", "verde", "verde", (38, 152, 68)),
        Colour("blue", "azul", "azul", (36, 84, 206)),
        Colour("purple", "roxo", "roxa", (124, 48, 164)),
        Colour("pink", "rosa", "rosa", (244, 132, 184)),
        Colour("black", "preto", "preta", (20, 20, 22)),
        Colour("white", "branco", "branca", (250, 250, 250)),
    )
}

# Words as they stand on signs and posters; they are never translated, so the caption names what is written.
WORDS = (
    "sale", "open", "free", "music", "coffee", "news",
    "feira", "aberto", "livro", "festa", "hotel", "show",
)  # fmt: skip

# Pairs that no training picture and no training caption names together. Every shape and every colour still
# occurs in other pairs, so getting these right means that colour and shape were learnt apart.
UNSEEN_PAIRS = frozenset(
    {
        ("red", "star"),
        ("orange", "cross"),
        ("yellow", "diamond"),
        ("green", "triangle"),
        ("blue", "heart"),
        ("purple", "circle"),
        ("pink", "square"),
        ("black", "ring"),
        ("white", "star"),
        ("blue", "circle"),
    }
)

ALL_PAIRS = tuple((colour, shape) for colour in COLOURS for shape in SHAPES)
SEEN_PAIRS = tuple(pair for pair in ALL_PAIRS if pair not in UNSEEN_PAIRS)


def english_pair(colour: str, shape: str) -> str:
    """`red circle`."""
    return f"{colour} {shape}"


def portuguese_pair(colour: str, shape: str) -> str:
    """`círculo vermelho`, `estrela vermelha`."""
    paint = COLOURS[colour]
    noun = SHAPES[shape]
    return f"{noun.portuguese} {paint.feminine if noun.feminine else paint.masculine}"


def english_article(noun: str) -> str:
    """`a red circle`, `an orange cross`."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def portuguese_article(shape: str) -> str:
    """`um` or `uma`, as the shape's gender asks."""
    return "uma" if SHAPES[shape].feminine else "um"
