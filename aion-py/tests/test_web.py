"""What is said of the web without asking it: policy, robots, main text, addresses, blocklists, identifiers."""

from __future__ import annotations

import pathlib
import pickle
import threading
import time
from typing import Any

import pytest

import aion
from sites import article

TEXT = "A long article about a mill by the river. " * 10


def codes(verdict: aion.Verdict) -> set[tuple[str, str]]:
    return {(reason.code, reason.use) for reason in verdict.reasons}


def test_a_verdict_tells_all_it_found() -> None:
    text = f"{TEXT} Call +44 20 7946 0958, +44 20 7946 0959, card 4111 1111 1111 1111, a@example.org, b@example.org."
    html = '<meta name="robots" content="noindex, nofollow">'
    verdict = aion.check_policy("https://example.com/account/x", text, html=html, status=403)
    assert not verdict.ok and not verdict.allows("ingest") and not verdict.allows("train")
    both = {"private_route", "pii", "http_status", "noindex"}
    assert codes(verdict) == {(code, use) for code in both for use in ("ingest", "train")}
    assert verdict.pii == {"email": 2, "phone": 2, "card": 1}
    assert not verdict.follow_links and verdict.waived == [] and verdict.ignored == frozenset()
    route = verdict.reasons[0]
    assert route.message == 'private route: the address has the segment "account"'
    assert route.message_in("en") == route.message
    assert (
        route.message_in("pt")
        == route.message_in("pt-BR")
        == 'rota privada: o endereço tem o segmento "account"'
    )
    assert repr(route) == f"Reason(code='private_route', use='ingest', message={route.message!r})"
    assert repr(aion.check_policy("https://e.com/", TEXT)) == "<Verdict ok=True, reasons=[]>"
    for value in (verdict, route):
        twin = pickle.loads(pickle.dumps(value))
        assert twin == value and hash(twin) == hash(value) and repr(twin) == repr(value)


def test_every_reason_pickles_with_its_words() -> None:
    verdict = aion.check_policy(
        "https://example.com/login",
        "short",
        headers={
            "tdm-reservation": "1",
            "tdm-policy": "https://e.com/p",
            "Content-Usage": "train-ai=n, search=n",
        },
        html=b'<meta name="robots" content="noai, noimageai, noml, noindex">',
        status=451,
        robots=aion.Robots.parse("User-agent: *\nDisallow: /\nContent-Signal: ai-input=no, ai-train=no"),
    )
    assert len({reason.code for reason in verdict.reasons}) == 11
    twin = pickle.loads(pickle.dumps(verdict))
    for ours, theirs in zip(verdict.reasons, twin.reasons, strict=True):
        assert ours == theirs
        assert (ours.message, ours.message_in("pt")) == (theirs.message, theirs.message_in("pt"))


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Robots-Tag": "noai"},
        {"x-robots-tag": "noai"},
        [("X-Robots-Tag", "otherbot: noindex"), ("X-Robots-Tag", "noai")],
        (pair for pair in [("X-Robots-Tag", "noai")]),
    ],
    ids=["mapping", "lower case", "pairs", "iterator"],
)
def test_headers_are_a_mapping_or_pairs(headers: Any) -> None:
    assert codes(aion.check_policy("https://e.com/", TEXT, headers=headers)) == {("noai", "train")}


def test_what_the_site_says_elsewhere_counts() -> None:
    robots = aion.Robots.parse(
        "User-agent: *\nDisallow: /no\nContent-Usage: /u train-ai=n\n\nUser-agent: mill\nAllow: /"
    )
    assert codes(aion.check_policy("https://e.com/no/a", TEXT, robots=robots)) == {
        ("robots", "ingest"),
        ("robots", "train"),
    }
    assert aion.check_policy("https://e.com/no/a", TEXT, robots=robots, user_agent="Mill/1.0").ok
    assert codes(aion.check_policy("https://e.com/u/a", TEXT, robots=robots)) == {("content_usage", "train")}
    tdmrep: Any = '[{"location": "/papers/*", "tdm-reservation": 1}]'
    for document in (tdmrep, tdmrep.encode()):
        reserved = aion.check_policy("https://e.com/papers/a?b#c", TEXT, tdmrep=document)
        assert codes(reserved) == {("tdm_reserved", "ingest"), ("tdm_reserved", "train")}
        assert aion.check_policy("https://e.com/news", TEXT, tdmrep=document).ok
    assert aion.check_policy("https://e.com/papers/a", TEXT, tdmrep="no JSON").ok


