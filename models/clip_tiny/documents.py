"""Documents as the demo's generators draw them: letters, screenshots, posters, photos of receipts."""

from __future__ import annotations

import random
import sys
from pathlib import Path

from PIL import Image

from .captions import THEMES, Pair, Scene

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "images"))

import generators


def poster_pairs(pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """Those pairs that the poster generator can draw."""
    return tuple(pair for pair in pairs if pair[0] in generators.COLOURS and pair[1] in generators.SHAPES)


def draw_document(kind: str, rng: random.Random, pairs: tuple[Pair, ...]) -> tuple[Image.Image, Scene]:
    """One document; a poster shows one to four of `pairs`."""
    if kind == "poster":
        drawn = tuple(rng.sample(poster_pairs(pairs), rng.choice((1, 1, 2, 2, 3, 4))))
        return generators.poster(rng, shapes=drawn), Scene(kind, pairs=drawn)
    if kind == "screenshot":
        theme = rng.choice(THEMES)
        return generators.screenshot(rng, theme), Scene(kind, theme=theme)
    return getattr(generators, kind)(rng), Scene(kind)
