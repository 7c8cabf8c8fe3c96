"""What the tests share: the repository's own pictures and model, and the larger data beside it."""

from __future__ import annotations

import pathlib
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

import aion
from sites import Site, serving

ROOT = pathlib.Path(__file__).resolve().parents[2]
IMAGES = ROOT / "examples" / "images"
CLIP = ROOT / "models" / "clip-tiny"
SHARED = ROOT.parent / "shared"

Run = Callable[..., subprocess.CompletedProcess[str]]


def shared(path: str) -> pathlib.Path:
    """A path of the data beside the repository; the test is skipped without it."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"needs {found}, which is not part of the repository")
    return found


@pytest.fixture(scope="session")
def handle() -> aion.Aion:
    """One handle for the tests that need nothing special: English, the small model."""
    return aion.Aion(ocr_lang="eng", clip_model=CLIP)


@pytest.fixture(scope="session")
def letter() -> bytes:
    """A scanned letter: about a second of reading."""
    return (IMAGES / "letter.jpg").read_bytes()


@pytest.fixture(scope="session")
def poster() -> pathlib.Path:
    """A poster, which CLIP knows from a letter."""
    return IMAGES / "poster.png"


@pytest.fixture
def site() -> Iterator[Site]:
    """An empty site of the test's own."""
    with serving() as site:
        yield site


@pytest.fixture
def run_python() -> Run:
    """Run a program in a process of its own, from the root of the repository."""

    def run(program: str, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", program, *arguments]
        return subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=timeout)

    return run
