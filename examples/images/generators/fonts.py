"""Fonts found by path, so that the pictures do not depend on the machine's font settings."""

from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

FOLDERS = (
    Path("/usr/share/fonts/truetype/dejavu"),
    Path("/usr/share/fonts/truetype/liberation"),
    Path("/usr/share/fonts/truetype/liberation2"),
)

# (regular, bold) of each family; all come with the two packages named in `_path`.
SERIF = (
    ("LiberationSerif-Regular", "LiberationSerif-Bold"),
    ("DejaVuSerif", "DejaVuSerif-Bold"),
)
SANS = (
    ("LiberationSans-Regular", "LiberationSans-Bold"),
    ("DejaVuSans", "DejaVuSans-Bold"),
)
MONO = (
    ("LiberationMono-Regular", "LiberationMono-Bold"),
    ("DejaVuSansMono", "DejaVuSansMono-Bold"),
)


def _path(name: str) -> Path:
    for folder in FOLDERS:
        path = folder / f"{name}.ttf"
        if path.is_file():
            return path
    raise FileNotFoundError(
        f"font {name}.ttf is missing; on Debian or Ubuntu: "
        "apt-get install -y fonts-dejavu-core fonts-liberation"
    )


@lru_cache(maxsize=256)
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    # The basic layout engine: Raqm is not on every machine and places letters otherwise.
    return ImageFont.truetype(_path(name), size, layout_engine=ImageFont.Layout.BASIC)


def fit(name: str, text: str, width: float, largest: int) -> ImageFont.FreeTypeFont:
    """The font in the largest size, at most `largest`, in which `text` is at most `width` wide."""
    natural = font(name, largest).getlength(text)
    return font(name, largest if natural <= width else int(largest * width / natural))


def wrap(text: str, face: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Breaks `text` at spaces into lines at most `width` wide."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and face.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
