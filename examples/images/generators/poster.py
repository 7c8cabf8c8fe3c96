"""A poster: big plain shapes and a few large words."""

import random
from collections.abc import Callable, Sequence

from PIL import Image

from .effects import Rng, as_random
from .fonts import SANS, fit
from .sheet import Colour, Point, Sheet

Rgb = tuple[int, int, int]

COLOURS: dict[str, Rgb] = {
    "red": (214, 40, 40),
    "blue": (29, 78, 172),
    "green": (34, 139, 70),
    "yellow": (250, 196, 28),
    "orange": (240, 120, 24),
    "purple": (118, 60, 150),
    "pink": (238, 120, 170),
    "black": (28, 28, 30),
}

_PALE_PAPERS = ((250, 244, 228), (255, 255, 255), (238, 240, 244), (252, 236, 220), (228, 240, 236))
_DARK_PAPERS = ((18, 32, 58), (32, 30, 34), (20, 52, 50), (58, 24, 44))
_DARK_INKS = ((24, 24, 32), (20, 36, 84), (70, 20, 30), (16, 60, 44))
_PALE_INKS = ((255, 255, 255), (252, 240, 210), (255, 226, 140))
# Least sum of differences in red, green and blue at which a shape stands out from the paper.
_CLEAR = 130

_TITLES = (
    "SUMMER FAIR", "OPEN DAY", "JAZZ NIGHT", "BOOK MARKET", "SPRING CONCERT", "KITE FESTIVAL", "ART SHOW",
    "CITY RUN", "WINTER MARKET", "FILM WEEK", "TOY SHOP", "GARDEN PARTY", "SCIENCE DAY", "HARVEST DANCE",
)
_DETAILS = (
    "Red Circle Café", "Blue Square Hall", "Green Triangle Park", "Saturday 14 June", "Sunday 3 May",
    "Friday 21 November", "Free entry", "Music and food", "Everyone is welcome", "Doors open at 7 pm",
    "10 am to 6 pm", "Games for children", "Harbour Square", "Tickets 5 euros", "Bring a friend",
)


def poster(
    rng: Rng,
    shapes: Sequence[tuple[str, str]] | None = None,
    words: Sequence[str] | None = None,
) -> Image.Image:
    """A poster with `shapes`, pairs such as ("red", "circle"), and `words`, the title first.

    Colours come from `COLOURS`, shapes from `SHAPES`. What is not given is chosen; `image.info["shapes"]`
    says what was drawn.
    """
    rng = as_random(rng)
    shapes = list(shapes) if shapes is not None else _random_shapes(rng)
    words = list(words) if words is not None else _random_words(rng)
    paper, ink = _paper_and_ink(rng, shapes)
    sheet = Sheet((rng.randrange(840, 1001, 20), rng.randrange(1160, 1361, 20)), paper)
    top, bottom = _write_words(sheet, rng, words, ink)
    if shapes:
        _draw_shapes(sheet, rng, shapes, top, bottom)
    picture = sheet.finish()
    picture.info["text"] = sheet.text
    picture.info["shapes"] = shapes
    return picture


def _random_shapes(rng: random.Random) -> list[tuple[str, str]]:
    count = rng.randint(1, 4)
    colours = rng.sample(sorted(COLOURS), count)
    return [(colour, rng.choice(sorted(SHAPES))) for colour in colours]


def _paper_and_ink(rng: random.Random, shapes: Sequence[tuple[str, str]]) -> tuple[Rgb, Rgb]:
    """One poster in four is dark, if its shapes can be seen on a dark paper."""
    visible = [paper for paper in _DARK_PAPERS if all(_apart(paper, COLOURS[name]) > _CLEAR for name, _ in shapes)]
    if visible and rng.random() < 0.25:
        return rng.choice(visible), rng.choice(_PALE_INKS)
    return rng.choice(_PALE_PAPERS), rng.choice(_DARK_INKS)


def _apart(one: Rgb, other: Rgb) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def _random_words(rng: random.Random) -> list[str]:
    return [rng.choice(_TITLES), *rng.sample(_DETAILS, rng.randint(1, 3))]


