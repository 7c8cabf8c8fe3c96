"""What stands in the main area of a window: a form, a table, or a message."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Self

from . import screenshot_text as texts
from .fonts import wrap
from .screenshot_theme import WHITE, Theme
from .sheet import Colour, Sheet


class Area(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        """Half-way down."""
        return (self.top + self.bottom) / 2

    def cut(self, y: float) -> tuple[Self, Self]:
        """What lies above `y` and what lies below it."""
        return self._replace(bottom=y), self._replace(top=y)


@dataclass(frozen=True)
class Canvas:
    """What every part of the window is drawn with."""

    sheet: Sheet
    theme: Theme
    rng: random.Random

    @property
    def row(self) -> int:
        """The height of a line with room around it."""
        return round(self.theme.size * 2.4)


def form(canvas: Canvas, area: Area, heading: str) -> None:
    """Settings: labels with choices, then switches, then buttons."""
    theme, rng, row = canvas.theme, canvas.rng, canvas.row
    left, y = area.left + row * 0.7, _heading(canvas, area, heading) + row * 0.4
    last = area.bottom - row * 2.2
    choices = rng.sample(texts.CHOICES, rng.randint(4, 6))
    indent = max(theme.regular.getlength(label) for label, _ in choices) + row
    for label, values in choices:
        _choice(canvas, (left, y), indent, label, rng.choice(values))
        y += row * 1.15
    y += row * 0.3
    for label in rng.sample(texts.SWITCHES, rng.randint(4, 7)):
        if y < last:
            _switch(canvas, left, y, label)
            y += row
    _buttons(canvas, area.right - row * 0.7, area.bottom - row * 0.8, texts.BUTTONS)


def table(canvas: Canvas, area: Area, heading: str) -> None:
    """A list of files with a row of tools above it."""
    sheet, theme, rng, row = canvas.sheet, canvas.theme, canvas.rng, canvas.row
    y = _heading(canvas, area, heading)
    x = area.left + row * 0.7
    for index, tool in enumerate(rng.sample(texts.TOOLS, rng.randint(3, 5))):
        x = _tool(canvas, x, y, tool, index > 0) + theme.size * 0.6
    y += row * 1.1
    stops = [area.left + row * 0.7 + share * (area.right - area.left) for share in (0, 0.4, 0.62, 0.84)]
    _cells(canvas, stops, y, texts.COLUMNS, theme.faint, bold=True)
    y += row * 0.5
    sheet.box(area.left, y, area.right, y + 1, theme.edge)
    files = rng.sample(texts.FILES, min(len(texts.FILES), int((area.bottom - y) / row)))
    chosen = rng.randrange(len(files))
    for index, (name, kind) in enumerate(files):
        if index == chosen or index % 2:
            fill = theme.marked if index == chosen else theme.stripe
            sheet.box(area.left, y, area.right, y + row, fill)
        colour = theme.marked_text if index == chosen else theme.text
        _cells(canvas, stops, y + row / 2, (name, kind, _date(rng), _file_size(rng)), colour)
        y += row


def message(canvas: Canvas, area: Area, heading: str) -> None:
    """An empty page with a question in the middle of it."""
    _heading(canvas, area, heading)
    sheet, theme, rng, row = canvas.sheet, canvas.theme, canvas.rng, canvas.row
    title, explanation, buttons = rng.choice(texts.MESSAGES)
    width = min(area.right - area.left - row, theme.size * 36)
    lines = wrap(explanation, theme.regular, width - row * 2)
    height = row * 3.6 + len(lines) * theme.size * 1.5
    left, top = (area.left + area.right - width) / 2, (area.top + area.bottom - height) / 2
    sheet.box(left, top, left + width, top + height, theme.bar, theme.edge, 8)
    y = top + row
    sheet.write((left + row, y), title, theme.heading, theme.text, "lm")
    y += row
    for line in lines:
        sheet.write((left + row, y), line, theme.regular, theme.text, "lm")
        y += theme.size * 1.5
    _buttons(canvas, left + width - row * 0.7, top + height - row * 0.8, buttons)


BODIES: dict[str, Callable[[Canvas, Area, str], None]] = {"form": form, "table": table, "message": message}


def _heading(canvas: Canvas, area: Area, text: str) -> float:
    """Writes a page's heading; returns where the next line goes."""
    y = area.top + canvas.row
    canvas.sheet.write((area.left + canvas.row * 0.7, y), text, canvas.theme.heading, canvas.theme.text, "lm")
    return y + canvas.row * 1.1


