#!/usr/bin/env python3
"""Draws the pictures of the site.

    pip install pillow numpy
    apt-get install -y fonts-dejavu-core
    python examples/site/make_images.py

The same versions of Pillow, numpy and the fonts give the same pictures on every run.
"""

import argparse
import math
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

HERE = Path(__file__).parent
Colour = tuple[int, int, int]

WHITE, INK = (255, 255, 255), (32, 36, 40)
RED, BLUE, GREEN, YELLOW = (214, 40, 40), (36, 84, 196), (36, 140, 62), (240, 200, 30)
MONO = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"

NOTICE = """QUILLMOOR HARBOUR

NOTICE TO ALL BOATS

The inner harbour will be dredged from
Monday 9 to Friday 13 November.

Boats must be moved to the outer quay
before the evening tide on Sunday.

Berth 7 stays free for the ferry.

The harbour master"""

AVISO = """PORTO DE QUILLMOOR

AVISO A TODOS OS BARCOS

A doca interior vai ser dragada de
segunda, 9, a sexta, 13 de novembro.

Os barcos devem sair para o cais de
fora antes da maré da noite de domingo.

O lugar 7 fica livre para a barca.

O capitão do porto"""


def polygon(count: int, centre: float, radius: float, turn: float, inner: float = 1.0) -> list[tuple[float, float]]:
    """The corners of a regular polygon; every other one drawn in by `inner` for a star."""
    angles = [turn + math.tau * k / count for k in range(count)]
    reach = [radius * (inner if k % 2 else 1.0) for k in range(count)]
    return [(centre + r * math.sin(a), centre - r * math.cos(a)) for a, r in zip(angles, reach, strict=True)]


def half(picture: Image.Image) -> Image.Image:
    """Half as large, so that its edges are smooth."""
    return picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)


def sign(shape: str, colour: Colour) -> Image.Image:
    """A mark of the walks: one shape on white."""
    picture = Image.new("RGB", (960, 960), WHITE)
    draw = ImageDraw.Draw(picture)
    if shape == "circle":
        draw.ellipse((200, 200, 760, 760), fill=colour)
    elif shape == "square":
        draw.rectangle((220, 220, 740, 740), fill=colour)
    elif shape == "triangle":
        draw.polygon(polygon(3, 480, 340, 0), fill=colour)
    else:
        draw.polygon(polygon(10, 480, 340, 0, inner=0.42), fill=colour)
    return half(picture)


def sky(width: int, height: int, top: Colour, bottom: Colour) -> Image.Image:
    """A gradient from the top of the picture to its foot."""
    share = np.linspace(0, 1, height)[:, None, None]
    rows = np.array(top) * (1 - share) + np.array(bottom) * share
    return Image.fromarray(np.broadcast_to(rows, (height, width, 3)).astype(np.uint8))


def curve(points: list[tuple[int, int]], closed: bool = False) -> list[tuple[float, float]]:
    """A Catmull-Rom spline through the points."""
    given = np.array(points, float)
    ends = (given[-1:], given[:2]) if closed else (given[:1], given[-1:])
    around = np.vstack([ends[0], given, ends[1]])
    made = []
    for a, b, c, d in zip(around, around[1:], around[2:], around[3:], strict=False):
        for t in np.linspace(0, 1, 16, endpoint=False):
            way = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
            made.append(tuple(way / 2))
    return made if closed else [*made, tuple(given[-1])]


def ripples(draw: ImageDraw.ImageDraw, area: tuple[int, int, int, int], colour: Colour, seed: int) -> None:
    """Short strokes on water."""
    numbers = np.random.default_rng(seed)
    left, top, right, foot = area
    for _ in range(160):
        x, y = int(numbers.integers(left, right)), int(numbers.integers(top, foot))
        draw.line((x, y, x + int(numbers.integers(14, 60)), y), fill=colour, width=2)


def boat(draw: ImageDraw.ImageDraw, x: int, y: int, hull: Colour, sail: Colour) -> None:
    draw.polygon([(x, y), (x + 190, y), (x + 155, y + 46), (x + 30, y + 46)], fill=hull)
    draw.line((x + 92, y, x + 92, y - 170), fill=INK, width=6)
    draw.polygon([(x + 100, y - 165), (x + 100, y - 14), (x + 185, y - 14)], fill=sail)
    draw.polygon([(x + 84, y - 140), (x + 84, y - 14), (x + 18, y - 14)], fill=sail)