def _write_words(sheet: Sheet, rng: random.Random, words: Sequence[str], ink: Colour) -> tuple[float, float]:
    """Writes the title at the top and the rest at the bottom; returns the free space between."""
    regular, bold = rng.choice(SANS)
    margin = sheet.width * 0.08
    usable = sheet.width - 2 * margin
    left_aligned = rng.random() < 0.4
    x, anchor = (margin, "l") if left_aligned else (sheet.width / 2, "m")
    top, bottom = margin, sheet.height - margin
    if words:
        face = fit(bold, words[0], usable, 190)
        sheet.write((x, top), words[0], face, ink, anchor + "a")
        top += face.size * 1.35
    details = words[1:]
    faces = [fit(regular, line, usable, 100 - 12 * len(details)) for line in details]
    bottom -= sum(face.size * 1.35 for face in faces)
    y = bottom
    for line, face in zip(details, faces, strict=True):
        sheet.write((x, y), line, face, ink, anchor + "a")
        y += face.size * 1.35
    return top, bottom - margin * 0.4


def _draw_shapes(
    sheet: Sheet, rng: random.Random, shapes: Sequence[tuple[str, str]], top: float, bottom: float
) -> None:
    margin = sheet.width * 0.08
    arrange = rng.choice(_ARRANGEMENTS)
    places = arrange(len(shapes), (margin, top, sheet.width - margin, bottom))
    for (colour, shape), (centre, radius) in zip(shapes, places, strict=True):
        SHAPES[shape](sheet, centre, radius * rng.uniform(0.8, 0.95), COLOURS[colour])


Place = tuple[Point, float]  # centre, radius
Area = tuple[float, float, float, float]


def _diagonal(count: int, area: Area) -> list[Place]:
    left, top, right, bottom = area
    width, height = right - left, bottom - top
    # Along the longer side the shapes stand side by side, so they never overlap.
    radius = min(max(width, height) / count, width, height) / 2
    xs = _spread(left + radius, right - radius, count)
    ys = _spread(top + radius, bottom - radius, count)
    return [((x, y), radius) for x, y in zip(xs, ys, strict=True)]


def _grid(count: int, area: Area) -> list[Place]:
    """Rows of two; an odd last shape stands in the middle."""
    left, top, right, bottom = area
    across = 1 if count == 2 and bottom - top > right - left else min(count, 2)
    rows = -(-count // across)
    radius = min((right - left) / across, (bottom - top) / rows) / 2
    ys = _spread(top + radius, bottom - radius, rows)
    places = []
    for index in range(count):
        alone = across == 1 or (index == count - 1 and count % 2 == 1)
        x = (left + right) / 2 if alone else (left + radius, right - radius)[index % 2]
        places.append(((x, ys[index // across]), radius))
    return places


def _triangle(count: int, area: Area) -> list[Place]:
    """One shape above, the rest in a row below it."""
    if count < 3:
        return _grid(count, area)
    left, top, right, bottom = area
    below = count - 1
    small = min((right - left) / below, (bottom - top) * 0.45) / 2
    large = min(right - left, (bottom - top) - 2 * small) / 2
    xs = _spread(left + small, right - small, below)
    return [(((left + right) / 2, top + large), large), *(((x, bottom - small), small) for x in xs)]


_ARRANGEMENTS = (_diagonal, _grid, _triangle)


def _spread(first: float, last: float, count: int) -> list[float]:
    if count == 1:
        return [(first + last) / 2]
    return [first + (last - first) * index / (count - 1) for index in range(count)]


def _circle(sheet: Sheet, centre: Point, radius: float, colour: Colour) -> None:
    sheet.disc(centre, radius, colour)


def _square(sheet: Sheet, centre: Point, radius: float, colour: Colour) -> None:
    x, y = centre
    half = radius * 0.88  # looks as large as a circle of this radius
    sheet.box(x - half, y - half, x + half, y + half, colour)


def _pointed(sheet: Sheet, centre: Point, radius: float, colour: Colour) -> None:
    x, y = centre
    sheet.polygon([(x, y - radius), (x + radius, y + radius * 0.8), (x - radius, y + radius * 0.8)], colour)


SHAPES: dict[str, Callable[[Sheet, Point, float, Colour], None]] = {
    "circle": _circle,
    "square": _square,
    "triangle": _pointed,
}
