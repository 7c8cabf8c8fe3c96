"""A drawing surface that remembers the text written on it."""

import math

from PIL import Image, ImageDraw, ImageFont

# Pillow draws shapes without smoothing, so they are drawn larger and reduced.
SHAPE_SCALE = 2

Point = tuple[float, float]
Colour = int | str | tuple[int, int, int]


class Sheet:
    """Collects shapes and text in page coordinates; `finish` gives the picture.

    Text lies on top of all shapes, crisp at its own size, and is remembered in the order of writing.
    """

    def __init__(self, size: tuple[int, int], background: Colour, mode: str = "RGB") -> None:
        self.width, self.height = size
        large = (self.width * SHAPE_SCALE, self.height * SHAPE_SCALE)
        self._shapes = Image.new(mode, large, background)
        self._draw = ImageDraw.Draw(self._shapes)
        self._writing: list[tuple[Point, str, ImageFont.FreeTypeFont, Colour, str]] = []
        self._lines: list[str] = []

    def box(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        fill: Colour | None = None,
        outline: Colour | None = None,
        radius: float = 0,
    ) -> None:
        # On whole pixels, so that the edges are sharp; Pillow counts the last row and column in.
        left, top, right, bottom = (math.floor(v + 0.5) * SHAPE_SCALE for v in (left, top, right, bottom))
        corners = (left, top, right - 1, bottom - 1)
        self._draw.rounded_rectangle(corners, radius * SHAPE_SCALE, fill, outline, SHAPE_SCALE)

    def disc(self, centre: Point, radius: float, fill: Colour | None, outline: Colour | None = None) -> None:
        x, y = self._scaled(centre)
        r = radius * SHAPE_SCALE
        self._draw.ellipse((x - r, y - r, x + r, y + r), fill, outline, SHAPE_SCALE)

    def polygon(self, points: list[Point], fill: Colour) -> None:
        self._draw.polygon([self._scaled(p) for p in points], fill)

    def line(self, points: list[Point], fill: Colour, width: float = 1) -> None:
        scaled = [self._scaled(p) for p in points]
        self._draw.line(scaled, fill, round(width * SHAPE_SCALE), joint="curve")

    def write(
        self,
        at: Point,
        text: str,
        face: ImageFont.FreeTypeFont,
        fill: Colour,
        anchor: str = "la",
        same_line: bool = False,
    ) -> None:
        """Writes one line; `same_line` says that it is read together with the one before."""
        self._writing.append((at, text, face, fill, anchor))
        if same_line and self._lines:
            self._lines[-1] += f" {text}"
        else:
            self._lines.append(text)

    @property
    def text(self) -> str:
        return "\n".join(self._lines)

    def finish(self) -> Image.Image:
        picture = self._shapes.reduce(SHAPE_SCALE)
        draw = ImageDraw.Draw(picture)
        for at, text, face, fill, anchor in self._writing:
            draw.text(at, text, fill, face, anchor)
        return picture

    @staticmethod
    def _scaled(point: Point) -> Point:
        return point[0] * SHAPE_SCALE, point[1] * SHAPE_SCALE
