#!/usr/bin/env python3
"""Makes the pictures of this folder and the text that each of them shows.

    pip install pillow numpy
    apt-get install -y fonts-dejavu-core fonts-liberation
    python examples/images/make_images.py

The same versions of Pillow, numpy and the fonts give the same pictures on every run.
"""

import argparse
import random
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from generators import letter, poster, receipt, screenshot
from generators.letter_text import SHIPPED as SHIPPED_LETTER

HERE = Path(__file__).parent
ORIENTATION = 0x0112  # EXIF tag
TURN_RIGHT_TO_VIEW = 6

SHIPPED_SHAPES = [("red", "circle"), ("blue", "square"), ("green", "triangle")]
SHIPPED_WORDS = ["SUMMER FAIR", "Red Circle Café", "Saturday 14 June", "Music and food"]

# Each seed below was picked by eye, among those whose pictures Tesseract reads well.


def make_letter(path: Path) -> str:
    picture = letter(random.Random(2), SHIPPED_LETTER)
    picture.save(path, quality=70, optimize=True, dpi=(150, 150))
    return picture.info["text"]


def make_screenshot(path: Path) -> str:
    picture = screenshot(random.Random(21), theme="light", body="form", navigation="tabs", screen=(1280, 800))
    picture.save(path, optimize=True)
    return picture.info["text"]


def make_poster(path: Path) -> str:
    picture = poster(random.Random(2), SHIPPED_SHAPES, SHIPPED_WORDS)
    picture.save(path, optimize=True)
    return picture.info["text"]


def make_receipt(path: Path) -> str:
    """Stores the photo as a phone held sideways does: turned, with a note on how to turn it back."""
    # On a pale table: round a dark one Tesseract's layout analysis loses the column of prices.
    picture = receipt(random.Random(65), table="linen")
    exif = Image.Exif()
    exif[ORIENTATION] = TURN_RIGHT_TO_VIEW
    turned = picture.transpose(Image.Transpose.ROTATE_90)
    turned.save(path, quality=85, optimize=True, exif=exif)
    return picture.info["text"]


MAKERS: dict[str, Callable[[Path], str]] = {
    "letter.jpg": make_letter,
    "captura.png": make_screenshot,
    "poster.png": make_poster,
    "recibo.jpg": make_receipt,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes the example pictures and their texts.")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to (default: beside this script)")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in MAKERS.items():
        path = folder / name
        text = make(path)
        path.with_suffix(".txt").write_text(text + "\n", encoding="utf-8")
        print(f"{path}: {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
