"""extract_document: every kind of file, its limits, its scans, and bytes that mean harm."""

from __future__ import annotations

import copy
import io
import os
import pathlib
import pickle
import random
import threading
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

import aion
from aion import _aion
from conftest import IMAGES, ROOT
from sites import Answer, Site

SAMPLES = ROOT / "aion-core" / "tests" / "data" / "documents"
READ = {
    "letter.docx": ("docx", "Tides of the bay", 1, "Belém\t3.6 metres"),
    "slides.pptx": ("pptx", "Harbours", 2, "Speak slowly\nSecond to be shown"),
    "book.xlsx": ("xlsx", "Tides of the bay", 1, "2024-03-09\t0.3\t\t\tTRUE\nfar away"),
    "log.odt": ("odt", "Log of the Ana", 1, "Crew\t4\t4"),
    "crew.ods": ("ods", "Log of the Ana", 1, "Crew\nAna"),
    "paper.pdf": ("pdf", "The bay", 3, "Natal\t2.8\nThe end."),
}
OUTCOMES = {"invalid_input", "unsupported", "limit_exceeded"}


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def scanned_pdf(pages: int) -> bytes:
    """A PDF whose pages are the scanned letter and nothing else."""
    picture, drawing = (IMAGES / "letter.jpg").read_bytes(), b"q 595 0 0 842 0 0 cm /I Do Q"
    kids = b" ".join(b"%d 0 R" % number for number in range(5, 5 + pages))
    image = b"/Type/XObject/Subtype/Image/Width 1240/Height 1754/ColorSpace/DeviceGray/BitsPerComponent 8"
    resources = b"<</XObject<</I 3 0 R>>>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources %b>>" % resources
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%b]>>" % (pages, kids),
        b"<<%b/Filter/DCTDecode/Length %d>>stream\n%b\nendstream" % (image, len(picture), picture),
        b"<</Length %d>>stream\n%b\nendstream" % (len(drawing), drawing),
        *[page] * pages,
    ]
    file, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    entries = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, entries)
    return bytes(file) + table + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, len(file))


@pytest.fixture(scope="module")
def scan() -> bytes:
    """Thirty scanned pages: half a minute of reading."""
    return scanned_pdf(30)


def outcome(handle: aion.Aion, data: bytes, name: str) -> str:
    """`"read"`, or the kind of the error."""
    try:
        handle.extract_document(data, name=name, timeout=20)
    except aion.AionError as error:
        return error.kind
    return "read"


@pytest.mark.parametrize("name", READ)
def test_every_kind_is_read_from_bytes_and_from_a_path(handle: aion.Aion, name: str) -> None:
    document = handle.extract_document(SAMPLES / name)
    kind, title, pages, end = READ[name]
    assert (document.kind, document.extracted.title, document.pages) == (kind, title, pages)
    assert end in document.extracted.text and document.extracted.source == "document"
    assert (document.scanned, document.recognized, document.warnings) == (0, 0, [])
    data = sample(name)
    for source in (data, bytearray(data), memoryview(data)):
        assert handle.extract_document(source) == document
    assert repr(document) == f"<Document of kind '{kind}': title={title!r}, pages={pages}>"


def test_what_a_document_says_of_itself(handle: aion.Aion) -> None:
    letter = handle.extract_document(SAMPLES / "letter.docx").extracted
    assert (letter.language, letter.published) == ("pt-BR", "2024-03-09T08:00:00Z")
    assert (letter.meta["author"], letter.charset, letter.canonical) == ("Ana Lima", "UTF-8", None)
    assert [(link.url, link.text) for link in letter.links] == [("https://port.example/tides", "the table")]
    assert [(image.url, image.alt) for image in letter.images] == [("word/media/image1.png", "A lighthouse")]
    paper = handle.extract_document(SAMPLES / "paper.pdf").extracted
    assert (paper.language, paper.detected_language) == ("en-GB", "en")
    assert handle.extract_document(b"High water").extracted.detected_language is None, "too short to tell"


def test_content_goes_before_the_type_and_that_before_the_name(
    handle: aion.Aion, tmp_path: pathlib.Path
) -> None:
    def kind(data: bytes, name: str | None = None, content_type: str | None = None) -> str:
        return handle.extract_document(data, name=name, content_type=content_type).kind

    assert kind(b"a,b") == "text"
    assert kind(b"a,b", name="a.csv") == "csv"
    assert kind(b"a,b", name="a.csv", content_type="text/markdown; charset=utf-8") == "markdown"
    assert kind(b"<!doctype html><p>a,b", name="a.csv", content_type="text/csv") == "html"
    path = tmp_path / "Ação.CSV"
    path.write_bytes("nome;ação\nAna;pão".encode("latin-1"))
    table = handle.extract_document(path)
    assert (table.kind, table.extracted.text) == ("csv", "nome\tação\nAna\tpão")
    assert handle.extract_document(path, name="a.md").kind == "markdown"
    linked = handle.extract_document(b"[the port](/port)", name="a.md", url="https://bay.example/docs/")
    assert linked.extracted.links[0].url == "https://bay.example/port"


