"""Comparisons on a set that nothing is trained on: what they measure, and what they let become current."""

from __future__ import annotations

import copy
import math
import os
import pathlib
import pickle
import threading
from typing import Any

import pytest

import aion
from conftest import ROOT, Run

BASE = ROOT / "models" / "llama-tiny"
LESSONS = [[1, 20, 30, 40], [1, 50, 60, 70]]


@pytest.fixture(scope="module")
def candidates(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A folder with `good`, which learnt the lessons, `poor`, which did a little, and `none`, which changes nothing."""
    folder = tmp_path_factory.mktemp("candidates")
    trainer = aion.LoraTrainer(BASE, rank=4, dropout=0.0, learning_rate=1e-2)
    trainer.save(folder / "none")
    trainer.train(LESSONS, epochs=2)
    trainer.save(folder / "poor")
    trainer.train(LESSONS, epochs=10)
    trainer.save(folder / "good")
    return folder


@pytest.fixture
def dataset(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "set.jsonl"
    rows = [{"question": f"Quem é o número {n}?", "answer": f"O número {n}."} for n in range(6)]
    aion.build_sft_jsonl(rows, path)
    return path


@pytest.fixture
def adapters(tmp_path: pathlib.Path) -> aion.Adapters:
    return aion.Adapters(tmp_path / "adapters")


def test_only_what_is_not_worse_becomes_current(adapters: aion.Adapters, candidates: pathlib.Path) -> None:
    held_out = aion.HeldOut(BASE, LESSONS)
    poor = adapters.promote(candidates / "poor", check=held_out, metrics={"loss": held_out.loss()})
    good = adapters.promote(candidates / "good", check=held_out)
    assert adapters.current() == good and good.parent == poor.id
    wanted, loss = held_out.loss(good.path), held_out.loss(candidates / "poor")
    assert loss > wanted + held_out.epsilon
    words = f"on 2 held-out sequences is {loss:.4f}, and that of the champion is {wanted:.4f}"
    with pytest.raises(aion.ConflictError, match=words) as caught:
        adapters.promote(candidates / "poor", check=held_out)
    assert caught.value.kind == "conflict" and adapters.current() == good
    lenient = aion.HeldOut(BASE, LESSONS, epsilon=loss)
    assert adapters.promote(candidates / "poor", check=lenient) == adapters.current()


def test_the_base_alone_is_the_measure_where_nothing_is_current(
    adapters: aion.Adapters, tmp_path: pathlib.Path
) -> None:
    trainer = aion.LoraTrainer(BASE, rank=4, dropout=0.0, learning_rate=1e-2)
    trainer.train([[1, 300, 301, 302]], epochs=20)
    trainer.save(tmp_path / "other")
    held_out = aion.HeldOut(BASE, LESSONS, epsilon=0)
    assert held_out.loss(tmp_path / "other") > held_out.loss()
    with pytest.raises(aion.ConflictError, match="that of the base alone is"):
        adapters.promote(tmp_path / "other", check=held_out)
    assert adapters.current() is None and adapters.history() == []


def test_a_trainer_and_a_comparison_measure_the_same(
    candidates: pathlib.Path, dataset: pathlib.Path, adapters: aion.Adapters
) -> None:
    good = candidates / "good"
    trainer = aion.LoraTrainer(BASE, adapter=good, assistant_only=True)
    held_out = aion.HeldOut(BASE, dataset, assistant_only=True)
    assert (held_out.sequences, held_out.base) == (6, BASE)
    assert trainer.evaluate(dataset) == held_out.loss(good)
    assert trainer.evaluate(str(dataset), batch_tokens=64) == pytest.approx(
        held_out.loss(str(good)), rel=1e-6
    )
    assert trainer.evaluate(iter(LESSONS)) == pytest.approx(aion.HeldOut(BASE, LESSONS).loss(good), rel=1e-6)
    assert trainer.evaluate(LESSONS) == trainer.evaluate(LESSONS), "nothing was learnt"
    assert held_out.loss() != aion.HeldOut(BASE, dataset).loss(), "all words count"
    version = adapters.promote(good)
    with adapters.open_version(version.id) as pinned:
        assert held_out.loss(pinned) == held_out.loss(adapters.root / "aion-current") == held_out.loss(good)
    with pytest.raises(aion.InvalidStateError, match="closed"):
        held_out.loss(pinned)


def test_a_function_may_use_it_to_decide_by_a_rule_of_its_own(
    adapters: aion.Adapters, candidates: pathlib.Path
) -> None:
    held_out = aion.HeldOut(BASE, LESSONS, threads=1)
    seen: list[float] = []

    def halves(candidate: aion.Candidate) -> bool:
        seen.append(held_out.loss(candidate))
        return seen[-1] < held_out.loss() / 2

    with pytest.raises(aion.ConflictError):
        adapters.promote(candidates / "none", check=halves)
    assert seen == [held_out.loss()]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"epsilon": -0.1}, aion.InvalidArgumentError, "epsilon"),
        ({"epsilon": math.nan}, aion.InvalidArgumentError, "epsilon"),
        ({"batch_tokens": 3}, aion.InvalidArgumentError, "batch_tokens is 3"),
        ({"batch_tokens": -1}, aion.InvalidArgumentError, "batch_tokens"),
        ({"chat_format": "jinja"}, aion.InvalidArgumentError, "template"),
        ({"dataset": []}, aion.InvalidArgumentError, "no sequences"),
        ({"dataset": [[1, 10**6]]}, aion.InvalidArgumentError, "sequence 0"),
        ({"dataset": [[1, 2], [1]]}, aion.InvalidArgumentError, "sequence 1"),
        ({"dataset": 7}, aion.InvalidArgumentError, "iterable"),
        ({"dataset": "none.jsonl"}, aion.NotFoundError, "none.jsonl"),
        ({"base": "none"}, aion.NotFoundError, "none"),
        ({"timeout": 0}, aion.DeadlineExceededError, "deadline"),
        ({"timeout": -1}, aion.InvalidArgumentError, "timeout"),
    ],
    ids=str,
)
def test_what_can_not_be_compared_on_is_refused(
    arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        aion.HeldOut(**{"base": BASE, "dataset": LESSONS, **arguments})


def test_what_can_not_be_measured_is_refused(adapters: aion.Adapters, tmp_path: pathlib.Path) -> None:
    held_out = aion.HeldOut(BASE, LESSONS)
    with pytest.raises(aion.NotFoundError, match="nowhere"):
        held_out.loss(tmp_path / "nowhere")
    other = ROOT / "aion-core" / "tests" / "data" / "adapter" / "peft"
    with pytest.raises(aion.InvalidInputError):
        held_out.loss(other)
    with pytest.raises(aion.InvalidInputError):
        adapters.promote(other, check=held_out)
    with pytest.raises(aion.InvalidArgumentError, match="a HeldOut, or callable"):
        adapters.promote(other, check=7)  # type: ignore[arg-type]
    with pytest.raises(aion.NotFoundError, match=r"none\.jsonl"):
        aion.LoraTrainer(BASE, rank=4).evaluate("none.jsonl")
    assert adapters.current() is None


def test_a_promotion_with_a_comparison_can_be_stopped_and_leaves_the_interpreter_free(
    adapters: aion.Adapters, candidates: pathlib.Path
) -> None:
    held_out = aion.HeldOut(BASE, [[1, *range(20, 500)]] * 200, threads=1)
    token, ran = aion.CancelToken(), threading.Event()

    def other() -> None:
        ran.set()
        token.cancel()

    timer = threading.Timer(0.1, other)
    timer.start()
    with pytest.raises(aion.CancelledError):
        adapters.promote(candidates / "good", check=held_out, cancel=token)
    assert ran.is_set() and adapters.current() is None
    with pytest.raises(aion.DeadlineExceededError):
        adapters.promote(candidates / "good", check=held_out, timeout=0.1)
    with pytest.raises(aion.DeadlineExceededError):
        held_out.loss(timeout=0.1)
    assert adapters.history() == []


def test_opening_stops_when_it_is_told_to() -> None:
    token = aion.CancelToken()
    token.cancel()
    for make in (aion.LoraTrainer, aion.LocalModel, lambda *_, **more: aion.HeldOut(BASE, LESSONS, **more)):
        with pytest.raises(aion.CancelledError):
            make(BASE, cancel=token)
        with pytest.raises(aion.DeadlineExceededError):
            make(BASE, timeout=0)


def test_it_pickles_as_its_arguments(candidates: pathlib.Path, dataset: pathlib.Path) -> None:
    masked: list[Any] = [{"ids": LESSONS[0], "mask": [0, 0, 1, 1]}, LESSONS[1]]
    for held_out in (
        aion.HeldOut(BASE, masked, epsilon=0.5, threads=1),
        aion.HeldOut(BASE, dataset, assistant_only=True, max_length=60, batch_tokens=512),
    ):
        for twin in (pickle.loads(pickle.dumps(held_out)), copy.copy(held_out)):
            assert (twin.epsilon, twin.sequences) == (held_out.epsilon, held_out.sequences)
            assert repr(twin) == repr(held_out)
            assert twin.loss(candidates / "good") == held_out.loss(candidates / "good")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_it_may_be_used_after_a_fork(run_python: Run) -> None:
    done = run_python(
        """
import os, aion
held_out = aion.HeldOut("models/llama-tiny", [[1, 20, 30, 40]], threads=2)
loss = held_out.loss()
child = os.fork()
if child == 0:
    os._exit(0 if held_out.loss() == loss else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""
    )
    assert (done.returncode, done.stderr) == (0, "")
