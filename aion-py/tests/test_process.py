"""Handles, errors and processes: recipes, pickles, fork, spawn, panics, the end of the interpreter."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pathlib
import pickle
from collections.abc import Mapping
from typing import Any

import pytest

import aion
from aion import _aion
from conftest import CLIP, IMAGES, Run

EVERYTHING: dict[str, Any] = {
    "clip_model": "models/a",
    "clip_max_length": 32,
    "ocr_lang": "por",
    "tessdata": "models/b",
    "onnxruntime": "lib/c.so",
    "threads": 3,
    "max_image_pixels": 4,
    "max_image_bytes": 5,
    "crawl_max_pages": 6,
    "respect_robots": False,
    "blocklist": ["example.com"],
    "user_agent": "MillBot/1.0",
}


def read_letter(handle: aion.Aion) -> aion.ParsedImage:
    """In another process: the handle loads its engines there."""
    return handle.parse_image(IMAGES / "letter.jpg")


def test_a_handle_pickles_as_its_arguments() -> None:
    handle = aion.Aion(**EVERYTHING)
    arguments = ", ".join(f"{name}={value!r}" for name, value in EVERYTHING.items())
    assert repr(handle) == f"Aion({arguments})"
    for twin in (pickle.loads(pickle.dumps(handle)), copy.copy(handle), copy.deepcopy(handle)):
        assert repr(twin) == repr(handle) and twin is not handle
    assert repr(aion.Aion(clip_model=pathlib.Path("models/a"))) == "Aion(clip_model='models/a')"


def test_what_was_found_here_is_not_pickled() -> None:
    assert b"libonnxruntime" not in pickle.dumps(aion.Aion(clip_model=CLIP))


def test_the_defaults_are_those_of_the_core() -> None:
    assert repr(aion.Aion()) == repr(aion.Aion.from_env({})) == "Aion()"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"threads": 0}, "threads"),
        ({"threads": -1}, "threads"),
        ({"clip_max_length": 1}, "clip_max_length"),
        ({"clip_max_length": -1}, "clip_max_length"),
        ({"max_image_pixels": 0}, "max_image_pixels"),
        ({"max_image_bytes": -5}, "max_image_bytes"),
        ({"ocr_lang": "../x"}, "OCR language"),
        ({"crawl_max_pages": 0}, "crawl_max_pages"),
        ({"crawl_max_pages": -1}, "crawl_max_pages"),
        ({"blocklist": ["*"]}, "blocklist"),
        ({"user_agent": "a\nb"}, "user_agent"),
    ],
    ids=str,
)
def test_settings_out_of_range_are_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(aion.InvalidArgumentError, match=words):
        aion.Aion(**arguments)


def test_positions_and_unknown_names_are_refused() -> None:
    with pytest.raises(TypeError):
        aion.Aion("models/a")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        aion.Aion(model="models/a")  # type: ignore[call-arg]


def test_a_mapping_configures() -> None:
    env = {
        "AION_CLIP_MODEL_PATH": "m",
        "AION_CLIP_MAXLEN": "32",
        "AION_OCR_LANG": " por ",
        "AION_TESSDATA": "",
        "AION_THREADS": "2",
        "ORT_DYLIB_PATH": "lib.so",
        "OPENAI_API_KEY": "not ours",
    }
    expected = "Aion(clip_model='m', clip_max_length=32, ocr_lang='por', onnxruntime='lib.so', threads=2)"
    assert repr(aion.Aion.from_env(env)) == expected


@pytest.mark.parametrize(
    "env", [{"AION_THREADS": "many"}, {"AION_OCR_LANG": "a\udcff"}, {"AION_THREADS": 2}], ids=ascii
)
def test_a_bad_variable_is_named(env: Mapping[str, Any]) -> None:
    with pytest.raises(aion.InvalidArgumentError, match=next(iter(env))):
        aion.Aion.from_env(env)


def test_the_environment_is_read_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AION_OCR_LANG", "por")
    monkeypatch.setenv("SOMETHING", "\udcff not text")
    assert repr(aion.Aion()) == "Aion()"
    handle = aion.Aion.from_env()
    monkeypatch.setenv("AION_OCR_LANG", "eng")
    assert repr(handle) == "Aion(ocr_lang='por')"


def test_the_loaders_variable_counts_only_in_from_env(
    monkeypatch: pytest.MonkeyPatch, poster: pathlib.Path
) -> None:
    monkeypatch.setenv("ORT_DYLIB_PATH", "/no/such/lib.so")
    monkeypatch.setenv("AION_CLIP_MODEL_PATH", str(CLIP))
    assert aion.Aion(clip_model=CLIP).embed_clip(poster).ndim == 1
    with pytest.raises(aion.NotFoundError):
        aion.Aion.from_env().embed_clip(poster)


def test_a_panic_is_an_error_and_the_host_lives(capfd: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        with pytest.raises(aion.InternalError, match="forced by a test") as caught:
            _aion._test_panic()
        assert (caught.value.kind, caught.value.code) == ("internal", 13)
    assert "forced by a test" in capfd.readouterr().err, "the host's own panic hook still tells"


@pytest.mark.parametrize("name", sorted(n for n in aion.__all__ if n.endswith("Error")))
def test_errors_pickle_and_are_caught_as_one(name: str) -> None:
    error = getattr(aion, name)("image 2: cannot read `a.png`")
    twin = pickle.loads(pickle.dumps(error))
    assert (type(twin), str(twin), twin.args) == (type(error), "image 2: cannot read `a.png`", error.args)
    assert isinstance(error, aion.AionError) and type(error).__module__ == "aion" and type(error).__doc__
    assert (twin.kind, twin.code, twin.retryable) == (error.kind, error.code, error.retryable)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_handle_answers_at_once(run_python: Run) -> None:
    done = run_python(
        """
