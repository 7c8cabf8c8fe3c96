"""Moving averages of many vectors in place by AION beside numpy (and torch, if it is installed), on the same arrays.

    .venv/bin/python benches/peers/ema.py [--rows 1000000] [--rounds 15]

numpy's `e += x` is no moving average: it is the least that any update in place reads and writes, on one thread, and so
the memory's own limit. The contenders take turns, each from the same vectors, and are compared within their turn.
Prints Markdown. Takes 16 KB of memory a row. Needs the package `aion`.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import platform
import statistics
import time
from collections.abc import Callable
from functools import partial

import aion
import numpy as np

from race import Neighbours, Result

DIMENSION = 512
C = 0.5
# Vectors are dealt again and again from so many different ones.
DEALT = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    print(f"{cores} cores, Python {platform.python_version()}, numpy {np.__version__}.")
    bench = Bench(options.rows)
    random = np.random.default_rng(2).integers(0, 100, options.rows)
    ages = {"0": np.zeros(options.rows, int), "3": np.full(options.rows, 3), "0 to 99": random}
    print(f"\n### `ema_update_batch`, {options.rows:,} × {DIMENSION} float32 in place\n")
    print("| updates so far | | ms | GB/s ¹ | time ÷ AION's (min–max) |\n|---|---|---:|---:|---:|")
    neighbours = Neighbours()
    for name, updates in ages.items():
        bench.check(updates)
        for result in bench.race(bench.contenders(updates), options.rounds):
            rate = 3 * bench.vectors.nbytes / result.wall / 1e9
            print(f"| {name} | {result.name} | {1e3 * result.wall:.0f} | {rate:.0f} | {result.ratio()} |", flush=True)
    print("\n¹ of the least that there is to move: both arrays read, one written. Medians.")
    print(f"Meanwhile other programs took {neighbours.share():.0%} of the machine.")


class Bench:
    """The arrays, and who works on them."""

    def __init__(self, rows: int) -> None:
        self.dealt = unit(DEALT)
        self.vectors = np.empty((rows, DIMENSION), np.float32)
        self.targets = np.empty((rows, DIMENSION), np.float32)
        deal(unit(DEALT, seed=1), self.targets)

    def contenders(self, updates: np.ndarray) -> dict[str, Callable[[], object]]:
        vectors, targets = self.vectors, self.targets
        rate = rates(updates)
        found: dict[str, Callable[[], object]] = {
            "AION, one thread": partial(aion.ema_update_batch, vectors, targets, updates, c=C, threads=1),
            "AION, two threads": partial(aion.ema_update_batch, vectors, targets, updates, c=C, threads=2),
            "numpy `e += x`": partial(np.add, vectors, targets, out=vectors),
            "numpy `(1 - rate) * e + rate * x`": lambda: (1 - rate) * vectors + rate * targets,
        }
        if importlib.util.find_spec("torch"):
            found |= torch_contenders(vectors, targets, rate)
        return found

    def check(self, updates: np.ndarray) -> None:
        """A comparison of speed is worth something only if the work is done."""
        deal(self.dealt, self.vectors)
        some = slice(0, None, max(1, len(updates) // DEALT))
        rate = rates(updates[some])
        wanted = (1 - rate) * self.vectors[some] + rate * self.targets[some]
        aion.ema_update_batch(self.vectors, self.targets, updates, c=C)
        np.testing.assert_allclose(self.vectors[some], wanted, rtol=1e-5, atol=1e-6)

    def race(self, contenders: dict[str, Callable[[], object]], rounds: int) -> list[Result]:
        """As `race.race`, but each call begins with the same vectors; dealing them is not counted."""
        turns: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
        for _ in range(rounds):
            for name, call in contenders.items():
                deal(self.dealt, self.vectors)
                wall, cpu = time.perf_counter(), time.process_time()
                call()
                turns[name].append((time.perf_counter() - wall, time.process_time() - cpu))
        first = [wall for wall, _ in next(iter(turns.values()))]
        return [
            Result(
                name,
                statistics.median(wall for wall, _ in taken),
                statistics.median(cpu for _, cpu in taken),
                [wall / ours for (wall, _), ours in zip(taken, first, strict=True)],
            )
            for name, taken in turns.items()
        ]


def torch_contenders(vectors: np.ndarray, targets: np.ndarray, rate: np.ndarray) -> dict[str, Callable[[], object]]:
    """`lerp_` is the formula in place."""
    torch = importlib.import_module("torch")
    e, x, weight = (torch.from_numpy(array) for array in (vectors, targets, rate))

    def lerp(threads: int) -> None:
        torch.set_num_threads(threads)
        e.lerp_(x, weight)

    return {"torch `lerp_`, one thread": partial(lerp, 1), "torch `lerp_`, two threads": partial(lerp, 2)}


def rates(updates: np.ndarray) -> np.ndarray:
    return np.minimum(1, C / (updates + 1)).astype(np.float32)[:, None]


def unit(count: int, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((count, DIMENSION), np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def deal(dealt: np.ndarray, out: np.ndarray) -> None:
    for start in range(0, len(out), DEALT):
        rows = out[start : start + DEALT]
        rows[:] = dealt[: len(rows)]


if __name__ == "__main__":
    main()
