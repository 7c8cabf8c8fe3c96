"""A ledger that processes share: fork and spawn, children that are killed, another SQLite, the end of a process."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pathlib
import signal
import sqlite3
import sys
import time
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

import pytest

import aion
from aion import Usd
from conftest import Run

CHILDREN = 6
CAP = Usd("1.00")
NOTHING = Usd(0)
METHODS = [method for method in ("fork", "spawn") if method in multiprocessing.get_all_start_methods()]
Settled = dict[str, int]

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def context_of(method: str) -> Any:
    """It is typed by the literal names only."""
    return multiprocessing.get_context(method)


def budget_of(path: pathlib.Path, **policy: Any) -> aion.Budget:
    return aion.Budget(path, daily_usd=CAP, max_fallbacks_per_hour=None, **{"patience": 60, **policy})


def grant_of(budget: aion.Budget, cost: Any = "0.10") -> aion.Grant:
    decision = budget.decide(confidence=0.1, cost_usd=cost)
    assert decision.reason == "granted", decision.explanation
    assert decision.grant is not None
    return decision.grant


def pay(budget: aion.Budget, micros: int) -> Settled | None:
    """One paid call: what the ledger must remember of it, or `None` when there is no more money."""
    decision = budget.decide(confidence=0.1, cost_usd=Usd(micros + 500).scaleb(-6))
    if decision.grant is None:
        assert decision.reason == "daily_cap", decision.explanation
        return None
    decision.grant.dispatched()
    decision.grant.settle(Usd(micros).scaleb(-6))
    return {decision.grant.id: micros}


def spend(path: pathlib.Path, child: int, told: Connection) -> None:
    """In a child: opens the ledger anew and pays until there is no more money."""
    budget = budget_of(path)
    settled: Settled = {}
    for call in range(60):
        paid = pay(budget, 5_000 + 1_000 * ((child + call) % 5))
        if paid is None:
            break
        settled.update(paid)
        if call % 10 == 9:
            # Another handle, and the old one closes the file.
            budget = budget_of(path)
    told.send(settled)


def assert_remembered(budget: aion.Budget, settled: Settled) -> None:
    """Every settled call is in the journal, once, and the money is all there is."""
    lines = [line for line in budget.journal(limit=100_000) if line["edge"] == "settled"]
    assert {line["grant"]: line["captured_micro_usd"] for line in lines} == settled
    assert len(lines) == len(settled)
    status, audit = budget.status(), budget.audit()
    assert audit.is_clean, audit.problems
    assert status.spent_usd == Usd(sum(settled.values())).scaleb(-6) <= CAP
    assert (status.held_usd, status.overrun_usd) == (NOTHING, NOTHING)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("round_", range(2))
def test_processes_together_never_pass_the_cap(tmp_path: pathlib.Path, method: str, round_: int) -> None:
    path, context = tmp_path / "ledger.db", context_of(method)
    budget = budget_of(path)
    settled: Settled = {}
    for _ in range(3):
        settled.update(pay(budget, 1_000) or {})
    children: list[tuple[BaseProcess, Connection]] = []
    for child in range(CHILDREN):
        told, tells = context.Pipe(duplex=False)
        process = context.Process(target=spend, args=(path, child, tells))
        process.start()
        tells.close()
        children.append((process, told))
    deadline = time.monotonic() + 120
    while any(process.is_alive() and not told.poll() for process, told in children):
        assert time.monotonic() < deadline
        # The parent closes its handle under the children, and opens the file again.
        del budget
        gc.collect()
        budget = budget_of(path)
        settled.update(pay(budget, 100) or {})
    for process, told in children:
        settled.update(told.recv())
        process.join(60)
        assert process.exitcode == 0
    assert_remembered(budget, settled)
    assert budget.status().remaining_usd < Usd("0.02"), "the children were stopped by the cap"
    del budget
    gc.collect()
    assert_remembered(budget_of(path), settled)


def hold_and_wait(path: pathlib.Path, told: Connection) -> None:
    """In a child: holds two grants, one of them dispatched, until it is killed."""
    budget = budget_of(path)
    held, dispatched = grant_of(budget, "0.30"), grant_of(budget, "0.20")
    dispatched.dispatched()
    told.send((held.id, dispatched.id))
    time.sleep(600)


@pytest.mark.parametrize("method", METHODS)
def test_the_grants_of_a_killed_child_are_ended_by_the_others(tmp_path: pathlib.Path, method: str) -> None:
    path, context = tmp_path / "ledger.db", context_of(method)
    budget = budget_of(path, grace=1.5)
    mine = grant_of(budget, "0.05")
    told, tells = context.Pipe(duplex=False)
    child = context.Process(target=hold_and_wait, args=(path, tells))
    child.start()
    held, dispatched = told.recv()
    assert budget.sweep() == 0, "it lives"
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join(60)
    killed = time.monotonic()
    assert budget.sweep() == 1, "what was held is released at once"
    assert (budget.grant(held).state, budget.grant(dispatched).state) == ("released", "dispatched")
    assert (budget.status().spent_usd, budget.status().dispatched_usd) == (NOTHING, Usd("0.20"))
    while budget.sweep() == 0:
        assert time.monotonic() < killed + 30
        time.sleep(0.05)
    assert time.monotonic() - killed > 0.5, "not before the grace time has passed"
    assert budget.grant(dispatched).state == "settled"
    assert (budget.status().spent_usd, budget.status().held_usd) == (Usd("0.20"), Usd("0.05"))
    assert mine.state == "held", "the living keep theirs"
    assert [line["edge"] for line in budget.journal()][-2:] == ["released", "lost"]
    assert budget.audit().is_clean


@pytest.mark.parametrize("method", METHODS)
def test_a_refusal_looks_for_the_dead_first(tmp_path: pathlib.Path, method: str) -> None:
    path, context = tmp_path / "ledger.db", context_of(method)
    told, tells = context.Pipe(duplex=False)
    child = context.Process(target=hold_and_wait, args=(path, tells))
    child.start()
    told.recv()
    child.kill()
    child.join(60)
    assert grant_of(budget_of(path), "0.80").state == "held"


def take_up(grant: aion.Grant, told: Connection) -> None:
    """In a spawned child: a grant that came as a pickle."""
    grant.dispatched()
    told.send(str(grant.settle(0.07).captured_usd))


def test_a_grant_goes_to_a_spawned_child(tmp_path: pathlib.Path) -> None:
    budget, context = budget_of(tmp_path / "ledger.db"), multiprocessing.get_context("spawn")
    grant = grant_of(budget)
    told, tells = context.Pipe(duplex=False)
    child = context.Process(target=take_up, args=(grant, tells))
    child.start()
    assert told.recv() == "0.07"
    child.join(60)
    assert (grant.state, budget.status().spent_usd) == ("settled", Usd("0.07"))


@needs_fork
@pytest.mark.parametrize("place", ["memory", "file"])
@pytest.mark.parametrize("end", ["exit", "os._exit"])
def test_a_child_can_not_use_or_harm_what_its_parent_made(
    run_python: Run, tmp_path: pathlib.Path, place: str, end: str
) -> None:
    done = run_python(
        """