def test_documents_are_values(handle: aion.Aion) -> None:
    document = handle.extract_document(SAMPLES / "letter.docx")
    for twin in (pickle.loads(pickle.dumps(document)), copy.copy(document), copy.deepcopy(document)):
        assert twin == document and hash(twin) == hash(document) and repr(twin) == repr(document)
        assert twin.extracted == document.extracted and twin.extracted.links == document.extracted.links
    assert document.extracted is document.extracted
    other = handle.extract_document(SAMPLES / "log.odt")
    assert other != document and document != object()
    assert handle.extract_document(b"Tides") != handle.extract_document(b"Tides", name="tides.md")
    for name in ("kind", "extracted", "pages"):
        with pytest.raises(AttributeError):
            setattr(document, name, None)
    for state in ("[]", "{}", '{"kind": "tiff"}'):
        with pytest.raises(aion.InvalidArgumentError, match="pickle"):
            _aion._restore_document(state)


def test_a_scan_is_read_only_when_asked(handle: aion.Aion) -> None:
    scan = scanned_pdf(1)
    silent = handle.extract_document(scan)
    assert (silent.pages, silent.scanned, silent.recognized, silent.extracted.text) == (1, 1, 0, "")
    read = handle.extract_document(scan, ocr=True)
    assert (read.scanned, read.recognized, read.warnings) == (1, 1, [])
    assert "Quillmoor" in read.extracted.text
    with pytest.raises(aion.NotFoundError, match="xyz"):
        handle.extract_document(scan, ocr=True, lang="xyz")
    assert handle.extract_document(scan, lang="xyz") == silent, "without OCR its language means nothing"


def test_a_picture_that_can_not_be_decoded_costs_a_warning(handle: aion.Aion) -> None:
    with zipfile.ZipFile(SAMPLES / "letter.docx") as package:
        members = {name: package.read(name) for name in package.namelist()}
    members["word/media/image1.png"] = b"\x89PNG\r\n\x1a\nnonsense"
    read = handle.extract_document(zipped(members), ocr=True)
    assert "Harbour office" in read.extracted.text and read.recognized == 0
    [warning] = read.warnings
    assert "word/media/image1.png" in warning


