"""Versions of an adapter: promoted, checked, read while they change, rolled back, merged into the base."""

from __future__ import annotations

import concurrent.futures
import copy
import json
import os
import pathlib
import pickle
import shutil
import signal
import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import aion
from conftest import ROOT, Run

DATA = ROOT / "aion-core" / "tests" / "data" / "adapter"
PEFT = DATA / "peft"
BASE = DATA / "base"


def candidate(folder: pathlib.Path, alpha: int) -> pathlib.Path:
    """The adapter of the tests with another alpha, by which it can be told."""
    path = folder / f"candidate-{alpha}"
    shutil.copytree(PEFT, path)
    config = json.loads((path / "adapter_config.json").read_text())
    (path / "adapter_config.json").write_text(json.dumps({**config, "lora_alpha": alpha}))
    return path


def alpha(directory: str | os.PathLike[str]) -> int:
    config: dict[str, int] = json.loads(pathlib.Path(directory, "adapter_config.json").read_text())
    return config["lora_alpha"]


def weights(directory: pathlib.Path) -> dict[str, NDArray[np.float32]]:
    """The float32 tensors of a safetensors file."""
    data = (directory / "model.safetensors").read_bytes()
    begin = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:begin])
    header.pop("__metadata__", None)
    spans = {name: tensor["data_offsets"] for name, tensor in header.items()}
    return {name: np.frombuffer(data[begin + a : begin + b], np.float32) for name, (a, b) in spans.items()}


@pytest.fixture
def adapters(tmp_path: pathlib.Path) -> aion.Adapters:
    return aion.Adapters(tmp_path / "adapters")


def test_a_promotion_is_current_until_it_is_taken_back(
    adapters: aion.Adapters, tmp_path: pathlib.Path
) -> None:
    first = adapters.promote(candidate(tmp_path, 1), metrics={"loss": 2.5})
    second = adapters.promote(str(candidate(tmp_path, 2)))
    current = adapters.root / "aion-current"
    assert adapters.current() == second and alpha(current) == alpha(second.path) == 2
    assert adapters.history() == [second, first]
    assert (first.parent, second.parent) == (None, first.id)
    assert first.metrics == {"loss": 2.5} and first.created.endswith("Z")
    assert adapters.rollback() == first and alpha(current) == 1
    assert adapters.rollback_to(second.id) == second == adapters.current()
    with pytest.raises(aion.NotFoundError, match="no-such"):
        adapters.rollback_to("no-such")


def test_there_may_be_nothing_to_go_back_to(adapters: aion.Adapters) -> None:
    assert adapters.current() is None and adapters.open_current() is None
    with pytest.raises(aion.InvalidStateError):
        adapters.rollback()
    adapters.promote(PEFT)
    with pytest.raises(aion.InvalidStateError, match="no earlier version"):
        adapters.rollback()


def test_values_and_handles_pickle(adapters: aion.Adapters, tmp_path: pathlib.Path) -> None:
    version = adapters.promote(PEFT, metrics={"loss": 0.1})
    assert pickle.loads(pickle.dumps(version)) == version == copy.deepcopy(version)
    assert hash(version) == hash(copy.copy(version)) and version.id in repr(version)
    handle = aion.Adapters(tmp_path / "adapters", keep=3, patience=2)
    twin = pickle.loads(pickle.dumps(handle))
    assert (twin.root, twin.keep, twin.patience) == (adapters.root, 3, 2.0)
    assert repr(twin) == repr(handle) == f"Adapters({str(adapters.root)!r}, keep=3, patience=2.0)"


def test_a_check_sees_the_candidate_and_the_champion(adapters: aion.Adapters, tmp_path: pathlib.Path) -> None:
    seen: list[Any] = []

    def check(candidate: aion.Candidate) -> bool:
        with pytest.raises(TypeError, match="gone after the check"):
            pickle.dumps(candidate)
        seen.append((alpha(candidate), candidate.path, candidate.champion, candidate.rank))
        seen.append(threading.get_ident())
        return True

    first = adapters.promote(candidate(tmp_path, 1), check=check)
    adapters.promote(candidate(tmp_path, 2), check=check)
    (marks, path, champion, rank), thread, (again, _, champion_then, _), _ = seen
    assert (marks, champion, rank, again, champion_then) == (1, None, 4, 2, first)
    assert not path.exists() and thread == threading.get_ident()