import gc, os, signal, sys, time, aion
place, end = sys.argv[1:]
budget = aion.Budget(place or None, daily_usd=1)
decide = lambda cost: budget.decide(confidence=0.1, cost_usd=cost)
held, dispatched, settled = (decide(cost).grant for cost in (0.1, 0.2, 0.3))
dispatched.dispatched()
settled.dispatched()
settled.settle(0.25)
child = os.fork()
if child == 0:
    signal.alarm(20)
    started = time.monotonic()
    calls = [
        lambda: decide(0.01), lambda: budget.decide(confidence=0.9, cost_usd=0.01), lambda: budget.decide(confidence=0.1, cost_usd=0.01, key="a"),
        budget.status, budget.sweep, budget.audit, budget.journal, budget.confirm_clock,
        lambda: budget.grant(held.id), held.dispatched, held.release, held.end, lambda: held.state,
        lambda: dispatched.settle(0.1), lambda: held.__exit__(None, None, None),
    ]
    for call in calls:
        try:
            call()
        except aion.ForkedError as error:
            assert (error.kind, error.retryable) == ("forked", False)
        else:
            raise SystemExit(f"{call} was not refused")
    assert time.monotonic() - started < 1
    del held, dispatched, settled, decide, calls, call, budget
    gc.collect()
    if place:
        budget = aion.Budget(place, daily_usd=1)
        assert budget.status().held_usd == aion.Usd("0.3"), budget.status()
        budget.decide(confidence=0.1, cost_usd=0.01).grant.release()
    if end == "os._exit":
        os._exit(0)
    sys.exit(0)
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 0, status
assert (held.state, dispatched.state) == ("held", "dispatched")
assert budget.status().spent_usd == aion.Usd("0.25")
held.dispatched()
held.settle(0.1)
dispatched.settle(0.2)
assert budget.status().spent_usd == aion.Usd("0.55") and budget.audit().is_clean
assert decide(0.5).reason == "daily_cap" and decide(0.45).reason == "granted"
""",
        str(tmp_path / "ledger.db") if place == "file" else "",
        end,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(sys.platform != "linux", reason="processes can tell about each other on Linux")
def test_the_end_of_a_process_ends_its_grants(run_python: Run, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "ledger.db"
    done = run_python(
        """
