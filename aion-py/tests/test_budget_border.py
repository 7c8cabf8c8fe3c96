"""The purse at its border: money in and out, policies, and every wrong use of them."""

from __future__ import annotations

import copy
import pathlib
import pickle
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import aion
from aion import Usd

NO_AMOUNTS: list[Any] = [
    float("nan"),
    float("inf"),
    -0.01,
    -1,
    "-1",
    "",
    "ten",
    "1,5",
    "1_000",
    "a\udcff",
    Decimal("NaN"),
    Decimal("Infinity"),
    Decimal("-0.5"),
    10**9 + 1,
    10**5000,
    True,
    False,
    Fraction(1, 2),
    b"1",
    [],
]


def granted(budget: aion.Budget, cost: Any = "0.10", **more: Any) -> aion.Grant:
    decision = budget.decide(confidence=0.1, cost_usd=cost, **more)
    assert decision.reason == "granted", decision.explanation
    assert decision.grant is not None
    return decision.grant


@pytest.mark.parametrize(
    ("given", "held"),
    [
        (0.1, "0.10"),
        (0.30000000000000004, "0.300001"),
        (Decimal("0.0123451"), "0.012346"),
        (Decimal("1E-20"), "0.000001"),
        (Decimal("1E+0"), "1.00"),
        ("0.5", "0.50"),
        (" .25 ", "0.25"),
        (1, "1.00"),
        (0, "0.00"),
        (-0.0, "0.00"),
        (5e-324, "0.000001"),
        (np.float64(0.1), "0.10"),
        (Usd("0.07"), "0.07"),
    ],
    ids=repr,
)
def test_a_cost_is_rounded_up(given: Any, held: str) -> None:
    grant = granted(aion.Budget(), given)
    assert str(grant.held_usd) == held and type(grant.held_usd) is Usd
    grant.dispatched()
    assert str(grant.settle(given).captured_usd) == held
    assert str(aion.Price(given, given, given).per_call) == held


@pytest.mark.parametrize(
    ("given", "limit"),
    [
        (0.30000000000000004, "0.30"),
        (Decimal("0.9999999"), "0.999999"),
        ("2.5", "2.50"),
        (0, "0.00"),
        (-3.5, "0.00"),
        (Decimal(-1), "0.00"),
        ("-0.01", "0.00"),
    ],
    ids=repr,
)
def test_a_limit_is_rounded_down(given: Any, limit: str) -> None:
    assert str(aion.Budget(daily_usd=given).daily_usd) == limit


@pytest.mark.parametrize(
    "given", NO_AMOUNTS, ids=lambda given: ascii(given)[:20] if given != 10**5000 else "huge"
)
def test_what_is_no_amount_is_refused_by_its_name(given: Any) -> None:
    budget = aion.Budget()
    with pytest.raises(aion.InvalidArgumentError, match="^cost_usd: "):
        budget.decide(confidence=0.9, cost_usd=given)
    grant = granted(budget)
    grant.dispatched()
    with pytest.raises(aion.InvalidArgumentError, match="^actual_usd: "):
        grant.settle(given)
    assert grant.state == "dispatched"
    for name in ("input_per_million", "output_per_million", "per_call"):
        with pytest.raises(aion.InvalidArgumentError, match=f"^{name}: "):
            aion.Price(**{"input_per_million": 1, "output_per_million": 1, name: given})
    if given not in (-0.01, -1, "-1", Decimal("-0.5")):
        with pytest.raises(aion.InvalidArgumentError, match="^daily_usd: "):
            aion.Budget(daily_usd=given)


def test_nothing_stands_for_an_amount_but_an_amount() -> None:
    refused: Any = None
    with pytest.raises(aion.InvalidArgumentError):
        aion.Budget(daily_usd=refused)
    grant = granted(aion.Budget())
    grant.dispatched()
    with pytest.raises(aion.InvalidArgumentError):
        grant.settle(refused)


