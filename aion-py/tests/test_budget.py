"""The purse: the life of a grant, decisions and records that replay, the books, pickles and threads."""

from __future__ import annotations

import copy
import gc
import json
import os
import pathlib
import pickle
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

import aion
from aion import Usd

NOTHING = Usd(0)


@pytest.fixture(params=["memory", "file"])
def place(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> pathlib.Path | None:
    """Where the ledger of a test is: every promise is kept in memory and in a file."""
    return tmp_path / "ledger.db" if request.param == "file" else None


def granted(budget: aion.Budget, cost: Any = "0.10", **more: Any) -> aion.Grant:
    decision = budget.decide(confidence=0.1, cost_usd=cost, **more)
    assert decision.reason == "granted", decision.explanation
    assert decision.grant is not None
    return decision.grant


def money(budget: aion.Budget) -> tuple[Any, Any]:
    status = budget.status()
    return status.spent_usd, status.held_usd


def assert_clean(budget: aion.Budget) -> None:
    audit = budget.audit()
    assert audit.is_clean and not audit.problems, audit.problems


def test_a_paid_call_from_its_price_to_its_bill(place: pathlib.Path | None) -> None:
    budget = aion.Budget(place, daily_usd=1)
    price = aion.Price("2.50", "10.00")
    decision = budget.decide(confidence=0.4, cost_usd=price.upper_bound(1_000, 400))
    assert (decision.verdict, decision.reason) == ("fallback", "granted")
    assert "0.0065" in decision.explanation
    grant = decision.grant
    assert grant is not None and grant is decision.grant
    assert (grant.held_usd, grant.state) == (Usd("0.0065"), "held")
    assert money(budget) == (Usd(0), Usd("0.0065"))
    grant.dispatched()
    assert (grant.state, budget.status().dispatched_usd) == ("dispatched", Usd("0.0065"))
    settlement = grant.settle(price.cost(1_000, 57))
    assert settlement.captured_usd == Usd("0.00307") and settlement.overrun_usd == 0
    status = budget.status()
    assert (status.spent_usd, status.remaining_usd) == (Usd("0.00307"), Usd("0.99693"))
    assert (status.daily_usd, status.fallbacks_last_hour, status.max_fallbacks_per_hour) == (Usd(1), 1, 15)
    assert (status.clock, status.ledger) == ("steady", "sqlite" if place else "memory")
    assert status.window_ends.isoformat()[10:] == "T00:00:00+00:00"
    assert status.window < status.window_ends.date().isoformat()
    assert_clean(budget)


def test_deleting_a_grant_does_what_is_safe(place: pathlib.Path | None) -> None:
    budget = aion.Budget(place)
    grant = granted(budget)
    del grant
    assert money(budget) == (0, 0), "a call that was not made costs nothing"
    grant = granted(budget)
    grant.dispatched()
    del grant
    assert money(budget) == (Usd("0.10"), 0), "a call that may have been made costs all that was held"
    grant = granted(budget)
    grant.dispatched()
    grant.settle(0.03)
    del grant
    assert money(budget) == (Usd("0.13"), 0)
    budget.decide(confidence=0.1, cost_usd=1)
    assert money(budget) == (Usd("0.13"), 0), "nobody took the grant"
    assert_clean(budget)


def test_a_grant_in_a_cycle_is_ended_by_the_collector(place: pathlib.Path | None) -> None:
    budget = aion.Budget(place)
    cycle: list[Any] = [granted(budget)]
    cycle.append(cycle)
    assert money(budget) == (0, Usd("0.10"))
    del cycle
    gc.collect()
    assert money(budget) == (0, 0)


def test_a_grant_outlives_its_budget_and_its_decision(place: pathlib.Path | None) -> None:
    grant = granted(aion.Budget(place))
    gc.collect()
    grant.dispatched()
    assert grant.settle(0.05).captured_usd == Usd("0.05")


def test_a_block_ends_its_grant(place: pathlib.Path | None) -> None:
    budget = aion.Budget(place)
    with granted(budget) as grant:
        assert grant.state == "held"
    assert money(budget) == (0, 0), "released"
    with granted(budget) as grant:
        grant.dispatched()
    assert money(budget) == (Usd("0.10"), 0), "captured in full"
    with granted(budget) as grant:
        grant.dispatched()
        grant.settle(0.01)
    assert money(budget) == (Usd("0.11"), 0), "left alone"
    with pytest.raises(ZeroDivisionError), granted(budget) as grant:
        1 / 0  # noqa: B018
    assert money(budget) == (Usd("0.11"), 0)
    with pytest.raises(KeyboardInterrupt), granted(budget) as grant:
        grant.dispatched()
        raise KeyboardInterrupt
    assert money(budget) == (Usd("0.21"), 0)
    grant.end()
    assert_clean(budget)


def test_an_error_of_the_ledger_does_not_hide_that_of_the_block(tmp_path: pathlib.Path) -> None:
    budget = aion.Budget(tmp_path / "ledger.db", patience=0.1)
    with pytest.raises(ZeroDivisionError), granted(budget):
        for file in tmp_path.iterdir():
            file.unlink()
        1 / 0  # noqa: B018
    with pytest.raises(aion.UnavailableError), granted(aion.Budget(tmp_path / "b.db", patience=0.1)):
        for file in tmp_path.iterdir():
            file.unlink()


def test_there_is_no_other_edge(place: pathlib.Path | None) -> None:
    budget = aion.Budget(place)
    grant = granted(budget)
    with pytest.raises(aion.InvalidStateError, match="not dispatched"):
        grant.settle(0.01)
    grant.dispatched()
    for verb in (grant.dispatched, grant.release):
        with pytest.raises(aion.InvalidStateError):
            verb()
    grant.settle(0.01)
    for ended in (grant.dispatched, grant.release, lambda: grant.settle(0.01)):
        with pytest.raises(aion.InvalidStateError) as raised:
            ended()
        assert (raised.value.kind, raised.value.code) == ("invalid_state", 14)
    grant.end()
    released = granted(budget)
    released.release()
    for ended in (released.dispatched, released.release, lambda: released.settle(0.01)):
        with pytest.raises(aion.InvalidStateError):
            ended()
    assert money(budget) == (Usd("0.01"), 0)
    assert_clean(budget)


def test_a_bill_above_the_hold_is_recorded_and_takes_from_the_rest(place: pathlib.Path | None) -> None:
    budget = aion.Budget(place, daily_usd="0.12")
    grant = granted(budget)
    grant.dispatched()
    assert repr(grant.settle("0.15")) == "Settlement(captured_usd=Usd('0.15'), overrun_usd=Usd('0.05'))"
    status = budget.status()
    assert (status.spent_usd, status.overrun_usd, status.remaining_usd) == (Usd("0.15"), Usd("0.05"), NOTHING)
    assert budget.decide(confidence=0.1, cost_usd=0).reason == "daily_cap"
    assert_clean(budget)


def test_a_grant_is_taken_up_by_its_id(place: pathlib.Path | None) -> None:
    budget = aion.Budget(place)
    grant = granted(budget)
    twin = budget.grant(grant.id)
    assert (twin.id, twin.held_usd, twin.state) == (grant.id, grant.held_usd, "held")
    twin.dispatched()
    del twin
    assert grant.state == "dispatched", "only the first handle ends it"
    with pytest.raises(aion.InvalidArgumentError, match="another ledger"):
        aion.Budget().grant(grant.id)
    with pytest.raises(aion.InvalidStateError):
        budget.grant(grant.id + "99")
    for name in ("", "no name", grant.id.upper() + "x", "1-"):
        with pytest.raises(aion.InvalidArgumentError, match="no grant's name"):
            budget.grant(name)
    grant.settle(0)


def test_each_rule_has_its_reason_and_replays(tmp_path: pathlib.Path) -> None:
    full = aion.Budget(daily_usd=0.10)
    full_grant = granted(full)
    busy = aion.Budget(max_fallbacks_per_hour=1)
    busy_grant = granted(busy)
    tmp_path.joinpath("folder").mkdir()
    cases = {
        "granted": (aion.Budget(), 0.3, 0.01),
        "confident": (aion.Budget(), 0.62, 0.01),
        "disabled": (aion.Budget(enabled=False), 0.3, 0.01),
        "daily_cap": (full, 0.3, 0.01),
        "daily_cap, never": (aion.Budget(daily_usd=0), 0.3, 0),
        "daily_cap, never more": (aion.Budget(daily_usd=-5), 0.3, 0),
        "hourly_cap": (busy, 0.3, 0.01),
        "hourly_cap, none at all": (aion.Budget(max_fallbacks_per_hour=0), 0.3, 0.01),
        "unknown_price": (aion.Budget(), 0.3, None),
        "ledger_unavailable": (aion.Budget(tmp_path / "folder"), 0.3, 0.01),
        "ledger_unavailable, nowhere": (aion.Budget(tmp_path / "no" / "ledger.db"), 0.3, 0.01),
    }
    for name, (budget, confidence, cost) in cases.items():
        decision = budget.decide(confidence=confidence, cost_usd=cost)
        reason = name.split(",")[0]
        assert decision.reason == reason, (name, decision.explanation)
        assert decision.verdict == ("fallback" if reason == "granted" else "local")
        assert (decision.grant is not None) == (reason == "granted")
        assert repr(decision) == f"<Decision {decision.verdict}: {reason}>"
        record = json.loads(json.dumps(decision.record, allow_nan=False))
        assert record == decision.record and record["reason"] == reason
        again = aion.replay_decision(record)
        assert (again.verdict, again.reason, again.explanation) == (
            decision.verdict,
            decision.reason,
            decision.explanation,
        )
        assert again.grant is None and again.record == decision.record
    assert full_grant.state == busy_grant.state == "held"


def test_a_record_is_decided_again_and_not_believed() -> None:
    decision = aion.Budget().decide(confidence=0.3, cost_usd=0.01)
    record = decision.record
    record["verdict"], record["reason"] = "local", "disabled"
    assert aion.replay_decision(record).reason == "granted"
    record["window"]["opens"] = False
    assert aion.replay_decision(record).reason == "clock_suspect"
    assert decision.record["window"]["opens"] is True, "every access gives a new dict"
    record = decision.record
    record["policy"]["daily_micro_usd"] = 10**9
    with pytest.raises(aion.InvalidInputError, match="policy is not the one"):
        aion.replay_decision(record)


@pytest.mark.parametrize(
    "record", [{}, {"version": 1}, {1: 2}, {"a": object()}, {"a": float("nan")}, {"a": "\udcff"}], ids=ascii
)
def test_what_is_no_record_is_refused(record: dict[Any, Any]) -> None:
    with pytest.raises(aion.InvalidInputError, match="no record of a decision"):
        aion.replay_decision(record)
    with pytest.raises(TypeError):
        aion.replay_decision(json.dumps({}))  # type: ignore[arg-type]


@pytest.mark.parametrize("confidence", [float("nan"), -0.1, 1.1, float("inf")])
def test_a_confidence_that_is_none_is_refused(confidence: float) -> None:
    with pytest.raises(aion.InvalidArgumentError, match="confidence"):
        aion.Budget().decide(confidence=confidence, cost_usd=0.01)


def test_a_request_is_told_by_names() -> None:
    budget: Any = aion.Budget()
    for arguments in ({}, {"confidence": 0.3}, {"cost_usd": 0.1}, {"confidence": "0.3", "cost_usd": 0.1}):
        with pytest.raises(TypeError):
            budget.decide(**arguments)
    with pytest.raises(TypeError):
        budget.decide(0.3, 0.1)
    with pytest.raises(TypeError):
        budget.decide(confidence=0.3, cost_usd=0.1, key=7)
    with pytest.raises(aion.InvalidArgumentError, match="key"):
        budget.decide(confidence=0.3, cost_usd=0.1, key="\udcff")


def test_a_key_gives_its_answer_again(place: pathlib.Path | None) -> None:
    budget = aion.Budget(place, daily_usd=1)
    first = budget.decide(confidence=0.1, cost_usd="0.60", key="job 7")
    again = budget.decide(confidence=0.1, cost_usd=Decimal("0.6"), key="job 7")
    assert first.grant is not None and again.grant is not None
    assert again.grant.id == first.grant.id and again.record == first.record
    del again
    assert money(budget) == (0, Usd("0.60")), "another handle does not end the grant"
    with pytest.raises(aion.ConflictError) as raised:
        budget.decide(confidence=0.1, cost_usd="0.61", key="job 7")
    assert (raised.value.kind, raised.value.code, raised.value.retryable) == ("conflict", 15, False)
    assert budget.decide(confidence=0.1, cost_usd="0.60", key="job 8").reason == "daily_cap"
    first.grant.release()
    assert budget.decide(confidence=0.1, cost_usd="0.60", key="job 8").reason == "daily_cap"
    assert budget.decide(confidence=0.1, cost_usd="0.60").reason == "granted"


def test_the_journal_tells_the_story(place: pathlib.Path | None) -> None:
    budget = aion.Budget(place)
    grant = granted(budget)
    grant.dispatched()
    grant.settle("0.04")
    granted(budget).release()
    budget.confirm_clock()
    journal = budget.journal()
    edges = ["held", "dispatched", "settled", "held", "released", "clock_confirmed"]
    assert [line["edge"] for line in journal] == edges
    assert journal == json.loads(json.dumps(journal)) and [line["line"] for line in journal] == [
        1,
        2,
        3,
        4,
        5,
        6,
    ]
    held, _, settled, *_, confirmed = journal
    assert aion.replay_decision(held["record"]).reason == "granted"
    assert held["grant"] == settled["grant"] == grant.id and settled["record"] is None
    assert held["window"] == budget.status().window and held["at"].endswith("Z")
    assert (held["held_micro_usd"], held["captured_micro_usd"]) == (100_000, 0)
    assert (settled["captured_micro_usd"], settled["dispatched_micro_usd"]) == (40_000, -100_000)
    assert settled["overrun_micro_usd"] == 0
    assert (confirmed["grant"], confirmed["window"], confirmed["record"]) == (None, None, None)
    assert budget.journal(after=3, limit=2) == journal[3:5] and budget.journal(6) == []
    assert budget.journal(limit=0) == []
    with pytest.raises(aion.InvalidArgumentError, match="limit"):
        budget.journal(limit=-1)
    audit = budget.audit()
    assert repr(audit) == "Audit(0 problems, windows=1, entries=6, live_grants=0)"
    assert (audit.is_clean, audit.problems, audit.windows) == (True, [], 1)
    assert (audit.entries, audit.live_grants, budget.sweep()) == (6, 0, 0)


def test_a_ledger_is_found_again_wherever_the_process_goes(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path)
    budget = aion.Budget("ledger.db", daily_usd=1)
    monkeypatch.chdir(tmp_path / "a")
    granted(budget, 1).dispatched()
    monkeypatch.chdir("/")
    assert budget.decide(confidence=0.1, cost_usd=0.01).reason == "daily_cap"
    assert pickle.loads(pickle.dumps(budget)).status().spent_usd == 1
    assert not list((tmp_path / "a").iterdir()) and (tmp_path / "ledger.db").exists()


def test_a_file_is_opened_when_it_is_needed(tmp_path: pathlib.Path) -> None:
    budget = aion.Budget(tmp_path / "later" / "ledger.db")
    assert budget.decide(confidence=0.9, cost_usd=1).reason == "confident"
    for verb in (budget.status, budget.audit, budget.journal, budget.sweep, budget.confirm_clock):
        with pytest.raises(aion.UnavailableError) as raised:
            verb()
        assert (raised.value.kind, raised.value.code, raised.value.retryable) == ("unavailable", 16, True)
    (tmp_path / "later").mkdir()
    assert budget.decide(confidence=0.1, cost_usd=1).reason == "granted"


def test_a_budget_of_a_file_pickles_as_its_arguments(tmp_path: pathlib.Path) -> None:
    budget = aion.Budget(os.fspath(tmp_path / "ledger.db"), daily_usd=0.25, grace=3, after_reboot="strict")
    assert repr(budget) == (
        f"Budget('{tmp_path}/ledger.db', daily_usd=Usd('0.25'), after_reboot='strict', grace=3.0)"
    )
    grant = granted(budget)
    for twin in (pickle.loads(pickle.dumps(budget)), copy.copy(budget), copy.deepcopy(budget)):
        assert repr(twin) == repr(budget) and twin is not budget
        assert money(twin) == (0, Usd("0.10"))
    twin_grant = pickle.loads(pickle.dumps(grant))
    assert (
        twin_grant.id == grant.id and repr(twin_grant) == repr(grant) == f"<Grant {grant.id} of Usd('0.10')>"
    )
    twin_grant.dispatched()
    del twin_grant
    gc.collect()
    assert grant.state == "dispatched"


def test_a_budget_in_memory_does_not_pickle() -> None:
    budget = aion.Budget()
    grant = granted(budget)
    wrong_uses: list[Callable[[], object]] = [
        lambda: pickle.dumps(budget),
        lambda: pickle.dumps(grant),
        lambda: copy.copy(budget),
    ]
    for wrong_use in wrong_uses:
        with pytest.raises(TypeError, match="in memory can not be pickled"):
            wrong_use()
    assert copy.copy(grant).id == grant.id


def test_results_pickle_and_are_compared(place: pathlib.Path | None) -> None:
    budget = aion.Budget(place, timezone="Asia/Kathmandu")
    grant = granted(budget)
    grant.dispatched()
    values = [budget.status(), grant.settle(0.20), budget.audit(), aion.Price(1, 2, 3), Usd("0.1")]
    for value in values:
        twin = pickle.loads(pickle.dumps(value))
        assert twin == value and repr(twin) == repr(value) and hash(twin) == hash(value)
        assert type(value).__module__ == "aion" and copy.deepcopy(value) == value
    status = values[0]
    assert isinstance(status, aion.BudgetStatus)
    twin = pickle.loads(pickle.dumps(status))
    assert twin.window_ends == status.window_ends and twin.held_usd == Usd("0.10") != budget.status().held_usd
    assert twin != budget.status() and repr(status).startswith(f"BudgetStatus(window='{status.window}', ")
    decision = budget.decide(confidence=0.3, cost_usd=0.01)
    twin = pickle.loads(pickle.dumps(decision))
    assert (twin.record, twin.explanation, twin.grant) == (decision.record, decision.explanation, None)
    with pytest.raises(aion.InvalidArgumentError, match="pickle is damaged"):
        aion._aion._restore_status("{}")


def test_threads_together_never_pass_the_cap(place: pathlib.Path | None) -> None:
    budget = aion.Budget(place, daily_usd="0.01", max_fallbacks_per_hour=None, patience=60)
    settled: list[Usd] = []

    def spend(worker: int) -> None:
        for call in range(30):
            hold = 30 + (worker * 7 + call * 13) % 50
            grant = budget.decide(confidence=0.1, cost_usd=Decimal(hold).scaleb(-6)).grant
            if grant is None:
                continue
            if call % 7 == 3:
                del grant
                continue
            grant.dispatched()
            settled.append(grant.settle(Decimal(hold - call % 3).scaleb(-6)).captured_usd)
            assert budget.status().remaining_usd >= 0

    threads = [threading.Thread(target=spend, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    status = budget.status()
    assert status.spent_usd == sum(settled) and Usd("0.0099") < status.spent_usd <= Usd("0.01")
    assert (status.held_usd, status.overrun_usd) == (NOTHING, NOTHING)
    assert_clean(budget)


def test_a_thread_that_waits_leaves_the_interpreter_to_others(tmp_path: pathlib.Path) -> None:
    budget = aion.Budget(tmp_path / "ledger.db", max_fallbacks_per_hour=None, patience=60)
    done = threading.Event()
    turns = 0

    def work() -> None:
        for _ in range(20):
            granted(budget, 0)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.is_set():
        turns += 1
    thread.join()
    assert turns > 100
    assert_clean(budget)
