"""Lets contenders take turns, and compares what they did within each turn."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

# A turn is long enough for the clock, and short enough for a busy neighbour to slow all contenders alike.
TURN_SECONDS = 0.4
# ONNX Runtime's threads go on spinning after a call; they must not slow who comes next.
PAUSE_SECONDS = 0.1


class Turn(NamedTuple):
    """What one call took, on the clock and on all cores."""

    wall: float
    cpu: float


class Result(NamedTuple):
    """Medians over all turns; `ratios` are the contender's time over the first contender's of the same turn."""

    name: str
    wall: float
    cpu: float
    ratios: list[float]

    def ratio(self) -> str:
        if set(self.ratios) == {1.0}:
            return "1"
        return f"{statistics.median(self.ratios):.2f} ({min(self.ratios):.2f}–{max(self.ratios):.2f})"


def race(contenders: dict[str, Callable[[], object]], rounds: int) -> list[Result]:
    """The contenders in their order, round after round: A B A B … The first is what the others are compared with."""
    calls = {name: _calls_a_turn(call) for name, call in contenders.items()}
    turns = [{name: _turn(call, calls[name]) for name, call in contenders.items()} for _ in range(rounds)]
    first = next(iter(contenders))
    return [
        Result(
            name,
            statistics.median(turn[name].wall for turn in turns),
            statistics.median(turn[name].cpu for turn in turns),
            [turn[name].wall / turn[first].wall for turn in turns],
        )
        for name in contenders
    ]


class Neighbours:
    """How much of the machine other programs took since this was made: what spoils a measurement. Linux only."""

    def __init__(self) -> None:
        self.wall, self.all, self.own = time.perf_counter(), _busy_seconds(), time.process_time()

    def share(self) -> float:
        """From 0 for a quiet machine to 1 for one that was busy with others all the time."""
        others = (_busy_seconds() - self.all) - (time.process_time() - self.own)
        return max(0.0, others) / (time.perf_counter() - self.wall) / (os.cpu_count() or 1)


def _busy_seconds() -> float:
    """Of all cores since the machine started: user, nice, system, irq, softirq and what the hypervisor stole."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split(maxsplit=9)
    user, nice, system, _idle, _iowait, irq, softirq, stolen = map(int, fields[1:9])
    return (user + nice + system + irq + softirq + stolen) / os.sysconf("SC_CLK_TCK")


def _calls_a_turn(call: Callable[[], object]) -> int:
    """The first call loads what is loaded once; the second tells how many fill a turn."""
    call()
    return max(1, round(TURN_SECONDS / _turn(call, 1).wall))


def _turn(call: Callable[[], object], calls: int) -> Turn:
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(calls):
        call()
    turn = Turn((time.perf_counter() - wall) / calls, (time.process_time() - cpu) / calls)
    time.sleep(PAUSE_SECONDS)
    return turn
