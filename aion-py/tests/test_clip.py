"""CLIP: vectors, ids, and what the model sees."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import aion
from conftest import CLIP, IMAGES, shared

CAPTIONS = {
    "letter.jpg": "a scanned letter",
    "captura.png": "a screenshot",
    "poster.png": "a colourful poster",
    "recibo.jpg": "a photo of a receipt",
}
MEAN = np.array([0.48145466, 0.4578275, 0.40821073])
STD = np.array([0.26862954, 0.26130258, 0.27577711])
# Pillow clips 16-bit grey to white instead of scaling it: there the reference is wrong.
CLIPPED_BY_PILLOW = {"pngsuite_basn0g16.png"}


def test_one_gives_a_vector_and_a_list_gives_rows(handle: aion.Aion) -> None:
    paths = [IMAGES / name for name in CAPTIONS]
    rows = handle.embed_clip(paths)
    one = handle.embed_clip(paths[0])
    assert rows.dtype == one.dtype == np.float32
    assert rows.shape == (4, one.shape[0])
    assert handle.embed_clip(paths[:1]).shape == (1, one.shape[0])
    assert handle.embed_clip(tuple(paths)).shape == rows.shape
    np.testing.assert_allclose(rows[0], one, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_texts_live_in_the_same_space(handle: aion.Aion) -> None:
    one = handle.embed_clip_text("a poster")
    rows = handle.embed_clip_text(["a receipt", "a poster"])
    assert one.shape == (rows.shape[1],) == handle.embed_clip(IMAGES / "poster.png").shape
    np.testing.assert_allclose(rows[1], one, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_the_nearest_caption_is_the_right_one(handle: aion.Aion) -> None:
    captions = handle.embed_clip_text(list(CAPTIONS.values()))
    images = handle.embed_clip([IMAGES / name for name in CAPTIONS])
    assert (captions @ images.T).argmax(axis=0).tolist() == [0, 1, 2, 3]


def test_nothing_gives_no_rows(handle: aion.Aion) -> None:
    assert handle.embed_clip([]).shape == (0, 0)
    assert handle.embed_clip_text([]).shape == (0, 0)


def test_an_item_that_fails_is_named(handle: aion.Aion, poster: pathlib.Path) -> None:
    with pytest.raises(aion.UnsupportedError) as damaged:
        handle.embed_clip([poster, b"no picture", poster])
    assert str(damaged.value).startswith("image 1: ")
    with pytest.raises(aion.InvalidArgumentError) as wrong:
        handle.embed_clip([poster, poster, 5])  # type: ignore[list-item]
    assert str(wrong.value).startswith("image 2: ")
    with pytest.raises(aion.UnsupportedError) as alone:
        handle.embed_clip(b"no picture")
    assert not str(alone.value).startswith("image")


def test_no_model_is_told_with_the_remedy(poster: pathlib.Path) -> None:
    bare = aion.Aion()
    calls: list[Any] = [
        lambda: bare.embed_clip(poster),
        lambda: bare.embed_clip([]),
        lambda: bare.embed_clip_text("a poster"),
        lambda: bare.clip_tokenize("a poster"),
    ]
    for call in calls:
        with pytest.raises(aion.NotConfiguredError) as refused:
            call()
        assert "clip_model" in str(refused.value)
    with pytest.raises(aion.NotFoundError):
        aion.Aion(clip_model="/no/such/model").embed_clip(poster)


def test_a_missing_runtime_is_an_error(poster: pathlib.Path) -> None:
    with pytest.raises(aion.NotFoundError) as missing:
        aion.Aion(clip_model=CLIP, onnxruntime="/no/such/libonnxruntime.so").embed_clip(poster)
    assert "/no/such/libonnxruntime.so" in str(missing.value)


@pytest.mark.parametrize("texts", [5, ["a", 5], "lone \ud800", ["a", "lone \udfff"]], ids=ascii)
def test_what_is_no_text_is_refused(handle: aion.Aion, texts: Any) -> None:
    with pytest.raises((aion.InvalidArgumentError, TypeError)):
        handle.embed_clip_text(texts)


def test_long_texts_are_cut(handle: aion.Aion) -> None:
    ids = handle.clip_tokenize("word " * 500)
    assert len(ids) == 77
    assert ids[-1] == handle.clip_tokenize("word")[-1]
    assert handle.embed_clip_text("word " * 500).ndim == 1
    assert len(aion.Aion(clip_model=CLIP, clip_max_length=8).clip_tokenize("word " * 500)) == 8


def test_ids_are_those_of_openais_tokenizer() -> None:
    golden = json.loads(shared("models/clip/tokenizer_golden.json").read_text())["rows"]
    tokenizer = aion.Aion(clip_model=shared("models/clip"))
    wrong = [row["text"] for row in golden if tokenizer.clip_tokenize(row["text"]) != row["ids"]]
    assert not wrong, f"{len(wrong)} of {len(golden)}"


def test_preprocessing_needs_no_model(poster: pathlib.Path) -> None:
    seen = aion.Aion().clip_preprocess(poster)
    assert seen.shape == (3, 224, 224) and seen.dtype == np.float32
    grey = aion.Aion().clip_preprocess(np.full((300, 200, 3), 128, np.uint8))
    np.testing.assert_allclose(grey[:, 100, 100], (128 / 255 - MEAN) / STD, atol=1e-5)


def golden_names() -> list[str]:
    from conftest import SHARED

    index = SHARED / "testdata/images/golden_preprocess/index.json"
    if not index.exists():
        return []
    return [row["file"] for row in json.loads(index.read_text())["images"]]


def levels_off(name: str) -> NDArray[np.float64]:
    """How far each value is from Pillow's, in levels of 255."""
    image = pytest.importorskip("PIL.Image")
    golden = shared(f"testdata/images/golden_preprocess/{name}.224.png")
    seen = aion.Aion().clip_preprocess(shared(f"testdata/images/good/{name}"))
    ours = (seen.transpose(1, 2, 0).astype(np.float64) * STD + MEAN) * 255
    difference: NDArray[np.float64] = np.abs(ours - np.asarray(image.open(golden), np.float64))
    return difference


@pytest.mark.parametrize(
    "name", golden_names() or [pytest.param("", marks=pytest.mark.skip("no golden data here"))]
)
def test_preprocessing_is_pillows(name: str) -> None:
    if name in CLIPPED_BY_PILLOW:
        pytest.skip("the reference clips 16-bit grey, which is wrong")
    index = json.loads(shared("testdata/images/golden_preprocess/index.json").read_text())["images"]
    size = next(row["size"] for row in index if row["file"] == name)
    off = levels_off(name)
    if min(size) >= 224:
        assert off.mean() <= 0.35 and np.percentile(off, 99.9) <= 6, (off.mean(), np.percentile(off, 99.9))
    else:
        assert off.mean() <= 0.7, off.mean()


def test_every_exif_orientation_comes_upright() -> None:
    folder = shared("testdata/images/good")
    images = [
        aion.Aion().parse_image(folder / f"exif_Landscape_{n}.jpg", ocr=False, clip=False)
        for n in range(1, 9)
    ]
    assert {(image.width, image.height) for image in images} == {(images[0].width, images[0].height)}
    seen = [aion.Aion().clip_preprocess(folder / f"exif_Landscape_{n}.jpg") for n in range(1, 9)]
    for other in seen[1:]:
        assert float(np.abs(other - seen[0]).mean()) < 0.05