def test_signals_are_overlooked_only_when_told() -> None:
    page: dict[str, Any] = {"url": "https://e.com/", "text": "short", "headers": {"X-Robots-Tag": "noindex"}}
    verdict = aion.check_policy(**page, ignore=["noindex", "pii"])
    assert {reason.code for reason in verdict.reasons} == {"too_short"}
    assert {reason.code for reason in verdict.waived} == {"noindex"}
    assert verdict.ignored == {"noindex", "pii"}
    assert aion.check_policy(**page, ignore=["noindex"], min_text_chars=5).ok


def test_policy_arguments_that_make_no_sense_are_refused() -> None:
    with pytest.raises(aion.InvalidArgumentError, match="nonsense.*tdm_reserved"):
        aion.check_policy("/", "", ignore=["nonsense"])
    with pytest.raises(aion.InvalidArgumentError, match="ignore"):
        aion.check_policy("/", "", ignore="pii")
    with pytest.raises(aion.InvalidArgumentError, match="html"):
        aion.check_policy("/", "", html=5)  # type: ignore[arg-type]
    with pytest.raises(aion.InvalidArgumentError, match="min_text_chars"):
        aion.check_policy("/", "", min_text_chars=-1)
    with pytest.raises(aion.InvalidArgumentError, match="use"):
        aion.check_policy("/", "").allows("read")  # type: ignore[arg-type]
    with pytest.raises(aion.InvalidArgumentError, match="language"):
        aion.check_policy("/", "").reasons[0].message_in("tlh")
    with pytest.raises((TypeError, ValueError)):
        aion.check_policy("/", "", headers=["x"])  # type: ignore[list-item]


def test_robots_answer() -> None:
    body = "User-agent: *\nDisallow: /a\nCrawl-delay: 1.5\nSitemap: https://e.com/s.xml\nContent-Signal: search=yes"
    robots = aion.Robots.parse(body)
    assert robots == aion.Robots.parse(body.encode()) != aion.Robots.parse("")
    assert not robots.allowed("AION/0.1", "https://e.com/a") and robots.allowed("AION/0.1", "/b")
    assert robots.crawl_delay("AION") == 1.5 and aion.Robots.parse("").crawl_delay("AION") is None
    assert robots.sitemaps == ["https://e.com/s.xml"]
    assert robots.content_signal("AION", "/") == {"search": True, "ai-input": None, "ai-train": None}
    assert robots.content_usage("AION", "/") == {"search": None, "train-ai": None}
    twin = pickle.loads(pickle.dumps(robots))
    assert twin == robots and hash(twin) == hash(robots) and not twin.allowed("AION", "/a")
    assert repr(robots) == f"<Robots of {len(body)} bytes, 1 sitemaps>"
    for body_of_no_kind in (5, None, ["x"]):
        with pytest.raises(aion.InvalidArgumentError, match="body"):
            aion.Robots.parse(body_of_no_kind)  # type: ignore[arg-type]


def test_a_page_is_read() -> None:
    head = '<meta name="description" content="About"><link rel="canonical" href="/mill">'
    html = article("The mill", "/a", "https://other.example/", head=head)
    html = html.replace("<ul>", '<img src="/m.png" alt="A mill"><a href="/n" rel="nofollow">n</a><ul>')
    page = aion.extract_text(html, "https://example.com/x/")
    assert page.title == "The mill" and page.text.count("miller") == 3
    assert {link.url: link.nofollow for link in page.links} == {
        "https://example.com/n": True,
        "https://example.com/a": False,
        "https://other.example/": False,
    }
    assert (page.language, page.canonical, page.published) == ("en", "https://example.com/mill", None)
    assert page.meta["description"] == "About" and page.charset == "UTF-8" and page.source == "article"
    [image] = page.images
    assert (image.url, image.alt) == ("https://example.com/m.png", "A mill")
    assert repr(image) == "PageImage(url='https://example.com/m.png', alt='A mill')"
    assert repr(page.links[0]) == "Link(url='https://example.com/n', text='n', nofollow=True)"
    for value in (page, page.links[0], image):
        twin = pickle.loads(pickle.dumps(value))
        assert twin == value and hash(twin) == hash(value) and repr(twin) == repr(value)
    assert pickle.loads(pickle.dumps(page)).links == page.links


def test_charsets_of_bytes_are_found_and_text_has_none() -> None:
    text = "<title>Água</title><p>São João do rio, pão e maçã.</p>"
    assert aion.extract_text(text.encode("latin-1"), content_type="text/html; charset=latin1").title == "Água"
    declared = f"<meta charset=windows-1252>{text}"
    assert aion.extract_text(declared.encode("windows-1252")).title == "Água"
    page = aion.extract_text(f"<meta charset=shift_jis>{text}")
    assert (page.title, page.charset) == ("Água", "UTF-8")
    assert aion.extract_text(bytearray(text.encode())).title == "Água"


