"""Whether memory stays flat: over ten thousand calls, and with the length of a list.

    .venv/bin/python benches/peers/flat.py [calls] [lists]

Each measurement runs in a process of its own, on the small CLIP that ships. Linux only: it reads /proc/self/statm.

- calls: the resident memory of 10,000 `ocr` of a small crop and of 10,000 `embed_clip`, after the first 500.
- lists: the peak of `parse_images` on 100 and on 400 pictures without their pixels, and of `embed_clip` on 40 and on
  400 paths of a photograph of 12 megapixels.
"""

from __future__ import annotations

import itertools
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import aion
import numpy as np
from PIL import Image

import pictures

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "examples" / "images"
MIB = 1 << 20
CALLS, WARM_UP, STEP = 10_000, 500, 500


def main() -> None:
    parts = {"calls": calls, "lists": lists}
    if len(sys.argv) == 3 and sys.argv[1] == "measure":
        name, _, count = sys.argv[2].partition(":")
        print(MEASUREMENTS[name](int(count)))
        return
    for part in sys.argv[1:] or parts:
        parts[part]()


def calls() -> None:
    print(f"| {CALLS:,} calls | after {WARM_UP} | after all | most | growth |\n|---|---:|---:|---:|---:|")
    for name in ("ocr", "embed_clip"):
        before, after, most = (float(number) for number in in_a_process(f"{name}:{CALLS}").split())
        growth = 100 * (after / before - 1)
        print(f"| `{name}` | {before:.1f} MiB | {after:.1f} MiB | {most:.1f} MiB | {growth:+.2f} % |")


def lists() -> None:
    if not pictures.path("12 MP").exists():
        pictures.make()
    print("\n| a list | pictures | peak | pictures | peak | more |\n|---|---:|---:|---:|---:|---:|")
    for name, label, counts in (
        ("parse_images", "`parse_images`, `rgba=False`", (100, 400)),
        ("embed_paths", "`embed_clip`, 12 MP paths", (40, 400)),
    ):
        short, long = (float(in_a_process(f"{name}:{count}")) for count in counts)
        row = f"{counts[0]} | {short:.1f} MiB | {counts[1]} | {long:.1f} MiB | {long - short:+.1f} MiB"
        print(f"| {label} | {row} |")


def in_a_process(measurement: str) -> str:
    done = subprocess.run(
        [sys.executable, __file__, "measure", measurement], check=True, capture_output=True, text=True
    )
    return done.stdout


def resident() -> float:
    """The resident memory of this process, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


def peak(*_: object) -> str:
    """The most that was resident at once, in MiB; Linux tells it in KiB."""
    return str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def grown(call: Callable[[], object], count: int) -> str:
    """What is resident after the warm-up, after all calls, and at most after it."""
    seen = []
    for done in range(1, count + 1):
        call()
        if done >= WARM_UP and done % STEP == 0:
            seen.append(resident())
    return f"{seen[0]} {seen[-1]} {max(seen)}"


def handle() -> aion.Aion:
    return aion.Aion(ocr_lang="eng", clip_model=ROOT / "models" / "clip-tiny")


def ocr(count: int) -> str:
    """One word of the poster, moved by a pixel from call to call."""
    poster = np.asarray(Image.open(IMAGES / "poster.png").convert("RGB"))
    crops = itertools.cycle([np.ascontiguousarray(poster[80:150, 60 + n : 360 + n]) for n in range(7)])
    reader = handle()
    return grown(lambda: reader.ocr(next(crops), page_mode="single_line"), count)


def embed_clip(count: int) -> str:
    """Small pictures of several shapes."""
    rng = np.random.default_rng(0)
    shapes = [(60, 40), (40, 60), (64, 64), (300, 20)]
    small = itertools.cycle([rng.integers(0, 255, (*shape, 3), np.uint8) for shape in shapes])
    embedder = handle()
    return grown(lambda: embedder.embed_clip(next(small)), count)


def parse_images(count: int) -> str:
    paths = [*sorted(IMAGES.glob("*.png")), *sorted(IMAGES.glob("*.jpg"))]
    parsed = handle().parse_images((paths * count)[:count], rgba=False)
    assert not any(isinstance(item, aion.AionError) for item in parsed)
    return peak()


def embed_paths(count: int) -> str:
    return peak(handle().embed_clip([pictures.path("12 MP")] * count))


MEASUREMENTS: dict[str, Callable[[int], str]] = {
    "ocr": ocr,
    "embed_clip": embed_clip,
    "parse_images": parse_images,
    "embed_paths": embed_paths,
}

if __name__ == "__main__":
    main()