def test_only_true_lets_a_candidate_through(adapters: aion.Adapters, tmp_path: pathlib.Path) -> None:
    first = adapters.promote(candidate(tmp_path, 1))
    path = candidate(tmp_path, 2)

    def broken(_candidate: aion.Candidate) -> bool:
        raise LookupError("the frozen set is gone")

    def forgetful(_candidate: aion.Candidate) -> Any:
        return None

    with pytest.raises(aion.ConflictError, match="the check refused the candidate"):
        adapters.promote(path, check=lambda _: False)
    with pytest.raises(LookupError, match="the frozen set is gone"):
        adapters.promote(path, check=broken)
    with pytest.raises(aion.InvalidArgumentError, match="returned NoneType"):
        adapters.promote(path, check=forgetful)
    with pytest.raises(aion.InvalidArgumentError, match="callable"):
        adapters.promote(path, check=True)  # type: ignore[arg-type]
    assert adapters.history() == [first]
    assert {entry.name for entry in (adapters.root / "versions").iterdir()} == {first.id}


def test_a_base_is_fitted(adapters: aion.Adapters, tmp_path: pathlib.Path) -> None:
    adapters.promote(PEFT, base=BASE)
    narrow = tmp_path / "narrow"
    narrow.mkdir()
    config = json.loads((BASE / "config.json").read_text())
    config["intermediate_size"] *= 2
    (narrow / "config.json").write_text(json.dumps(config))
    with pytest.raises(aion.InvalidInputError, match="proj"):
        adapters.promote(PEFT, base=narrow)
    with pytest.raises(aion.NotFoundError, match=r"config\.json"):
        adapters.promote(PEFT, base=tmp_path)


def test_what_is_no_adapter_is_refused_by_name(adapters: aion.Adapters, tmp_path: pathlib.Path) -> None:
    damaged = candidate(tmp_path, 1)
    tensors = damaged / "adapter_model.safetensors"
    tensors.write_bytes(tensors.read_bytes()[:-10])
    with pytest.raises(aion.InvalidInputError, match=r"adapter_model\.safetensors"):
        adapters.promote(damaged)
    with pytest.raises(aion.NotFoundError):
        adapters.promote(tmp_path / "none")
    with pytest.raises(aion.InvalidArgumentError, match="loss"):
        adapters.promote(PEFT, metrics={"loss": float("nan")})
    with pytest.raises(aion.InvalidArgumentError, match="keep"):
        aion.Adapters(adapters.root, keep=1)
    assert adapters.current() is None


def test_a_promotion_can_be_cancelled(adapters: aion.Adapters) -> None:
    token = aion.CancelToken()

    def check(_candidate: aion.Candidate) -> bool:
        token.cancel()
        return True

    with pytest.raises(aion.CancelledError):
        adapters.promote(PEFT, check=check, cancel=token)
    with pytest.raises(aion.DeadlineExceededError):
        adapters.promote(PEFT, timeout=0)
    assert adapters.current() is None


def test_a_pinned_version_reads_the_same_whatever_is_promoted(tmp_path: pathlib.Path) -> None:
    adapters = aion.Adapters(tmp_path / "adapters", keep=2)
    first = adapters.promote(candidate(tmp_path, 1))
    pinned = adapters.open_current()
    assert pinned is not None and pinned.version == first
    for mark in range(2, 6):
        adapters.promote(candidate(tmp_path, mark))
    assert first.path.exists(), "it is held"
    assert json.loads(pinned.read("adapter_config.json"))["lora_alpha"] == 1
    assert set(pinned.files) >= {"adapter_config.json", "adapter_model.safetensors"}
    assert pinned.read("adapter_model.safetensors") == (PEFT / "adapter_model.safetensors").read_bytes()
    with pytest.raises(aion.NotFoundError):
        pinned.read("../../journal.jsonl")
    with pytest.raises(TypeError, match="can not be pickled"):
        pickle.dumps(pinned)
    pinned.close()
    pinned.close()
    with pytest.raises(aion.InvalidStateError, match="closed"):
        pinned.read("adapter_config.json")
    adapters.promote(candidate(tmp_path, 6))
    assert not first.path.exists(), "nobody holds it any more"