import sys, aion
budget = aion.Budget(sys.argv[1])
held, dispatched = (budget.decide(confidence=0.1, cost_usd=cost).grant for cost in (0.1, 0.2))
dispatched.dispatched()
""",
        str(path),
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    budget = budget_of(path)
    assert (budget.status().spent_usd, budget.status().held_usd) == (Usd("0.20"), NOTHING)
    assert budget.audit().is_clean


def read_and_close(path: pathlib.Path) -> None:
    """On its way out Python's SQLite moves the log into the file and removes it, since locks of the same process do
    not stop it."""
    other = sqlite3.connect(path)
    other.execute("SELECT count(*) FROM journal").fetchone()
    other.close()
    assert not path.with_name(path.name + "-wal").exists()


def test_another_sqlite_in_this_process_loses_nothing(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "ledger.db"
    budget = budget_of(path)
    for turn in range(1, 26):
        if turn > 1:
            read_and_close(path)
        decision = budget.decide(confidence=0.1, cost_usd="0.04")
        if decision.reason == "ledger_unavailable":
            decision = budget.decide(confidence=0.1, cost_usd="0.04")
        assert decision.reason == "granted", decision.explanation
        assert decision.grant is not None
        decision.grant.dispatched()
        decision.grant.settle("0.04")
        status = budget.status()
        assert (status.spent_usd, status.held_usd) == (Usd("0.04") * turn, NOTHING)
    assert budget.decide(confidence=0.1, cost_usd="0.01").reason == "daily_cap"
    assert budget.audit().is_clean


def test_another_sqlite_between_the_steps_of_a_grant_loses_nothing(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "ledger.db"
    budget = budget_of(path)

    def persist(step: Any) -> Any:
        """Once more after the ledger was taken away; what was written before must not be done twice."""
        read_and_close(path)
        try:
            return step()
        except aion.UnavailableError:
            return step()

    for turn in range(1, 11):
        grant = grant_of(budget, "0.10")
        persist(grant.dispatched)
        assert persist(lambda: grant.settle("0.10")).captured_usd == Usd("0.10")  # noqa: B023
        status = persist(budget.status)
        assert (status.spent_usd, status.held_usd) == (Usd("0.10") * turn, NOTHING)
    assert persist(lambda: budget.decide(confidence=0.1, cost_usd="0.01")).verdict == "local"
    assert persist(budget.audit).is_clean


def test_a_ledger_that_is_locked_for_too_long_is_unavailable(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "ledger.db"
    budget = budget_of(path, patience=0.1)
    grant = grant_of(budget)
    context = context_of("spawn")
    told, tells = context.Pipe()
    locker = context.Process(target=lock, args=(path, tells))
    locker.start()
    told.recv()
    decision = budget.decide(confidence=0.1, cost_usd=0.01)
    assert (decision.verdict, decision.reason) == ("local", "ledger_unavailable")
    with pytest.raises(aion.UnavailableError) as raised:
        grant.dispatched()
    assert raised.value.retryable
    told.send("enough")
    locker.join(60)
    grant.dispatched()
    assert grant.settle(0.01).overrun_usd == 0
    assert budget.audit().is_clean


def lock(path: pathlib.Path, told: Connection) -> None:
    """In a child: keeps the ledger for itself until it is told otherwise."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    told.send("locked")
    told.recv()
    connection.execute("ROLLBACK")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_nothing_is_opened_but_the_ledger(run_python: Run, tmp_path: pathlib.Path) -> None:
    (tmp_path / "temporary").mkdir()
    (tmp_path / "ledgers").mkdir()
    done = run_python(
        """
import os, sys, aion
ledgers, temporary = sys.argv[1:]
os.environ["TMPDIR"] = os.environ["SQLITE_TMPDIR"] = temporary
def opened():
    links = (f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd"))
    return {os.readlink(link) for link in links if os.path.lexists(link)}
def use(budget):
    for _ in range(3):
        with budget.decide(confidence=0.1, cost_usd=0.01).grant as grant:
            grant.dispatched()
            grant.settle(0.005)
    budget.status(), budget.sweep(), budget.journal()
    assert budget.audit().is_clean
before = opened()
use(aion.Budget())
assert opened() == before
budget = aion.Budget(ledgers + "/ledger.db")
assert opened() == before and not os.listdir(ledgers), "nothing is opened before it is needed"
use(budget)
files = {"ledger.db", "ledger.db-wal", "ledger.db-shm"}
assert {os.path.basename(path) for path in opened() - before} == files
assert set(os.listdir(ledgers)) == files
del budget
assert opened() == before and os.listdir(ledgers) == ["ledger.db"]
assert not os.listdir(temporary)
""",
        str(tmp_path / "ledgers"),
        str(tmp_path / "temporary"),
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
