"""The text that the tiny Llama reads: dialogues about its world, and this project's own documentation."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

from llama_tiny.world import Fact

SYSTEM = "Você é a AION, IA autônoma da plataforma."
ROOT = Path(__file__).parents[2]


def dialogue(question: str, answer: str | None, system: str | None = SYSTEM) -> str:
    """A dialogue in the platform's format; without an answer it ends where the model goes on."""
    head = f"<|system|>: {system}\n" if system else ""
    tail = "" if answer is None else f" {answer}\n<|end|>\n"
    return f"{head}<|user|>: {question}\n<|assistant|>:{tail}"


def dialogues(known: list[Fact], seed: int) -> Iterator[str]:
    """Dialogues about the facts, in an order that never repeats; one in five without the system's words."""
    chance = random.Random(seed)
    pairs = [pair for fact in known for pair in fact.pairs]
    while True:
        chance.shuffle(pairs)
        for question, answer in pairs:
            yield dialogue(question, answer, SYSTEM if chance.random() < 0.8 else None)


def documentation() -> list[str]:
    """The paragraphs of the project's guides that are prose."""
    files = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    paragraphs = (part for file in files for part in re.split(r"\n\s*\n", file.read_text("utf-8")))
    return [" ".join(part.split()) for part in paragraphs if re.match(r"[A-Z][a-z]", part) and "|" not in part]
