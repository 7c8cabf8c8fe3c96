"""The example program runs, with a model and without."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from conftest import CLIP, ROOT


@pytest.mark.parametrize("model", [None, str(CLIP)], ids=["bare", "clip"])
def test_the_example_reads_a_picture(model: str | None) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AION_")}
    if model:
        environment["AION_CLIP_MODEL_PATH"] = model
    command = [sys.executable, "examples/python/parse_image.py", "examples/images/letter.jpg"]
    done = subprocess.run(
        command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert "Quillmoor Paper Works" in lines[1] and " × " in lines[0]
    assert (lines[-1] == "looks like: a letter") == bool(model)
