"""Pictures by AION beside what Python has for them, in one process, on the same files, model and threads.

    .venv/bin/python benches/peers/clip.py [--rounds 15] [--only preprocess embed parse]

The contenders take turns, and each is compared with AION within its turn. Prints Markdown. Needs the package `aion`,
and what `benches/run.sh` makes: the photographs and the full-size model.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import aion
import numpy as np
import onnxruntime
import PIL
from PIL import Image

import pictures
from race import Neighbours, Result, race

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "models"))
from clip_tiny.preprocess import crop, pixel_values  # noqa: E402 (the reference that the models are trained with)

FULL_MODEL = ROOT / "target/models/vit-b-32"
TINY_MODEL = ROOT / "models/clip-tiny"
EXAMPLES = [ROOT / "examples/images" / name for name in ("letter.jpg", "captura.png", "poster.png", "recibo.jpg")]
THREADS = 2
PARSED = 16
# Decoders may round a pixel differently, and a scale for integers of 8 bits follows the largest number of a batch; any
# larger difference is another picture.
LEAST_COSINE = {"fp32": 0.9999, "int8": 0.999}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", nargs="+", choices=JOBS, default=list(JOBS))
    options = parser.parse_args()
    print(machine())
    for job in options.only:
        neighbours = Neighbours()
        JOBS[job](options.rounds)
        print(f"\nMeanwhile other programs took {neighbours.share():.0%} of the machine.", flush=True)


def preprocess(rounds: int) -> None:
    """JPEG bytes to what the model sees, on one thread."""
    handle = aion.Aion(threads=THREADS)
    heading("Decode and preprocess one photograph (one thread)")
    for size in pictures.SIZES:
        photo = pictures.path(size).read_bytes()
        check_same(handle.clip_preprocess(photo), pillow_pixels(photo)[0], LEAST_COSINE["fp32"])
        contenders = {
            "AION": partial(handle.clip_preprocess, photo),
            "Pillow + numpy": partial(pillow_pixels, photo),
            "Pillow with `draft` + numpy ¹": partial(pillow_pixels, photo, draft=True),
        }
        rows(size, race(contenders, rounds), 1)
    print(f"\n¹ decodes at a reduced scale and so sees other pixels; cosine of the vectors: {draft_cosine():.4f}.")


def embed(rounds: int) -> None:
    """JPEG bytes to unit vectors by the full-size model, as floats and as integers of 8 bits."""
    with ThreadPoolExecutor(THREADS) as pool:
        for name, least in LEAST_COSINE.items():
            heading(f"`embed_clip`, ViT-B/32, {name}, {THREADS} threads")
            model = FULL_MODEL / f"vision_model{'_int8' * (name == 'int8')}.onnx"
            handle = aion.Aion(clip_model=model, threads=THREADS)
            session = reference_session(model)
            for size, batch in (("0.5 MP", 1), ("0.5 MP", 16), ("12 MP", 1), ("12 MP", 16)):
                photos = [pictures.path(size).read_bytes()] * batch
                ready = np.concatenate([pillow_pixels(photo) for photo in photos])
                check_same(handle.embed_clip(photos), unit_vectors(session, ready), least)
                contenders = {
                    "AION": partial(handle.embed_clip, photos),
                    "Pillow + numpy + onnxruntime": partial(pillow_vectors, session, photos, map),
                    "the same, Pillow in a thread pool": partial(pillow_vectors, session, photos, pool.map),
                    "bare session, tensors ready": partial(unit_vectors, session, ready),
                }
                if batch == 1:
                    del contenders["the same, Pillow in a thread pool"]
                rows(f"{size}, batch {batch}", race(contenders, rounds), batch)


def parse(rounds: int) -> None:
    """Text and vector of many pictures."""
    handle = aion.Aion(clip_model=TINY_MODEL, threads=THREADS)
    batch = [path.read_bytes() for path in islice(cycle(EXAMPLES), PARSED)]
    heading(f"OCR + CLIP (tiny model) of {PARSED} pictures, {THREADS} threads")
    contenders = {
        "AION `parse_images`": partial(handle.parse_images, batch),
        "AION `parse_image` one by one": partial(in_turn, handle.parse_image, batch),
    }
    # A round takes many seconds and tells as much as many short ones.
    rows(f"{PARSED} pictures", race(contenders, max(3, rounds // 3)), PARSED)


JOBS = {"preprocess": preprocess, "embed": embed, "parse": parse}


def pillow_pixels(photo: bytes, *, draft: bool = False) -> np.ndarray:
    """What CLIP sees, float32 (1, 3, 224, 224)."""
    picture = Image.open(io.BytesIO(photo))
    if draft:
        # Twice the edge that the resize will make, so that its filter still has pixels to average.
        picture.draft("RGB", (448, 448))
    return pixel_values(crop(picture)[None])


def pillow_vectors(session: onnxruntime.InferenceSession, photos: Sequence[bytes], mapped: Callable) -> np.ndarray:
    return unit_vectors(session, np.concatenate(list(mapped(pillow_pixels, photos))))


def unit_vectors(session: onnxruntime.InferenceSession, pixels: np.ndarray) -> np.ndarray:
    (vectors,) = session.run(["image_embeds"], {"pixel_values": pixels})
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def reference_session(model: Path) -> onnxruntime.InferenceSession:
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = THREADS
    return onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])


def in_turn(call: Callable[[bytes], object], batch: Sequence[bytes]) -> list[object]:
    return [call(item) for item in batch]


def draft_cosine() -> float:
    photo = pictures.path("12 MP").read_bytes()
    session = reference_session(FULL_MODEL / "vision_model.onnx")
    return cosine(*(unit_vectors(session, pillow_pixels(photo, draft=draft)) for draft in (False, True)))


def check_same(ours: np.ndarray, theirs: np.ndarray, least: float) -> None:
    """A comparison of speed is worth something only between contenders that do the same work."""
    if (found := cosine(ours, theirs)) < least:
        raise SystemExit(f"the contenders disagree: cosine {found:.6f}")


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    one, other = np.ravel(one), np.ravel(other)
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def heading(title: str) -> None:
    print(f"\n### {title}\n\n| | | ms a picture | pictures/s | CPU ms a picture | time ÷ AION's (min–max) |")
    print("|---|---|---:|---:|---:|---:|")


def rows(job: str, results: Sequence[Result], batch: int) -> None:
    for result in results:
        wall, cpu = 1e3 * result.wall / batch, 1e3 * result.cpu / batch
        print(f"| {job} | {result.name} | {wall:.1f} | {1e3 / wall:.1f} | {cpu:.1f} | {result.ratio()} |", flush=True)


def machine() -> str:
    versions = f"Python {platform.python_version()}, onnxruntime {onnxruntime.__version__}, Pillow {PIL.__version__}"
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, {versions}, numpy {np.__version__}."


if __name__ == "__main__":
    main()
