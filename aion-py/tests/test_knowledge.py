"""The store of knowledge: what goes in, what is found, and what goes wrong."""

from __future__ import annotations

import datetime
import multiprocessing
import os
import pathlib
import pickle
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import aion
from conftest import ROOT
from sites import Site

NOON = datetime.datetime(2026, 1, 2, 12, tzinfo=datetime.UTC)


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "aion.db"


def letters(texts: list[str]) -> np.ndarray:
    """A vector that counts letters."""
    return np.array([[text.lower().count(chr(97 + n)) + 0.01 for n in range(26)] for text in texts])


def ingested(results: list[aion.Ingested | aion.AionError]) -> list[aion.Ingested]:
    good = [result for result in results if isinstance(result, aion.Ingested)]
    assert len(good) == len(results), results
    return good


def test_what_goes_in_is_found_and_read_once(path: pathlib.Path) -> None:
    knowledge = aion.Knowledge(path)
    item = {
        "source": "https://e.com/mares",
        "text": "A maré alta é às dez.",
        "title": "Marés",
        "fetched_at": NOON,
    }
    [first] = ingested(knowledge.ingest([item]))
    [again] = ingested(knowledge.ingest([item]))
    assert (first.change, again.change, again.document) == ("added", "unchanged", first.document)
    [hit] = knowledge.search_text("MARE alta")
    assert (hit.source, hit.title, hit.kind, hit.fetched_at) == ("https://e.com/mares", "Marés", "page", NOON)
    assert [hit.excerpt[start:end] for start, end in hit.words] == ["maré", "alta"]
    assert hit.words_score is not None and hit.vector_score is None
    [document] = knowledge.documents()
    assert (document.id, document.version, document.chunks) == (first.document, 1, 1)
    assert knowledge.find("https://e.com/mares") == knowledge.document(document.id) == document
    assert knowledge.counts() == {"documents": 1, "chunks": 1, "vectors": 0, "interactions": 0}
    assert knowledge.verify() == [] and knowledge.remove(document.id) and not knowledge.remove(document.id)


def test_chunks_are_the_text_at_their_offsets(path: pathlib.Path) -> None:
    knowledge = aion.Knowledge(path, chunk_bytes=64)
    text = "Água é vida. Há pães e ações.\n\n" * 20
    [result] = ingested(knowledge.ingest([{"source": "a", "text": text}]))
    chunks = knowledge.chunks(result.document)
    assert "".join(chunk.text for chunk in chunks) == text == knowledge.text(result.document)
    assert all(text.encode()[chunk.start : chunk.end].decode() == chunk.text for chunk in chunks)


def test_a_function_of_the_host_makes_the_vectors(path: pathlib.Path) -> None:
    knowledge = aion.Knowledge(path, embed_texts=letters, space="letters")
    results = ingested(
        knowledge.ingest([{"source": word, "text": word} for word in ("aaaa", "bbbb", "cccc")])
    )
    hits = knowledge.search_text("bbb", 2, mode="vectors")
    assert hits[0].source == "bbbb" and hits[0].vector_score == pytest.approx(1, abs=1e-3)
    average = knowledge.update_ema(results[0].document)
    assert (average.updates, average.used) == (1, 1)
    expected = letters(["aaaa"])[0]
    assert average.vector is not None
    np.testing.assert_allclose(average.vector, expected / np.linalg.norm(expected), atol=1e-6)
    assert knowledge.update_ema(results[0].document).used == 0
    assert knowledge.average(results[0].document).updates == 1


@pytest.mark.parametrize(
    "wrong", [lambda texts: 1 / 0, lambda texts: [[1.0]] * (len(texts) + 1), lambda texts: "no"]
)
def test_a_function_that_fails_costs_its_items(
    path: pathlib.Path, wrong: Callable[[list[str]], object]
) -> None:
    knowledge = aion.Knowledge(path, embed_texts=wrong, space="wrong")
    [result] = knowledge.ingest([{"source": "a", "text": "Words."}])
    assert isinstance(result, aion.EngineError)
    assert knowledge.documents() == []


def test_pictures_are_found_by_words_by_meaning_and_by_their_like(
    path: pathlib.Path, handle: aion.Aion, poster: pathlib.Path
) -> None:
    knowledge = aion.Knowledge(path, engine=handle)
    images = ROOT / "examples" / "images"
    page = {"source": "https://e.com/", "text": "A page about the fair and other things. " * 5}
    picture = {"source": "https://e.com/poster.png", "data": poster.read_bytes(), "parent": "https://e.com/"}
    results = ingested(knowledge.ingest([page, picture, images / "recibo.jpg"]))
    stored = knowledge.document(results[1].document)
    assert (stored.kind, stored.parent, stored.meta["type"]) == ("image", results[0].document, "image")
    hit = next(hit for hit in knowledge.search_text("summer fair") if hit.kind == "image")
    assert (hit.source, hit.page_source) == ("https://e.com/poster.png", "https://e.com/")
    [like, other] = knowledge.search_image(poster, 2)
    assert like.source == "https://e.com/poster.png" and like.score == pytest.approx(1, abs=1e-3)
    assert other.score < like.score
    assert [hit.source for hit in knowledge.search_image(poster, host="e.com")] == [
        "https://e.com/poster.png"
    ]
    assert knowledge.update_ema(results[1].document).used >= 1