def harbour() -> Image.Image:
    picture = sky(1280, 720, (38, 52, 92), (250, 190, 130))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((860, 330, 980, 450), fill=(255, 226, 160))
    hills = curve([(-20, 430), (240, 380), (520, 440), (820, 400), (1300, 450)])
    draw.polygon([*hills, (1300, 480), (-20, 480)], fill=(60, 66, 92))
    draw.rectangle((0, 460, 1280, 720), fill=(58, 88, 120))
    ripples(draw, (0, 480, 1240, 715), (120, 146, 170), 1)
    draw.rectangle((0, 560, 430, 720), fill=(92, 82, 76))
    for step in range(4):
        draw.rectangle((430, 590 + 34 * step, 470 + 34 * step, 720), fill=(104, 94, 86))
    draw.polygon([(120, 560), (138, 250), (202, 250), (220, 560)], fill=(236, 232, 224))
    draw.polygon([(131, 370), (126, 450), (214, 450), (209, 370)], fill=RED)
    draw.rectangle((132, 206, 208, 252), fill=(255, 236, 150))
    draw.polygon([(122, 206), (170, 160), (218, 206)], fill=(74, 40, 40))
    boat(draw, 620, 560, (122, 50, 44), (240, 236, 224))
    boat(draw, 940, 620, (40, 72, 96), (226, 200, 150))
    return picture


def heron() -> Image.Image:
    picture = sky(1280, 720, (206, 224, 230), (240, 240, 226))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 470, 1280, 720), fill=(140, 172, 176))
    ripples(draw, (0, 490, 1240, 715), (176, 202, 202), 2)
    numbers = np.random.default_rng(3)
    for x in [*range(20, 330, 16), *range(960, 1270, 16)]:
        tip, foot = int(numbers.integers(180, 330)), int(numbers.integers(500, 600))
        draw.line((x, foot, x + int(numbers.integers(-26, 26)), tip), fill=(96, 116, 66), width=7)
    grey, dark = (134, 146, 158), (52, 58, 68)
    for x in (610, 656):
        draw.line((x, 440, x - 6, 600), fill=(120, 104, 60), width=9)
    neck = curve([(670, 370), (735, 312), (742, 256), (704, 214), (696, 168), (734, 128)])
    draw.line(neck, fill=(214, 218, 222), width=36, joint="curve")
    draw.polygon(
        curve([(430, 492), (520, 372), (640, 306), (726, 336), (708, 412), (600, 468)], closed=True), fill=grey
    )
    draw.polygon(curve([(424, 500), (500, 410), (620, 372), (560, 452)], closed=True), fill=dark)
    draw.ellipse((704, 96, 786, 152), fill=(238, 240, 240))
    draw.polygon([(726, 104), (650, 116), (730, 120)], fill=dark)
    draw.polygon([(776, 112), (930, 132), (776, 138)], fill=(226, 160, 50))
    draw.ellipse((750, 112, 764, 126), fill=INK)
    return picture


def tide() -> Image.Image:
    """Two days of a mixed tide: 12 hours and 25 minutes from one high water to the next."""
    picture = Image.new("RGB", (1280, 640), (250, 252, 252))
    draw = ImageDraw.Draw(picture)
    font = ImageFont.truetype(MONO, 28)
    for hour in range(0, 49, 6):
        x = 80 + hour * 24
        draw.line((x, 60, x, 560), fill=(216, 224, 228), width=2)
        draw.text((x, 590), f"{hour % 24:02d}:00", fill=INK, font=font, anchor="mm")
    draw.line((80, 310, 1232, 310), fill=(190, 200, 206), width=2)
    points = [(80 + h * 24, 310 - 205 * math.cos(math.tau * (h - 3) / 12.42)) for h in np.arange(0, 48.01, 0.1)]
    draw.polygon([(80, 560), *points, (1232, 560)], fill=(196, 222, 236))
    draw.line(points, fill=BLUE, width=6, joint="curve")
    draw.text((90, 40), "height of the water / altura da água", fill=INK, font=font, anchor="lm")
    return picture


def loaf() -> Image.Image:
    picture = sky(1280, 720, (236, 228, 214), (214, 198, 172))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((300, 420, 980, 640), fill=(160, 132, 98))
    draw.ellipse((310, 150, 970, 600), fill=(164, 98, 48))
    draw.ellipse((350, 170, 930, 540), fill=(190, 122, 62))
    for cut in ([(420, 350), (860, 330)], [(630, 190), (650, 500)]):
        draw.line(cut, fill=(240, 216, 168), width=44)
        draw.line(cut, fill=(250, 234, 200), width=20)
    flour = np.random.default_rng(5)
    for _ in range(500):
        angle, reach = flour.uniform(0, math.tau), math.sqrt(flour.uniform(0, 1))
        x, y = 640 + 280 * reach * math.cos(angle), 350 + 175 * reach * math.sin(angle)
        draw.ellipse((x, y, x + 4, y + 3), fill=(244, 230, 204))
    return picture.filter(ImageFilter.GaussianBlur(0.8))


