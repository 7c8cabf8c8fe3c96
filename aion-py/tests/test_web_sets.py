"""The larger material beside the repository: cases of robots.txt, and a site that knows what is true of it."""

from __future__ import annotations

import base64
import collections
import json
import pathlib
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

import aion
from conftest import shared

# Their source contradicts Google's own tests of the same file: Google's hold.
CONTRADICTED = {"texting-180", "texting-185"}


def body(case: dict[str, Any], folder: pathlib.Path) -> bytes | str:
    if "robots" in case:
        return str(case["robots"])
    if "robots_file" in case:
        return (folder / str(case["robots_file"])).read_bytes()
    return base64.b64decode(case["robots_b64"])


def is_met(case: dict[str, Any], folder: pathlib.Path) -> bool:
    robots = aion.Robots.parse(body(case, folder))
    if "url" in case:
        return robots.allowed(case["agent"], case["url"]) is case["allowed"]
    delay: float | None = case["crawl_delay"]
    return robots.crawl_delay(case["agent"]) == delay


def test_the_known_cases_of_robots_are_met() -> None:
    folder = shared("testdata/web/robots")
    cases = json.loads((folder / "cases.json").read_text())
    failed = {case["id"] for case in cases if not is_met(case, folder)}
    counts = collections.Counter(case["level"] for case in cases)
    assert failed <= CONTRADICTED
    assert counts["rfc9309"] > 50 and counts["crawl-delay"] > 10


@pytest.fixture(params=[1, 2])
def origin(request: pytest.FixtureRequest) -> Iterator[str]:
    """The site of one seed, on a port of its own."""
    server = shared("bench/site_server.py")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        str(server),
        "--port",
        str(port),
        "--pages",
        "1000",
        "--seed",
        str(request.param),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None and "ready" in process.stdout.readline()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def number(page: aion.Page) -> int:
    name = page.final_url.rsplit("/", 1)[1].removesuffix(".html")
    return int(name) if name else 0


def ask(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=30) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


def test_verdicts_are_the_truth(origin: str) -> None:
    truth = ask(f"{origin}/__truth")
    handle = aion.Aion()
    pages = list(handle.crawl(f"{origin}/", allow_private_hosts=True, delay=0, max_pages=10_000))
    found: dict[str, set[int]] = collections.defaultdict(set)
    for page in pages:
        for reason in page.verdict.reasons:
            found[reason.code].add(number(page))
    assert len(pages) == truth["reachable"] == len({number(page) for page in pages})
    told = {"noindex": "noindex", "noai": "noai", "tdm_reserved": "noai", "too_short": "thin", "pii": "pii"}
    for code, name in told.items():
        assert found[code] == set(truth[name]), code
    assert not found["private_route"]
    assert {number(page) for page in pages if not page.verdict.follow_links} == set(truth["nofollow"])
    stats = ask(f"{origin}/__stats")
    assert (stats["private_hits"], stats["disallowed_hits"], stats["robots"]) == (0, 0, 1)
    requests = stats["requests"]
    previews = handle.preview(pages, allow_private_hosts=True)
    assert [preview.ok for preview in previews] == [page.verdict.ok for page in pages[:200]]
    assert ask(f"{origin}/__stats")["requests"] == requests, "nothing is fetched twice"