def test_pages_of_a_crawl_go_in_as_they_are(path: pathlib.Path, site: Site) -> None:
    site.page("/a")
    pages = list(aion.Aion().crawl(f"{site.url}/a", allow_private_hosts=True, delay=0))
    knowledge = aion.Knowledge(path)
    ingested(knowledge.ingest(pages))
    stored = knowledge.find(f"{site.url}/a")
    assert stored is not None and (stored.kind, stored.title) == ("page", "Page /a")
    assert stored.meta["final_url"] == f"{site.url}/a"


def test_filters_hold(path: pathlib.Path) -> None:
    knowledge = aion.Knowledge(path, embed_texts=letters, space="letters")
    day = datetime.timedelta(days=1)
    items = [
        {"source": f"https://{host}/", "text": "The same words.", "fetched_at": NOON + n * day}
        for n, host in enumerate(["e.com", "www.e.com", "other.org"])
    ]
    ingested(knowledge.ingest([*items, {"source": "note", "text": "The same words.", "fetched_at": NOON}]))
    cases: list[tuple[dict[str, Any], int]] = [
        ({"host": "e.com"}, 2),
        ({"kind": "text"}, 1),
        ({"source_prefix": "https://o"}, 1),
        ({"since": NOON + day}, 2),
        ({"until": NOON + day}, 2),
    ]
    for chosen, count in cases:
        assert len(knowledge.search_text("words", **chosen)) == len(knowledge.documents(**chosen)) == count
    assert [document.id for document in knowledge.documents(after=1, limit=2)] == [2, 3]


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ({"source": "a"}, "invalid_argument"),
        ({"text": "a"}, "invalid_argument"),
        ({"source": "", "text": "a"}, "invalid_argument"),
        ({"source": "a", "text": "a", "data": b"b"}, "invalid_argument"),
        ({"source": "a", "text": "a", "txet": "b"}, "invalid_argument"),
        ({"source": "a", "text": "\udcff"}, "invalid_argument"),
        ({"source": "a", "text": "a", "fetched_at": datetime.datetime(2026, 1, 1)}, "invalid_argument"),
        ({"source": "a", "text": "a", "meta": {"x": object()}}, "invalid_input"),
        ({"source": "a", "text": "a", "parent": "b"}, "not_found"),
        (7, "invalid_argument"),
        (pathlib.Path("no/such.txt"), "not_found"),
        ({"source": "a.png", "data": b"\x89PNG\r\n\x1a\n"}, "not_configured"),
    ],
    ids=ascii,
)
def test_a_bad_item_costs_itself_only(path: pathlib.Path, item: Any, kind: str) -> None:
    knowledge = aion.Knowledge(path)
    good = {"source": "good", "text": "Words."}
    before, bad, after = knowledge.ingest([good, item, good])
    assert isinstance(before, aion.Ingested) and isinstance(after, aion.Ingested)
    assert isinstance(bad, aion.AionError) and bad.kind == kind


def test_wrong_calls_are_refused(path: pathlib.Path) -> None:
    knowledge = aion.Knowledge(path)
    calls: list[Callable[[], object]] = [
        lambda: knowledge.ingest("text"),  # type: ignore[arg-type]
        lambda: knowledge.ingest({"source": "a", "text": "b"}),  # type: ignore[dict-item]
        lambda: knowledge.search_text("a", 0),
        lambda: knowledge.search_text("a", -1),
        lambda: knowledge.search_text("a", mode="magic"),  # type: ignore[arg-type]
        lambda: knowledge.search_text("a", kind="magic"),  # type: ignore[arg-type]
        lambda: knowledge.documents(since=datetime.datetime(2026, 1, 1)),
        lambda: aion.Knowledge(path, chunk_bytes=1),
        lambda: aion.Knowledge(path, embed_texts=letters),
        lambda: aion.Knowledge(path, threads=0),
    ]
    for call in calls:
        with pytest.raises(aion.InvalidArgumentError):
            call()
    with pytest.raises(aion.NotConfiguredError):
        knowledge.search_text("a", mode="vectors")
    with pytest.raises(aion.NotConfiguredError):
        knowledge.search_image(b"no picture")
    with pytest.raises(aion.NotFoundError):
        knowledge.document(7)


