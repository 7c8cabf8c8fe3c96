"""A scanned English business letter."""

import math
import random

import numpy as np
from PIL import Image, ImageFilter

from .effects import Field, Rng, as_random, clouds, noise, slope, to_image
from .fonts import SANS, SERIF, font, wrap
from .letter_text import LetterText, random_text
from .sheet import Sheet

A4_AT_150_DPI = (1240, 1754)
LARGEST_SKEW = 0.4  # degrees
BOTTOM_MARGIN = 110  # pixels
LARGEST_SHRINK = 12  # pixels that the type may get smaller to make a long letter fit


def letter(rng: Rng, text: LetterText | None = None) -> Image.Image:
    """A grey A4 scan. Without `text` an invented letter is written."""
    rng = as_random(rng)
    sheet = _typed(text or random_text(rng), rng)
    picture = _scan(sheet.finish(), rng)
    picture.info["text"] = sheet.text
    return picture


def _typed(text: LetterText, rng: random.Random) -> Sheet:
    """Types the letter, in ever smaller type until it fits on the page."""
    for shrink in range(LARGEST_SHRINK):
        sheet = Sheet(A4_AT_150_DPI, 255, "L")
        page = _Page(sheet, rng, shrink)
        page.write(text)
        if page.y <= sheet.height - BOTTOM_MARGIN:
            return sheet
    raise ValueError("the letter is too long for one page")


class _Page:
    """Writes a letter from top to bottom; `y` is where the next line goes."""

    def __init__(self, sheet: Sheet, rng: random.Random, shrink: int) -> None:
        self.sheet = sheet
        self.rng = rng
        self.regular, self.bold = rng.choice(SERIF + SANS)
        # DejaVu is wider than Liberation at the same size.
        self.size = (rng.randint(21, 23) if "DejaVu" in self.regular else rng.randint(25, 28)) - shrink
        self.leading = self.size * rng.uniform(1.4, 1.6)
        self.left = rng.randint(110, 150)
        self.right = sheet.width - self.left
        self.ink = rng.randint(20, 60)
        self.y = float(rng.randint(90, 160))

    def write(self, text: LetterText) -> None:
        self._letterhead(text)
        self._date_and_address(text)
        self._line(text.subject, self.bold)
        self._gap(0.8)
        self._line(text.salutation)
        self._gap(0.6)
        for paragraph in text.paragraphs:
            self._paragraph(paragraph)
        self._closing(text)

    def _letterhead(self, text: LetterText) -> None:
        place = self.rng.choice(("left", "middle", "right"))
        x, anchor = {
            "left": (self.left, "la"),
            "middle": (self.sheet.width / 2, "ma"),
            "right": (self.right, "ra"),
        }[place]
        if place == "left" or self.rng.random() < 0.3:
            self._emblem(self.right - 50 if place == "left" else self.left + 50)
        self.sheet.write((x, self.y), text.sender, font(self.bold, self.size * 2), self.ink, anchor)
        self.y += self.size * 2.6
        small = font(self.regular, round(self.size * 0.85))
        for line in text.sender_address:
            self.sheet.write((x, self.y), line, small, self.ink, anchor)
            self.y += self.size * 1.25
        self._gap(0.5)
        self.sheet.line([(self.left, self.y), (self.right, self.y)], self.ink, self.rng.choice((1, 2, 3)))
        self._gap(1.4)

    def _emblem(self, x: float) -> None:
        """An open book: two leaning pages and a ring round them."""
        y, grey = self.y + 50, self.rng.randint(60, 130)
        self.sheet.disc((x, y), 48, None, grey)
        for side in (-1, 1):
            page = [(x, y - 16), (x + side * 32, y - 26), (x + side * 32, y + 16), (x, y + 26)]
            self.sheet.polygon(page, grey if side < 0 else grey + 40)

    def _date_and_address(self, text: LetterText) -> None:
        if self.rng.random() < 0.5:
            self.sheet.write((self.right, self.y), text.date, font(self.regular, self.size), self.ink, "ra")
            self._gap(1)
        else:
            self._line(text.date)
        self._gap(0.8)
        for line in text.recipient:
            self._line(line)
        self._gap(1.2)

    def _paragraph(self, text: str) -> None:
        for line in wrap(text, font(self.regular, self.size), self.right - self.left):
            self._line(line)
        self._gap(0.7)

    def _closing(self, text: LetterText) -> None:
        self._gap(0.5)
        self._line(text.closing)
        self._signature()
        self._line(text.signer)
        self._line(text.role)

    def _signature(self) -> None:
        """A pen that circles while it runs to the right, in ever smaller loops."""
        rng, height = self.rng, self.size * 5
        loops, length = rng.uniform(4, 6.5), rng.uniform(180, 260)
        middle, phase = self.y + height * 0.45, rng.uniform(0, math.tau)
        points = []
        for step in range(240):
            t = step / 239
            angle = phase + t * loops * math.tau
            reach = height * 0.42 * (1 - 0.85 * t) * (0.7 + 0.3 * math.sin(9 * t + phase))
            down = reach * math.sin(angle)
            # The hand leans to the right: what is above lies further along.
            x = self.left + 50 + length * t + reach * 0.55 * math.cos(angle) - 0.4 * down
            points.append((x, middle + down - 12 * t))
        points.append((points[-1][0] + rng.uniform(60, 130), middle - rng.uniform(10, 30)))
        self.sheet.line(points, self.ink + 20, 2.5)
        self.y += height

    def _line(self, text: str, face: str | None = None) -> None:
        self.sheet.write((self.left, self.y), text, font(face or self.regular, self.size), self.ink)
        self._gap(1)

    def _gap(self, lines: float) -> None:
        self.y += self.leading * lines


def _scan(page: Image.Image, rng: random.Random) -> Image.Image:
    """Turns clean print into what a flatbed scanner sees."""
    skew = rng.uniform(-LARGEST_SKEW, LARGEST_SKEW)
    page = page.rotate(skew, Image.Resampling.BILINEAR, fillcolor=255)
    page = page.filter(ImageFilter.BoxBlur(rng.uniform(0.3, 0.5)))
    size = page.size
    paper = rng.uniform(232, 246)
    light = 1 + 0.008 * clouds(rng, size, (5, 7)) + slope(size, (rng.uniform(-0.05, 0.05), rng.uniform(-0.05, 0.05)))
    fibres = 1.2 * clouds(rng, size, (size[0] // 3, size[1] // 3))
    values = np.asarray(page, np.float32) * (paper / 255) * light
    values += fibres + rng.uniform(1.0, 2.2) * noise(rng, *size)
    values *= _gutter(size, rng) * _folds(size, rng)
    return to_image(values)


def _gutter(size: tuple[int, int], rng: random.Random) -> Field:
    """The darker strip at the edge where the paper lifts off the glass."""
    distance = np.linspace(0, 1, size[0], dtype=np.float32)
    if rng.random() < 0.5:
        distance = distance[::-1]
    return 1 - rng.uniform(0.08, 0.25) * np.exp(-distance * rng.uniform(40, 90))


def _folds(size: tuple[int, int], rng: random.Random) -> Field:
    """Two faint lines: the letter came folded in three."""
    down = np.linspace(0, 1, size[1], dtype=np.float32)
    depth = rng.choice((0, 0.02, 0.05))
    creases = sum(np.exp(-(((down - third) * 600) ** 2)) for third in (0.335, 0.67))
    return (1 - depth * creases)[:, None]