import os, signal, sys, time, aion, pathlib
letter = pathlib.Path("examples/images/letter.jpg")
handle = aion.Aion(ocr_lang="eng", clip_model="models/clip-tiny")
handle.parse_image(letter)
child = os.fork()
if child == 0:
    signal.alarm(20)
    started = time.monotonic()
    calls = [
        lambda: handle.parse_image(letter),
        lambda: handle.ocr(letter),
        lambda: handle.embed_clip(letter),
        lambda: handle.embed_clip_text("a letter"),
        lambda: handle.clip_tokenize("a letter"),
        lambda: handle.clip_preprocess(letter),
        lambda: handle.extract_document(b"a letter"),
        lambda: handle.crawl("https://example.com/"),
        lambda: handle.preview(["https://example.com/"]),
    ]
    kinds = set()
    for call in calls:
        try:
            call()
        except aion.ForkedError as error:
            kinds.add(error.kind)
    kinds.add(handle.parse_images([letter])[0].kind)
    in_time = time.monotonic() - started < 1
    del handle, calls
    fresh = aion.Aion(ocr_lang="eng").ocr(letter).text.count("Quillmoor") > 0
    sys.stdout.flush()
    os._exit(0 if kinds == {"forked"} and in_time and fresh else 1)
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 0, status
assert handle.ocr(letter).text.count("Quillmoor") > 0
""",
    )
    assert done.returncode == 0, done.stderr


def test_a_spawned_process_takes_a_handle(handle: aion.Aion) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply_async(read_letter, (handle,)).get(120) == read_letter(handle)


@pytest.mark.parametrize("is_daemon", ["0", "1"])
def test_the_interpreter_may_end_while_a_call_runs(run_python: Run, is_daemon: str) -> None:
    done = run_python(
        """
import pathlib, sys, threading, time, aion
letter = pathlib.Path("examples/images/letter.jpg").read_bytes()
handle = aion.Aion(ocr_lang="eng")
token = aion.CancelToken()
work = lambda: handle.parse_images([letter] * 50, clip=False, cancel=token)
threading.Thread(target=work, daemon=sys.argv[1] == "1").start()
time.sleep(0.7)
if sys.argv[1] == "0":
    token.cancel()
""",
        is_daemon,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done
