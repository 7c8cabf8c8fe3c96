"""The local model: answers, how sure it is of them, and how they come."""

from __future__ import annotations

import copy
import os
import pathlib
import pickle
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import aion
from conftest import ROOT, Run

BASE = ROOT / "models" / "llama-tiny"
QUESTION = "Quem é você?"
SYSTEM = "Você é a AION, IA autônoma da plataforma."


@pytest.fixture(scope="module")
def model() -> aion.LocalModel:
    return aion.LocalModel(BASE)


def test_a_question_is_a_conversation_with_the_platform(model: aion.LocalModel) -> None:
    answer = model.generate(QUESTION, max_tokens=40)
    asked = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
    assert model.generate(asked, max_tokens=40) == answer
    assert answer.text and answer.text == answer.text.strip()
    assert 0 < answer.confidence <= 1 and answer.confidence == answer.raw_confidence
    assert len(answer.probabilities) == len(answer.tokens) <= 40 and answer.prompt_tokens > 3
    assert answer.probabilities.dtype == np.float32 and not answer.probabilities.flags.writeable
    mean = float(np.exp(np.log(answer.probabilities.astype(np.float64)).mean()))
    assert answer.raw_confidence == pytest.approx(mean, rel=1e-6)
    assert pickle.loads(pickle.dumps(answer)) == answer and not model.calibrated
    sure = model.confidence_of(QUESTION, answer.text)
    assert pickle.loads(pickle.dumps(sure)) == sure and 0 < sure.confidence <= 1


def test_a_calibration_is_fitted_written_and_used(tmp_path: pathlib.Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(BASE, base)
    model = aion.LocalModel(base)
    samples = [(0.5 + step / 100, step > 18 + step % 3) for step in range(40)]
    path = model.calibrate(samples)
    assert path == base / "aion_calibration.json"
    calibrated = aion.LocalModel(base)
    answer = calibrated.generate(QUESTION, max_tokens=40)
    assert calibrated.calibrated and answer.confidence != answer.raw_confidence
    assert answer.raw_confidence == model.generate(QUESTION, max_tokens=40).raw_confidence
    with pytest.raises(aion.InvalidInputError):
        model.calibrate(samples[:12])
    with pytest.raises(aion.InvalidArgumentError):
        model.calibrate([(1.5, True)] * 40)
    assert model.calibrate(samples, directory=tmp_path).parent == tmp_path


def test_an_answer_comes_piece_by_piece_on_the_calling_thread(model: aion.LocalModel) -> None:
    pieces: list[str] = []
    threads: set[int] = set()

    def on_text(piece: str) -> None:
        pieces.append(piece)
        threads.add(threading.get_ident())

    answer = model.generate(QUESTION, max_tokens=30, on_text=on_text)
    assert "".join(pieces).strip() == answer.text and len(pieces) > 1
    assert threads == {threading.get_ident()}
    first = model.generate(QUESTION, max_tokens=30, on_text=lambda _: False)
    assert first.finish == "callback" and len(first.tokens) < len(answer.tokens)

    def broken(_piece: str) -> None:
        raise LookupError("the listener has gone")

    with pytest.raises(LookupError, match="the listener has gone"):
        model.generate(QUESTION, on_text=broken)


def test_what_is_drawn_follows_the_seed(model: aion.LocalModel) -> None:
    def drawn(seed: int) -> list[int]:
        return model.generate(QUESTION, max_tokens=30, temperature=5.0, seed=seed).tokens

    assert drawn(1) == drawn(1) != drawn(2)
    cut = model.generate(QUESTION, max_tokens=30)
    stop = cut.text[3:6]
    assert (
        model.generate(QUESTION, max_tokens=30, stop=[stop]).text == cut.text[: cut.text.index(stop)].strip()
    )
    assert model.generate(QUESTION, max_tokens=2).finish == "max_tokens"


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"messages": 7}, aion.InvalidArgumentError, "int"),
        ({"messages": {"role": "user", "content": "a"}}, aion.InvalidArgumentError, "dict"),
        ({"messages": [{"role": "boss", "content": "a"}]}, aion.InvalidArgumentError, "boss"),
        ({"messages": [{"role": "user"}]}, aion.InvalidArgumentError, "content"),
        ({"messages": ["a"]}, aion.InvalidArgumentError, "message 0"),
        ({"messages": []}, aion.InvalidInputError, "conversation"),
        ({"messages": "a " * 5_000}, aion.LimitExceededError, "tokens"),
        ({"max_tokens": 0}, aion.InvalidArgumentError, "max_tokens"),
        ({"temperature": -1.0}, aion.InvalidArgumentError, "temperature"),
        ({"top_p": 2.0}, aion.InvalidArgumentError, "top_p"),
        ({"stop": [""]}, aion.InvalidArgumentError, "stop"),
        ({"on_text": 7}, aion.InvalidArgumentError, "on_text"),
        ({"timeout": 0}, aion.DeadlineExceededError, "deadline"),
    ],
)
def test_what_can_not_be_answered_is_refused(
    arguments: Any, error: type[Exception], words: str, model: aion.LocalModel
) -> None:
    with pytest.raises(error, match=words):
        model.generate(**{"messages": QUESTION, **arguments})


