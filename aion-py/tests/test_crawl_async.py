"""`async for` over a crawl: no page is lost, the event loop is never held up, and no thread stays behind."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import aion
from sites import Answer, Site, article

OPEN: dict[str, Any] = {"allow_private_hosts": True, "delay": 0}


def gate_of(site: Site, path: str) -> threading.Event:
    gate = site.answers[path].gate
    assert gate is not None
    return gate


@pytest.fixture
def slow(site: Site) -> Iterator[Site]:
    """A seed that answers at once, and a page below it that answers when its gate is opened."""
    site.page("/", "/slow")
    site.answers["/slow"] = Answer(article("Slow"), gate=threading.Event())
    yield site
    gate_of(site, "/slow").set()


def test_pages_come_as_they_do_without_async(site: Site) -> None:
    site.page("/", *(f"/{number}" for number in range(20)))
    for number in range(20):
        site.page(f"/{number}", delay=0.01)

    async def urls() -> list[str]:
        return [page.url async for page in aion.Aion().crawl(site.url, **OPEN)]

    got = asyncio.run(urls())
    assert len(got) == 21 and set(got) == {page.url for page in aion.Aion().crawl(site.url, **OPEN)}


def test_the_event_loop_goes_on_meanwhile(site: Site) -> None:
    site.page("/", *(f"/{number}" for number in range(40)))
    for number in range(40):
        site.page(f"/{number}", delay=0.02)

    async def longest_pause() -> float:
        pauses: list[float] = []

        async def tick() -> None:
            while True:
                before = time.monotonic()
                await asyncio.sleep(0.001)
                pauses.append(time.monotonic() - before)

        ticking = asyncio.create_task(tick())
        async for page in aion.Aion().crawl(site.url, **OPEN):
            assert page.text
        ticking.cancel()
        assert len(pauses) > 20
        return max(pauses)

    assert asyncio.run(longest_pause()) < 0.25


def test_pages_that_are_there_let_other_tasks_run(site: Site) -> None:
    site.page("/", *(f"/{number}" for number in range(12)))
    for number in range(12):
        site.page(f"/{number}")

    async def turns() -> int:
        crawl, turns = aion.Aion().crawl(site.url, **OPEN), 0
        while crawl.stats.pages < 13:
            await asyncio.sleep(0.01)

        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        counting = asyncio.create_task(count())
        async for _ in crawl:
            pass
        counting.cancel()
        return turns

    assert asyncio.run(turns()) >= 13


def test_a_cancelled_task_loses_no_page(site: Site) -> None:
    """Waits are given up all the time, at every moment of a page's way."""
    site.page("/", *(f"/{number}" for number in range(40)))
    for number in range(40):
        site.page(f"/{number}", delay=0.005 * (number % 5))

    async def urls() -> tuple[list[str], int]:
        crawl, got, given_up = aion.Aion().crawl(site.url, **OPEN), [], 0
        while True:
            try:
                timeout = 0.0005 * (given_up % 20)
                got.append((await asyncio.wait_for(anext(crawl), timeout)).url)
            except TimeoutError:
                given_up += 1
            except StopAsyncIteration:
                return got, given_up

    got, given_up = asyncio.run(urls())
    assert len(got) == 41 == len(set(got)) and given_up > 5


def test_tasks_share_a_crawl(site: Site) -> None:
    site.page("/", *(f"/{number}" for number in range(30)))
    for number in range(30):
        site.page(f"/{number}", delay=0.005)

    async def urls() -> list[str]:
        crawl, got = aion.Aion().crawl(site.url, **OPEN), []

        async def take() -> None:
            async for page in crawl:
                got.append(page.url)

        await asyncio.gather(*(take() for _ in range(5)))
        return got

    got = asyncio.run(urls())
    assert len(got) == 31 == len(set(got))


def test_cancel_is_seen_at_once_and_no_thread_stays(slow: Site) -> None:
    async def stopped() -> tuple[float, float]:
        token = aion.CancelToken()
        crawl = aion.Aion().crawl(slow.url, cancel=token, **OPEN)
        await anext(crawl)
        asyncio.get_running_loop().call_later(0.2, token.cancel)
        started = time.monotonic()
        with pytest.raises(aion.CancelledError):
            await anext(crawl)
        cancelled = time.monotonic() - started - 0.2
        waiting = asyncio.ensure_future(anext(crawl_again := aion.Aion().crawl(slow.url, **OPEN)))
        await waiting
        waiting = asyncio.ensure_future(anext(crawl_again))
        await asyncio.sleep(0.1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        started = time.monotonic()
        await asyncio.get_running_loop().shutdown_default_executor()
        crawl_again.close()
        return cancelled, time.monotonic() - started

    cancelled, left = asyncio.run(stopped())
    assert cancelled < 0.2 and left < 0.3


def test_close_ends_the_waiting(slow: Site) -> None:
    async def pages() -> int:
        crawl = aion.Aion().crawl(slow.url, **OPEN)
        asyncio.get_running_loop().call_later(0.3, crawl.close)
        return len([page async for page in crawl])

    started = time.monotonic()
    assert asyncio.run(pages()) == 1
    assert time.monotonic() - started < 5


def test_errors_and_progress_come_to_the_task(site: Site) -> None:
    site.page("/")
    told: list[tuple[str, int, int]] = []

    def progress(stage: str, done: int, total: int) -> None:
        assert threading.current_thread() is threading.main_thread()
        told.append((stage, done, total))

    async def crawl() -> None:
        assert len([page async for page in aion.Aion().crawl(site.url, progress=progress, **OPEN)]) == 1
        with pytest.raises(aion.UnavailableError):
            await anext(aion.Aion().crawl(f"{site.url}/missing", **OPEN))
        with pytest.raises(aion.DeadlineExceededError):
            await anext(aion.Aion().crawl(site.url, timeout=0, **OPEN))

    asyncio.run(crawl())
    assert told == [("pages", 1, 1)]


def test_an_exception_of_progress_ends_the_crawl(site: Site) -> None:
    site.page("/")

    class Enough(Exception):
        pass

    def progress(*_: object) -> None:
        raise Enough

    async def crawl() -> None:
        crawl = aion.Aion().crawl(site.url, progress=progress, **OPEN)
        with pytest.raises(Enough):
            await anext(crawl)
        assert [page async for page in crawl] == []

    asyncio.run(crawl())
