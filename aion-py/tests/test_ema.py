"""The exponential moving average: its formula, what is taken and refused, and that an error changes nothing."""

from __future__ import annotations

import re
import threading
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import aion
from conftest import ROOT, Run

RNG = np.random.default_rng(7)


def random(*shape: int) -> NDArray[np.float32]:
    return RNG.standard_normal(shape, dtype=np.float32)


def formula(old: Any, new: Any, updates: Any, c: float = 0.5) -> Any:
    rate = np.minimum(1.0, c / (np.asarray(updates, np.float64) + 1.0))
    return (1.0 - rate) * np.asarray(old, np.float64) + rate * np.asarray(new, np.float64)


def refused(vectors: Any, *arguments: Any, **keywords: Any) -> str:
    """The message of the error, after a check that nothing was changed."""
    before = vectors.tobytes() if isinstance(vectors, np.ndarray) else None
    with pytest.raises(aion.InvalidArgumentError) as raised:
        aion.ema_update_batch(vectors, *arguments, **keywords)
    if before is not None:
        assert vectors.tobytes() == before
    return str(raised.value)


@pytest.mark.parametrize("updates", [0, 1, 7, 2**62])
@pytest.mark.parametrize("c", [0.5, 1.0, 3.0])
def test_one_vector_follows_the_formula(updates: int, c: float) -> None:
    old, new = random(33), random(5, 33)
    vector = aion.ema_update(old, new, updates=updates, c=c)
    assert vector.dtype == np.float32 and vector.shape == (33,)
    np.testing.assert_allclose(vector, formula(old, new.mean(axis=0), updates, c), rtol=1e-6, atol=1e-6)
    one = aion.ema_update(old, new[0], updates=updates, c=c)
    np.testing.assert_allclose(one, formula(old, new[0], updates, c), rtol=1e-6, atol=1e-6)


def test_the_example_of_the_guide_runs(run_python: Run) -> None:
    guide = (ROOT / "docs" / "ema.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    done = run_python(example)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_without_a_vector_it_is_the_mean() -> None:
    new = random(4, 16)
    for updates in (0, 9):
        np.testing.assert_allclose(
            aion.ema_update(None, new, updates=updates), new.mean(axis=0), rtol=1e-6, atol=1e-6
        )
    assert np.array_equal(aion.ema_update(None, new[1], updates=0), new[1])


def test_it_converges_to_the_mean_of_what_is_new() -> None:
    vector, mean = np.full(8, 50, np.float32), random(8)
    misses = []
    for updates in range(10_000):
        vector = aion.ema_update(vector, mean + random(8), updates=updates)
        if updates + 1 in (100, 10_000):
            misses.append(float(np.abs(vector - mean).max()))
    # With c = 0.5 the start fades as the root of the number of updates.
    assert misses[1] < 0.5 and misses[1] < misses[0] / 5


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, ">f4"])
def test_other_floats_strides_and_lists_are_converted(kind: Any) -> None:
    old, new = random(12).astype(np.float16), random(6, 24).astype(np.float16)[::2, ::2]
    expected = formula(old, new.astype(np.float64).mean(axis=0), 1)
    vector = aion.ema_update(old.astype(kind), new.astype(kind), updates=1)
    np.testing.assert_allclose(vector, expected, rtol=1e-6, atol=1e-6)
    assert np.array_equal(vector, aion.ema_update(old.tolist(), new.tolist(), updates=1))

    vectors, targets = random(3, 12), np.asfortranarray(new.astype(kind))
    expected = formula(vectors, new, [[0], [1], [2]])
    aion.ema_update_batch(vectors, targets, [0, 1, 2])
    np.testing.assert_allclose(vectors, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((random(4), random(5)), "dimension"),
        ((random(4), random(2, 5)), "dimension"),
        ((random(4), random(0, 4)), "no new vectors"),
        ((None, random(0, 4)), "no new vectors"),
        ((None, random(0)), "no new vectors"),
        ((random(2, 2), random(4)), "current must have"),
        ((random(4), random(1, 1, 4)), "new must have"),
        ((random(4), np.zeros(4, np.int64)), "float32"),
        ((random(4), np.zeros(4, np.complex64)), "float32"),
        ((random(4), "text"), "float32"),
        ((random(4), [[1.0], [1.0, 2.0]]), "array"),
        ((random(4), np.array([0, 1, np.nan, 0], np.float32)), "new vector 0 has NaN at 2"),
        ((np.array([0, np.inf], np.float32), random(2)), "current vector has inf at 1"),
        ((None, np.array([1e300, 0.0])), "new vector 0 has inf"),
    ],
)
def test_one_vector_that_does_not_fit_is_refused(arguments: Any, message: str) -> None:
    with pytest.raises(aion.InvalidArgumentError, match=message):
        aion.ema_update(*arguments, updates=0)


@pytest.mark.parametrize("c", [0.0, -1.0, float("nan"), float("inf")])
def test_c_must_be_above_zero(c: float) -> None:
    with pytest.raises(aion.InvalidArgumentError, match="c is"):
        aion.ema_update(None, random(4), updates=0, c=c)
    assert "c is" in refused(random(2, 4), random(2, 4), [0, 0], c=c)


