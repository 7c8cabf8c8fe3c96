"""Trains the tiny CLIP of `models/clip-tiny` and writes it as an ONNX directory.

    python models/train_clip.py --out models/clip-tiny

Needs torch, numpy, pillow, tokenizers, onnx, and the fonts DejaVu and Liberation. The same seed, thread count and
library versions give the same files.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import torch
from torch.nn import functional

from clip_tiny import captions, tokenizer
from clip_tiny.batches import Batch, Batches
from clip_tiny.corpus import training_corpus
from clip_tiny.export import write_directory
from clip_tiny.network import Sizes, TinyClip
from clip_tiny.tokenizer_file import tokenizer_json
from clip_tiny.words import SEEN_PAIRS

MERGES = 360
COUNTS = {
    "shape": 7000, "shapes": 1500, "sign": 3500, "poster": 900, "screenshot": 500, "letter": 250, "receipt": 250,
}  # fmt: skip
LARGEST_RATE = 2e-3
WARM_UP = 100


def main() -> None:
    options = _options()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    description = tokenizer_json(tokenizer.learn_merges(captions.training_texts(), MERGES))
    words = tokenizer.load(description)
    corpus = training_corpus(options.cache, options.seed, COUNTS, SEEN_PAIRS)
    print(f"{len(corpus.scenes)} pictures, {words.get_vocab_size()} tokens", flush=True)
    model = TinyClip(Sizes(words.get_vocab_size())).to(memory_format=torch.channels_last)
    train(model, Batches(corpus, words, options.batch, options.seed), options.steps)
    write_directory(model.eval(), description, options.out)


def train(model: TinyClip, batches: Batches, steps: int) -> None:
    """AdamW, a short warm-up, then a cosine down to nothing."""
    optimiser = torch.optim.AdamW(_parameter_groups(model), lr=LARGEST_RATE, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps))
    began = time.monotonic()
    for step, batch in zip(range(1, steps + 1), batches, strict=False):
        loss = contrastive_loss(model, batch)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 25 == 0:
            print(f"step {step} loss {loss.item():.3f} {time.monotonic() - began:.0f} s", flush=True)


def contrastive_loss(model: TinyClip, batch: Batch) -> torch.Tensor:
    """InfoNCE both ways; captions that fit several pictures are no wrong answers for any of them."""
    logits = model.logits(batch.pixels, batch.ids).masked_fill(batch.also_true, -math.inf)
    target = torch.arange(len(logits))
    return (functional.cross_entropy(logits, target) + functional.cross_entropy(logits.T, target)) / 2


def _parameter_groups(model: TinyClip) -> list[dict]:
    """Weight decay for matrices only."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    return [{"params": matrices, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}]


def _rate(step: int, steps: int) -> float:
    if step < WARM_UP:
        return (step + 1) / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (step - WARM_UP) / max(1, steps - WARM_UP)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "clip-tiny")
    parser.add_argument(
        "--cache", type=Path, default=Path("target/clip-tiny-corpus"), help="where drawn pictures are kept"
    )
    parser.add_argument("--steps", type=int, default=950)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
