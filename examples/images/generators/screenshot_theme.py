"""Colours and type of a screenshot."""

import random
from dataclasses import dataclass

from PIL import ImageFont

from .fonts import SANS, font
from .sheet import Colour

_ACCENTS = ((38, 98, 190), (24, 124, 92), (150, 66, 130), (186, 84, 24), (84, 84, 190))


WHITE = (255, 255, 255)


@dataclass(frozen=True)
class Theme:
    desktop: Colour
    bar: Colour  # title bar, menu, status bar
    panel: Colour  # side list
    page: Colour  # main area
    field: Colour  # what one types into
    stripe: Colour  # every other row of a table
    edge: Colour
    text: Colour
    faint: Colour
    accent: Colour  # switches that are on
    marked: Colour  # behind what is chosen
    marked_text: Colour
    regular_name: str
    bold_name: str
    size: int

    @property
    def regular(self) -> ImageFont.FreeTypeFont:
        return font(self.regular_name, self.size)

    @property
    def bold(self) -> ImageFont.FreeTypeFont:
        return font(self.bold_name, self.size)

    @property
    def heading(self) -> ImageFont.FreeTypeFont:
        return font(self.bold_name, round(self.size * 1.45))


_LIGHT = {
    "bar": (232, 234, 238), "panel": (242, 243, 246), "page": (252, 252, 253), "field": (255, 255, 255),
    "stripe": (244, 246, 249), "edge": (188, 192, 200), "text": (26, 28, 34), "faint": (84, 88, 98),
}
_DARK = {
    "bar": (44, 46, 52), "panel": (36, 38, 44), "page": (28, 30, 35), "field": (46, 48, 55),
    "stripe": (34, 36, 42), "edge": (82, 86, 96), "text": (232, 234, 240), "faint": (176, 180, 190),
}
_DESKTOPS: tuple[Colour, ...] = ((44, 92, 122), (70, 110, 96), (104, 84, 120), (60, 66, 84), (150, 110, 90))


def make_theme(rng: random.Random, name: str | None) -> Theme:
    """`name` is "light" or "dark"; without it two in three are light."""
    colours = {"light": _LIGHT, "dark": _DARK}[name or rng.choice(("light", "light", "dark"))]
    accent = rng.choice(_ACCENTS)
    strong = (accent, WHITE)
    soft = (_mixed(accent, colours["page"], 0.2), colours["text"])
    marked, marked_text = rng.choice((strong, soft))
    regular, bold = rng.choice(SANS)
    return Theme(
        desktop=rng.choice(_DESKTOPS),
        accent=accent,
        marked=marked,
        marked_text=marked_text,
        regular_name=regular,
        bold_name=bold,
        # DejaVu is wider than Liberation at the same size.
        size=rng.randint(14, 15) if "DejaVu" in regular else rng.randint(15, 17),
        **colours,
    )


def _mixed(one: tuple[int, int, int], other: tuple[int, int, int], share: float) -> Colour:
    """`share` of one colour and the rest of the other."""
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in zip(one, other, strict=True))
    return red, green, blue
