"""parse_image and parse_images: what they give."""

from __future__ import annotations

import copy
import json
import pathlib
import pickle

import numpy as np
import pytest

import aion
from conftest import IMAGES

NAMES = ["letter.jpg", "captura.png", "poster.png", "recibo.jpg"]


@pytest.fixture(scope="module")
def parsed(handle: aion.Aion, letter: bytes) -> aion.ParsedImage:
    return handle.parse_image(letter)


def test_everything_is_made_by_default(parsed: aion.ParsedImage) -> None:
    assert parsed.rgba is not None and parsed.ocr is not None and parsed.clip_vector is not None
    assert parsed.rgba.shape == (parsed.height, parsed.width, 4) and parsed.rgba.dtype == np.uint8
    assert parsed.clip_vector.ndim == 1 and parsed.clip_vector.dtype == np.float32
    assert float(np.linalg.norm(parsed.clip_vector)) == pytest.approx(1, abs=1e-5)
    assert parsed.ocr_text == " ".join(parsed.ocr.text.split())
    assert "Quillmoor Paper Works" in parsed.ocr_text


def test_what_is_not_asked_for_is_not_made(letter: bytes) -> None:
    bare = aion.Aion().parse_image(letter, ocr=False, clip=False, rgba=False)
    assert (bare.rgba, bare.ocr, bare.clip_vector, bare.ocr_text) == (None, None, None, "")
    assert bare.width > 0 and bare.height > 0


def test_clip_without_a_model_names_the_remedy(letter: bytes) -> None:
    with pytest.raises(aion.NotConfiguredError) as refused:
        aion.Aion().parse_image(letter, ocr=False)
    assert "AION_CLIP_MODEL_PATH" in str(refused.value) and "clip_model" in str(refused.value)


def test_meta_is_json_and_a_fresh_dict(parsed: aion.ParsedImage) -> None:
    meta = parsed.meta
    width, height = parsed.width, parsed.height
    assert meta == {"type": "image", "w": width, "h": height, "sourceRank": 0.6, "pages": 1}
    assert json.loads(json.dumps(meta)) == meta
    meta["w"] = 0
    assert parsed.meta["w"] == width


def test_results_are_frozen(parsed: aion.ParsedImage) -> None:
    assert parsed.rgba is parsed.rgba and parsed.rgba is not None and parsed.clip_vector is not None
    with pytest.raises(ValueError):
        parsed.rgba[0, 0] = 0
    with pytest.raises(ValueError):
        parsed.clip_vector[0] = 0
    with pytest.raises(ValueError):
        parsed.rgba.setflags(write=True)
    with pytest.raises(AttributeError):
        parsed.width = 5  # type: ignore[misc]
    writable = parsed.rgba.copy()
    writable[0, 0] = 0


def test_results_pickle_copy_compare_and_hash(
    parsed: aion.ParsedImage, handle: aion.Aion, letter: bytes
) -> None:
    bare = handle.parse_image(letter, ocr=False, clip=False, rgba=False)
    for image in (parsed, bare):
        for twin in (pickle.loads(pickle.dumps(image)), copy.copy(image), copy.deepcopy(image)):
            assert twin == image and hash(twin) == hash(image) and repr(twin) == repr(image)
            assert twin.rgba is None or not twin.rgba.flags.writeable
    assert parsed != bare and parsed != object()
    assert pickle.loads(pickle.dumps(parsed)).ocr == parsed.ocr


def test_the_repr_is_short(parsed: aion.ParsedImage) -> None:
    start = f"ParsedImage(width={parsed.width}, height={parsed.height}, ocr_text='"
    assert repr(parsed).startswith(start)
    assert len(repr(parsed)) < 160


def test_a_batch_keeps_the_order_and_each_has_its_own_error(handle: aion.Aion) -> None:
    paths = [IMAGES / name for name in NAMES]
    images = [paths[0], b"no picture", paths[1], "a str", pathlib.Path("/no/such/file.png"), paths[2]]
    results = handle.parse_images(images, ocr=False)  # type: ignore[arg-type]
    kinds = [r.kind if isinstance(r, aion.AionError) else (r.width, r.height) for r in results]
    sizes = [(i.width, i.height) for i in (handle.parse_image(p, ocr=False, clip=False) for p in paths)]
    assert kinds == [sizes[0], "unsupported", sizes[1], "invalid_argument", "not_found", sizes[2]]


def test_a_batch_gives_what_single_calls_give(handle: aion.Aion) -> None:
    paths = [IMAGES / name for name in NAMES]
    assert handle.parse_images(iter(paths)) == [handle.parse_image(path) for path in paths]
    assert handle.parse_images([]) == []


def test_a_batch_without_a_model_has_an_error_per_item(letter: bytes) -> None:
    results = aion.Aion().parse_images([letter, letter])
    assert [type(result) for result in results] == [aion.NotConfiguredError] * 2


def test_one_picture_is_no_batch(handle: aion.Aion, letter: bytes) -> None:
    for image in (letter, IMAGES / "letter.jpg", np.zeros((2, 2, 3), np.uint8), "a str", 5):
        with pytest.raises(aion.InvalidArgumentError) as refused:
            handle.parse_images(image)  # type: ignore[arg-type]
        assert "parse_image" in str(refused.value)


def test_the_same_input_gives_the_same_bytes(
    handle: aion.Aion, parsed: aion.ParsedImage, letter: bytes
) -> None:
    assert handle.parse_image(letter) == parsed
    assert handle.parse_image(np.array(parsed.rgba)).rgba is not None
