"""CLIP's vectors beside the reference: Pillow, numpy and the `onnxruntime` package on the same files.

The package brings an ONNX Runtime of its own inside its extension module and, beside it, the library that `aion` loads:
two runtimes in one process, which these tests use in turn.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

import aion
from conftest import CLIP, IMAGES, ROOT, SHARED, shared

onnxruntime = pytest.importorskip("onnxruntime")
Image = pytest.importorskip("PIL.Image")
ImageOps = pytest.importorskip("PIL.ImageOps")

FULL = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "models" / "vit-b-32"
# Photographs, one of them turned by EXIF.
MORE = ("ea_dog1.jpg", "exif_Landscape_6.jpg", "fastembed_image.jpeg", "skimage_rocket.jpg")
PICTURES = [
    *(IMAGES / name for name in ("letter.jpg", "captura.png", "poster.png", "recibo.jpg")),
    *(path for name in MORE if (path := SHARED / "testdata/images/good" / name).exists()),
]
LEAST_COSINE = 0.9999
TEXTS = ["a scanned letter", "uma fotografia de um recibo, em cima da mesa", ""]
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
EDGE = 224

Vectors = NDArray[np.float32]


@pytest.fixture(scope="module", params=["full", "tiny"])
def model(request: pytest.FixtureRequest) -> pathlib.Path:
    """A ViT-B/32 of full size with random weights, and the small model."""
    if request.param == "full":
        make_full_model()
        return FULL
    return CLIP


@pytest.fixture(scope="module")
def handle(model: pathlib.Path) -> aion.Aion:
    return aion.Aion(clip_model=model, threads=2)


def make_full_model() -> None:
    """Take it where it is, or make it; it gets its name when it is whole."""
    if FULL.is_dir():
        return
    part = FULL.with_name(f"{FULL.name}.{os.getpid()}")
    command = [sys.executable, str(ROOT / "models/make_vit_b32.py"), str(part)]
    made = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    if made.returncode:
        shutil.rmtree(part, ignore_errors=True)
        pytest.skip(f"the full-size model can not be made: {made.stderr.strip()[-300:]}")
    part.rename(FULL)


def decoded(path: pathlib.Path) -> NDArray[np.uint8]:
    return np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))


def reference_pixels(path: pathlib.Path) -> Vectors:
    """Shortest edge to 224, bicubic, the middle square, normalised: (1, 3, 224, 224)."""
    picture = Image.fromarray(decoded(path))
    width, height = (int(edge * EDGE / min(picture.size)) for edge in picture.size)
    picture = picture.resize((width, height), Image.Resampling.BICUBIC)
    left, top = (width - EDGE) // 2, (height - EDGE) // 2
    square = np.asarray(picture.crop((left, top, left + EDGE, top + EDGE)), np.float32)
    return ((square / 255 - MEAN) / STD).transpose(2, 0, 1)[None].astype(np.float32)


def reference(graph: pathlib.Path, output: str, **inputs: NDArray[np.generic]) -> Vectors:
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    vectors = session.run([output], inputs)[0]
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def reference_of_pictures(model: pathlib.Path, paths: list[pathlib.Path]) -> Vectors:
    pixels = np.concatenate([reference_pixels(path) for path in paths])
    return reference(model / "vision_model.onnx", "image_embeds", pixel_values=pixels)


def assert_same(found: Vectors, expected: Vectors, paths: list[pathlib.Path]) -> None:
    cosines = (found * expected).sum(axis=1)
    assert (cosines >= LEAST_COSINE).all(), dict(zip([path.name for path in paths], cosines, strict=True))


def test_pictures_get_the_vectors_of_the_reference(handle: aion.Aion, model: pathlib.Path) -> None:
    expected = reference_of_pictures(model, PICTURES)
    assert_same(handle.embed_clip(PICTURES), expected, PICTURES)
    # A model that gives every picture one vector would pass the above.
    assert (expected @ expected.T)[~np.eye(len(PICTURES), dtype=bool)].max() < 0.999


def test_a_picture_smaller_than_the_model_sees(handle: aion.Aion, model: pathlib.Path) -> None:
    """Given as pixels: enlarging a JPEG of 128 pixels also enlarges what decoders round differently in its colours,
    and the random weights take that for content (cosine 0.99987)."""
    path = shared("testdata/images/good/pillow_hopper.jpg")
    assert_same(handle.embed_clip([decoded(path)]), reference_of_pictures(model, [path]), [path])


def test_texts_get_the_vectors_of_the_reference(handle: aion.Aion, model: pathlib.Path) -> None:
    found = handle.embed_clip_text(TEXTS)
    for text, vector in zip(TEXTS, found, strict=True):
        ids = np.array([handle.clip_tokenize(text)], np.int64)
        expected = reference(model / "text_model.onnx", "text_embeds", input_ids=ids)[0]
        assert float(vector @ expected) >= LEAST_COSINE, text


def test_a_batch_gives_what_each_alone_gives(handle: aion.Aion) -> None:
    alone = np.stack([handle.embed_clip(path) for path in PICTURES])
    np.testing.assert_allclose(handle.embed_clip(PICTURES), alone, atol=1e-5, rtol=0)


def test_threads_share_a_handle(handle: aion.Aion) -> None:
    alone = [handle.embed_clip(path) for path in PICTURES]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(handle.embed_clip, PICTURES * 8))
    for index, vector in enumerate(together):
        np.testing.assert_array_equal(vector, alone[index % len(PICTURES)])
