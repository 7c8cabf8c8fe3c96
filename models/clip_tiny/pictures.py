"""Draws the pictures of shapes and of single words; documents come from `examples/images`."""

from __future__ import annotations

import math
import random
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from .captions import Pair
from .words import COLOURS, RGB

Point = tuple[float, float]

FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/Library/Fonts"))
FONT_FAMILIES = ("DejaVuSans", "DejaVuSerif", "LiberationSans-", "LiberationSerif-", "LiberationSansNarrow-")
# Shapes are masked at this multiple of their size and reduced: Pillow draws without smoothing.
SMOOTHING = 3
# Below this distance of figure and ground a person would not name the figure's colour with ease either.
LEAST_CONTRAST = 120.0
NEUTRALS: tuple[RGB, ...] = (
    (255, 255, 255), (244, 240, 230), (226, 228, 232), (190, 190, 190), (128, 128, 128), (70, 72, 78), (24, 24, 28),
)  # fmt: skip


def shape_picture(rng: random.Random, pair: Pair) -> Image.Image:
    """One shape, somewhere in the part that CLIP's centre crop keeps."""
    picture, square = _canvas(rng, [pair[0]])
    side = square[2] - square[0]
    radius = side * rng.uniform(0.16, 0.44)
    _paint_shape(picture, rng, pair, _place(rng, square, radius), radius)
    return _finish(picture, rng)


def shapes_picture(rng: random.Random, pairs: tuple[Pair, ...]) -> Image.Image:
    """Two shapes side by side or one above the other, not touching."""
    picture, square = _canvas(rng, [colour for colour, _ in pairs])
    side = square[2] - square[0]
    upright = rng.random() < 0.4
    for index, pair in enumerate(pairs):
        low, high = square[0] + index * side / 2, square[0] + (index + 1) * side / 2
        half = (low, square[1], high, square[3])
        if upright:
            half = (square[0], square[1] + index * side / 2, square[2], square[1] + (index + 1) * side / 2)
        radius = side * rng.uniform(0.14, 0.23)
        _paint_shape(picture, rng, pair, _place(rng, half, radius), radius)
    return _finish(picture, rng)


def sign_picture(rng: random.Random, word: str) -> Image.Image:
    """One word in a random font, case, size and colour."""
    ink_name = rng.choice(list(COLOURS))
    picture, square = _canvas(rng, [ink_name])
    side = square[2] - square[0]
    text = rng.choice((word.upper(), word.upper(), word.capitalize(), word))
    path = rng.choice(_font_paths())
    natural = ImageFont.truetype(path, 100).getlength(text)
    size = min(100 * side * rng.uniform(0.55, 0.92) / natural, side * 0.45)
    font = ImageFont.truetype(path, int(size))
    left, top, right, bottom = font.getbbox(text)
    mask = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4))
    ImageDraw.Draw(mask).text((2 - left, 2 - top), text, 255, font)
    mask = mask.rotate(rng.gauss(0, 3), Image.Resampling.BICUBIC, expand=True)
    x = square[0] + rng.uniform(0, max(side - mask.width, 0))
    y = square[1] + rng.uniform(0, max(side - mask.height, 0))
    picture.paste(_jitter(rng, COLOURS[ink_name].rgb), (int(x), int(y)), mask)
    return _finish(picture, rng)


def _canvas(rng: random.Random, colours: list[str]) -> tuple[Image.Image, tuple[float, float, float, float]]:
    """A background of any format, and the square in its middle that the centre crop keeps."""
    side = rng.randint(224, 400)
    longer = side if rng.random() < 0.4 else int(side * rng.uniform(1.0, 1.7))
    width, height = rng.choice(((side, longer), (longer, side)))
    picture = _background(rng, (width, height), [COLOURS[name].rgb for name in colours])
    left, top = (width - side) / 2, (height - side) / 2
    return picture, (left, top, left + side, top + side)


def _background(rng: random.Random, size: tuple[int, int], figures: list[RGB]) -> Image.Image:
    first, second = _ground_colour(rng, figures), _ground_colour(rng, figures)
    style = rng.random()
    if style < 0.5:
        return Image.new("RGB", size, first)
    if style < 0.75:
        return _blend(first, second, Image.linear_gradient("L").rotate(rng.choice((0, 90, 180, 270))), size)
    cells = (rng.randint(3, 9), rng.randint(3, 9))
    clouds = np.random.default_rng(rng.getrandbits(64)).integers(0, 256, (cells[1], cells[0]), dtype=np.uint8)
    return _blend(first, second, Image.fromarray(clouds), size)


def _blend(first: RGB, second: RGB, mask: Image.Image, size: tuple[int, int]) -> Image.Image:
    # Two grounds that each stand out may meet in a mix that does not, so the second one only tints the first.
    tint = Image.blend(Image.new("RGB", size, first), Image.new("RGB", size, second), 0.35)
    return Image.composite(tint, Image.new("RGB", size, first), mask.resize(size, Image.Resampling.BICUBIC))


