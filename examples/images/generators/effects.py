"""What paper, light and lenses do to a picture: noise, uneven light, perspective."""

import random

import numpy as np
from PIL import Image

Rng = random.Random | np.random.Generator
Field = np.ndarray  # float32, rows by columns


def as_random(rng: Rng) -> random.Random:
    """The generators speak one dialect; a numpy Generator seeds a `random.Random`."""
    if isinstance(rng, np.random.Generator):
        return random.Random(int(rng.integers(2**63)))
    return rng


def noise(rng: random.Random, width: int, height: int) -> Field:
    """Normal noise, mean 0, deviation 1."""
    return np.random.default_rng(rng.getrandbits(64)).standard_normal((height, width), dtype=np.float32)


def clouds(rng: random.Random, size: tuple[int, int], cells: tuple[int, int]) -> Field:
    """Smooth noise: `cells` (across, down) random values stretched over `size`."""
    coarse = Image.fromarray(noise(rng, *cells))
    return np.asarray(coarse.resize(size, Image.Resampling.BICUBIC))


def slope(size: tuple[int, int], direction: tuple[float, float]) -> Field:
    """A plane through 0 in the middle, rising by `direction` (across, down) from edge to edge."""
    width, height = size
    across = np.linspace(-0.5, 0.5, width, dtype=np.float32) * np.float32(direction[0])
    down = np.linspace(-0.5, 0.5, height, dtype=np.float32) * np.float32(direction[1])
    return across[None, :] + down[:, None]


def to_image(values: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def perspective(quad: list[tuple[float, float]], size: tuple[int, int]) -> list[float]:
    """Pillow's eight numbers that lay a picture of `size` into `quad`.

    `quad` is top left, top right, bottom right, bottom left, in the coordinates of the result.
    """
    width, height = size
    rows, values = [], []
    for (x, y), (u, v) in zip(quad, [(0, 0), (width, 0), (width, height), (0, height)], strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return [float(number) for number in np.linalg.solve(np.array(rows, float), np.array(values, float))]