def test_an_adapter_changes_the_answer(tmp_path: pathlib.Path, model: aion.LocalModel) -> None:
    question, wanted = "Qual é a senha do cais?", "A senha é gaivota."
    aion.build_sft_jsonl([{"question": question, "answer": wanted}], tmp_path / "set.jsonl")
    trainer = aion.LoraTrainer(BASE, rank=8, alpha=16, dropout=0.0, learning_rate=1e-2, assistant_only=True)
    trainer.train(tmp_path / "set.jsonl", epochs=60)
    trainer.save(tmp_path / "adapter")
    adapters = aion.Adapters(tmp_path / "adapters")
    adapters.promote(tmp_path / "adapter", base=BASE)
    current = adapters.root / "aion-current"
    taught = aion.LocalModel(BASE, current)
    answer = taught.generate(question)
    assert answer.text == wanted and answer.finish == "stop"
    assert model.generate(question).text != wanted
    assert answer.confidence > model.confidence_of(question, wanted).confidence
    with adapters.open_current() as pinned:  # type: ignore[union-attr]
        held = aion.LocalModel(BASE, pinned)
    assert held.generate(question) == answer
    with pytest.raises(TypeError, match="hold"):
        pickle.dumps(held)
    assert copy.copy(taught).generate(question) == answer
    assert repr(taught) == f"LocalModel({str(BASE)!r}, {str(current)!r})"


def test_threads_share_a_model(model: aion.LocalModel) -> None:
    expected = model.generate(QUESTION, max_tokens=20)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: model.generate(QUESTION, max_tokens=20), range(6)))
    assert answers == [expected] * 6


def test_what_is_no_model_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(aion.NotFoundError):
        aion.LocalModel(tmp_path)
    with pytest.raises(aion.NotFoundError):
        aion.LocalModel(BASE, tmp_path / "none")
    with pytest.raises(aion.InvalidInputError):
        aion.LocalModel(BASE, ROOT / "aion-core" / "tests" / "data" / "adapter" / "peft")
    with pytest.raises(aion.InvalidArgumentError, match="chat_format"):
        aion.LocalModel(BASE, chat_format="jinja")  # type: ignore[arg-type]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_model_stays_with_its_process(run_python: Run) -> None:
    done = run_python(
        """
import os, aion
model = aion.LocalModel("models/llama-tiny", threads=2)
model.generate("a", max_tokens=2)
child = os.fork()
if child == 0:
    try:
        model.generate("a", max_tokens=2)
    except aion.ForkedError:
        del model
        os._exit(0)
    os._exit(1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""
    )
    assert (done.returncode, done.stderr) == (0, "")
