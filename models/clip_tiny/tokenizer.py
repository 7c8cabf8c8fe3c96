"""A small byte-level BPE learnt from the training captions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from tokenizers import Tokenizer

from .tokenizer_file import WORD_END, Merge, tokenizer_json


def learn_merges(captions: Iterable[str], limit: int) -> list[Merge]:
    """Byte-pair merges by falling frequency; ties go to the lexically first pair, so a run is repeatable."""
    words = _count_words(captions)
    pieces = {word: (*word[:-1], word[-1] + WORD_END) for word in words}
    merges: list[Merge] = []
    while len(merges) < limit:
        pairs: Counter[Merge] = Counter()
        for word, parts in pieces.items():
            for pair in pairwise(parts):
                pairs[pair] += words[word]
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        pieces = {word: _join(parts, best) for word, parts in pieces.items()}
    return merges


def load(description: dict[str, Any]) -> Tokenizer:
    """The tokenizer that a reader of the file gets."""
    return Tokenizer.from_str(json.dumps(description))


def _count_words(captions: Iterable[str]) -> Counter[str]:
    splitter = load(tokenizer_json([]))
    counts: Counter[str] = Counter()
    for caption in captions:
        text = splitter.normalizer.normalize_str(caption)
        counts.update(word for word, _ in splitter.pre_tokenizer.pre_tokenize_str(text))
    return counts


def _join(parts: tuple[str, ...], merge: Merge) -> tuple[str, ...]:
    joined: list[str] = []
    for part in parts:
        if joined and (joined[-1], part) == merge:
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)