def test_pages_that_can_not_be_read_are_refused() -> None:
    with pytest.raises(aion.LimitExceededError, match="11 bytes"):
        aion.extract_text("hello world", max_bytes=10)
    for html in (5, None, memoryview(b"x"), ["x"]):
        with pytest.raises(aion.InvalidArgumentError, match="html"):
            aion.extract_text(html)  # type: ignore[arg-type]
    with pytest.raises(aion.InvalidArgumentError, match="Unicode"):
        aion.extract_text("\ud800")
    assert aion.extract_text(b"").text == "" == aion.extract_text("<div>" * 50_000).text


def test_the_interpreter_is_free_while_a_page_is_read() -> None:
    html = article("Long", *(f"/{number}" for number in range(200)), text="words and more words. " * 400_000)
    ticks, done = 0, threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            time.sleep(0.002)

    ticking = threading.Thread(target=tick)
    ticking.start()
    started = time.monotonic()
    aion.extract_text(html)
    taken = time.monotonic() - started
    before = ticks
    done.set()
    ticking.join()
    assert before > taken / 0.002 * 0.1


def test_ten_thousand_pages_leave_no_memory_behind() -> None:
    status = pathlib.Path("/proc/self/status")
    if not status.exists():
        pytest.skip("needs /proc")

    def resident() -> int:
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1])

    pages = [article(f"Page {number}", *(f"/{link}" for link in range(40))).encode() for number in range(10)]

    def read(times: int) -> None:
        for number in range(times):
            page = aion.extract_text(pages[number % 10], "https://example.com/")
            assert page.links and page.text and page.meta is not None

    read(1_000)
    before = resident()
    read(10_000)
    assert resident() - before < 8_000, "kilobytes"


def test_addresses_get_one_spelling() -> None:
    assert aion.canonical_url("HTTP://EXAMPLE.com:80/%7ejoe?utm_source=x#y") == "http://example.com/~joe"
    assert aion.canonical_url("b", base="https://e.com/a/") == "https://e.com/a/b"
    with pytest.raises(aion.InvalidInputError, match="mill"):
        aion.canonical_url("mill")
    with pytest.raises(aion.LimitExceededError):
        aion.canonical_url("http://e.com/" + "a" * 9_000)


def test_a_blocklist_matches_on_borders() -> None:
    entries = ["facebook.com", "*.example.com", "e.com/private", ""]
    blocklist = aion.Blocklist(entries)
    assert blocklist.entries == entries and repr(blocklist) == f"Blocklist({entries!r})"
    assert blocklist.blocks("https://m.facebook.com/") and not blocklist.blocks("https://notfacebook.com/")
    assert blocklist.blocks("https://e.com/private/a") and not blocklist.blocks("no URL")
    twin = pickle.loads(pickle.dumps(blocklist))
    assert twin == blocklist and hash(twin) == hash(blocklist) and twin.blocks("http://facebook.com/")
    assert repr(aion.Aion(blocklist=blocklist)) == f"Aion(blocklist={entries!r})"
    for wrong in (["*"], ["a b"], "facebook.com"):
        for take in (aion.Blocklist, lambda entries: aion.Aion(blocklist=entries)):
            with pytest.raises(aion.InvalidArgumentError):
                take(wrong)
    with pytest.raises(TypeError):
        aion.Blocklist([5])  # type: ignore[list-item]


def test_identifiers_are_found_by_character_and_replaced() -> None:
    text = "É a Maria 🌾, CPF 390.533.447-05 (não 231.002.999-00), ação: maria@example.com"
    hits = aion.find_pii(text)
    assert [(hit.kind, hit.text, text[hit.start : hit.end]) for hit in hits] == [
        ("cpf", "390.533.447-05", "390.533.447-05"),
        ("email", "maria@example.com", "maria@example.com"),
    ]
    assert aion.scrub_pii(text) == "É a Maria 🌾, CPF [CPF] (não 231.002.999-00), ação: [EMAIL]"
    assert aion.find_pii(aion.scrub_pii(text)) == [] == aion.find_pii("")
    twin = pickle.loads(pickle.dumps(hits[0]))
    assert twin == hits[0] and hash(twin) == hash(hits[0]) != hash(hits[1])
    assert (
        repr(twin) == f"PiiMatch(kind='cpf', start={hits[0].start}, end={hits[0].end}, text='390.533.447-05')"
    )
