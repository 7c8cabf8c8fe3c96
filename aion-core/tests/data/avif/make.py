"""Makes the AVIF files of this directory and what Pillow reads from them. See README.md."""

import io
from pathlib import Path

import imagecodecs
import numpy as np
from PIL import Image, ImageOps

HERE = Path(__file__).parent
W, H = 25, 17  # odd, so that subsampled planes have a sample too many


def picture():
    """Smooth colours that no rotation or mirroring leaves as they are."""
    y, x = np.mgrid[0:H, 0:W].astype(float)
    red, green = 255 * x / (W - 1), 255 * y / (H - 1)
    blue = 127 + 100 * np.sin(x / 6) * np.cos(y / 4)
    return np.stack([red, green, blue], axis=2).round().astype(np.uint8)


def keep(name, data, bits=8):
    assert len(data) < 1024, (name, len(data))
    (HERE / f"{name}.avif").write_bytes(data)
    if bits == 8:
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    else:  # Pillow cuts low bits off before it converts, which darkens or tints by a level.
        samples = imagecodecs.avif_decode(data).astype(float) * 255 / ((1 << bits) - 1)
        image = Image.fromarray(samples.round().astype(np.uint8))
    image.convert("RGBA").save(HERE / f"{name}.png", optimize=True)


def pillow(name, image, **options):
    out = io.BytesIO()
    image.save(out, "AVIF", quality=90, speed=4, **options)
    keep(name, out.getvalue())


rgb = Image.fromarray(picture())
for subsampling in ["4:2:0", "4:2:2", "4:4:4"]:
    pillow(f"yuv{subsampling.replace(':', '')}", rgb, subsampling=subsampling)
pillow("yuv400", rgb.convert("L"), subsampling="4:0:0")
pillow("limited", rgb, subsampling="4:2:0", range="limited")

rgba = rgb.convert("RGBA")
rgba.putalpha(Image.linear_gradient("L").resize((W, H)))
pillow("alpha", rgba)
pillow("premultiplied", rgba, alpha_premultiplied=True)

for orientation in range(2, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    pillow(f"orientation{orientation}", rgb, exif=exif)

# Even sizes: the slow but exact conversion asked for here treats a last odd column unlike the usual one.
deep = picture()[:16, :24].astype(np.uint16)
for bits in (10, 12):
    samples = deep << (bits - 8) | deep >> (16 - bits)
    for layout in ("420", "422", "444"):
        data = imagecodecs.avif_encode(
            samples, level=90, speed=4, bitspersample=bits, pixelformat=layout, codec="aom"
        )
        keep(f"yuv{layout}_{bits}bit", data, bits)
grey = deep[:, :, 0] << 2 | deep[:, :, 0] >> 6
data = imagecodecs.avif_encode(grey, level=90, speed=4, bitspersample=10, pixelformat="400", codec="aom")
keep("yuv400_10bit", data, 10)
for name, matrix in [("identity", 0), ("bt709", 1), ("ycgco", 8), ("bt2020", 9)]:
    data = imagecodecs.avif_encode(
        picture(), level=90, speed=4, pixelformat="444", codec="aom", primaries=1, transfer=13, matrix=matrix
    )
    keep(name, data)
