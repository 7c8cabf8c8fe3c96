"""Previews: their shape, what is not fetched again, and errors of their own."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest

import aion
from sites import Answer, Site

OPEN: dict[str, Any] = {"allow_private_hosts": True, "delay": 0}


def test_a_preview_tells_what_a_curator_needs(site: Site) -> None:
    site.page("/a", head='<meta name="description" content="About the mill">')
    [preview] = aion.Aion().preview([f"{site.url}/a"], **OPEN)
    assert (preview.url, preview.ok, preview.reason, preview.error) == (f"{site.url}/a", True, None, None)
    assert preview.title == "Page /a" and "miller" in preview.text
    assert len(preview.excerpt) <= 800 and preview.excerpt.startswith("Page /a")
    assert preview.meta["description"] == "About the mill"
    assert {"final_url", "content_type", "status", "language"} <= preview.meta.keys()
    assert preview.verdict.ok and preview.verdict.allows("train")
    assert repr(preview) == f"<Preview '{site.url}/a': ok=True, reason=None, title='Page /a'>"


def test_every_item_has_an_answer_in_its_place(site: Site) -> None:
    site.robots("User-agent: *\nDisallow: /secret")
    site.page("/ok")
    site.page("/noindex", head='<meta name="robots" content="noindex">')
    site.answers["/file"] = Answer(b"\x00", content_type="application/octet-stream")
    urls = ["/ok", "/noindex", "/missing", "/secret", "/file", "/ok#part", "/login"]
    urls = [site.url + path for path in urls] + ["mill", "file:///etc/passwd", "", "http://127.0.0.2:9/"]
    previews = aion.Aion().preview(urls, retries=0, **OPEN)
    assert [preview.url for preview in previews] == urls
    reasons = ["noindex", "http_status", "robots", "content_type", None, "private_route"]
    assert [preview.reason for preview in previews][:7] == [None, *reasons]
    assert [preview.ok for preview in previews] == [True] + [False] * 4 + [True] + [False] * 5
    for preview in previews[2:5] + previews[6:]:
        assert preview.error and preview.text == "" and not preview.verdict.ok
    assert site.asked.count("/ok") == 1 and "/secret" not in site.asked


def test_private_addresses_are_refused_item_by_item(site: Site) -> None:
    site.page("/")
    previews = aion.Aion().preview([site.url, "http://169.254.169.254/latest/"])
    assert [preview.reason for preview in previews] == ["forbidden_address"] * 2
    assert site.asked == []
    metadata = aion.Aion().preview(["http://169.254.169.254/latest/"], **OPEN)
    assert metadata[0].reason == "forbidden_address"


def test_what_was_fetched_is_not_fetched_again(site: Site) -> None:
    site.page("/", "/1")
    site.page("/1")
    handle = aion.Aion()
    pages = list(handle.crawl(site.url, **OPEN))
    asked = len(site.asked)
    by_address = handle.preview([page.url for page in pages], **OPEN)
    by_page = aion.Aion().preview(pages)
    assert len(site.asked) == asked
    assert by_address == by_page and [preview.url for preview in by_page] == [page.url for page in pages]
    mixed = handle.preview([pages[1], pages[0].url, pages[1].url, pages[0]], **OPEN)
    assert [preview.url for preview in mixed] == [
        page.url for page in (pages[1], pages[0], pages[1], pages[0])
    ]
    assert len(site.asked) == asked


def test_the_first_two_hundred_count(site: Site) -> None:
    site.page("/")
    page = next(aion.Aion().crawl(site.url, **OPEN))
    assert len(aion.Aion().preview(itertools.repeat(page))) == 200
    assert len(aion.Aion().preview(f"{site.url}/#{number}" for number in range(300))) == 200
    assert aion.Aion().preview([]) == []


def test_what_is_no_list_is_refused() -> None:
    handle = aion.Aion()
    for urls in ("http://example.com/", 5, None, [5], [b"http://example.com/"]):
        with pytest.raises(aion.InvalidArgumentError, match="preview"):
            handle.preview(urls)  # type: ignore[arg-type]

    def broken() -> Any:
        yield "http://127.0.0.1/"
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        handle.preview(broken())


def test_time_over_is_told_in_the_items(site: Site) -> None:
    site.page("/quick")
    site.page("/slow", delay=20)
    started = time.monotonic()
    quick, slow = aion.Aion().preview([f"{site.url}/quick", f"{site.url}/slow"], timeout=1, **OPEN)
    assert time.monotonic() - started < 3
    assert quick.ok and not slow.ok
    assert slow.reason == "timed_out" and slow.error is not None and "deadline" in slow.error
    token = aion.CancelToken()
    token.cancel()
    [stopped] = aion.Aion().preview([f"{site.url}/slow"], cancel=token, **OPEN)
    assert not stopped.ok and stopped.error is not None and "cancelled" in stopped.error


def test_progress_is_told(site: Site) -> None:
    site.page("/a")
    site.page("/b")
    told: list[tuple[str, int, int]] = []
    aion.Aion().preview([f"{site.url}/a", f"{site.url}/b"], progress=lambda *news: told.append(news), **OPEN)
    assert told == [("previews", 1, 2), ("previews", 2, 2)]