def test_progress_cancel_and_deadline(path: pathlib.Path) -> None:
    knowledge = aion.Knowledge(path)
    items = [{"source": str(n), "text": f"Number {n}."} for n in range(200)]
    told: list[tuple[str, int, int]] = []
    knowledge.ingest(items, progress=lambda *news: told.append(news))
    assert told[-1] == ("items", 200, 200)
    token = aion.CancelToken()
    token.cancel()
    assert {type(result) for result in knowledge.ingest(items, cancel=token)} == {aion.CancelledError}
    with pytest.raises(aion.DeadlineExceededError):
        knowledge.search_text("number", timeout=0)


def test_answers_become_a_training_set(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    knowledge = aion.Knowledge(path)
    budget = aion.Budget()
    decision = budget.decide(confidence=0.1, cost_usd="0.01")
    first = knowledge.record(
        {"question": "Quem?", "answer": "Eu.", "rating": 5, "citations": ["a"]},
        source="paid",
        confidence=0.1,
        cost_usd="0.004",
        decision=decision.record,
    )
    second = knowledge.record({"question": "Onde?", "answer": "Aqui."})
    knowledge.rate(second, 1)
    [paid, local] = knowledge.interactions()
    assert (paid.id, paid.source, paid.confidence, paid.cost_usd) == (first, "paid", 0.1, aion.Usd("0.004"))
    assert paid.messages[1] == {"role": "assistant", "content": "Eu."} and paid.citations == ["a"]
    assert aion.replay_decision(paid.decision or {}).verdict == decision.verdict
    assert (local.rating, local.cost_usd, local.decision) == (1, aion.Usd(0), None)
    report = aion.build_sft_jsonl(knowledge.interactions(), tmp_path / "set.jsonl", min_rating=4)
    assert (report.read, report.kept) == (2, 1)
    with pytest.raises(aion.InvalidInputError):
        knowledge.record({"question": "Quem?"})
    with pytest.raises(KeyError):
        paid["id"]


def test_results_pickle(path: pathlib.Path) -> None:
    knowledge = aion.Knowledge(path, embed_texts=letters, space="letters")
    results = knowledge.ingest([{"source": "a", "text": "Words.", "meta": {"x": 1}}])
    document = ingested(results)[0].document
    knowledge.record({"question": "Quem?", "answer": "Eu."})
    values = [
        *results,
        *knowledge.documents(),
        *knowledge.chunks(document),
        *knowledge.search_text("words"),
        knowledge.update_ema(document),
        *knowledge.interactions(),
    ]
    assert len(values) == 6
    for value in values:
        assert pickle.loads(pickle.dumps(value)) == value and hash(value) == hash(value)
        assert repr(value).startswith(f"<{type(value).__name__}")


def test_a_reader_never_writes(path: pathlib.Path) -> None:
    with pytest.raises(aion.UnavailableError):
        aion.Knowledge(path, read_only=True)
    aion.Knowledge(path).ingest([{"source": "a", "text": "Words."}])
    reader = aion.Knowledge(path, read_only=True)
    assert len(reader.search_text("words")) == 1
    [refused] = reader.ingest([{"source": "b", "text": "Words."}])
    assert isinstance(refused, aion.InvalidStateError)


def test_a_file_of_another_program_is_refused(path: pathlib.Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE others (x)")
    with pytest.raises(aion.UnavailableError, match="another program"):
        aion.Knowledge(path)


def test_threads_share_a_store(path: pathlib.Path) -> None:
    knowledge = aion.Knowledge(path, embed_texts=letters, space="letters")

    def work(worker: int) -> None:
        for n in range(20):
            ingested(knowledge.ingest([{"source": f"{worker} {n}", "text": f"Number {n} of {worker}."}]))
            assert knowledge.search_text("number")

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert knowledge.counts()["documents"] == 80


def _ingest_all(path: pathlib.Path) -> int:
    knowledge = aion.Knowledge(path)
    results = knowledge.ingest([{"source": str(n), "text": f"Number {n}. " * 40} for n in range(150)])
    return sum(result.change == "added" for result in ingested(results))


def test_processes_add_each_document_once(path: pathlib.Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert sum(pool.map(_ingest_all, [path] * 3)) == 150
    assert aion.Knowledge(path).counts()["documents"] == 150


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_process_is_told_to_open_its_own(path: pathlib.Path) -> None:
    knowledge = aion.Knowledge(path)
    child = os.fork()
    if child == 0:
        try:
            knowledge.counts()
        except aion.ForkedError:
            os._exit(0)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert knowledge.counts()["documents"] == 0
