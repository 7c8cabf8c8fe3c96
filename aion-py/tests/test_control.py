"""Long calls: cancel, deadline, progress, Ctrl-C, and the interpreter free meanwhile."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

import aion
from conftest import ROOT

INTERRUPTED = """
import pathlib, sys, time, aion
handle = aion.Aion(ocr_lang="eng", threads=1)
letter = pathlib.Path("examples/images/letter.jpg").read_bytes()
handle.ocr(letter)
print("ready", flush=True)
try:
    handle.parse_images([letter] * 200, clip=False)
except KeyboardInterrupt:
    print(time.time(), flush=True)
    assert handle.ocr(letter).text
    print("usable", flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")
def test_ctrl_c_stops_a_batch_within_a_second() -> None:
    command = [sys.executable, "-c", INTERRUPTED]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as host:
        assert host.stdout is not None
        assert host.stdout.readline() == "ready\n"
        time.sleep(0.5)
        sent = time.time()
        host.send_signal(signal.SIGINT)
        output, errors = host.communicate(timeout=60)
    assert host.returncode == 0, errors
    raised, usable = output.splitlines()
    assert float(raised) - sent < 1
    assert usable == "usable"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs interval timers")
def test_an_exception_of_a_signal_handler_is_raised(handle: aion.Aion, letter: bytes) -> None:
    class Alarm(BaseException):
        pass

    def ring(*_: object) -> None:
        raise Alarm

    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(Alarm):
            handle.parse_images([letter] * 100, clip=False)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_another_thread_cancels(handle: aion.Aion, letter: bytes) -> None:
    token = aion.CancelToken()
    timer = threading.Timer(0.3, token.cancel)
    timer.start()
    started = time.monotonic()
    results = handle.parse_images([letter] * 100, clip=False, cancel=token)
    assert time.monotonic() - started < 5
    assert token.cancelled
    assert isinstance(results[-1], aion.CancelledError)
    assert handle.ocr(letter).text


def calls(handle: aion.Aion, letter: bytes) -> list[Any]:
    return [
        lambda **control: handle.parse_image(letter, **control),
        lambda **control: handle.ocr(letter, **control),
        lambda **control: handle.embed_clip(letter, **control),
        lambda **control: handle.embed_clip_text(["a letter"], **control),
    ]


def test_a_tripped_token_stops_every_call(handle: aion.Aion, letter: bytes) -> None:
    token = aion.CancelToken()
    token.cancel()
    token.cancel()
    for call in calls(handle, letter):
        with pytest.raises(aion.CancelledError) as stopped:
            call(cancel=token)
        assert stopped.value.retryable
    [result] = handle.parse_images([letter], cancel=token)
    assert isinstance(result, aion.CancelledError)


def test_a_passed_deadline_stops_every_call(handle: aion.Aion, letter: bytes) -> None:
    for call in calls(handle, letter):
        with pytest.raises(aion.DeadlineExceededError):
            call(timeout=0)
        with pytest.raises(TimeoutError):
            call(timeout=0.0)
    [result] = handle.parse_images([letter], timeout=0)
    assert isinstance(result, aion.DeadlineExceededError)


def test_a_deadline_holds_in_the_middle_of_a_page(handle: aion.Aion, letter: bytes) -> None:
    handle.ocr(letter)
    started = time.monotonic()
    with pytest.raises(aion.DeadlineExceededError):
        handle.ocr(letter, timeout=0.1)
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("timeout", [60, 60.5, math.inf, 1e300, None])
def test_time_enough_is_enough(handle: aion.Aion, letter: bytes, timeout: float | None) -> None:
    assert handle.embed_clip(letter, timeout=timeout).ndim == 1


def test_wishes_that_make_no_sense_are_refused(handle: aion.Aion, letter: bytes) -> None:
    for call in calls(handle, letter):
        for timeout in (-1, -0.001, math.nan, -math.inf):
            with pytest.raises(aion.InvalidArgumentError) as refused:
                call(timeout=timeout)
            assert "timeout" in str(refused.value)
        with pytest.raises(aion.InvalidArgumentError):
            call(progress=5)
        with pytest.raises(TypeError):
            call(cancel=5)


def test_progress_is_told_on_the_callers_thread(handle: aion.Aion, letter: bytes) -> None:
    told: list[tuple[str, int, int]] = []

    def progress(stage: str, done: int, total: int) -> None:
        assert threading.current_thread() is threading.main_thread()
        told.append((stage, done, total))

    handle.parse_images([letter] * 3, ocr=False, progress=progress)
    assert sorted(told) == [("images", 1, 3), ("images", 2, 3), ("images", 3, 3)]
    told.clear()
    handle.ocr(letter, progress=progress)
    assert told[-1] == ("pages", 1, 1)
    told.clear()
    handle.embed_clip([letter] * 20, progress=progress)
    assert told[-1] == ("images", 20, 20)
    told.clear()
    handle.embed_clip_text(["a letter"] * 40, progress=progress)
    assert told[-1] == ("texts", 40, 40)


def test_an_exception_of_progress_stops_the_call(handle: aion.Aion, letter: bytes) -> None:
    class Enough(Exception):
        pass

    told: list[int] = []

    def progress(_stage: str, done: int, _total: int) -> None:
        told.append(done)
        raise Enough

    shared = aion.CancelToken()
    with pytest.raises(Enough):
        handle.parse_images([letter] * 100, clip=False, progress=progress, cancel=shared)
    assert len(told) == 1
    assert not shared.cancelled, "other calls that share the token go on"


def test_a_call_inside_progress_works(handle: aion.Aion, letter: bytes) -> None:
    inner: list[int] = []
    handle.parse_images(
        [letter] * 2, ocr=False, progress=lambda *_: inner.append(handle.embed_clip(letter).ndim)
    )
    assert inner == [1, 1]


def test_the_interpreter_is_free_meanwhile(handle: aion.Aion, letter: bytes) -> None:
    counted = 0
    done = threading.Event()

    def count() -> None:
        nonlocal counted
        while not done.is_set():
            counted += 1
            time.sleep(0.005)

    counter = threading.Thread(target=count)
    counter.start()
    started = time.monotonic()
    handle.parse_images([letter] * 3, clip=False)
    taken = time.monotonic() - started
    done.set()
    counter.join()
    assert counted > taken / 0.005 * 0.2


def test_eight_threads_read_the_same(handle: aion.Aion, letter: bytes) -> None:
    expected = handle.parse_image(letter)
    results: list[Any] = [None] * 8

    def read(place: int) -> None:
        results[place] = handle.parse_image(letter)

    threads = [threading.Thread(target=read, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert all(result == expected for result in results)


def test_tokens_have_a_face() -> None:
    token = aion.CancelToken()
    assert (repr(token), token.cancelled) == ("<CancelToken>", False)
    token.cancel()
    assert (repr(token), token.cancelled) == ("<CancelToken, cancelled>", True)
