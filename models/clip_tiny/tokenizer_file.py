"""CLIP's `tokenizer.json`, made from a list of byte-pair merges. Standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

CONTEXT_LENGTH = 77
START = "<|startoftext|>"
END = "<|endoftext|>"
WORD_END = "</w>"
# CLIP's own pattern: contractions, runs of letters, single digits, runs of anything else.
PATTERN = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"

Merge = tuple[str, str]


def byte_symbols() -> list[str]:
    """The 256 printable stand-ins for bytes, in CLIP's (and GPT-2's) order."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = 256 - len(printable)
    return [chr(code) for code in printable] + [chr(256 + n) for n in range(hidden)]


def tokenizer_json(merges: Sequence[Merge]) -> dict[str, Any]:
    """The whole `tokenizer.json`: bytes, bytes at a word's end, merges, then the two markers as the last ids."""
    base = byte_symbols()
    symbols = [*base, *(s + WORD_END for s in base), *(a + b for a, b in merges), START, END]
    vocabulary = {symbol: number for number, symbol in enumerate(symbols)}
    start, end = vocabulary[START], vocabulary[END]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        # The end marker also stands for unknown text, hence the other flag, as in CLIP's file.
        "added_tokens": [_added(START, start, normalized=True), _added(END, end, normalized=False)],
        "normalizer": _normalizer(),
        "pre_tokenizer": _pre_tokenizer(),
        "post_processor": {
            "type": "RobertaProcessing",
            "sep": [END, end],
            "cls": [START, start],
            "trim_offsets": False,
            "add_prefix_space": False,
        },
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": END,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": WORD_END,
            "fuse_unk": False,
            "vocab": vocabulary,
            "merges": [" ".join(merge) for merge in merges],
        },
    }


def _added(content: str, number: int, *, normalized: bool) -> dict[str, Any]:
    return {
        "id": number,
        "special": True,
        "content": content,
        "single_word": False,
        "lstrip": False,
        "rstrip": False,
        "normalized": normalized,
    }


def _normalizer() -> dict[str, Any]:
    spaces = {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "}
    return {"type": "Sequence", "normalizers": [{"type": "NFC"}, spaces, {"type": "Lowercase"}]}


def _pre_tokenizer() -> dict[str, Any]:
    split = {
        "type": "Split",
        "pattern": {"Regex": PATTERN},
        "behavior": "Removed",
        "invert": True,
    }
    bytes_ = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
    return {"type": "Sequence", "pretokenizers": [split, bytes_]}