def test_a_version_that_was_changed_is_not_read(adapters: aion.Adapters) -> None:
    version = adapters.promote(PEFT)
    with adapters.open_version(version.id) as pinned:
        path = version.path / "adapter_config.json"
        path.chmod(0o644)
        path.write_text(path.read_text() + " ")
        with pytest.raises(aion.InvalidInputError):
            pinned.read("adapter_config.json")


def test_readers_in_threads_and_processes_see_whole_versions(
    tmp_path: pathlib.Path, adapters: aion.Adapters
) -> None:
    candidates = [candidate(tmp_path, mark) for mark in (1, 2)]
    adapters.promote(candidates[0])
    reader = """
import json, sys, aion
adapters, seen = aion.Adapters(sys.argv[1]), set()
print("ready", flush=True)
while True:
    with adapters.open_current() as pinned:
        seen.add(json.loads(pinned.read("adapter_config.json"))["lora_alpha"])
        assert len(pinned.read("adapter_model.safetensors")) > 1000
    if seen == {1, 2}:
        break
"""
    command = [sys.executable, "-c", reader, str(adapters.root)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            with adapters.open_current() as pinned:  # type: ignore[union-attr]
                assert json.loads(pinned.read("adapter_config.json"))["lora_alpha"] in {1, 2}

    pool = concurrent.futures.ThreadPoolExecutor(1)
    reading = pool.submit(read)
    try:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        for turn in range(400):
            adapters.promote(candidates[turn % 2])
            if process.poll() is not None:
                break
        assert process.wait(timeout=60) == 0, process.stderr.read() if process.stderr else ""
    finally:
        process.kill()
        process.communicate()
        over.set()
        pool.shutdown()
    reading.result()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_handle_serves_a_forked_child(adapters: aion.Adapters, run_python: Run) -> None:
    adapters.promote(PEFT)
    done = run_python(
        """
import os, sys, aion
adapters = aion.Adapters(sys.argv[1])
version = adapters.current()
child = os.fork()
if child == 0:
    os._exit(0 if adapters.current() == version and adapters.promote(sys.argv[2]).parent == version.id else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert adapters.current().parent == version.id
""",
        str(adapters.root),
        str(PEFT),
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="needs signals")
def test_ctrl_c_ends_a_wait_for_another_promotion(adapters: aion.Adapters, tmp_path: pathlib.Path) -> None:
    def check(_candidate: aion.Candidate) -> bool:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        aion.Adapters(adapters.root).promote(PEFT)
        return True

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            adapters.promote(candidate(tmp_path, 1), check=check)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert adapters.current() is None


def test_a_merge_is_what_peft_gives(tmp_path: pathlib.Path) -> None:
    output = tmp_path / "merged"
    report = aion.merge_adapter(BASE, PEFT, output)
    assert (report.layers, report.files) == (14, 1)
    assert pickle.loads(pickle.dumps(report)) == report
    assert (output / "config.json").read_bytes() == (BASE / "config.json").read_bytes()
    merged, expected, base = (weights(path) for path in (output, DATA / "merged", BASE))
    assert set(merged) >= set(expected)
    for name, numbers in expected.items():
        np.testing.assert_allclose(merged[name], numbers, rtol=0, atol=1e-6)
    changed = {name for name in base if not np.array_equal(base[name], merged[name])}
    assert len(changed) == report.layers
    with pytest.raises(aion.ConflictError):
        aion.merge_adapter(BASE, PEFT, output)
    with pytest.raises(aion.NotFoundError):
        aion.merge_adapter(BASE, tmp_path / "none", tmp_path / "other")
    with pytest.raises(aion.DeadlineExceededError):
        aion.merge_adapter(BASE, PEFT, tmp_path / "late", timeout=0)
    assert not (tmp_path / "late").exists()
