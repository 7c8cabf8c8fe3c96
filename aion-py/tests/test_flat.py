"""Memory that stays flat over many calls. `benches/peers/flat.py` does the same for ten thousand."""

from __future__ import annotations

import sys

import pytest

from conftest import Run

PROGRAM = """
import itertools, os, pathlib, sys
import numpy as np
import aion

def resident():
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")

def line(offset):
    picture = np.full((40, 160, 3), 255, np.uint8)
    for x in range(20 + offset, 130, 12):
        picture[10:30, x : x + 4] = 0
    return picture

handle = aion.Aion(ocr_lang="eng", clip_model="models/clip-tiny", threads=1)
pictures = itertools.cycle([line(offset) for offset in range(7)])
texts = (f"a poster with {number} words on it" for number in itertools.count())
verbs = {
    "ocr": lambda: handle.ocr(next(pictures), page_mode="single_line"),
    "embed_clip": lambda: handle.embed_clip(next(pictures)),
    "embed_clip_text": lambda: handle.embed_clip_text(next(texts)),
}
warm_up, calls = 300, 600
verb = verbs[sys.argv[1]]
for _ in range(warm_up):
    verb()
before = resident()
for _ in range(calls):
    verb()
print((resident() - before) / before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("verb", ["ocr", "embed_clip", "embed_clip_text"])
def test_memory_does_not_grow_with_calls(verb: str, run_python: Run) -> None:
    done = run_python(PROGRAM, verb)
    assert (done.returncode, done.stderr) == (0, "")
    assert float(done.stdout) < 0.02
