"""Writes the JPEGs beside this file: one picture in the kinds that decoders must tell apart. Needs Pillow."""

import math
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
WIDTH, HEIGHT = 211, 157


def level(phase: float, x: int, y: int) -> int:
    return round(127.5 + 90 * math.sin(x / 23 + phase) * math.cos(y / 31 + 2 * phase))


picture = Image.new("RGB", (WIDTH, HEIGHT))
picture.putdata(
    [(level(0, x, y), level(1, x, y), level(2.5, x, y)) for y in range(HEIGHT) for x in range(WIDTH)]
)
for name, mode, options in [
    ("420", "RGB", {"subsampling": "4:2:0"}),
    ("422", "RGB", {"subsampling": "4:2:2"}),
    ("444", "RGB", {"subsampling": "4:4:4", "optimize": True}),
    ("grey", "L", {}),
    ("restarts", "RGB", {"subsampling": "4:2:0", "restart_marker_blocks": 5}),
    ("progressive", "RGB", {"progressive": True}),
    ("rgb", "RGB", {"keep_rgb": True}),
    ("cmyk", "CMYK", {}),
]:
    picture.convert(mode).save(HERE / f"{name}.jpg", quality=85, **options)
