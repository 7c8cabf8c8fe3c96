"""A phone photo of a Portuguese shop receipt on a table."""

import math
import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from .effects import Field, Rng, as_random, clouds, noise, perspective, slope, to_image
from .fonts import MONO, font
from .receipt_text import random_lines
from .sheet import Point, Sheet

PHOTO = (1200, 1600)
LARGEST_TILT = 2.0  # degrees
LARGEST_SHARE = 0.9  # of the photo's width and height that the paper may cover
# In units of the type size:
CELL_WIDTH = 0.603  # of every letter, in all fonts of `MONO`
LINE_HEIGHT = 1.25
EDGE = 1.6  # white round the text
# Shadows are blurred at a fraction of the size: nobody sees it, and it is fast.
SHADOW_SCALE = 8


def receipt(rng: Rng, lines: list[str] | None = None, table: str | None = None) -> Image.Image:
    """An upright photo. Without `lines` an invented receipt is printed; `table` is a key of `TABLES`."""
    rng = as_random(rng)
    lines = lines or random_lines(rng)
    paper = _print(lines, rng)
    quad = _lay(paper.size, rng)
    outline = _mask(quad)
    place = perspective(quad, paper.size)
    # White also outside the paper: the smoothed edge of the mask must not mix in black.
    white = paper.getpixel((0, 0))
    seen = paper.transform(PHOTO, Image.Transform.PERSPECTIVE, place, Image.Resampling.BILINEAR, fillcolor=white)
    surface = _cast_shadow(TABLES[table or rng.choice(sorted(TABLES))](rng), outline, rng)
    photo = Image.composite(seen, surface, outline)
    photo = _photograph(photo, rng)
    photo.info["text"] = "\n".join(" ".join(line.split()) for line in lines if any(map(str.isalnum, line)))
    return photo


def _print(lines: list[str], rng: random.Random) -> Image.Image:
    """Thermal print on a strip of paper that has been folded once or twice."""
    regular, bold = rng.choice(MONO)
    columns = max(len(line) for line in lines)
    # In units of the type size, so that a long receipt can get smaller type.
    wide, high = columns * CELL_WIDTH + 2 * EDGE, len(lines) * LINE_HEIGHT + 2 * EDGE
    size = int(min(rng.randint(31, 40), PHOTO[0] * LARGEST_SHARE / wide, PHOTO[1] * LARGEST_SHARE / high))
    white = rng.randint(238, 250)
    sheet = Sheet((round(wide * size), round(high * size)), (white, white, white - rng.randint(2, 8)))
    ink = rng.randint(30, 60)
    for row, line in enumerate(lines):
        face = font(bold if row == 0 or line.startswith("TOTAL") else regular, size)
        sheet.write((EDGE * size, (EDGE + row * LINE_HEIGHT) * size), line, face, (ink, ink, ink + 8))
    return _creased(sheet.finish(), rng)


def _creased(paper: Image.Image, rng: random.Random) -> Image.Image:
    rows = np.linspace(0, 1, paper.height, dtype=np.float32)
    light = 1 + 0.015 * clouds(rng, paper.size, (4, 9))
    for _ in range(rng.randint(1, 2)):
        distance = (rows - rng.uniform(0.2, 0.8)) * 60
        # One side of a fold looks at the light, the other away from it.
        light *= (1 - 0.08 * distance * np.exp(-distance * distance))[:, None]
    return to_image(np.asarray(paper, np.float32) * light[..., None])


def _lay(paper: tuple[int, int], rng: random.Random) -> list[Point]:
    """The four corners of the paper in the photo: a little turned, a little nearer at one end."""
    tilt = math.radians(rng.uniform(-LARGEST_TILT, LARGEST_TILT))
    nearer = rng.uniform(-0.025, 0.025)
    half_width, half_height = paper[0] / 2, paper[1] / 2
    centre = PHOTO[0] / 2 + rng.uniform(-25, 25), PHOTO[1] / 2 + rng.uniform(-8, 8)
    corners = []
    for across, down in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        x = across * half_width * (1 + down * nearer) + rng.uniform(-4, 4)
        y = down * half_height + rng.uniform(-4, 4)
        corners.append(
            (
                centre[0] + x * math.cos(tilt) - y * math.sin(tilt),
                centre[1] + x * math.sin(tilt) + y * math.cos(tilt),
            )
        )
    return corners


