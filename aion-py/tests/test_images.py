"""Pictures in: every form that is taken, and the words that refuse the others."""

from __future__ import annotations

import os
import pathlib
import threading
from typing import Any

import numpy as np
import pytest

import aion
from conftest import IMAGES

PIXELS = np.arange(5 * 7 * 4, dtype=np.uint8).reshape(5, 7, 4)


@pytest.fixture(scope="module")
def eyes() -> aion.Aion:
    return aion.Aion()


def rgba(eyes: aion.Aion, image: Any) -> Any:
    return eyes.parse_image(image, ocr=False, clip=False).rgba


class Somewhere:
    """A path that is no `pathlib.Path`."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return self.path


def test_bytes_paths_and_buffers_give_the_same_pixels(eyes: aion.Aion, poster: pathlib.Path) -> None:
    data = poster.read_bytes()
    expected = rgba(eyes, data)
    for image in (
        poster,
        Somewhere(str(poster)),
        bytearray(data),
        memoryview(data),
        memoryview(data * 2)[: len(data)],
    ):
        assert np.array_equal(rgba(eyes, image), expected)


def test_arrays_come_back_as_they_are(eyes: aion.Aion) -> None:
    assert np.array_equal(rgba(eyes, PIXELS), PIXELS)
    opaque = rgba(eyes, np.ascontiguousarray(PIXELS[..., :3]))
    assert np.array_equal(opaque[..., :3], PIXELS[..., :3])
    assert (opaque[..., 3] == 255).all()


def test_strided_and_read_only_arrays_are_read_in_order(eyes: aion.Aion) -> None:
    frozen = PIXELS.copy()
    frozen.setflags(write=False)
    for array in (PIXELS[::-1], PIXELS[:, ::2], np.asfortranarray(PIXELS), PIXELS.transpose(1, 0, 2), frozen):
        assert np.array_equal(rgba(eyes, array), array)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ("letter.jpg", "pathlib.Path"),
        (None, "not NoneType"),
        (5, "not int"),
        ([1, 2], "not list"),
        (PIXELS.astype(np.float32), "float32 (5, 7, 4)"),
        (PIXELS[..., 0], "uint8 (5, 7)"),
        (PIXELS[..., :2], "uint8 (5, 7, 2)"),
        (PIXELS[None], "uint8 (1, 5, 7, 4)"),
    ],
    ids=str,
)
def test_anything_else_is_refused_in_words(eyes: aion.Aion, image: Any, words: str) -> None:
    with pytest.raises(aion.InvalidArgumentError) as refused:
        eyes.parse_image(image, ocr=False, clip=False)
    assert words in str(refused.value)
    with pytest.raises(aion.InvalidArgumentError):
        eyes.clip_preprocess(image)
    [error] = eyes.parse_images([image], ocr=False, clip=False)
    assert isinstance(error, aion.InvalidArgumentError)


def test_an_empty_array_is_an_error(eyes: aion.Aion) -> None:
    with pytest.raises(aion.AionError):
        eyes.parse_image(np.zeros((0, 7, 3), np.uint8), ocr=False, clip=False)


def test_a_path_that_fails_is_an_error_of_ours(eyes: aion.Aion, tmp_path: pathlib.Path) -> None:
    with pytest.raises(aion.NotFoundError) as missing:
        eyes.parse_image(tmp_path / "missing.png", ocr=False, clip=False)
    assert "missing.png" in str(missing.value)
    with pytest.raises(aion.AionError):
        eyes.parse_image(tmp_path, ocr=False, clip=False)
    with pytest.raises(aion.AionError):
        eyes.parse_image(pathlib.Path("nul\0byte"), ocr=False, clip=False)


def test_limits_hold_for_every_source() -> None:
    small = aion.Aion(max_image_pixels=100, max_image_bytes=1000)
    poster = IMAGES / "poster.png"
    for image in (
        poster,
        poster.read_bytes(),
        bytearray(2000),
        memoryview(bytes(2000)),
        np.zeros((11, 10, 3), np.uint8),
    ):
        with pytest.raises(aion.LimitExceededError) as refused:
            small.parse_image(image, ocr=False, clip=False)
        assert "limit" in str(refused.value)
    few_pixels = aion.Aion(max_image_pixels=100)
    with pytest.raises(aion.LimitExceededError):
        few_pixels.parse_image(poster, ocr=False, clip=False)


def test_a_broadcast_array_is_not_copied_past_the_limit(eyes: aion.Aion) -> None:
    endless = np.broadcast_to(np.zeros(3, np.uint8), (2**20, 2**20, 3))
    with pytest.raises(aion.LimitExceededError):
        eyes.parse_image(endless, ocr=False, clip=False)


def test_an_array_may_change_while_it_is_read(eyes: aion.Aion) -> None:
    """It was copied before the interpreter was released: the result is of the moment of the call."""
    array = np.zeros((2000, 2000, 3), np.uint8)
    stop = threading.Event()

    def scribble() -> None:
        value = 0
        while not stop.is_set():
            array[:] = value = (value + 1) % 256

    writer = threading.Thread(target=scribble)
    writer.start()
    try:
        for _ in range(5):
            pixels = rgba(eyes, array)
            assert pixels.shape == (2000, 2000, 4)
    finally:
        stop.set()
        writer.join()


def test_a_non_utf8_path_is_read(eyes: aion.Aion, tmp_path: pathlib.Path, poster: pathlib.Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"p\xffster.png")
    try:
        with open(path, "wb") as file:
            file.write(poster.read_bytes())
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    assert rgba(eyes, pathlib.Path(os.fsdecode(path))) is not None
