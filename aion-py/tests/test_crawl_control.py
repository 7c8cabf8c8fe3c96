"""A crawl that waits: cancel, deadline, progress, Ctrl-C, closing, and the interpreter free meanwhile."""

from __future__ import annotations

import contextlib
import gc
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

import aion
from conftest import ROOT
from sites import Answer, Site, article

OPEN: dict[str, Any] = {"allow_private_hosts": True, "delay": 0}


def threads() -> list[str]:
    """The names of the native threads of this process (Linux)."""
    tasks = pathlib.Path("/proc/self/task")
    names = []
    for task in tasks.iterdir() if tasks.exists() else []:
        with contextlib.suppress(OSError):
            names.append((task / "comm").read_text().strip())
    return names


def is_gone(name: str, within: float = 2) -> bool:
    """Whether no thread of that name is left after a moment."""
    end = time.monotonic() + within
    while name in threads() and time.monotonic() < end:
        time.sleep(0.01)
    return name not in threads()


@pytest.fixture
def slow(site: Site) -> Iterator[Site]:
    """A seed that answers at once, and a page below it that does not answer while the test runs."""
    site.page("/", "/slow")
    site.answers["/slow"] = Answer(article("Slow"), gate=threading.Event())
    yield site
    gate = site.answers["/slow"].gate
    assert gate is not None
    gate.set()


def test_another_thread_cancels_at_once(slow: Site) -> None:
    token = aion.CancelToken()
    crawl = aion.Aion().crawl(slow.url, cancel=token, **OPEN)
    next(crawl)
    cancelled = []

    def cancel() -> None:
        cancelled.append(time.monotonic())
        token.cancel()

    threading.Timer(0.3, cancel).start()
    with pytest.raises(aion.CancelledError):
        next(crawl)
    assert time.monotonic() - cancelled[0] < 0.2
    crawl.close()
    assert is_gone("aion-crawl")


def test_a_tripped_token_and_a_passed_deadline_stop_it(slow: Site) -> None:
    token = aion.CancelToken()
    token.cancel()
    with pytest.raises(aion.CancelledError):
        list(aion.Aion().crawl(slow.url, cancel=token, **OPEN))
    with pytest.raises(aion.DeadlineExceededError):
        list(aion.Aion().crawl(slow.url, timeout=0, **OPEN))
    crawl = aion.Aion().crawl(slow.url, timeout=0.4, **OPEN)
    assert next(crawl).url == f"{slow.url}/"
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        next(crawl)
    assert time.monotonic() - started < 0.8


def test_next_waits_no_longer_than_it_is_told(slow: Site) -> None:
    with aion.Aion().crawl(slow.url, **OPEN) as crawl:
        page = crawl.next(timeout=20)
        assert page is not None and page.url == f"{slow.url}/"
        for timeout in (0, 0.0, 0.1):
            started = time.monotonic()
            with pytest.raises(aion.DeadlineExceededError, match="the crawl goes on"):
                crawl.next(timeout)
            assert timeout <= time.monotonic() - started < timeout + 0.2
        gate = slow.answers["/slow"].gate
        assert gate is not None
        gate.set()
        page = crawl.next(timeout=20)
        assert page is not None and page.url == f"{slow.url}/slow"
        assert crawl.next(timeout=20) is None is crawl.next(timeout=0)
        with pytest.raises(aion.InvalidArgumentError, match="timeout"):
            crawl.next(timeout=-1)


def test_closing_ends_it_and_those_who_wait(slow: Site) -> None:
    crawl = aion.Aion().crawl(slow.url, **OPEN)
    got: list[Any] = []
    waiter = threading.Thread(target=lambda: got.extend(crawl))
    waiter.start()
    while crawl.stats.pages == 0:
        time.sleep(0.01)
    time.sleep(0.1)
    started = time.monotonic()
    crawl.close()
    waiter.join(5)
    assert time.monotonic() - started < 0.3 and not waiter.is_alive()
    assert [page.url for page in got] == [f"{slow.url}/"]
    assert list(crawl) == [] and crawl.next() is None
    assert crawl.stats.pages == 1, "what it had counted stays"
    assert repr(crawl) == f"<Crawl of '{slow.url}', closed>"
    crawl.close()
    assert is_gone("aion-crawl")


def test_a_with_block_and_deletion_end_it(slow: Site) -> None:
    with pytest.raises(ZeroDivisionError), aion.Aion().crawl(slow.url, **OPEN) as crawl:
        next(crawl)
        _ = 1 / 0
    assert is_gone("aion-crawl")
    crawl = aion.Aion().crawl(slow.url, **OPEN)
    next(crawl)
    started = time.monotonic()
    del crawl
    assert time.monotonic() - started < 0.3
    assert is_gone("aion-crawl")


def test_a_crawl_that_its_own_progress_holds_is_collected(slow: Site) -> None:
    class Watcher:
        crawl: aion.Crawl

        def told(self, *_: object) -> None:
            pass

    watcher = Watcher()
    watcher.crawl = aion.Aion().crawl(slow.url, progress=watcher.told, **OPEN)
    next(watcher.crawl)
    alive = weakref.ref(watcher.crawl)
    del watcher
    gc.collect()
    assert alive() is None and is_gone("aion-crawl")


