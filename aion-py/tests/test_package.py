"""The package itself: its names, its types, its documentation, and what importing it does."""

from __future__ import annotations

import ast
import doctest
import importlib.metadata
import inspect
import os
import pathlib
import subprocess
import sys

import pytest

import aion
from aion import _aion
from conftest import ROOT, Run

STUB = pathlib.Path(aion.__file__).with_name("_aion.pyi")
KINDS = {
    "InvalidArgumentError": ("invalid_argument", 1, False),
    "InvalidInputError": ("invalid_input", 2, False),
    "UnsupportedError": ("unsupported", 3, False),
    "LimitExceededError": ("limit_exceeded", 4, False),
    "NotConfiguredError": ("not_configured", 5, False),
    "NotFoundError": ("not_found", 6, False),
    "IoError": ("io", 7, True),
    "InvalidModelError": ("invalid_model", 8, False),
    "EngineError": ("engine", 9, False),
    "CancelledError": ("cancelled", 10, True),
    "DeadlineExceededError": ("deadline_exceeded", 11, True),
    "ForkedError": ("forked", 12, False),
    "InternalError": ("internal", 13, False),
    "InvalidStateError": ("invalid_state", 14, False),
    "ConflictError": ("conflict", 15, False),
    "UnavailableError": ("unavailable", 16, True),
}


def stub_docs() -> dict[str, str]:
    """The docstrings of the stub by qualified name."""
    docs: dict[str, str] = {}
    for node in ast.parse(STUB.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            docs[node.name] = ast.get_docstring(node) or ""
        if isinstance(node, ast.ClassDef):
            docs[node.name] = ast.get_docstring(node) or ""
            for member in node.body:
                if isinstance(member, ast.FunctionDef) and (doc := ast.get_docstring(member)):
                    docs[f"{node.name}.{member.name}"] = doc
    return docs


def documented() -> list[str]:
    """Every public native name that has a docstring when it runs, exceptions apart."""
    names = []
    for name in aion.__all__:
        value = getattr(aion, name)
        if inspect.isbuiltin(value):
            names.append(name)
        if not isinstance(value, type) or issubclass(value, BaseException):
            continue
        names.append(name)
        members = (member for member in vars(value) if not member.startswith("_"))
        names += [f"{name}.{member}" for member in members if getattr(value, member).__doc__]
    return names


# What is not of the native half has its types and its docstrings in one place.
NATIVE = [name for name in documented() if name != "Usd"]
# What has no verbs is shown where it is made.
SHOWN = ("Aion", "Blocklist", "Budget", "Decision", "Grant", "Price", "Robots", "Usd", "ema_", "replay_")
FUNCTIONS = ("canonical_url", "check_policy", "extract_text", "find_pii", "scrub_pii")


def runtime(name: str) -> object:
    value: object = aion
    for part in name.split("."):
        value = getattr(value, part)
    return value


def test_the_version_is_that_of_the_distribution() -> None:
    assert aion.__version__ == importlib.metadata.version("aion")


def test_all_names_are_exported_and_no_others() -> None:
    public = {name for name in vars(_aion) if not name.startswith("_")}
    assert set(aion.__all__) == public | {"__version__", "Usd"}


def test_there_is_one_exception_per_kind() -> None:
    found = {c.__name__: (c.kind, c.code, c.retryable) for c in aion.AionError.__subclasses__()}
    assert found == KINDS
    assert {name for name in aion.__all__ if name.endswith("Error")} == {*KINDS, "AionError"}


@pytest.mark.parametrize("name", NATIVE)
def test_the_stub_and_the_module_say_the_same(name: str) -> None:
    assert stub_docs()[name] == inspect.getdoc(runtime(name))


@pytest.mark.parametrize("name", ["", *documented()])
def test_the_examples_of_the_docstrings_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    doc = inspect.getdoc(runtime(name) if name else aion) or ""
    test = doctest.DocTestParser().get_doctest(doc, {}, name, None, 0)
    doctest.DebugRunner(verbose=False).run(test)


@pytest.mark.parametrize(
    "name", [n for n in documented() if n.startswith(SHOWN + FUNCTIONS) and n != "BudgetStatus"]
)
def test_every_verb_has_an_example(name: str) -> None:
    assert ">>>" in (inspect.getdoc(runtime(name)) or "")


def test_the_stub_fits_the_module() -> None:
    check("mypy.stubtest", "aion")


def test_the_package_and_the_examples_are_typed() -> None:
    examples = sorted(str(path) for path in (ROOT / "examples" / "python").glob("*.py"))
    check("mypy", "--strict", "-p", "aion")
    check("mypy", "--strict", *examples)


def test_the_tests_are_typed() -> None:
    check("mypy", "--strict", str(ROOT / "aion-py" / "tests"))


def check(module: str, *arguments: str) -> None:
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", module, *arguments]
    environment = {**os.environ, "MYPY_CACHE_DIR": os.devnull}
    done = subprocess.run(
        command, check=False, cwd=ROOT / "aion-py" / "tests", env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_and_making_a_handle_load_nothing(run_python: Run) -> None:
    done = run_python(
        """
import sys, aion
handle = aion.Aion(clip_model="models/clip-tiny")
assert repr(handle) == "Aion(clip_model='models/clip-tiny')", handle
assert "onnxruntime" not in sys.modules and "numpy" not in sys.modules
maps = open("/proc/self/maps").read() if sys.platform == "linux" else ""
assert "libonnxruntime" not in maps and "traineddata" not in maps
handle.embed_clip_text("a red circle")
assert "onnxruntime" not in sys.modules
if sys.platform == "linux":
    assert "onnxruntime/capi/libonnxruntime" in open("/proc/self/maps").read()
"""
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
