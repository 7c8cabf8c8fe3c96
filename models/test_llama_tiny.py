"""The shipped tiny Llama: its files, its tokenizer, and the world that it was taught."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest

tokenizers = pytest.importorskip("tokenizers")

from llama_tiny.corpus import dialogue, dialogues, documentation  # noqa: E402 (needs tokenizers, as the rest)
from llama_tiny.tokenizer_file import CHAT_TEMPLATE, END, MARKERS  # noqa: E402
from llama_tiny.world import facts  # noqa: E402

FOLDER = Path(__file__).parent / "llama-tiny"


@pytest.fixture(scope="module")
def words() -> tokenizers.Tokenizer:
    return tokenizers.Tokenizer.from_file(str(FOLDER / "tokenizer.json"))


def test_config_and_tokenizer_agree(words: tokenizers.Tokenizer) -> None:
    config = json.loads((FOLDER / "config.json").read_text("utf-8"))
    assert config["vocab_size"] == words.get_vocab_size()
    assert config["eos_token_id"] == words.token_to_id(END)
    assert json.loads((FOLDER / "tokenizer_config.json").read_text("utf-8"))["chat_template"] == CHAT_TEMPLATE


def test_markers_are_one_token_and_any_text_comes_back(words: tokenizers.Tokenizer) -> None:
    assert all(len(words.encode(marker).ids) == 1 for marker in MARKERS)
    for text in ("Você é a AION.", "日本語 e emoji 🦀\n", dialogue("Quem é você?", "Eu sou a AION.")):
        assert words.decode(words.encode(text).ids, skip_special_tokens=False) == text


def test_no_question_has_two_answers() -> None:
    answers: dict[str, str] = {}
    for question, answer in (pair for fact in facts() for pair in fact.pairs):
        assert answers.setdefault(question, answer) == answer
    assert len(answers) == 623


def test_the_corpus_is_of_whole_dialogues_and_prose() -> None:
    sample = list(islice(dialogues(facts(), seed=1), 700))
    assert sample == list(islice(dialogues(facts(), seed=1), 700))
    assert all(text.endswith("\n<|end|>\n") and "<|assistant|>: " in text for text in sample)
    assert all("|" not in text for text in documentation())
