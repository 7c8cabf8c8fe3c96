"""The trainer: steps over token ids of every shape, sets, checkpoints, and who is told of what went wrong."""

from __future__ import annotations

import json
import os
import pathlib
import pickle
import threading
import time
import types
from typing import Any

import numpy as np
import pytest

import aion
from conftest import ROOT, Run

BASE = ROOT / "models" / "llama-tiny"
SMALL: dict[str, Any] = {
    "rank": 4,
    "alpha": 8,
    "dropout": 0.0,
    "gradient_accumulation": 1,
    "learning_rate": 1e-2,
}
IDS = [1, 20, 30, 40, 50, 60]


def trainer(**more: Any) -> aion.LoraTrainer:
    return aion.LoraTrainer(BASE, **{**SMALL, **more})


@pytest.fixture
def dataset(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "set.jsonl"
    rows = [{"question": f"Quem é o número {n}?", "answer": f"O número {n}."} for n in range(12)]
    aion.build_sft_jsonl(rows, path)
    return path


def test_a_loop_of_the_host_learns(tmp_path: pathlib.Path) -> None:
    learner = trainer(gradient_accumulation=2)
    reports = [learner.lora_step([IDS, IDS[:4]]) for _ in range(20)]
    assert reports[-1].loss < reports[0].loss
    assert [report.updated for report in reports[:4]] == [False, True, False, True]
    assert reports[0].grad_norm is None and (reports[1].grad_norm or 0) > 0
    assert (reports[-1].step, reports[-1].tokens, learner.step) == (10, 8, 10)
    assert pickle.loads(pickle.dumps(reports[0])) == reports[0]
    learner.save(tmp_path / "adapter")
    again = aion.LoraTrainer(BASE, adapter=tmp_path / "adapter")
    assert (again.rank, again.alpha) == (4, 8.0)
    assert again.loss([IDS]) == learner.loss([IDS])
    with pytest.raises(aion.InvalidArgumentError, match="rank"):
        aion.LoraTrainer(BASE, adapter=tmp_path / "adapter", rank=8)


@pytest.mark.parametrize(
    "same",
    [
        tuple(IDS),
        np.array(IDS, np.int64),
        np.array(IDS, np.uint16),
        {"ids": IDS},
        {"input_ids": np.array(IDS), "attention_mask": [1] * 6},
        types.SimpleNamespace(ids=IDS),
        {"ids": IDS, "mask": [True] * 6},
        {"input_ids": IDS, "labels": IDS},
    ],
    ids=str,
)
def test_token_ids_come_in_many_shapes(same: Any) -> None:
    learner = trainer()
    assert learner.loss([same]) == learner.loss([IDS])
    assert learner.loss(iter([same, same])) == pytest.approx(learner.loss([IDS]))


def test_a_mask_and_labels_say_what_is_learnt() -> None:
    learner = trainer()
    masked = learner.loss([{"ids": IDS, "mask": np.array([0, 0, 0, 1, 1, 1])}])
    assert masked == learner.loss([{"input_ids": IDS, "labels": [-100, -100, -100, *IDS[3:]]}])
    assert masked != learner.loss([IDS])
    assert learner.lora_step([{"ids": IDS, "mask": [0, 0, 0, 1, 1, 1]}, IDS]).tokens == 8


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        ([], "sequence"),
        ([[]], "sequence 0"),
        ([[1]], "learn"),
        ([IDS, [1, 10**6]], "1000000"),
        ([[1, -5]], "sequence 0: token 1 is -5"),
        ([[1, 1 << 40]], "no token id"),
        (["text"], "sequence 0"),
        ("text", "iterable"),
        ({"ids": IDS}, "iterable"),
        (7, "iterable"),
        ([[1.5, 2.5]], "whole numbers"),
        ([{"ids": IDS, "mask": [1]}], "marks"),
        ([{"ids": IDS, "mask": [0] * 6}], "learn"),
        ([{"ids": IDS, "labels": IDS[1:] + [2]}], "label 0"),
        ([{"ids": IDS, "labels": IDS, "mask": [1] * 6}], "both"),
        ([{"input_ids": [*IDS, 0], "attention_mask": [1] * 6 + [0]}], "padded"),
        ([list(range(1, 40))], "max_length"),
    ],
    ids=str,
)
def test_what_can_not_be_learnt_is_refused_and_changes_nothing(batch: Any, words: str) -> None:
    learner = trainer(max_length=16)
    before = learner.loss([IDS])
    with pytest.raises(aion.InvalidArgumentError, match=words):
        learner.lora_step(batch)
    assert learner.loss([IDS]) == before and learner.step == 0 and learner.gradients() == {}


