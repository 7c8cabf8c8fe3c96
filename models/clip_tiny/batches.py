"""Seeded batches from a drawn corpus: augmented pictures, one true caption each."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from .captions import Caption, Scene, caption_for
from .corpus import Corpus
from .preprocess import MEAN, STD

# How often a batch shows each kind: letters and receipts look alike among themselves and need few looks.
KIND_WEIGHTS = {
    "shape": 0.50, "shapes": 0.10, "sign": 0.20, "poster": 0.09, "screenshot": 0.05, "letter": 0.03, "receipt": 0.03,
}  # fmt: skip
# Pixels by which a crop may move: a corpus drawn once stays fresh for longer.
LARGEST_SHIFT = 7
LEAST_CONTRAST = 0.8


@dataclass(frozen=True)
class Batch:
    pixels: Tensor
    ids: Tensor
    # true where a caption also fits another picture of the batch, which is then no wrong answer
    also_true: Tensor


class Batches:
    """An endless, seeded stream of batches."""

    def __init__(self, corpus: Corpus, tokenizer: Tokenizer, size: int, seed: int) -> None:
        self.corpus = corpus
        self.tokenizer = tokenizer
        self.size = size
        self.rng = random.Random(seed)
        self.noise = np.random.default_rng(seed)
        self.by_kind = _by_kind(corpus.scenes)

    def __iter__(self) -> Iterator[Batch]:
        kinds = [kind for kind in KIND_WEIGHTS if kind in self.by_kind]
        weights = [KIND_WEIGHTS[kind] for kind in kinds]
        while True:
            picked = [self.rng.choice(self.by_kind[k]) for k in self.rng.choices(kinds, weights, k=self.size)]
            scenes = [self.corpus.scenes[index] for index in picked]
            captions = [caption_for(scene, self.rng) for scene in scenes]
            yield Batch(
                self._augment(self.corpus.crops[picked]),
                encode(self.tokenizer, [caption.text for caption in captions]),
                _also_true(scenes, captions),
            )

    def _augment(self, crops: np.ndarray) -> Tensor:
        """Shifted, with other contrast and brightness; never flipped, since words are read one way."""
        edge, side = LARGEST_SHIFT, crops.shape[1]
        padded = np.pad(crops, ((0, 0), (edge, edge), (edge, edge), (0, 0)), mode="edge")
        shifts = self.noise.integers(0, 2 * edge + 1, (len(crops), 2))
        moved = np.stack([p[y : y + side, x : x + side] for p, (y, x) in zip(padded, shifts, strict=True)])
        # No value leaves 0 to 1, so this and the normalisation are one multiplication and one addition.
        gain = self.noise.uniform(LEAST_CONTRAST, 1, (len(crops), 1, 1, 1))
        lift = self.noise.uniform(0, 1, gain.shape) * (1 - gain)
        factor, offset = (torch.from_numpy(np.float32(v)) for v in (gain / 255 / STD, (lift - MEAN) / STD))
        return torch.from_numpy(moved).float().mul_(factor).add_(offset).permute(0, 3, 1, 2)


def encode(tokenizer: Tokenizer, texts: list[str]) -> Tensor:
    """Ids padded with the end marker, whose first place is the one that the text tower reads."""
    rows = [torch.tensor(encoding.ids) for encoding in tokenizer.encode_batch(texts)]
    end = tokenizer.get_vocab_size() - 1
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=end)


def _by_kind(scenes: list[Scene]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for index, scene in enumerate(scenes):
        found.setdefault(scene.kind, []).append(index)
    return found


def _also_true(scenes: list[Scene], captions: list[Caption]) -> Tensor:
    facts = [scene.facts() for scene in scenes]
    table = torch.tensor([[caption.facts <= known for caption in captions] for known in facts])
    return table.fill_diagonal_(False)
