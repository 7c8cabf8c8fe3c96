"""Training sets: what is taken for an interaction, what is left out, and who is told of what went wrong."""

from __future__ import annotations

import decimal
import json
import pathlib
import pickle
import sqlite3
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import aion

SYSTEM = "Você é a AION, IA autônoma da plataforma."


def asked(number: int, **more: object) -> dict[str, object]:
    return {"question": f"What is {number}?", "answer": f"A number, {number}.", **more}


def lines(path: pathlib.Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def target(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "aion_sft.jsonl"


def test_a_set_has_the_shape_of_the_platform(target: pathlib.Path) -> None:
    citations = ["https://a.example/", {"url": "https://b.example/", "rank": 2}]
    report = aion.build_sft_jsonl([asked(1, rating=5, citations=citations, at=object())], target)
    [line] = lines(target)
    assert line["messages"] == [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": "What is 1?"},
        {"role": "assistant", "content": "A number, 1."},
    ]
    assert line["meta"] == {"rating": 5.0, "citations": citations}
    assert (report.read, report.kept, report.damaged, report.cut) == (1, 1, 0, False)


def test_every_kind_of_row_is_an_interaction(target: pathlib.Path) -> None:
    table = sqlite3.connect(":memory:")
    table.row_factory = sqlite3.Row
    table.execute("CREATE TABLE asked (id INTEGER, question TEXT, answer TEXT, rating REAL)")
    table.execute("INSERT INTO asked VALUES (1, 'What is 1?', 'A number, 1.', 4.5)")
    rows: list[Any] = list(table.execute("SELECT * FROM asked"))
    rows.append(types.MappingProxyType(asked(2, rating=decimal.Decimal("4.25"))))
    rows.append(asked(3, rating=np.float32(4.5)))
    rows.append(json.dumps(asked(4, meta={"rating": 3})))
    rows.append({"messages": ({"role": "user", "content": "5?"},), "answer": "5.", "rating": np.int64(2)})
    report = aion.build_sft_jsonl(rows, target, system="")
    assert report.kept == 5, report.damaged_lines
    assert [line["meta"]["rating"] for line in lines(target)] == [4.5, 4.25, 4.5, 3.0, 2.0]
    assert all(len(line["messages"]) == 2 for line in lines(target))


def test_a_file_and_its_lines_give_the_same_set(tmp_path: pathlib.Path, target: pathlib.Path) -> None:
    source = tmp_path / "interactions.jsonl"
    source.write_text("\n".join(json.dumps(asked(n % 3, rating=n)) for n in range(9)) + "\n")
    report = aion.build_sft_jsonl(str(source), target, min_rating=2)
    assert (report.read, report.kept, report.too_low, report.duplicates) == (9, 3, 2, 4)
    whole = target.read_bytes()
    with source.open() as opened:
        assert aion.build_sft_jsonl(opened, target, min_rating=2) == report
    assert target.read_bytes() == whole
    assert aion.build_sft_jsonl(source, target, min_rating=2) == pickle.loads(pickle.dumps(report))


def test_a_damaged_row_costs_itself_only(target: pathlib.Path) -> None:
    deep: list[object] = []
    for _ in range(10_000):
        deep = [deep]
    rows: list[Any] = [
        asked(1),
        {"question": "What?"},
        asked(2, rating=float("nan")),
        asked(3, rating="good"),
        asked(4, citations=[{1: 2}]),
        asked(5, citations=[object()]),
        asked(6, citations=deep),
        {"question": "\ud800", "answer": "b"},
        "{",
        asked(7),
    ]
    report = aion.build_sft_jsonl(rows, target)
    assert (report.read, report.kept, report.damaged) == (10, 2, 8)
    told = dict(report.damaged_lines)
    assert list(told) == [2, 3, 4, 5, 6, 7, 8, 9]
    for place, words in {2: "lacks `answer`", 5: "no text", 6: "object", 7: "nested", 8: "Unicode"}.items():
        assert words in told[place], told[place]
    assert "damaged=8" in repr(report)


def test_identifiers_are_replaced_unless_they_are_wanted(target: pathlib.Path) -> None:
    row = {"question": "E-mail?", "answer": "ana@example.com"}
    assert aion.build_sft_jsonl([row], target).scrubbed == 1
    assert "[EMAIL]" in target.read_text()
    assert aion.build_sft_jsonl([row], target, scrub_pii=False).scrubbed == 0
    assert "ana@example.com" in target.read_text()


def test_no_more_is_asked_for_than_is_needed(target: pathlib.Path) -> None:
    taken = []

    def rows() -> Iterator[dict[str, object]]:
        for number in range(100):
            taken.append(threading.get_ident())
            yield asked(number)

    report = aion.build_sft_jsonl(rows(), target, limit=7)
    # One more tells whether anything was left out.
    assert (report.kept, report.cut, len(taken)) == (7, True, 8)
    assert set(taken) == {threading.get_ident()}, "the iterator runs on the caller's thread"


def test_an_exception_of_the_iterator_is_raised_and_nothing_is_written(target: pathlib.Path) -> None:
    target.write_text("the set of before")

    def rows() -> Iterator[dict[str, object]]:
        yield asked(1)
        raise LookupError("the database is gone")

    with pytest.raises(LookupError, match="the database is gone"):
        aion.build_sft_jsonl(rows(), target)
    assert target.read_text() == "the set of before"
    assert [path.name for path in target.parent.iterdir()] == [target.name]


class Broken:
    """A row whose own code fails."""

    def keys(self) -> list[str]:
        raise RuntimeError("no keys today")


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (([asked(1), ("question", "answer")],), aion.InvalidArgumentError, "not tuple"),
        ((7,), aion.InvalidArgumentError, "iterable"),
        (([Broken()],), RuntimeError, "no keys today"),
        ((pathlib.Path("none.jsonl"),), aion.NotFoundError, "none.jsonl"),
    ],
)
def test_what_is_no_source_is_refused(
    arguments: tuple[Any], error: type[Exception], words: str, target: pathlib.Path
) -> None:
    with pytest.raises(error, match=words):
        aion.build_sft_jsonl(*arguments, target)
    assert not target.exists()


@pytest.mark.parametrize("options", [{"limit": 0}, {"limit": -1}, {"min_rating": float("nan")}])
def test_an_option_out_of_its_range_is_refused(options: dict[str, Any], target: pathlib.Path) -> None:
    with pytest.raises(aion.InvalidArgumentError):
        aion.build_sft_jsonl([asked(1)], target, **options)


def test_a_call_can_be_stopped_and_tells_how_far_it_is(target: pathlib.Path) -> None:
    token = aion.CancelToken()
    told: list[tuple[str, int]] = []

    def rows(end: Callable[[], None]) -> Iterator[dict[str, object]]:
        for number in range(1000):
            if number == 500:
                end()
            yield asked(number)

    def progress(stage: str, done: int, _total: int) -> None:
        told.append((stage, done))

    with pytest.raises(aion.CancelledError):
        aion.build_sft_jsonl(rows(token.cancel), target, cancel=token, progress=progress)
    assert told[0] == ("interactions", 0) and 64 < told[-1][1] <= 512
    with pytest.raises(aion.DeadlineExceededError):
        aion.build_sft_jsonl(rows(lambda: None), target, timeout=0)
    assert not target.exists()