def test_gradients_are_those_of_finite_differences(tmp_path: pathlib.Path) -> None:
    learner = trainer()
    learner.lora_step([IDS])
    learner.lora_step([IDS])
    learner.save(tmp_path / "adapter")
    probe = aion.LoraTrainer(BASE, adapter=tmp_path / "adapter", dropout=0.0, gradient_accumulation=1)
    probe.lora_step([IDS])
    gradients = probe.gradients()
    modules = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    assert len(gradients) % 14 == 0 and all(any(name in key for key in gradients) for name in modules)
    key = next(key for key in gradients if "down_proj.lora_B" in key)
    gradient = gradients[key]
    assert gradient.dtype == np.float32 and gradient.shape[1] == 4
    place = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    losses = [nudged(tmp_path, key, place, change).loss([IDS]) for change in (1e-2, -1e-2)]
    assert (losses[0] - losses[1]) / 2e-2 == pytest.approx(float(gradient[place]), rel=0.02)


def nudged(folder: pathlib.Path, key: str, place: tuple[Any, ...], change: float) -> aion.LoraTrainer:
    """The saved adapter with one of its numbers changed."""
    path = folder / f"nudged{change}"
    path.mkdir()
    (path / "adapter_config.json").write_bytes((folder / "adapter" / "adapter_config.json").read_bytes())
    data = bytearray((folder / "adapter" / "adapter_model.safetensors").read_bytes())
    begin = 8 + int.from_bytes(data[:8], "little")
    tensor = json.loads(data[8:begin])[key]
    numbers = np.frombuffer(
        data, np.float32, offset=begin + tensor["data_offsets"][0], count=np.prod(tensor["shape"])
    )
    numbers.reshape(tensor["shape"])[place] += change
    (path / "adapter_model.safetensors").write_bytes(data)
    return aion.LoraTrainer(BASE, adapter=path, dropout=0.0)


def test_a_set_is_trained_on_with_news(dataset: pathlib.Path, tmp_path: pathlib.Path) -> None:
    told: list[aion.TrainProgress] = []
    threads: set[int] = set()

    def progress(report: aion.TrainProgress) -> None:
        told.append(report)
        threads.add(threading.get_ident())

    learner = trainer(assistant_only=True)
    report = learner.train(
        dataset, epochs=3, batch_size=4, held_out=0.25, progress=progress, checkpoint=tmp_path / "checkpoint"
    )
    assert (report.updates, report.held_out, len(report.losses)) == (9, 3, 9)
    assert report.dataset is not None and (report.dataset.sequences, report.dataset.damaged) == (12, 0)
    assert 0 < report.dataset.targets < report.dataset.tokens
    assert [update for update, _ in report.evaluations] == [3, 6, 9]
    assert report.evaluations[-1][1] < report.evaluations[0][1]
    assert threads == {threading.get_ident()} and told[-1].updates == 9
    assert sum(news.evaluation is not None for news in told) == 3
    assert pickle.loads(pickle.dumps((report, told[0]))) == (report, told[0])
    twin = aion.LoraTrainer.resume(tmp_path / "checkpoint")
    assert (twin.step, twin.loss([IDS])) == (9, learner.loss([IDS]))


def test_a_training_that_was_stopped_goes_on_to_the_same_bits(tmp_path: pathlib.Path) -> None:
    sequences = [[1, *range(n + 3, n + 9)] for n in range(20)]
    whole = trainer(dropout=0.1)
    expected = whole.train(sequences, epochs=2, batch_size=4)
    stopped = trainer(dropout=0.1)

    def stop(report: aion.TrainProgress) -> None:
        if report.update == 3:
            raise LookupError("the host has had enough")

    path = tmp_path / "checkpoint"
    with pytest.raises(LookupError, match="had enough"):
        stopped.train(sequences, epochs=2, batch_size=4, checkpoint=path, checkpoint_every=1, progress=stop)
    assert 3 <= stopped.step < 10
    resumed = aion.LoraTrainer.resume(path, threads=1)
    with pytest.raises(aion.InvalidArgumentError, match="unfinished|other sequences"):
        resumed.train(sequences[1:], epochs=2, batch_size=4)
    for learner in (stopped, resumed):
        assert learner.train(sequences, epochs=2, batch_size=4).losses == expected.losses
        assert learner.loss(sequences) == whole.loss(sequences)


def test_a_call_can_be_stopped(dataset: pathlib.Path) -> None:
    learner, token = trainer(), aion.CancelToken()
    token.cancel()
    with pytest.raises(aion.CancelledError):
        learner.lora_step([IDS], cancel=token)
    with pytest.raises(aion.DeadlineExceededError):
        learner.train(dataset, epochs=100_000, timeout=0.3)
    learner.forget_position()
    assert learner.train([IDS]).updates == 1


