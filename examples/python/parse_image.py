"""Read one picture: its size, its first words, how sure they are, and the nearest of a few captions.

python examples/python/parse_image.py examples/images/letter.jpg
"""

import os
import pathlib
import sys

import aion

CAPTIONS = ["a letter", "a screenshot", "a poster", "a receipt"]

handle = aion.Aion.from_env()
has_clip = bool(os.environ.get("AION_CLIP_MODEL_PATH"))
image = handle.parse_image(pathlib.Path(sys.argv[1]), clip=has_clip)
print(f"{image.width} × {image.height}")
print(" ".join(image.ocr_text.split()[:8]))
print(f"confidence: {image.ocr.confidence if image.ocr else 0:.2f}")
if image.clip_vector is not None:
    print("looks like:", CAPTIONS[int((handle.embed_clip_text(CAPTIONS) @ image.clip_vector).argmax())])