def test_a_price_bounds_and_costs() -> None:
    price = aion.Price(0.15, "0.60", per_call=Decimal("0.001"))
    assert price.upper_bound(1_000, 400) == Usd("0.00139")
    assert price.upper_bound(1_000, None) is None
    assert price.cost(1, 0) == Usd("0.001001"), "rounded up"
    assert repr(price) == "Price(Usd('0.15'), Usd('0.60'), per_call=Usd('0.001'))"
    assert price == aion.Price("0.150", 0.6, 0.001) != aion.Price(0.15, 0.6)
    assert hash(price) == hash(pickle.loads(pickle.dumps(price)))
    assert (price.input_per_million, price.output_per_million) == (Usd("0.15"), Usd("0.60"))
    wrong: list[tuple[Any, Any]] = [(-1, 1), (1, -1), (2**62, 2**62)]
    for tokens in wrong:
        with pytest.raises(aion.InvalidArgumentError):
            aion.Price(10**6, 10**6).cost(*tokens)
    with pytest.raises(TypeError):
        price.cost(1.5, 1)  # type: ignore[arg-type]


def test_amounts_are_decimals_at_ease_with_floats() -> None:
    usd = Usd("0.10")
    assert (repr(usd), str(usd), f"{usd:.1f}", isinstance(usd, Decimal)) == (
        "Usd('0.10')",
        "0.10",
        "0.1",
        True,
    )
    others: list[Any] = [0.2, Decimal("0.2"), Usd("0.2"), np.float64(0.2)]
    for other in others:
        results = {
            "0.3": (usd + other, other + usd),
            "-0.1": (usd - other, -(other - usd)),
            "0.02": (usd * other, other * usd),
            "0.5": (usd / other, 1 / (other / usd)),
            "0": (usd // other, other % usd),
            "0.1": (usd % other, abs(usd - other), abs(-usd), +usd, (other // usd) * usd - other + usd),
        }
        for text, values in results.items():
            for value in values:
                assert value == Decimal(text) and type(value) is Usd, (other, text, value)
    prices: list[Any] = [usd, 0.2]
    wrong: Any = "0.1"
    assert abs(usd - 0.3) < 0.25 and sum([usd, usd]) == Usd("0.2")
    assert sum(prices) == Usd("0.3") and type(sum(prices)) is Usd
    assert usd + 1 == Usd("1.10") and 1 - usd == Usd("0.9")
    assert Usd(0.1) == usd and usd != 0.1, "comparison is Decimal's own, by exact values"
    assert hash(usd) == hash(Decimal("0.1")) and {Decimal("0.1"): 1}[usd] == 1
    for twin in (pickle.loads(pickle.dumps(usd)), copy.copy(usd), copy.deepcopy(usd)):
        assert (type(twin), repr(twin)) == (Usd, "Usd('0.10')")
    with pytest.raises(TypeError):
        usd + wrong
    with pytest.raises(AttributeError):
        setattr(usd, "note", 1)  # noqa: B010


def test_a_policy_is_read_only_and_shown() -> None:
    budget = aion.Budget(
        enabled=False,
        daily_usd=2,
        max_fallbacks_per_hour=None,
        confidence_threshold=0.7,
        max_tokens_per_reply=250,
        timezone="America/Sao_Paulo",
        after_reboot="strict",
        clock_tolerance=60,
        grace=0.5,
        patience=1,
    )
    assert repr(budget) == (
        "Budget(enabled=False, daily_usd=Usd('2.00'), max_fallbacks_per_hour=None, confidence_threshold=0.7, "
        "max_tokens_per_reply=250, timezone='America/Sao_Paulo', after_reboot='strict', clock_tolerance=60.0, "
        "grace=0.5, patience=1.0)"
    )
    assert (budget.path, budget.enabled, budget.daily_usd) == (None, False, Usd(2))
    assert (budget.max_fallbacks_per_hour, budget.confidence_threshold) == (None, 0.7)
    assert (budget.max_tokens_per_reply, budget.timezone) == (250, "America/Sao_Paulo")
    assert (budget.after_reboot, budget.clock_tolerance, budget.grace) == ("strict", 60, 0.5)
    assert budget.patience == 1
    for name in ("path", "daily_usd", "other"):
        with pytest.raises(AttributeError):
            setattr(budget, name, 5)
    usual = aion.Budget()
    assert repr(usual) == "Budget()"
    assert (usual.daily_usd, usual.max_fallbacks_per_hour, usual.confidence_threshold) == (Usd(1.5), 15, 0.62)
    assert (usual.max_tokens_per_reply, usual.timezone, usual.enabled) == (400, "UTC", True)
    assert (usual.after_reboot, usual.clock_tolerance) == ("trust_wall", 120)
    assert (usual.grace, usual.patience) == (900, 5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"max_fallbacks_per_hour": -1}, "max_fallbacks_per_hour"),
        ({"max_fallbacks_per_hour": 2**40}, "max_fallbacks_per_hour"),
        ({"confidence_threshold": 62}, "confidence_threshold"),
        ({"confidence_threshold": float("nan")}, "confidence_threshold"),
        ({"max_tokens_per_reply": 0}, "max_tokens_per_reply"),
        ({"max_tokens_per_reply": -1}, "max_tokens_per_reply"),
        ({"timezone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"after_reboot": "hope"}, '"trust_wall" or "strict"'),
        ({"clock_tolerance": -1}, "clock_tolerance"),
        ({"grace": float("nan")}, "grace"),
        ({"patience": float("inf")}, "patience"),
        ({"patience": 1e300}, "patience"),
        ({"patience": 3_601}, "patience"),
        ({"path": ""}, "path"),
    ],
    ids=str,
)
def test_settings_out_of_range_are_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(aion.InvalidArgumentError, match=words):
        aion.Budget(**arguments)


@pytest.mark.parametrize(
    "arguments",
    [{"daily": 1}, {"enabled": "no"}, {"path": 7}, {"timezone": None}, {"max_tokens_per_reply": 1.5}],
    ids=str,
)
def test_arguments_of_another_type_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        aion.Budget(**arguments)
    with pytest.raises(TypeError):
        aion.Budget(None, True)  # type: ignore[call-arg]


class Looked(Mapping[str, str]):
    """A mapping that knows which names were looked up."""

    def __init__(self, values: dict[str, str]) -> None:
        self.values_, self.names = values, set[str]()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return self.values_[name]

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("a secret could be among them")

    def __len__(self) -> int:
        return len(self.values_)


def test_a_mapping_configures(tmp_path: pathlib.Path) -> None:
    env = Looked(
        {
            "USE_OPENAI": "true",
            "OPENAI_MAX_DAILY_USD": "2.5",
            "OPENAI_MAX_TOKENS_PER_REPLY": "250",
            "AION_CONFIDENCE_THRESHOLD": "0.7",
            "AION_MAX_FALLBACKS_PER_HOUR": "0",
            "AION_BUDGET_TIMEZONE": "Europe/Lisbon",
            "OPENAI_API_KEY": "not ours",
        }
    )
    budget = aion.Budget.from_env(env, tmp_path / "ledger.db")
    assert budget.path == str(tmp_path / "ledger.db")
    assert (budget.enabled, budget.daily_usd, budget.max_tokens_per_reply) == (True, Usd("2.5"), 250)
    assert (budget.confidence_threshold, budget.timezone) == (0.7, "Europe/Lisbon")
    assert budget.max_fallbacks_per_hour is None, "here 0 means no limit"
    assert len(env.names) == 6 and "OPENAI_API_KEY" not in env.names
    assert repr(aion.Budget.from_env({})) == "Budget(enabled=False)", "paying must be asked for"
    assert aion.Budget.from_env({"OPENAI_MAX_DAILY_USD": "-1"}).daily_usd == 0


@pytest.mark.parametrize(
    "env",
    [
        {"USE_OPENAI": "maybe"},
        {"OPENAI_MAX_DAILY_USD": "NaN"},
        {"OPENAI_MAX_TOKENS_PER_REPLY": "0"},
        {"AION_CONFIDENCE_THRESHOLD": "62"},
        {"AION_MAX_FALLBACKS_PER_HOUR": "-3"},
        {"AION_BUDGET_TIMEZONE": "Mars/Olympus"},
        {"USE_OPENAI": True},
        {"AION_BUDGET_TIMEZONE": "a\udcff"},
    ],
    ids=ascii,
)
def test_a_bad_variable_is_refused(env: Any) -> None:
    with pytest.raises(aion.InvalidArgumentError):
        aion.Budget.from_env(env)


def test_the_environment_is_read_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_MAX_DAILY_USD", "7")
    monkeypatch.setenv("SOMETHING", "\udcff not text")
    assert repr(aion.Budget()) == "Budget()"
    budget = aion.Budget.from_env()
    monkeypatch.setenv("OPENAI_MAX_DAILY_USD", "8")
    assert budget.daily_usd == 7
