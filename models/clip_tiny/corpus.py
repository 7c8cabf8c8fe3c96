"""A drawn corpus: pictures cropped as CLIP sees them, kept as bytes, with what each one shows."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from .captions import DOCUMENTS, Pair, Scene
from .documents import draw_document
from .pictures import shape_picture, shapes_picture, sign_picture
from .preprocess import crop, halved_crop
from .words import WORDS


@dataclass(frozen=True)
class Corpus:
    """uint8 pictures (N, side, side, 3) and what each one shows."""

    crops: np.ndarray
    scenes: list[Scene]


def draw_corpus(
    seed: int, counts: Mapping[str, int], pairs: tuple[Pair, ...], see: Callable[[Image.Image], np.ndarray] = crop
) -> Corpus:
    """Draws `counts[kind]` pictures of each kind, with no other pairs than those given."""
    crops, scenes = [], []
    for kind, count in counts.items():
        rng = random.Random(f"{seed} {kind}")
        for _ in range(count):
            picture, scene = _draw(kind, rng, pairs)
            crops.append(see(picture))
            scenes.append(scene)
    return Corpus(np.stack(crops), scenes)


def training_corpus(folder: Path, seed: int, counts: Mapping[str, int], pairs: tuple[Pair, ...]) -> Corpus:
    """Halved crops, kept in `folder`, one pair of files a kind, for the next run."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = [_cached(folder / f"{kind}-{count}-{seed}", seed, {kind: count}, pairs) for kind, count in counts.items()]
    return Corpus(np.concatenate([part.crops for part in parts]), [scene for part in parts for scene in part.scenes])


def _cached(stem: Path, seed: int, counts: Mapping[str, int], pairs: tuple[Pair, ...]) -> Corpus:
    pictures, labels = stem.with_suffix(".npy"), stem.with_suffix(".json")
    if labels.exists():
        return Corpus(np.load(pictures), [_scene(row) for row in json.loads(labels.read_text(encoding="utf-8"))])
    corpus = draw_corpus(seed, counts, pairs, halved_crop)
    np.save(pictures, corpus.crops)
    labels.write_text(json.dumps([asdict(scene) for scene in corpus.scenes]), encoding="utf-8")
    return corpus


def _draw(kind: str, rng: random.Random, pairs: tuple[Pair, ...]) -> tuple[Image.Image, Scene]:
    if kind in DOCUMENTS:
        return draw_document(kind, rng, pairs)
    if kind == "sign":
        word = rng.choice(WORDS)
        return sign_picture(rng, word), Scene(kind, words=(word,))
    if kind == "shape":
        pair = rng.sample(pairs, 1)[0]
        return shape_picture(rng, pair), Scene(kind, pairs=(pair,))
    two = tuple(rng.sample(pairs, 2))
    return shapes_picture(rng, two), Scene(kind, pairs=two)


def _scene(row: dict) -> Scene:
    pairs = tuple((colour, shape) for colour, shape in row["pairs"])
    return Scene(row["kind"], pairs, tuple(row["words"]), row["theme"])
