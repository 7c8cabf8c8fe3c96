"""A polite guest: no sockets, nothing written, nothing set, nothing installed."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from conftest import ROOT, Run

WORK = """
import pathlib, aion
handle = aion.Aion(ocr_lang="eng", clip_model="models/clip-tiny")
image = handle.parse_image(pathlib.Path("examples/images/letter.jpg"))
assert image.ocr_text and image.clip_vector is not None
handle.embed_clip_text("a letter")
handle.parse_images([b"no picture"], clip=False)
"""

WATCHED = (
    """
import logging, os, signal, sys, warnings
sockets = []
sys.addaudithook(lambda event, _: event.startswith("socket.") and sockets.append(event))
def state():
    handlers = [signal.getsignal(number) for number in signal.valid_signals()]
    return dict(os.environ), os.getcwd(), handlers, logging.root.handlers[:], sys.excepthook, warnings.filters[:0]
before = state()
def environ():
    return open("/proc/self/environ", "rb").read() if os.path.exists("/proc/self/environ") else b""
native = environ()
"""
    + WORK
    + """
assert state() == before
assert environ() == native
assert sockets == [], sockets
import ctypes
getenv = ctypes.CDLL(None).getenv
getenv.restype = ctypes.c_char_p
for name in ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "TESSDATA_PREFIX", "ORT_DYLIB_PATH"):
    assert getenv(name.encode()) == (os.environ[name].encode() if name in os.environ else None), name
"""
)


def test_nothing_of_the_host_is_changed_and_nothing_is_written(run_python: Run) -> None:
    done = run_python(WATCHED)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_no_system_call_opens_a_socket_or_writes(tmp_path: pathlib.Path) -> None:
    strace = shutil.which("strace")
    if not strace:
        pytest.skip("strace is not installed")
    log = tmp_path / "calls"
    trace = [strace, "-f", "-qq", "-o", str(log), "-e", "trace=network,openat,open,creat,mkdir,write,writev"]
    command = [*trace, sys.executable, "-B", "-c", WORK]
    # Both silence the reports of an ONNX Runtime that sends any, and this is to catch one.
    silencers = ("CI", "ORT_DISABLE_TELEMETRY")
    inherited = {name: value for name, value in os.environ.items() if name not in silencers}
    environment = {**inherited, "HOME": str(tmp_path)}
    done = subprocess.run(
        command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180
    )
    if "ptrace" in done.stderr:
        pytest.skip(f"strace may not trace here: {done.stderr.strip()}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    calls = log.read_text()
    assert "letter.jpg" in calls, "the trace is of our work"
    assert re.findall(r"(?:socket|connect|bind|sendto)\(.*", calls) == []
    assert re.findall(r"writev?\([12],.*", calls) == []
    written = re.findall(r'open(?:at)?\([^"]*"([^"]*)", [^)]*(?:O_WRONLY|O_RDWR|O_CREAT)', calls)
    assert [path for path in written if not path.startswith(("/dev/", "/proc/", "/sys/"))] == []
    assert re.findall(r"mkdir\(.*", calls) == []
