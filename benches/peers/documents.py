"""AION beside the readers of documents that Python has: words found, and time, in one run.

`python benches/peers/documents.py FOLDER...`: each FOLDER has documents and beside each a `NAME.expected.md`. Peers
that are not installed are passed over:
`pip install pypdf pdfminer.six python-docx python-pptx openpyxl "markitdown[pdf,docx,pptx,xlsx]"`.

Quality is the F1 of words with their counts, in lower case and without the marks of Markdown. Time is CPU time of all
threads, without the start and the imports: the least of several rounds.
"""

from __future__ import annotations

import importlib
import io
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import aion

ROUNDS = 5
Reader = Callable[[bytes], str]


def words(text: str) -> Counter[str]:
    """Letters and digits; comments of Markdown and the addresses of its links are no text."""
    text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
    text = re.sub(r"\]\(.*?\)", " ", text, flags=re.S)
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return Counter(word for word in re.split(r"[\W_]+", text.lower()) if word)


def f1(found: str, wanted: str) -> float:
    left, right = words(found), words(wanted)
    return 2 * (left & right).total() / max(1, left.total() + right.total())


def own() -> Reader:
    """AION's, with one handle for all files."""
    handle = aion.Aion()
    return lambda data: handle.extract_document(data).extracted.text


def pypdf(data: bytes) -> str:
    reader = importlib.import_module("pypdf").PdfReader(io.BytesIO(data))
    return "\n".join(page.extract_text() for page in reader.pages)


def pdfminer(data: bytes) -> str:
    return importlib.import_module("pdfminer.high_level").extract_text(io.BytesIO(data))


def python_docx(data: bytes) -> str:
    document = importlib.import_module("docx").Document(io.BytesIO(data))
    lines = [paragraph.text for paragraph in document.paragraphs]
    lines += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join(lines)


def python_pptx(data: bytes) -> str:
    slides = importlib.import_module("pptx").Presentation(io.BytesIO(data)).slides
    shapes = [shape for slide in slides for shape in slide.shapes]
    lines = [shape.text_frame.text for shape in shapes if shape.has_text_frame]
    tables = [shape.table for shape in shapes if shape.has_table]
    lines += [cell.text for table in tables for row in table.rows for cell in row.cells]
    return "\n".join(lines)


def openpyxl(data: bytes) -> str:
    book = importlib.import_module("openpyxl").load_workbook(io.BytesIO(data), data_only=True)
    rows = [row for sheet in book.worksheets for row in sheet.iter_rows(values_only=True)]
    return "\n".join("\t".join(str(cell) for cell in row if cell is not None) for row in rows)


def markitdown() -> Callable[[str], Reader]:
    """One converter for all files: making it loads its models."""
    converter = importlib.import_module("markitdown").MarkItDown(enable_plugins=False)

    def reader(extension: str) -> Reader:
        return lambda data: converter.convert_stream(io.BytesIO(data), file_extension=extension).text_content

    return reader


PEERS: dict[str, dict[str, Reader]] = {
    ".pdf": {"pypdf": pypdf, "pdfminer.six": pdfminer},
    ".docx": {"python-docx": python_docx},
    ".pptx": {"python-pptx": python_pptx},
    ".xlsx": {"openpyxl": openpyxl},
}


def measured(read: Reader, files: list[Path]) -> tuple[list[str], float]:
    """The texts of the files, and the CPU seconds of the quickest round over all of them."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        texts = [attempt(read, file) for file in files]
        seconds.append(time.process_time() - start)
    return texts, min(seconds)


def attempt(read: Reader, file: Path) -> str:
    try:
        return read(file.read_bytes())
    except ModuleNotFoundError:
        raise
    except Exception as error:  # Who fails on a file has found no words in it.
        print(f"{file.name}: {type(error).__name__}", file=sys.stderr)
        return ""


def compare(extension: str, files: list[Path], converter: Callable[[str], Reader] | None) -> None:
    wanted = [(file.parent / f"{file.name}.expected.md").read_text() for file in files]
    contenders: dict[str, tuple[list[str], float]] = {"AION": measured(own(), files)}
    for name, read in PEERS[extension].items():
        try:
            contenders[name] = measured(read, files)
        except ModuleNotFoundError:
            print(f"{name} is not installed", file=sys.stderr)
    if converter:
        contenders["markitdown"] = measured(converter(extension), files)
    of_aion = contenders["AION"][1]
    for name, (texts, seconds) in contenders.items():
        quality = statistics.mean(f1(*pair) for pair in zip(texts, wanted, strict=True))
        per_second = len(files) / seconds
        print(f"| {extension[1:]} | {name} | {quality:.3f} | {per_second:.0f} | {seconds / of_aion:.1f} |")


def main() -> None:
    files = [file for folder in sys.argv[1:] for file in sorted(Path(folder).rglob("*"))]
    files = [file for file in files if (file.parent / f"{file.name}.expected.md").is_file()]
    try:
        converter = markitdown()
    except ModuleNotFoundError:
        converter = None
        print("markitdown is not installed", file=sys.stderr)
    print("| kind | reader | F1 of words | files a CPU second | time over AION's |")
    print("| --- | --- | ---: | ---: | ---: |")
    for extension in PEERS:
        of_kind = [file for file in files if file.suffix == extension]
        if of_kind:
            compare(extension, of_kind, converter)


if __name__ == "__main__":
    main()
