"""ocr: words with their places."""

from __future__ import annotations

import copy
import pickle
import xml.etree.ElementTree as xml
from typing import Any

import numpy as np
import pytest

import aion
from aion import _aion
from conftest import IMAGES, shared


@pytest.fixture(scope="module")
def result(handle: aion.Aion, letter: bytes) -> aion.OcrResult:
    return handle.ocr(letter)


def quillmoor(result: aion.OcrResult) -> aion.OcrWord:
    """The first word of the letter's head, which stands beside a drawing."""
    return next(word for word in result.words if word.text == "Quillmoor")


def characters_wrong(read: str, truth: str) -> float:
    """The edit distance per character of the truth, white space apart."""
    ours, theirs = ("".join(text.split()) for text in (read, truth))
    row = list(range(len(theirs) + 1))
    for i, a in enumerate(ours, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(theirs, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1] / len(theirs)


@pytest.mark.parametrize(
    ("name", "most"), [("letter.jpg", 0.02), ("captura.png", 0.10), ("recibo.jpg", 0.25)]
)
def test_the_repositorys_own_pictures_are_read(name: str, most: float) -> None:
    path = IMAGES / name
    text = aion.Aion().ocr(path).text
    assert characters_wrong(text, path.with_suffix(".txt").read_text()) <= most


def test_a_word_knows_its_place(result: aion.OcrResult) -> None:
    [page] = result.pages
    word = quillmoor(result)
    assert (word.page, word.line, word.block) == (0, 0, 0)
    x, y, width, height = word.box
    assert 0 <= x < x + width <= page.width and 0 <= y < y + height <= page.height
    assert 0.5 < word.confidence <= 1 and 0.5 < result.confidence <= 1 and 0.5 < page.confidence <= 1
    assert (page.rotation, page.skew) == (0, 0.0)
    assert page.words == result.words and page.text == result.text


def test_all_pages_of_a_tiff_are_read(handle: aion.Aion) -> None:
    path = shared("testdata/ocr/mul_multipage2.tif")
    result = handle.ocr(path)
    assert len(result.pages) == 2
    assert result.text == "\n\n".join(page.text for page in result.pages)
    assert result.words == [word for page in result.pages for word in page.words]
    assert {word.page for word in result.pages[1].words} == {1}
    assert handle.parse_image(path, clip=False).meta["pages"] == 2


def test_the_formats_hold_the_words(result: aion.OcrResult) -> None:
    assert xml.fromstring(result.to_hocr()) is not None
    assert "Quillmoor" in result.to_hocr()
    assert xml.fromstring(result.to_alto().encode()) is not None
    header, *rows = result.to_tsv().splitlines()
    assert header.split("\t")[:2] == ["level", "page_num"]
    assert [row.split("\t")[11] for row in rows if row.startswith("5\t")] == [
        word.text for word in result.words
    ]


def test_values_pickle_copy_compare_and_hash(result: aion.OcrResult) -> None:
    page, word = result.pages[0], result.words[3]
    for value in (result, page, word):
        for twin in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
            assert twin == value and hash(twin) == hash(value) and repr(twin) == repr(value)
    assert result.words[0] != result.words[1] and result != object()
    assert len({*result.words, *result.words}) == len(set(result.words))
    with pytest.raises(AttributeError):
        word.text = "other"  # type: ignore[misc]


def test_reprs_are_readable(result: aion.OcrResult) -> None:
    word = quillmoor(result)
    assert repr(word).startswith("OcrWord(text='Quillmoor', confidence=0.")
    assert repr(word).endswith(f"box={word.box}, page=0, line=0, block=0)")
    assert repr(result).startswith("OcrResult(text='")
    assert repr(result.pages[0]).startswith("OcrPage(text='")


def test_a_damaged_pickle_is_an_error() -> None:
    for restore in (_aion._restore_ocr, _aion._restore_page, _aion._restore_word):
        with pytest.raises(aion.InvalidArgumentError):
            restore("[]")
    with pytest.raises(aion.InvalidArgumentError):
        _aion._restore_parsed(None, "", None, None, "{}")


def test_page_modes_and_languages(handle: aion.Aion, letter: bytes) -> None:
    line = handle.parse_image(letter, ocr=False, clip=False).rgba
    x, y, width, height = quillmoor(handle.ocr(letter)).box
    assert line is not None
    crop = line[y - 8 : y + height + 8, x - 8 : x + width + 8]
    assert handle.ocr(crop, page_mode="single_word", lang="por").text == "Quillmoor"
    with pytest.raises(aion.InvalidArgumentError) as refused:
        handle.ocr(crop, page_mode="psm 3")  # type: ignore[arg-type]
    assert "single_line" in str(refused.value)
    with pytest.raises(aion.NotFoundError) as missing:
        handle.ocr(crop, lang="xyz")
    assert "xyz" in str(missing.value)
    with pytest.raises(aion.InvalidArgumentError):
        handle.ocr(crop, lang="../../etc/passwd")


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 2000, 3), (2000, 1, 4), (3, 3, 3)])
def test_tiny_pictures_have_no_text(handle: aion.Aion, shape: Any) -> None:
    result = handle.ocr(np.zeros(shape, np.uint8))
    assert (result.text, result.words, result.confidence, len(result.pages)) == ("", [], 0, 1)
