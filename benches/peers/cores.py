"""Whether a batch keeps every core busy, and how soon a page that nobody wants any more is given up.

    .venv/bin/python benches/peers/cores.py [batch] [cancel]

- batch: `parse_images` on 100 mixed pictures, with OCR and the small CLIP that ships: the CPU time of the process over
  the wall time and the cores.
- cancel: `ocr` of an A4 page at 300 dpi, cancelled at 30 random moments: how long until the call returns, and until the
  thread that read is free for the next page.

A machine with anything else to do gives other numbers; the share that other programs took is told.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import threading
import time
from pathlib import Path

import aion
import numpy as np
from PIL import Image

from race import Neighbours

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "examples" / "images"
BATCH, TRIES = 100, 30
# An A4 page at 300 dpi.
A4 = (2480, 3508)


def main() -> None:
    parts = {"batch": batch, "cancel": cancel}
    for part in sys.argv[1:] or parts:
        parts[part]()


def batch() -> None:
    """The pictures of the examples, each also smaller and turned, as arrays and as files."""
    paths = sorted([*IMAGES.glob("*.png"), *IMAGES.glob("*.jpg")])
    arrays = [np.asarray(Image.open(path).convert("RGB")) for path in paths]
    mixed = [*paths, *(np.ascontiguousarray(array[::2, ::2]) for array in arrays), *map(turned, arrays)]
    items = (mixed * BATCH)[:BATCH]
    handle = aion.Aion(ocr_lang="eng+por", clip_model=ROOT / "models" / "clip-tiny")
    handle.parse_images(mixed[:4])
    neighbours, cores = Neighbours(), len(os.sched_getaffinity(0))
    wall, cpu = time.perf_counter(), time.process_time()
    parsed = handle.parse_images(items, rgba=False)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert not any(isinstance(item, aion.AionError) for item in parsed)
    busy = 100 * cpu / wall / cores
    print(f"{BATCH} pictures in {wall:.1f} s, {cpu:.1f} s of CPU: {cores} cores {busy:.1f} % busy by it")
    print(f"{100 * neighbours.share():.0f} % of the machine was busy with other programs")


def turned(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.rot90(array))


def cancel() -> None:
    """Each try finds the thread idle, and comes at a moment of its own within the time that the page takes."""
    page = np.asarray(Image.open(IMAGES / "letter.jpg").convert("RGB").resize(A4, Image.Resampling.BICUBIC))
    dot = np.zeros((8, 8, 3), np.uint8)
    handle = aion.Aion(ocr_lang="eng+por", threads=1)
    handle.ocr(page)
    began = time.perf_counter()
    handle.ocr(page)
    whole = time.perf_counter() - began
    moments = random.Random(0)
    neighbours = Neighbours()
    waits, ends = [], []
    while len(waits) < TRIES:
        at, returned = cancelled(handle, page, moments.uniform(0, 0.95) * whole)
        if at is None:
            continue
        handle.ocr(dot)
        waits.append(1000 * (returned - at))
        ends.append(1000 * (time.perf_counter() - at))
    print(f"an A4 page takes {whole:.2f} s; cancelled at {TRIES} random moments:")
    for name, times in (("the call returns", waits), ("its thread is free", ends)):
        print(f"- {name} after {statistics.median(times):.0f} ms (median), {max(times):.0f} ms (most)")
    print(f"{100 * neighbours.share():.0f} % of the machine was busy with other programs")


def cancelled(handle: aion.Aion, page: np.ndarray, after: float) -> tuple[float | None, float]:
    """When the page was cancelled, unless it was read before, and when the call returned."""
    token, at = aion.CancelToken(), []

    def trip() -> None:
        at.append(time.perf_counter())
        token.cancel()

    timer = threading.Timer(after, trip)
    timer.start()
    try:
        handle.ocr(page, cancel=token)
    except aion.CancelledError:
        return at[0], time.perf_counter()
    finally:
        timer.cancel()
    return None, time.perf_counter()


if __name__ == "__main__":
    main()