def zipped(members: dict[str, bytes]) -> bytes:
    """A package of these members, compressed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in members.items():
            package.writestr(name, data)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "limits"),
    [
        ("letter.docx", {"max_bytes": 100}),
        ("letter.docx", {"max_unpacked_bytes": 100}),
        ("paper.pdf", {"max_unpacked_bytes": 10}),
        ("log.odt", {"max_text_bytes": 10}),
        ("slides.pptx", {"max_pages": 1}),
        ("book.xlsx", {"max_cells": 4}),
        ("letter.docx", {"max_pictures": 0, "ocr": True}),
    ],
)
def test_every_limit_is_an_error_that_names_it(handle: aion.Aion, name: str, limits: dict[str, Any]) -> None:
    for source in (SAMPLES / name, sample(name), bytearray(sample(name))):
        with pytest.raises(aion.LimitExceededError, match=next(iter(limits))):
            handle.extract_document(source, **limits)


def test_a_scan_of_too_many_pixels_is_drawn_smaller(handle: aion.Aion) -> None:
    small = handle.extract_document(scanned_pdf(1), ocr=True, max_picture_pixels=1000)
    assert small.scanned == 1 and "Quillmoor" not in small.extracted.text


def test_a_file_is_measured_before_it_is_read(handle: aion.Aion, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "vast.pdf"
    path.touch()
    os.truncate(path, 1 << 40)
    started = time.monotonic()
    with pytest.raises(aion.LimitExceededError, match=r"vast\.pdf.*1099511627776 bytes.*max_bytes"):
        handle.extract_document(path)
    assert time.monotonic() - started < 1


def test_what_is_no_document_is_refused(handle: aion.Aion, tmp_path: pathlib.Path) -> None:
    for source in ("letter.docx", 5, None, [b"x"]):
        with pytest.raises(aion.InvalidArgumentError, match="document"):
            handle.extract_document(source)  # type: ignore[arg-type]
    with pytest.raises(aion.NotFoundError, match="missing"):
        handle.extract_document(tmp_path / "missing.pdf")
    with pytest.raises(aion.InvalidArgumentError, match="not a file"):
        handle.extract_document(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(aion.InvalidArgumentError, match="not a file"):
            handle.extract_document(tmp_path / "pipe")
    for what in ("bytes", "unpacked_bytes", "text_bytes", "pages", "cells", "pictures", "picture_pixels"):
        limit = f"max_{what}"
        with pytest.raises(aion.InvalidArgumentError, match=f"{limit} is -1"):
            handle.extract_document(b"a", **{limit: -1})  # type: ignore[arg-type]
    with pytest.raises(aion.UnsupportedError, match="password"):
        handle.extract_document(SAMPLES / "locked.pdf")
    with pytest.raises(aion.UnsupportedError, match="before 2007"):
        handle.extract_document(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))


@pytest.mark.parametrize("name", [*READ, "scan.pdf"])
def test_cancel_and_deadline_stop_every_kind(handle: aion.Aion, name: str) -> None:
    token = aion.CancelToken()
    token.cancel()
    for source in (SAMPLES / name, sample(name)):
        with pytest.raises(aion.CancelledError):
            handle.extract_document(source, cancel=token)
        with pytest.raises(TimeoutError):
            handle.extract_document(source, timeout=0)


def test_a_deadline_holds_in_the_middle_of_a_scan(handle: aion.Aion, scan: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(aion.DeadlineExceededError):
        handle.extract_document(scan, ocr=True, timeout=0.5)
    assert time.monotonic() - started < 5


def test_another_thread_cancels(handle: aion.Aion, scan: bytes) -> None:
    token = aion.CancelToken()
    threading.Timer(0.5, token.cancel).start()
    started = time.monotonic()
    with pytest.raises(aion.CancelledError):
        handle.extract_document(scan, ocr=True, cancel=token)
    assert time.monotonic() - started < 5


def test_progress_counts_pages_and_stops_the_call(handle: aion.Aion, scan: bytes) -> None:
    told: list[tuple[str, int, int]] = []
    handle.extract_document(SAMPLES / "paper.pdf", progress=lambda *news: told.append(news))
    assert told[-1] == ("pages", 3, 3)

    def enough(*_: object) -> None:
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        handle.extract_document(scan, ocr=True, progress=enough)


def bomb() -> bytes:
    with zipfile.ZipFile(SAMPLES / "letter.docx") as package:
        members = {name: package.read(name) for name in package.namelist()}
    members["word/document.xml"] = b" " * (300 << 20)
    return zipped(members)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "read"),
    "zeros": (lambda: bytes(1000), "unsupported"),
    "bomb": (bomb, "limit_exceeded"),
    "empty package": (lambda: zipped({}), "unsupported"),
    "package of no kind": (lambda: zipped({"a.txt": b"a"}), "unsupported"),
    "program": (lambda: b"\x7fELF\x02\x01\x01\0" * 9, "unsupported"),
    "head of a PDF": (lambda: b"%PDF-1.7\n", "invalid_input"),
    "long line": (lambda: b"a," * 3_000_000, "limit_exceeded"),
    "deep quotes": (lambda: b">" * 200_000 + b"a", "read"),
}


@pytest.mark.parametrize("which", HOSTILE)
def test_files_made_to_harm_are_read_or_refused(handle: aion.Aion, which: str) -> None:
    make, expected = HOSTILE[which]
    data, name = make(), "a.csv" if which == "long line" else "a.md"
    started = time.monotonic()
    assert outcome(handle, data, name) == expected
    assert time.monotonic() - started < 15


@pytest.mark.parametrize("name", [*READ, "scan.pdf", "locked.pdf"])
def test_damage_never_ends_the_process(handle: aion.Aion, name: str) -> None:
    whole, chance = sample(name), random.Random(7)
    for length in range(0, len(whole), max(1, len(whole) // 12)):
        assert outcome(handle, whole[:length], name) in {"read", *OUTCOMES}
    for _ in range(12):
        data = bytearray(whole)
        for place in chance.sample(range(len(data)), 8):
            data[place] ^= chance.randrange(1, 256)
        assert outcome(handle, bytes(data), name) in {"read", *OUTCOMES}


def test_a_crawl_reads_documents_only_when_asked(site: Site) -> None:
    options: dict[str, Any] = {"allow_private_hosts": True, "delay": 0}
    harbour = (
        "On the other side of the bay the water is deep, and ships of any size can lie there at all hours. "
    )
    site.page(
        "/", "/paper.pdf", "/book.xlsx", text=f"{harbour}The road to it is long, though, and was built late."
    )
    site.answers["/paper.pdf"] = Answer(sample("paper.pdf"), content_type="application/pdf")
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    site.answers["/book.xlsx"] = Answer(sample("book.xlsx"), content_type=sheet)
    crawl = aion.Aion().crawl(site.url, **options)
    assert [page.content_type for page in crawl] == ["text/html; charset=utf-8"]
    assert crawl.stats.skipped["content_type"] == 2
    crawl = aion.Aion().crawl(site.url, documents=True, **options)
    pages = {page.url.removeprefix(site.url): page for page in crawl}
    assert set(pages) == {"/", "/paper.pdf", "/book.xlsx"}
    paper = pages["/paper.pdf"]
    assert (paper.title, paper.language, paper.detected_language) == ("The bay", "en-GB", "en")
    assert paper.html == sample("paper.pdf") and "on the other side" in paper.text.lower()
    assert "https://bay.example/" in paper.links
    assert pages["/"].detected_language == "en"
    assert pickle.loads(pickle.dumps(paper)).detected_language == "en"
    [refused] = aion.Aion().preview([f"{site.url}/paper.pdf"], **options)
    assert (refused.ok, refused.reason) == (False, "content_type")
    [read] = aion.Aion().preview([f"{site.url}/paper.pdf"], documents=True, **options)
    assert read.ok and read.title == "The bay" and read.text == paper.text