def _mask(quad: list[Point]) -> Image.Image:
    """White where the paper lies, with smooth edges."""
    outline = Sheet(PHOTO, 0, "L")
    outline.polygon(quad, 255)
    return outline.finish()


def _wood(rng: random.Random) -> Image.Image:
    """Boards across the table, each of its own tone, with long fibres."""
    fibres = 0.06 * clouds(rng, PHOTO, (5, 400)) + 0.05 * clouds(rng, PHOTO, (3, 60))
    boards = np.zeros(PHOTO[1], np.float32)
    height = rng.randint(280, 420)
    for top in range(rng.randint(-height, 0), PHOTO[1], height):
        start = max(top, 0)
        boards[start : top + height] = rng.uniform(-0.08, 0.08)
        boards[start : start + 4] = -0.55
    colour = rng.choice(((150, 104, 66), (112, 74, 48), (186, 144, 98), (84, 60, 46)))
    return _surface(colour, fibres + boards[:, None])


def _stone(rng: random.Random) -> Image.Image:
    colour = rng.choice(((96, 98, 104), (64, 66, 72), (150, 150, 146), (52, 66, 84)))
    return _surface(colour, 0.04 * clouds(rng, PHOTO, (240, 320)) + 0.05 * clouds(rng, PHOTO, (6, 8)))


def _linen(rng: random.Random) -> Image.Image:
    """A pale cloth: every thread, along and across, has its own tone."""
    weave = 0.011 * noise(rng, 1, PHOTO[1]) + 0.011 * noise(rng, PHOTO[0], 1)
    colour = rng.choice(((226, 222, 212), (216, 220, 222), (228, 216, 208), (220, 222, 208)))
    return _surface(colour, weave + 0.015 * clouds(rng, PHOTO, (7, 9)))


def _surface(colour: tuple[int, int, int], texture: Field) -> Image.Image:
    return to_image(np.array(colour, np.float32) * (1 + texture)[..., None])


TABLES: dict[str, Callable[[random.Random], Image.Image]] = {"wood": _wood, "stone": _stone, "linen": _linen}


def _cast_shadow(table: Image.Image, outline: Image.Image, rng: random.Random) -> Image.Image:
    small = outline.reduce(SHADOW_SCALE)
    moved = Image.new("L", small.size)
    moved.paste(small, (rng.choice((-2, 2, 3)), rng.randint(1, 3)))
    soft = moved.filter(ImageFilter.GaussianBlur(rng.uniform(1, 2.5)))
    shadow = soft.resize(PHOTO, Image.Resampling.BILINEAR).point(lambda v: round(v * 0.6))
    return Image.composite(Image.new("RGB", PHOTO), table, shadow)


def _photograph(scene: Image.Image, rng: random.Random) -> Image.Image:
    """Lamp light from one side, the shadow of the hand, warm colours, a soft lens and a noisy sensor."""
    scene = scene.filter(ImageFilter.BoxBlur(rng.uniform(0.2, 0.5)))
    light = rng.uniform(0.9, 1.0) + slope(PHOTO, (rng.uniform(-0.18, 0.18), rng.uniform(-0.18, 0.18)))
    light *= _hand_shadow(rng)
    warmth = rng.uniform(-0.02, 0.06)
    tint = np.array([1 + warmth, 1, 1 - 1.5 * warmth], np.float32)
    values = np.asarray(scene, np.float32) * light[..., None] * tint
    values += rng.uniform(1.5, 3.0) * noise(rng, *PHOTO)[..., None]
    return to_image(values)


def _hand_shadow(rng: random.Random) -> Field:
    """A dim, soft-edged region that falls over one corner."""
    angle = rng.uniform(0, math.tau)
    depth = slope(PHOTO, (math.cos(angle), math.sin(angle))) - rng.uniform(0.05, 0.35)
    return 1 - rng.uniform(0.08, 0.22) / (1 + np.exp(-depth * rng.uniform(15, 40)))