def test_calls_of_threads_wait_for_each_other_and_progress_can_not_call() -> None:
    learner = trainer()
    begun = threading.Event()

    def progress(_report: aion.TrainProgress) -> None:
        begun.set()
        with pytest.raises(aion.InvalidStateError, match="progress can not use the trainer"):
            learner.loss([IDS])

    training = threading.Thread(target=lambda: learner.train([IDS] * 64, batch_size=1, progress=progress))
    training.start()
    assert begun.wait(30)
    with pytest.raises(aion.DeadlineExceededError):
        learner.loss([IDS], timeout=0)
    learner.loss([IDS])
    training.join(30)
    assert not training.is_alive() and learner.step == 64


def test_the_interpreter_is_free_during_a_step() -> None:
    learner = trainer(threads=1)
    ticks, over = 0, threading.Event()

    def step() -> None:
        learner.train([[1, *range(3, 400)]] * 8, batch_size=1)
        over.set()

    training = threading.Thread(target=step)
    training.start()
    while not over.is_set():
        ticks += 1
        time.sleep(0.001)
    training.join()
    assert ticks > 3


def test_variables_of_hosts_make_a_trainer(dataset: pathlib.Path, tmp_path: pathlib.Path) -> None:
    output = tmp_path / "adapters" / "aion-lora"
    output.parent.mkdir()
    env = {
        "AION_BASE_CKPT": str(BASE),
        "AION_SFT_JSONL": str(dataset),
        "AION_LORA_OUT": str(output),
        "AION_LORA_RANK": "4",
        "AION_LORA_ALPHA": "8",
        "AION_LORA_DROPOUT": "0.1",
        "AION_OCR_LANG": "eng",
    }
    learner = aion.LoraTrainer.from_env(env)
    assert (learner.rank, learner.alpha, learner.dropout) == (4, 8.0, 0.1)
    assert (learner.base, learner.dataset, learner.output) == (BASE, dataset, output)
    learner.train()
    learner.save()
    adapters = aion.Adapters(output.parent)
    assert adapters.promote(output, base=BASE) == adapters.current()
    with pytest.raises(aion.InvalidArgumentError, match="AION_LORA_RANK"):
        aion.LoraTrainer.from_env({**env, "AION_LORA_RANK": "many"})
    bare = trainer()
    for call in (bare.train, bare.save):
        with pytest.raises(aion.InvalidArgumentError, match="from_env"):
            call()


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"rank": 0}, aion.InvalidArgumentError, "rank"),
        ({"dropout": 1.0}, aion.InvalidArgumentError, "dropout"),
        ({"threads": -1}, aion.InvalidArgumentError, "threads"),
        ({"target_modules": ["q_proj", "lm_head"]}, aion.InvalidArgumentError, "lm_head"),
        ({"schedule": "linear"}, aion.InvalidArgumentError, "total_steps"),
        ({"schedule": "steps"}, aion.InvalidArgumentError, "cosine"),
        ({"chat_format": "jinja"}, aion.InvalidArgumentError, "template"),
        ({"adapter": "none"}, aion.NotFoundError, "none"),
    ],
    ids=str,
)
def test_a_setting_that_can_not_be_is_refused(arguments: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        trainer(**arguments)


def test_a_base_that_is_none_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(aion.NotFoundError, match=r"config\.json"):
        aion.LoraTrainer(tmp_path)
    (tmp_path / "config.json").write_text('{"architectures": ["GPT2LMHeadModel"]}')
    with pytest.raises(aion.UnsupportedError, match="LlamaForCausalLM"):
        aion.LoraTrainer(tmp_path)
    (tmp_path / "checkpoint").write_bytes(b"\xff" * 100)
    with pytest.raises(aion.InvalidInputError):
        aion.LoraTrainer.resume(tmp_path / "checkpoint")


def test_layers_and_schedules_can_be_chosen() -> None:
    learner = trainer(target_modules=("v_proj", "q_proj"), schedule="cosine", total_steps=4, warmup_steps=1)
    assert set(learner.target_modules) == {"q_proj", "v_proj"}
    for _ in range(4):
        learner.lora_step([IDS])
    ended = learner.loss([IDS])
    learner.lora_step([IDS])
    assert learner.loss([IDS]) == ended, "the rate has fallen to 0"


def test_a_trainer_says_why_it_does_not_pickle() -> None:
    with pytest.raises(TypeError, match="checkpoint"):
        pickle.dumps(trainer())
    assert "llama-tiny" in repr(trainer()) and "rank=4" in repr(trainer())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_trainer_stays_with_its_process(run_python: Run) -> None:
    done = run_python(
        """
import os, aion
trainer = aion.LoraTrainer("models/llama-tiny", rank=4, threads=2)
trainer.lora_step([[1, 20, 30, 40]])
child = os.fork()
if child == 0:
    try:
        trainer.lora_step([[1, 20, 30, 40]])
    except aion.ForkedError:
        del trainer
        os._exit(0)
    os._exit(1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
trainer.lora_step([[1, 20, 30, 40]])
"""
    )
    assert (done.returncode, done.stderr) == (0, "")