def _ground_colour(rng: random.Random, figures: list[RGB]) -> RGB:
    while True:
        paint = rng.choice(NEUTRALS) if rng.random() < 0.6 else _any_colour(rng)
        if all(math.dist(paint, figure) > LEAST_CONTRAST for figure in figures):
            return paint


def _any_colour(rng: random.Random) -> RGB:
    return rng.randrange(256), rng.randrange(256), rng.randrange(256)


def _place(rng: random.Random, box: tuple[float, float, float, float], radius: float) -> Point:
    return (
        _between(rng, box[0] + radius, box[2] - radius),
        _between(rng, box[1] + radius, box[3] - radius),
    )


def _between(rng: random.Random, low: float, high: float) -> float:
    return rng.uniform(low, high) if low < high else (low + high) / 2


def _paint_shape(picture: Image.Image, rng: random.Random, pair: Pair, centre: Point, radius: float) -> None:
    colour, shape = pair
    side = int(radius * 2) + 2
    mask = Image.new("L", (side * SMOOTHING, side * SMOOTHING))
    draw = ImageDraw.Draw(mask)
    middle, reach = side * SMOOTHING / 2, radius * SMOOTHING
    outline = _turned(OUTLINES[shape], rng.gauss(0, 0.12), rng.uniform(0.85, 1.0))
    draw.polygon([(middle + x * reach, middle + y * reach) for x, y in outline], 255)
    if shape == "ring":
        hole = rng.uniform(0.5, 0.72)
        draw.polygon([(middle + x * reach * hole, middle + y * reach * hole) for x, y in outline], 0)
    corner = (int(centre[0] - side / 2), int(centre[1] - side / 2))
    picture.paste(_jitter(rng, COLOURS[colour].rgb), corner, mask.reduce(SMOOTHING))


def _turned(outline: list[Point], angle: float, squeeze: float) -> list[Point]:
    sine, cosine = math.sin(angle), math.cos(angle)
    return [(x * squeeze * cosine - y * sine, x * squeeze * sine + y * cosine) for x, y in outline]


def _around(radii: list[float]) -> list[Point]:
    """A polygon from its corners' distances to the centre, the first corner on top."""
    step = math.tau / len(radii)
    return [(radius * math.sin(n * step), -radius * math.cos(n * step)) for n, radius in enumerate(radii)]


def _heart_point(t: float) -> Point:
    x = 16 * math.sin(t) ** 3
    y = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
    return x / 18, -(y + 2.5) / 16


def _cross() -> list[Point]:
    arm, reach = 0.28, 0.92
    quarter = [(-arm, -reach), (arm, -reach), (arm, -arm)]
    turns = ((1, 0), (0, 1), (-1, 0), (0, -1))
    return [(c * x - s * y, s * x + c * y) for c, s in turns for x, y in quarter]


# Each shape's polygon within the unit circle, y downwards; a ring's hole is cut out of its disc.
OUTLINES: dict[str, list[Point]] = {
    "circle": _around([1.0] * 64),
    "square": [(-0.75, -0.75), (0.75, -0.75), (0.75, 0.75), (-0.75, 0.75)],
    "triangle": _around([1.0] * 3),
    "star": _around([1.0, 0.42] * 5),
    "cross": _cross(),
    "ring": _around([1.0] * 64),
    "diamond": [(0, -1), (0.64, 0), (0, 1), (-0.64, 0)],
    "heart": [_heart_point(step * math.tau / 64) for step in range(64)],
}


def _jitter(rng: random.Random, paint: RGB) -> RGB:
    red, green, blue = (min(255, max(0, channel + rng.randint(-12, 12))) for channel in paint)
    return red, green, blue


def _finish(picture: Image.Image, rng: random.Random) -> Image.Image:
    """What a camera or a file format does: a little blur, a little noise."""
    if rng.random() < 0.25:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2)))
    if rng.random() < 0.4:
        values = np.asarray(picture, dtype=np.float32)
        grain = np.random.default_rng(rng.getrandbits(64)).standard_normal(values.shape, dtype=np.float32)
        picture = Image.fromarray(np.clip(values + grain * rng.uniform(2, 12), 0, 255).astype(np.uint8))
    return picture


@lru_cache
def _font_paths() -> list[str]:
    found = {
        path.name: str(path)
        for folder in FONT_FOLDERS
        for path in folder.rglob("*.ttf")
        if path.name.startswith(FONT_FAMILIES) and "Math" not in path.name
    }
    if not found:
        raise FileNotFoundError("no DejaVu or Liberation font found; install fonts-dejavu-core and fonts-liberation")
    return [found[name] for name in sorted(found)]
