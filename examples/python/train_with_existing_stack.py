"""Train a LoRA adapter from a loop of your own: your data, your tokenizer, your schedule; AION does the step.

    python examples/python/train_with_existing_stack.py BASE OUTPUT [TEXTS]

BASE is a Hugging Face directory, OUTPUT the PEFT adapter to write, TEXTS a file with one text a line. Texts are tokenized
by the `tokenizers` package if it is installed and BASE has a tokenizer.json; otherwise their UTF-8 bytes serve as token
ids, which trains nothing useful but shows the loop.
"""

from __future__ import annotations

import pathlib
import random
import sys
from collections.abc import Callable, Iterator

import aion

EPOCHS = 4
BATCH = 4
TEXTS = [
    "The harbour opens at dawn.",
    "The boats leave with the ebb and come back with the flood.",
    "Quem é você? Eu sou a AION.",
    "A maré sobe duas vezes por dia.",
]


def tokenizer_of(base: pathlib.Path) -> Callable[[str], list[int]]:
    """The base's own tokenizer, as the existing stack calls it."""
    try:
        import tokenizers
    except ImportError:
        return lambda text: list(text.encode())
    if not (base / "tokenizer.json").exists():
        return lambda text: list(text.encode())
    tokenizer = tokenizers.Tokenizer.from_file(str(base / "tokenizer.json"))

    def encode(text: str) -> list[int]:
        ids: list[int] = tokenizer.encode(text).ids
        return ids

    return encode


def batches(sequences: list[list[int]], seed: int) -> Iterator[list[list[int]]]:
    """An epoch in an order of its own, without padding."""
    order = random.Random(seed).sample(sequences, len(sequences))
    for begin in range(0, len(order), BATCH):
        yield order[begin : begin + BATCH]


def main() -> None:
    base, output = map(pathlib.Path, sys.argv[1:3])
    texts = pathlib.Path(sys.argv[3]).read_text(encoding="utf-8").splitlines() if len(sys.argv) > 3 else TEXTS
    encode = tokenizer_of(base)
    sequences = [ids for text in texts if len(ids := encode(text)) > 1]
    trainer = aion.LoraTrainer(base, rank=8, alpha=16, learning_rate=5e-3, gradient_accumulation=1)
    for epoch in range(EPOCHS):
        reports = [trainer.lora_step(batch) for batch in batches(sequences, epoch)]
        loss = sum(report.loss * report.tokens for report in reports) / sum(report.tokens for report in reports)
        print(f"epoch {epoch + 1}: loss {loss:.4f} after {trainer.step} updates")
    trainer.save(output)
    print(f"saved {output}")


if __name__ == "__main__":
    main()
