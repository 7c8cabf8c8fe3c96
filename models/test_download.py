"""`download.py` against a hub on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import Request

import pytest

from download import DownloadError, Exit, Redirects, main

REPO = "someone/clip"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
WEIGHTS = b"weights " * 5000
Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Hub:
    """Answers by path and remembers what was asked."""

    endpoint: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def serve(self, path: str, body: bytes, revision: str = "main") -> None:
        self.answers[f"/{REPO}/resolve/{revision}/{path}"] = lambda handler: send(handler, body)


def send(handler: BaseHTTPRequestHandler, body: bytes, announced: int | None = None) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body) if announced is None else announced))
    handler.send_header("X-Repo-Commit", COMMIT)
    handler.end_headers()
    handler.wfile.write(body)


def redirect(handler: BaseHTTPRequestHandler, target: str) -> None:
    handler.send_response(302)
    handler.send_header("Location", target)
    handler.send_header("X-Repo-Commit", COMMIT)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


@pytest.fixture
def hub() -> Iterator[Hub]:
    state = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            state.answers.get(self.path, lambda handler: handler.send_error(404))(self)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def download(hub: Hub, tmp_path: Path) -> Callable[..., Exit]:
    def run(*files: str, more: tuple[str, ...] = ()) -> Exit:
        where = ("--endpoint", hub.endpoint, "--repo", REPO, "--out", str(tmp_path / "clip"))
        lock = ("--lock", str(tmp_path / "models.lock"), "--timeout", "5")
        return main([*where, *lock, *more, "--files", *files])

    return run


def lock_of(tmp_path: Path) -> dict[str, dict]:
    return json.loads((tmp_path / "models.lock").read_text())["files"]


def test_files_come_flat_and_are_locked(hub: Hub, download: Callable[..., Exit], tmp_path: Path) -> None:
    hub.serve("onnx/vision_model.onnx", WEIGHTS)
    hub.serve("tokenizer.json", b"{}")
    assert download("onnx/vision_model.onnx", "tokenizer.json") == Exit.OK
    assert (tmp_path / "clip/vision_model.onnx").read_bytes() == WEIGHTS
    assert sorted(path.name for path in (tmp_path / "clip").iterdir()) == ["tokenizer.json", "vision_model.onnx"]
    entry = lock_of(tmp_path)[f"{REPO}@main/onnx/vision_model.onnx"]
    assert (entry["size"], entry["revision"], len(entry["sha256"])) == (len(WEIGHTS), COMMIT, 64)
    assert entry["url"].endswith(f"/{REPO}/resolve/main/onnx/vision_model.onnx")


def test_second_run_asks_for_nothing(hub: Hub, download: Callable[..., Exit]) -> None:
    hub.serve("tokenizer.json", b"{}")
    download("tokenizer.json")
    hub.asked.clear()
    assert download("tokenizer.json") == Exit.OK
    assert hub.asked == []


def test_damaged_file_is_fetched_again_from_the_locked_commit(
    hub: Hub, download: Callable[..., Exit], tmp_path: Path
) -> None:
    hub.serve("tokenizer.json", b"{}")
    hub.serve("tokenizer.json", b"{}", COMMIT)
    download("tokenizer.json")
    (tmp_path / "clip/tokenizer.json").write_bytes(b"[]")
    assert download("tokenizer.json") == Exit.OK
    assert (tmp_path / "clip/tokenizer.json").read_bytes() == b"{}"
    assert COMMIT in hub.asked[-1]


def test_changed_file_is_refused(
    hub: Hub, download: Callable[..., Exit], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.serve("tokenizer.json", b"{}")
    download("tokenizer.json")
    hub.serve("tokenizer.json", b"{1}", COMMIT)
    (tmp_path / "clip/tokenizer.json").unlink()
    assert download("tokenizer.json") == Exit.CHANGED
    assert "delete the entry" in capsys.readouterr().err
    assert list((tmp_path / "clip").iterdir()) == []


def test_truncated_body(hub: Hub, download: Callable[..., Exit], tmp_path: Path) -> None:
    hub.answers[f"/{REPO}/resolve/main/tokenizer.json"] = lambda handler: send(handler, WEIGHTS, len(WEIGHTS) + 1)
    assert download("tokenizer.json") == Exit.TRUNCATED
    assert list((tmp_path / "clip").iterdir()) == []
    assert not (tmp_path / "models.lock").exists()


def test_after_a_failure_only_the_missing_file_is_fetched(hub: Hub, download: Callable[..., Exit]) -> None:
    hub.serve("tokenizer.json", b"{}")
    assert download("tokenizer.json", "config.json") == Exit.NOT_FOUND
    hub.serve("config.json", b"{}")
    hub.asked.clear()
    assert download("tokenizer.json", "config.json") == Exit.OK
    assert hub.asked == [f"/{REPO}/resolve/main/config.json"]


def test_missing_file(download: Callable[..., Exit], capsys: pytest.CaptureFixture[str]) -> None:
    assert download("nothing.onnx") == Exit.NOT_FOUND
    assert "--revision" in capsys.readouterr().err


def test_server_error(hub: Hub, download: Callable[..., Exit]) -> None:
    hub.answers[f"/{REPO}/resolve/main/tokenizer.json"] = lambda handler: handler.send_error(503)
    assert download("tokenizer.json") == Exit.NETWORK


@pytest.mark.parametrize("announced", [True, False])
def test_oversize(hub: Hub, download: Callable[..., Exit], tmp_path: Path, announced: bool) -> None:
    def unannounced(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(WEIGHTS)

    hub.serve("tokenizer.json", WEIGHTS)
    if not announced:
        hub.answers[f"/{REPO}/resolve/main/tokenizer.json"] = unannounced
    assert download("tokenizer.json", more=("--max-bytes", "1000")) == Exit.TOO_LARGE
    assert list((tmp_path / "clip").iterdir()) == []


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/passwd", "onnx/../../x", "a\\..\\b", ".hidden", "", "a=../b", "a=b/c", "x?y", "a//b"]
)
def test_names_that_leave_the_folder(hub: Hub, download: Callable[..., Exit], name: str) -> None:
    assert download(name) == Exit.USAGE
    assert hub.asked == []


def test_two_files_of_one_name(download: Callable[..., Exit]) -> None:
    assert download("onnx/model.onnx", "model.onnx") == Exit.USAGE


def test_renaming(hub: Hub, download: Callable[..., Exit], tmp_path: Path) -> None:
    hub.serve("onnx/vision_model_quantized.onnx", WEIGHTS)
    assert download("onnx/vision_model_quantized.onnx=vision_model.onnx") == Exit.OK
    assert (tmp_path / "clip/vision_model.onnx").exists()


def test_redirect_is_followed_and_the_hubs_commit_kept(hub: Hub, download: Callable[..., Exit], tmp_path: Path) -> None:
    hub.answers[f"/{REPO}/resolve/main/tokenizer.json"] = lambda handler: redirect(handler, "/storage/abc")
    hub.answers["/storage/abc"] = lambda handler: send(handler, b"{}")
    assert download("tokenizer.json") == Exit.OK
    assert lock_of(tmp_path)[f"{REPO}@main/tokenizer.json"]["revision"] == COMMIT


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_redirect_to_another_scheme_is_not_followed(hub: Hub, download: Callable[..., Exit], target: str) -> None:
    hub.answers[f"/{REPO}/resolve/main/tokenizer.json"] = lambda handler: redirect(handler, target)
    assert download("tokenizer.json") == Exit.NETWORK


def test_silent_server(hub: Hub, download: Callable[..., Exit]) -> None:
    done = threading.Event()
    hub.answers[f"/{REPO}/resolve/main/tokenizer.json"] = lambda _: bool(done.wait(5))
    assert download("tokenizer.json", more=("--timeout", "0.2")) == Exit.NETWORK
    done.set()


def test_slow_server(hub: Hub, download: Callable[..., Exit]) -> None:
    hub.serve("tokenizer.json", b"{}")
    assert download("tokenizer.json", more=("--deadline", "0")) == Exit.NETWORK


def test_no_server(download: Callable[..., Exit], capsys: pytest.CaptureFixture[str]) -> None:
    assert download("tokenizer.json", more=("--endpoint", "http://127.0.0.1:9")) == Exit.NETWORK
    assert "--endpoint" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content", ["no json", "[]", '{"version": 9, "files": {}}', '{"version": 1, "files": {"a": 1}}']
)
def test_broken_lock_file(download: Callable[..., Exit], tmp_path: Path, content: str) -> None:
    (tmp_path / "models.lock").write_text(content)
    assert download("tokenizer.json") == Exit.BAD_LOCK


@pytest.mark.parametrize("options", [("--repo", "../x"), ("--revision", "../x"), ("--endpoint", "file:///etc")])
def test_options_that_name_other_places(download: Callable[..., Exit], options: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as stop:
        download("tokenizer.json", more=options)
    assert stop.value.code == Exit.USAGE


def test_folder_that_cannot_be_made(hub: Hub, download: Callable[..., Exit], tmp_path: Path) -> None:
    (tmp_path / "clip").write_text("a file where the folder should be")
    hub.serve("tokenizer.json", b"{}")
    assert download("tokenizer.json") == Exit.DISK


def test_redirect_from_https_to_http_is_not_followed() -> None:
    request = Request("https://hub.example/a")
    with pytest.raises(DownloadError) as refused:
        Redirects().redirect_request(request, None, 302, "Found", {}, "http://hub.example/a")
    assert refused.value.code == Exit.NETWORK
