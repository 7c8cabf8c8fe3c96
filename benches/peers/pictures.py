"""Makes the photographs that the benches read: `target/bench/photo-0.5mp.jpg` and `photo-12mp.jpg`.

    .venv/bin/python benches/peers/pictures.py

The Rust benches and the Python peers read the same files: the receipt of `examples/images`, scaled, with the grain
of a sensor. Without the grain an enlarged picture is so smooth that its JPEG decodes in three quarters of the time.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "target" / "bench"
SIZES = {"0.5 MP": (816, 612), "12 MP": (4000, 3000)}
# Levels of standard deviation; the 12 MP file gets the 3 to 4 MB that a telephone's have.
GRAIN = 6


def path(size: str) -> Path:
    return FOLDER / f"photo-{size.replace(' ', '').lower()}.jpg"


def make() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    receipt = Image.open(ROOT / "examples/images/recibo.jpg").convert("RGB")
    for size, shape in SIZES.items():
        pixels = np.asarray(receipt.resize(shape, Image.Resampling.BICUBIC), np.float32)
        grain = GRAIN * rng.standard_normal(pixels.shape[:2], np.float32)[..., None]
        photo = Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))
        photo.save(path(size), quality=90)


if __name__ == "__main__":
    make()
