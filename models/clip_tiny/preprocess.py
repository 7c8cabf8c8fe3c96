"""CLIP's picture preprocessing, as Hugging Face's CLIPImageProcessor does it."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

SIDE = 224
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], dtype=np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], dtype=np.float32)


def crop(picture: Image.Image) -> np.ndarray:
    """Shortest edge to 224, bicubic with antialias; then the middle 224×224, as uint8 (224, 224, 3)."""
    picture = picture.convert("RGB")
    shortest = min(picture.size)
    # Rounded down, not to the nearest: so do CLIP's reference and Hugging Face's processor.
    width, height = (int(SIDE * edge / shortest) for edge in picture.size)
    picture = picture.resize((width, height), Image.Resampling.BICUBIC)
    left, top = (width - SIDE) // 2, (height - SIDE) // 2
    return np.asarray(picture.crop((left, top, left + SIDE, top + SIDE)))


def halved_crop(picture: Image.Image) -> np.ndarray:
    """The crop averaged two by two, as the tiny model's first step does."""
    return np.asarray(Image.fromarray(crop(picture)).reduce(2))


def pixel_values(crops: np.ndarray) -> np.ndarray:
    """uint8 (N, 224, 224, 3) to what the model reads: normalised float32 (N, 3, 224, 224)."""
    scaled = (crops.astype(np.float32) / 255 - MEAN) / STD
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))


def processor_config() -> dict[str, Any]:
    """`preprocessor_config.json`: the same steps in Hugging Face's words."""
    return {
        "crop_size": {"height": SIDE, "width": SIDE},
        "do_center_crop": True,
        "do_convert_rgb": True,
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_processor_type": "CLIPImageProcessor",
        "image_std": [0.26862954, 0.26130258, 0.27577711],
        "resample": 3,
        "rescale_factor": 1 / 255,
        "size": {"shortest_edge": SIDE},
    }
