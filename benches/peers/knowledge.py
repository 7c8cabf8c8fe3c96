"""Knowledge beside numpy and a plain loop of `sqlite3`, on the same vectors and the same texts.

    .venv/bin/python benches/peers/knowledge.py [--rows 250000] [--rounds 15]

The search is that of the whole door: the query's vector, all vectors, the ten best, and what the file says of them.
numpy only multiplies the matrix with the vector, on as many threads. The loop of `sqlite3` writes the same rows into
the same tables, in transactions of 64 documents as AION's: what is left to AION's time is hashing, cutting and checks.
Prints Markdown. Needs the package `aion`.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

import aion
import numpy as np

from race import Neighbours, race

DIMENSION = 512
# Texts that are ingested at a time while the store is filled.
PART = 5_000
# Documents of a transaction.
BATCH = 64
INGESTED = 4_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=250_000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    print(
        f"{cores} cores, Python {platform.python_version()}, numpy {np.__version__}, SQLite {sqlite3.sqlite_version}."
    )
    neighbours = Neighbours()
    with tempfile.TemporaryDirectory() as folder:
        search(Path(folder), options.rows, options.rounds, cores)
        ingest(Path(folder), options.rounds)
    print(f"\nMeanwhile other programs took {neighbours.share():.0%} of the machine.")


class Vectors:
    """The vectors of texts that are their own numbers."""

    def __init__(self, rows: int) -> None:
        random = np.random.default_rng(1)
        self.matrix = random.standard_normal((rows, DIMENSION), np.float32)
        self.matrix /= np.linalg.norm(self.matrix, axis=1, keepdims=True)

    def __call__(self, texts: list[str]) -> np.ndarray:
        return self.matrix[[int(text) for text in texts]]


def search(folder: Path, rows: int, rounds: int, cores: int) -> None:
    vectors = Vectors(rows)
    store = aion.Knowledge(folder / "search.db", embed_texts=vectors, space="numbers", threads=cores)
    for start in range(0, rows, PART):
        fill(store, range(start, min(start + PART, rows)))
    query = vectors.matrix[rows // 2].copy()
    wanted = np.argsort(-(vectors.matrix @ query), kind="stable")[:10]
    find = partial(store.search_text, str(rows // 2), 10, mode="vectors")
    found = [int(hit.source) for hit in find()]
    if found != wanted.tolist():
        raise SystemExit(f"AION finds {found}, numpy {wanted.tolist()}")
    print(f"\n### Search of {rows:,} × {DIMENSION} float32\n")
    print("| | ms | time ÷ numpy's (min–max) |\n|---|---:|---:|")
    contenders = {
        f"numpy `matrix @ query`, {cores} threads": lambda: vectors.matrix @ query,
        "AION `search_text`": find,
    }
    for result in race(contenders, rounds):
        print(f"| {result.name} | {1e3 * result.wall:.1f} | {result.ratio()} |", flush=True)


def fill(store: aion.Knowledge, numbers: range) -> None:
    for result in store.ingest([{"source": str(n), "text": str(n)} for n in numbers]):
        if isinstance(result, aion.AionError):
            raise result


def ingest(folder: Path, rounds: int) -> None:
    """The contenders take turns with files of their own."""
    vectors = Vectors(INGESTED)
    texts = [str(n) for n in range(INGESTED)]
    rates: dict[str, list[float]] = {"`sqlite3` loop": [], "AION `ingest`": []}
    for turn in range(max(3, rounds // 3)):
        store = aion.Knowledge(folder / f"ours{turn}.db", embed_texts=vectors, space="numbers")
        begun = time.perf_counter()
        fill(store, range(INGESTED))
        rates["AION `ingest`"].append(INGESTED / (time.perf_counter() - begun))
        aion.Knowledge(folder / f"plain{turn}.db")
        begun = time.perf_counter()
        plain_loop(folder / f"plain{turn}.db", texts, vectors)
        rates["`sqlite3` loop"].append(INGESTED / (time.perf_counter() - begun))
    loop = statistics.median(rates["`sqlite3` loop"])
    print(f"\n### Ingestion of {INGESTED:,} texts with vectors\n\n| | documents/s | ÷ the loop |\n|---|---:|---:|")
    for name, found in rates.items():
        rate = statistics.median(found)
        print(f"| {name} | {rate:,.0f} | {rate / loop:.2f} |")


def plain_loop(path: Path, texts: list[str], vectors: Vectors) -> None:
    """The rows of the texts, written one by one."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("INSERT INTO spaces VALUES (1, 'numbers', ?)", (DIMENSION,))
    for start in range(0, len(texts), BATCH):
        connection.execute("BEGIN IMMEDIATE")
        for text, vector in zip(texts[start : start + BATCH], vectors(texts[start : start + BATCH]), strict=True):
            document = connection.execute(
                "INSERT INTO documents (source, kind, title, hash, version, text_space, fetched_at, created_at, "
                "updated_at, meta) VALUES (?, 'text', '', zeroblob(32), 1, 1, 0, 0, 0, '{}')",
                (text,),
            ).lastrowid
            chunk = connection.execute(
                "INSERT INTO chunks (document, ordinal, start, stop, heading, text) VALUES (?, 0, 0, ?, '', ?)",
                (document, len(text), text),
            ).lastrowid
            connection.execute(
                "INSERT INTO vectors (document, chunk, space, kind, is_new, data) VALUES (?, ?, 1, 'text', 1, ?)",
                (document, chunk, vector.tobytes()),
            )
        connection.execute("COMMIT")
    connection.close()


if __name__ == "__main__":
    main()
