"""Damaged, hostile and odd pictures: a result or an error of ours, in time, alone and among good ones."""

from __future__ import annotations

import pathlib
import time

import numpy as np
import pytest

import aion
from conftest import IMAGES, SHARED, shared

BAD = SHARED / "testdata" / "images" / "bad"
NAMES = sorted(path.name for path in BAD.glob("*") if path.suffix != ".md") if BAD.exists() else []
NEVER_READ = {
    "gen_bomb_20000x20000_rgb.png": "limit_exceeded",
    "gen_header_2g_x_2g.png": "limit_exceeded",
    "gen_html_as.jpg": "unsupported",
    "gen_sof_65535x65535.jpg": "limit_exceeded",
    "gen_svg_xxe.png": "unsupported",
    "gen_zero_bytes.jpg": "unsupported",
}
OUTCOMES = ("invalid_input", "unsupported", "limit_exceeded")


@pytest.fixture(scope="module")
def careful() -> aion.Aion:
    return aion.Aion(ocr_lang="eng", max_image_pixels=40_000_000)


def outcome(result: aion.ParsedImage | aion.AionError) -> str:
    return result.kind if isinstance(result, aion.AionError) else "read"


@pytest.mark.parametrize(
    "name", NAMES or [pytest.param("", marks=pytest.mark.skip("no hostile pictures here"))]
)
def test_a_bad_picture_harms_nobody(careful: aion.Aion, name: str) -> None:
    path = shared(f"testdata/images/bad/{name}")
    good = IMAGES / "poster.png"
    started = time.monotonic()
    first, bad, last = careful.parse_images([good, path, good], ocr=False, clip=False)
    assert time.monotonic() - started < 20
    assert isinstance(first, aion.ParsedImage) and first == last
    assert (
        outcome(bad) in (NEVER_READ.get(name),) if name in NEVER_READ else outcome(bad) in ("read", *OUTCOMES)
    )
    try:
        alone: aion.ParsedImage | aion.AionError = careful.parse_image(path.read_bytes(), clip=False)
    except aion.AionError as error:
        alone = error
    assert outcome(alone) in ("read", *OUTCOMES)
    if isinstance(alone, aion.ParsedImage) and isinstance(bad, aion.ParsedImage):
        assert alone.rgba is not None and bad.rgba is not None
        assert np.array_equal(alone.rgba, bad.rgba)


def test_cut_pictures_of_our_own_are_errors_or_read(careful: aion.Aion) -> None:
    data = (IMAGES / "poster.png").read_bytes()
    for length in (0, 1, 8, 33, len(data) // 2, len(data) - 1):
        [result] = careful.parse_images([data[:length]], ocr=False, clip=False)
        assert outcome(result) in ("read", *OUTCOMES)


def test_flipped_bytes_never_end_the_process(careful: aion.Aion) -> None:
    random = np.random.default_rng(7)
    for name in ("poster.png", "letter.jpg"):
        data = bytearray((IMAGES / name).read_bytes())
        for place in random.integers(0, len(data), 20):
            data[place] ^= 0x55
        [result] = careful.parse_images([bytes(data)], ocr=False, clip=False)
        assert outcome(result) in ("read", *OUTCOMES)


def test_a_damaged_model_is_an_error(tmp_path: pathlib.Path) -> None:
    for name in ("vision_model.onnx", "text_model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"nonsense")
    handle = aion.Aion(clip_model=tmp_path)
    with pytest.raises(aion.InvalidModelError):
        handle.embed_clip(IMAGES / "poster.png")
    with pytest.raises(aion.InvalidModelError):
        handle.clip_tokenize("a poster")


def test_damaged_language_data_is_an_error(tmp_path: pathlib.Path) -> None:
    (tmp_path / "eng.traineddata").write_bytes(b"nonsense" * 100)
    with pytest.raises(aion.InvalidModelError):
        aion.Aion(ocr_lang="eng", tessdata=tmp_path).ocr(IMAGES / "letter.jpg")