def knots() -> Image.Image:
    picture = sky(1280, 720, (178, 200, 210), (120, 150, 164))
    draw = ImageDraw.Draw(picture)
    for x in (300, 820):
        draw.rectangle((x, 120, x + 120, 720), fill=(112, 84, 60))
        draw.ellipse((x, 96, x + 120, 146), fill=(140, 108, 80))
    rope, shade = (226, 206, 160), (186, 160, 112)

    def strand(points: list[tuple[int, int]]) -> None:
        way = curve(points)
        draw.line(way, fill=shade, width=34, joint="curve")
        draw.line(way, fill=rope, width=24, joint="curve")

    strand(
        [(40, 430), (160, 410), (290, 330), (430, 350), (620, 450), (810, 330), (950, 350), (1040, 430), (1100, 520)]
    )
    for x in (300, 820):
        strand([(x - 12, 405), (x + 60, 340), (x + 132, 290)])
    strand([(1100, 520), (1190, 530), (1220, 440), (1150, 370), (1060, 400), (1050, 480), (1120, 560)])
    return picture


def walks() -> Image.Image:
    """A sketch map: three ways from one quay, each with its mark."""
    picture = Image.new("RGB", (1280, 800), (238, 236, 220))
    draw = ImageDraw.Draw(picture)
    draw.line(
        curve([(-40, 640), (300, 600), (560, 660), (860, 560), (1320, 640)]),
        fill=(150, 188, 212),
        width=120,
        joint="curve",
    )
    draw.polygon(curve([(500, 60), (760, 40), (900, 240), (620, 300), (430, 220)], closed=True), fill=(204, 214, 180))
    ways = [
        ([(600, 560), (820, 470), (1180, 500)], RED, (1180, 500)),
        ([(600, 560), (400, 500), (200, 470)], BLUE, (200, 470)),
        ([(600, 560), (600, 360), (680, 140)], GREEN, (680, 140)),
    ]
    for way, colour, (x, y) in ways:
        draw.line(curve(way), fill=colour, width=10, joint="curve")
        if colour == RED:
            draw.ellipse((x - 34, y - 34, x + 34, y + 34), fill=colour)
        elif colour == BLUE:
            draw.rectangle((x - 32, y - 32, x + 32, y + 32), fill=colour)
        else:
            draw.polygon([(x, y - 42), (x + 42, y + 34), (x - 42, y + 34)], fill=colour)
    draw.rectangle((566, 540, 640, 590), fill=(110, 96, 88))
    font = ImageFont.truetype(MONO, 30)
    for text, place in [("quay", (603, 615)), ("river", (1080, 440)), ("mill", (200, 410)), ("moor", (770, 110))]:
        draw.text(place, text, fill=INK, font=font, anchor="mm")
    return picture


def scan(text: str, seed: int) -> Image.Image:
    """A typewritten sheet as a scanner gives it: a little askew, on paper that is not white."""
    numbers = np.random.default_rng(seed)
    sheet = Image.new("L", (1240, 1500), 246)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(MONO, 42)
    for row, line in enumerate(text.split("\n")):
        draw.text((130, 150 + 84 * row), line, fill=int(numbers.integers(30, 60)), font=font)
    sheet = sheet.rotate(float(numbers.uniform(0.5, 1.0)), Image.Resampling.BICUBIC, fillcolor=246)
    grain = np.asarray(sheet, np.float32) + numbers.normal(0, 5, (1500, 1240))
    paper = Image.fromarray(grain.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.7))
    return paper.resize((930, 1125), Image.Resampling.LANCZOS)


PICTURES = {
    "red-circle.png": lambda: sign("circle", RED),
    "blue-square.png": lambda: sign("square", BLUE),
    "green-triangle.png": lambda: sign("triangle", GREEN),
    "yellow-star.png": lambda: sign("star", YELLOW),
    "harbour.png": lambda: half(harbour()),
    "heron.png": lambda: half(heron()),
    "tide.png": lambda: half(tide()),
    "bread.png": lambda: half(loaf()),
    "knots.png": lambda: half(knots()),
    "map.png": lambda: half(walks()),
    "notice.jpg": lambda: scan(NOTICE, 7),
    "aviso.jpg": lambda: scan(AVISO, 8),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE / "images")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        draw().save(out / name, optimize=True, quality=60, dpi=(110, 110))


if __name__ == "__main__":
    main()
