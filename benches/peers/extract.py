"""Main text of pages: AION beside trafilatura, in one process, in turns.

python benches/peers/extract.py FOLDER     a folder of *.html; trafilatura comes by `pip install trafilatura`

Prints pages per CPU-second of each and how often one found no text. What they find is compared by people's markup of
the pages, which a folder does not have; docs/crawling.md has those figures.
"""

import argparse
import pathlib
import statistics
import time
from collections.abc import Callable

import aion
import trafilatura


def cpu_seconds(read: Callable[[bytes], str], pages: list[bytes]) -> tuple[float, int]:
    """The processor time for all pages, and how many came out empty."""
    started = time.process_time()
    empty = sum(not read(page) for page in pages)
    return time.process_time() - started, empty


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    pages = [path.read_bytes() for path in sorted(arguments.folder.rglob("*.html"))]
    contenders: dict[str, Callable[[bytes], str]] = {
        "AION `extract_text`": lambda page: aion.extract_text(page).text,
        "trafilatura": lambda page: trafilatura.extract(page, include_comments=False) or "",
        "trafilatura, `fast`": lambda page: trafilatura.extract(page, include_comments=False, fast=True) or "",
    }
    rounds = [{name: cpu_seconds(read, pages) for name, read in contenders.items()} for _ in range(arguments.rounds)]
    print(f"{len(pages)} pages, {arguments.rounds} rounds\n")
    print("| | pages per CPU-second | empty | time ÷ AION's |\n|---|---:|---:|---:|")
    first = next(iter(contenders))
    for name in contenders:
        speed = len(pages) / statistics.median(turn[name][0] for turn in rounds)
        ratio = statistics.median(turn[name][0] / turn[first][0] for turn in rounds)
        print(f"| {name} | {speed:.0f} | {rounds[0][name][1]} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