def test_updates_and_threads_must_be_counts() -> None:
    with pytest.raises(aion.InvalidArgumentError, match="updates is -1"):
        aion.ema_update(None, random(4), updates=-1)
    assert "updates is -3" in refused(random(2, 4), random(2, 4), [0, -3])
    assert "threads is" in refused(random(2, 4), random(2, 4), [0, 0], threads=0)
    assert "threads is" in refused(random(2, 4), random(2, 4), [0, 0], threads=-1)
    for updates in ([0.0, 1.0], [0], [[0, 1]], ["0", "1"], 3, None, [True, False]):
        assert "updates" in refused(random(2, 4), random(2, 4), updates)


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.uint64, np.uint8, ">i4"])
def test_a_batch_follows_the_formula_in_place(kind: Any) -> None:
    vectors, targets = random(50, 77), random(50, 77)
    updates = RNG.integers(0, 100, 50).astype(kind)
    expected = formula(vectors, targets, updates.astype(int)[:, None])
    kept = targets.copy()
    assert aion.ema_update_batch(vectors, targets, updates) is vectors
    np.testing.assert_allclose(vectors, expected, rtol=1e-6, atol=1e-6)
    assert np.array_equal(targets, kept)


def test_a_batch_may_be_empty() -> None:
    for shape in ((0, 4), (0, 0)):
        vectors = np.zeros(shape, np.float32)
        assert aion.ema_update_batch(vectors, vectors.copy(), []) is vectors


def test_normalized_vectors_have_length_one() -> None:
    vectors, targets = random(9, 40), random(9, 40)
    one = aion.ema_update(vectors[4], targets[4], updates=2, normalize=True)
    aion.ema_update_batch(vectors, targets, [2] * 9, normalize=True)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)
    assert np.array_equal(vectors[4], one)
    ones = np.ones((2, 4), np.float32)
    assert "row 0" in refused(ones, -ones, [0, 0], normalize=True)


def test_what_can_not_be_updated_in_place_is_refused() -> None:
    good, frozen = random(4, 6), random(4, 6)
    frozen.setflags(write=False)
    packed = np.frombuffer(bytearray(4 * 24 + 1), np.float32, 24, offset=1).reshape(4, 6)
    for vectors in (
        good.astype(np.float64),
        good.astype(np.float16),
        good.astype(">f4"),
        good.astype(np.int32),
        good.tolist(),
        good[0],
        good[None],
        None,
        good[:, ::2],
        good[::2],
        np.asfortranarray(good),
        packed,
        frozen,
    ):
        targets = np.zeros(np.shape(vectors) if vectors is not None else (4, 6), np.float32)
        assert "vectors" in refused(vectors, targets, [0] * 4)
    for targets in (random(4, 5), random(3, 6), random(24), random(4, 6, 1), random(1, 6)):
        assert "shape" in refused(good, targets, [0] * 4)
    assert "shape" in refused(good, good.copy(), [0] * 5)
    assert "float32" in refused(good, np.zeros((4, 6), np.int64), [0] * 4)


def test_memory_that_is_shared_is_refused() -> None:
    vectors, memory = random(8, 6), bytearray(4 * 8 * 6)
    for targets in (vectors, vectors.view(), vectors[::1]):
        assert "shares its memory" in refused(vectors, targets, [0] * 8)
    assert "shares its memory" in refused(vectors[:5], vectors[3:], [0] * 5)
    aion.ema_update_batch(vectors[:4], vectors[4:], [0] * 4)
    one, other = (np.frombuffer(memory, np.float32).reshape(8, 6) for _ in range(2))
    assert "memory" in refused(one, other, [0] * 8)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["vectors", "targets"])
@pytest.mark.parametrize("rows", [3, 70_000])
def test_a_value_that_is_not_finite_changes_nothing(value: float, where: str, rows: int) -> None:
    vectors, targets = random(rows, 128), random(rows, 128)
    (vectors if where == "vectors" else targets)[-1, 5] = value
    message = refused(vectors, targets, np.full(rows, 4))
    assert f"row {rows - 1} of `{where}`" in message and "at 5" in message


def test_the_number_of_threads_changes_nothing() -> None:
    vectors, targets, updates = random(70_000, 130), random(70_000, 130), RNG.integers(0, 30, 70_000)
    one = aion.ema_update_batch(vectors.copy(), targets, updates, threads=1)
    for threads in (None, 2, 5):
        other = aion.ema_update_batch(vectors.copy(), targets, updates, threads=threads)
        assert one.tobytes() == other.tobytes()
    rows = [0, 1, 34_999, 35_000, 69_999]
    for row in rows:
        alone = aion.ema_update(vectors[row], targets[row], updates=int(updates[row]))
        assert alone.tobytes() == one[row].tobytes()


def test_calls_on_the_same_vectors_exclude_each_other() -> None:
    vectors, targets = random(70_000, 128), random(70_000, 128)
    start = threading.Barrier(4)
    outcomes: list[str] = []

    def update() -> None:
        start.wait()
        for _ in range(20):
            try:
                aion.ema_update_batch(vectors, targets, np.zeros(70_000, np.int64), threads=1)
                outcomes.append("done")
            except aion.InvalidArgumentError as error:
                assert "in use" in str(error)
                outcomes.append("refused")

    threads = [threading.Thread(target=update) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 80 and "done" in outcomes
    assert np.isfinite(vectors).all()
