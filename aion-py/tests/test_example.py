"""The example programs run: a picture with a model and without, a site, a budget, a training loop."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

import aion
from conftest import CLIP, ROOT
from sites import Site


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


def test_the_example_pays_until_the_money_is_spent(tmp_path: pathlib.Path) -> None:
    command = [sys.executable, "examples/python/budget.py", str(tmp_path / "ledger.db")]
    verdicts, last = [], ""
    for _ in range(6):
        done = subprocess.run(
            command, check=False, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=120
        )
        assert (done.returncode, done.stderr) == (0, "")
        *lines, last = done.stdout.splitlines()
        verdicts += [line.split(":")[0] for line in lines[::2]]
        assert all(line.startswith(("paid", "local")) for line in lines[1::2])
    assert verdicts[:3] == ["local", "fallback", "fallback"]
    assert verdicts[-3:] == ["local"] * 3, "the money is spent"
    assert "$0.01" in last and last.endswith("left")


def test_the_example_asks_the_paid_model_where_the_local_one_is_unsure(tmp_path: pathlib.Path) -> None:
    environment = {name: value for name, value in os.environ.items() if "OPENAI" not in name}
    command = [sys.executable, "examples/python/hybrid.py", "models/llama-tiny", str(tmp_path / "ledger.db")]
    done = subprocess.run(
        command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[1] == "  A capital do Brasil é Brasília." and lines[2].startswith("  local, confidence")
    assert lines[-3].startswith("  paid answer to") and lines[-2].startswith("  paid, confidence")
    assert "$0.00" in lines[-1] and lines[-1].endswith("left")


def test_the_example_crawls_a_site(site: Site) -> None:
    site.robots("User-agent: *\nDisallow: /secret")
    site.page("/", "/a", "/b", "/secret", "/login")
    site.page("/a", head='<meta name="robots" content="noai">')
    site.page("/b", head='<meta name="robots" content="noindex">')
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AION_")}
    command = [sys.executable, "examples/python/crawl.py", site.url, "--private"]
    done = subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert {f"found {site.url}/", f"found {site.url}/a", f"found {site.url}/b"} == set(lines[:3])
    assert lines[3].startswith("3 pages; passed over: ") and "1 robots" in lines[3]
    assert any(line.startswith(f"no  {site.url}/b 'Page /b': ") and "noindex" in line for line in lines)
    assert [line.split(",")[0] for line in lines[-2:]] == ["ingest: 2 pages", "train: 1 pages"]
    assert not {"/secret", "/login"} & set(site.asked)


def test_the_example_trains_from_a_loop_of_its_own(tmp_path: pathlib.Path) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("A maré sobe.\nA maré desce.\nO porto abre cedo.\n" * 3, encoding="utf-8")
    command = [sys.executable, "examples/python/train_with_existing_stack.py", "models/llama-tiny"]
    done = subprocess.run(
        [*command, str(tmp_path / "adapter"), str(texts)],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    *epochs, saved = done.stdout.splitlines()
    losses = [float(line.split("loss ")[1].split()[0]) for line in epochs]
    assert len(losses) == 4 and losses[-1] < losses[0] and saved.startswith("saved")
    assert aion.Adapters(tmp_path / "adapters").promote(
        tmp_path / "adapter", base=ROOT / "models" / "llama-tiny"
    )