def _choice(canvas: Canvas, at: tuple[float, float], indent: float, label: str, value: str) -> None:
    sheet, theme = canvas.sheet, canvas.theme
    x, y = at
    half = theme.size * 0.95
    right = x + indent + theme.size * 20
    sheet.write((x, y), label, theme.regular, theme.text, "lm")
    sheet.box(x + indent, y - half, right, y + half, theme.field, theme.edge, 4)
    sheet.write((x + indent + theme.size * 0.7, y), value, theme.regular, theme.text, "lm", same_line=True)
    tip, arm = right - theme.size * 1.2, theme.size * 0.3
    sheet.line([(tip - arm, y - arm / 2), (tip, y + arm / 2), (tip + arm, y - arm / 2)], theme.faint, 1.5)


def _switch(canvas: Canvas, x: float, y: float, label: str) -> None:
    sheet, theme = canvas.sheet, canvas.theme
    on, half = canvas.rng.random() < 0.6, theme.size * 0.5
    sheet.box(x, y - half, x + 2 * half, y + half, theme.accent if on else theme.field, theme.edge, 3)
    if on:
        tick = [(x + half * 0.45, y), (x + half * 0.85, y + half * 0.45), (x + half * 1.55, y - half * 0.5)]
        sheet.line(tick, WHITE, 1.5)
    sheet.write((x + theme.size * 1.7, y), label, theme.regular, theme.text, "lm")


def _buttons(canvas: Canvas, right: float, middle: float, labels: tuple[str, ...]) -> None:
    """A row of buttons that ends at `right`; the last one is the suggested one."""
    theme = canvas.theme
    widths = [theme.regular.getlength(label) + theme.size * 2 for label in labels]
    gap = theme.size * 0.7
    x = right - sum(widths) - gap * (len(labels) - 1)
    for index, (label, width) in enumerate(zip(labels, widths, strict=True)):
        suggested = index == len(labels) - 1
        fill, edge = (theme.marked, theme.accent) if suggested else (theme.field, theme.edge)
        canvas.sheet.box(x, middle - theme.size, x + width, middle + theme.size, fill, edge, 4)
        colour = theme.marked_text if suggested else theme.text
        canvas.sheet.write((x + width / 2, middle), label, theme.regular, colour, "mm", same_line=index > 0)
        x += width + gap


def _tool(canvas: Canvas, x: float, y: float, label: str, same_line: bool) -> float:
    """Draws a flat button that begins at `x`; returns where it ends."""
    theme = canvas.theme
    end = x + theme.regular.getlength(label) + theme.size * 1.6
    canvas.sheet.box(x, y - theme.size, end, y + theme.size, theme.field, theme.edge, 4)
    canvas.sheet.write(((x + end) / 2, y), label, theme.regular, theme.text, "mm", same_line)
    return end


def _cells(
    canvas: Canvas, stops: list[float], y: float, cells: tuple[str, ...], colour: Colour, bold: bool = False
) -> None:
    face = canvas.theme.bold if bold else canvas.theme.regular
    for index, (x, cell) in enumerate(zip(stops, cells, strict=True)):
        canvas.sheet.write((x, y), cell, face, colour, "lm", same_line=index > 0)


def _date(rng: random.Random) -> str:
    return f"{rng.randint(1, 28)} {rng.choice(texts.MONTHS)} {rng.randint(2019, 2025)}"


def _file_size(rng: random.Random) -> str:
    return f"{rng.randint(2, 980)} kB" if rng.random() < 0.7 else f"{rng.randint(1, 48)},{rng.randint(1, 9)} MB"