def test_progress_is_told_to_whoever_comes_for_a_page(site: Site) -> None:
    site.page("/", "/1", "/2")
    site.page("/1")
    site.page("/2")
    told: list[tuple[str, int, int]] = []

    def progress(stage: str, done: int, total: int) -> None:
        assert threading.current_thread() is threading.main_thread()
        told.append((stage, done, total))

    assert len(list(aion.Aion().crawl(site.url, progress=progress, **OPEN))) == 3
    assert [done for _, done, _ in told] == [1, 2, 3]
    assert all(stage == "pages" and total >= done for stage, done, total in told)


def test_an_exception_of_progress_ends_the_crawl(slow: Site) -> None:
    class Enough(Exception):
        pass

    def progress(*_: object) -> None:
        raise Enough

    shared = aion.CancelToken()
    crawl = aion.Aion().crawl(slow.url, progress=progress, cancel=shared, **OPEN)
    with pytest.raises(Enough):
        next(crawl)
    assert list(crawl) == [] and is_gone("aion-crawl")
    assert not shared.cancelled, "other calls that share the token go on"


def test_progress_may_use_the_crawl(site: Site) -> None:
    site.page("/", "/1")
    site.page("/1")
    seen: list[int] = []
    crawl = aion.Aion().crawl(site.url, progress=lambda *_: seen.append(crawl.stats.pages), **OPEN)
    assert len(list(crawl)) == 2 and seen[-1] == 2
    closing = aion.Aion().crawl(site.url, progress=lambda *_: closing.close(), **OPEN)
    # Whether the page that is being told of still comes depends on who was quicker; no other does.
    assert len(list(closing)) <= 1


def test_the_interpreter_is_free_while_it_waits(slow: Site) -> None:
    crawl = aion.Aion().crawl(slow.url, **OPEN)
    next(crawl)
    counted, done = 0, threading.Event()

    def count() -> None:
        nonlocal counted
        while not done.is_set():
            counted += 1
            time.sleep(0.005)

    counter = threading.Thread(target=count)
    counter.start()
    with pytest.raises(aion.DeadlineExceededError):
        crawl.next(timeout=0.5)
    done.set()
    counter.join()
    assert counted > 0.5 / 0.005 * 0.2


def test_threads_share_a_crawl(site: Site) -> None:
    site.page("/", *(f"/{number}" for number in range(60)))
    for number in range(60):
        site.page(f"/{number}")
    crawl = aion.Aion().crawl(site.url, max_pages=100, **OPEN)
    got: list[str] = []
    takers = [threading.Thread(target=lambda: got.extend(page.url for page in crawl)) for _ in range(4)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join(60)
    assert len(got) == 61 == len(set(got))


INTERRUPTED = """
import sys, time, aion
crawl = aion.Aion().crawl(sys.argv[1], allow_private_hosts=True, delay=0)
print(next(crawl).url, flush=True)
try:
    next(crawl)
except KeyboardInterrupt:
    print(time.time(), flush=True)
sys.stdin.readline()
print(next(crawl).url, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")
def test_ctrl_c_ends_the_waiting_and_loses_no_page(slow: Site) -> None:
    command = [sys.executable, "-c", INTERRUPTED, slow.url]
    pipes: dict[str, Any] = {name: subprocess.PIPE for name in ("stdin", "stdout", "stderr")}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as host:
        assert host.stdout is not None
        assert host.stdout.readline() == f"{slow.url}/\n"
        time.sleep(0.3)
        sent = time.time()
        host.send_signal(signal.SIGINT)
        raised = host.stdout.readline()
        gate = slow.answers["/slow"].gate
        assert gate is not None
        gate.set()
        output, errors = host.communicate("go\n", timeout=60)
    assert (host.returncode, errors) == (0, "")
    assert float(raised) - sent < 0.5
    assert output == f"{slow.url}/slow\n"


@pytest.mark.parametrize("is_daemon", ["0", "1"])
def test_the_interpreter_may_end_while_a_crawl_waits(slow: Site, is_daemon: str) -> None:
    program = """
import sys, threading, time, aion
crawl = aion.Aion().crawl(sys.argv[1], allow_private_hosts=True, delay=0, progress=lambda *_: None)
threading.Thread(target=lambda: list(crawl), daemon=sys.argv[2] == "1").start()
time.sleep(0.5)
if sys.argv[2] == "0":
    crawl.close()
"""
    command = [sys.executable, "-c", program, slow.url, is_daemon]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


FORKED = """
import asyncio, os, signal, sys, threading, time, aion
crawl = aion.Aion().crawl(sys.argv[1], allow_private_hosts=True, delay=0)
next(crawl)
threading.Thread(target=lambda: list(crawl), daemon=True).start()
time.sleep(0.2)
child = os.fork()
if child == 0:
    signal.alarm(20)
    started = time.monotonic()
    async def one():
        async for _ in crawl:
            pass
    calls = [crawl.next, lambda: crawl.next(timeout=1), lambda: next(crawl), lambda: crawl.stats]
    calls += [lambda: asyncio.run(one()), crawl._take, crawl._wait]
    kinds = []
    for call in calls:
        try:
            call()
        except aion.ForkedError as error:
            kinds.append(error.kind)
    crawl.close()
    del crawl, calls, one
    fresh = len(list(aion.Aion().crawl(sys.argv[1], allow_private_hosts=True, delay=0, max_pages=1)))
    in_time = time.monotonic() - started < 5
    os._exit(0 if kinds == ["forked"] * 7 and in_time and fresh == 1 else 1)
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 0, status
crawl.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_crawl_answers_at_once(slow: Site) -> None:
    command = [sys.executable, "-c", FORKED, slow.url]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
