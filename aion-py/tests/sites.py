"""Small sites on loopback for the tests of the crawl, each served from a thread of its own."""

from __future__ import annotations

import contextlib
import dataclasses
import http.server
import threading
from collections.abc import Iterator

WORDS = "The river runs past the old mill, where the miller keeps count of sacks, boats and visitors. "


@dataclasses.dataclass
class Answer:
    """What a path answers; `delay` is in seconds, `gate` holds the answer back until it is set."""

    body: bytes | str
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0
    gate: threading.Event | None = None


def article(title: str, *links: str, head: str = "", text: str = "") -> str:
    """An HTML page with a paragraph that is long enough, unlike that of any other title, and links."""
    anchors = "".join(f'<li><a href="{link}">{link} and more</a></li>' for link in links)
    words = text or f"{title}. {WORDS * 3}{title} is the end of it."
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title>{head}</head>'
        f"<body><article><h1>{title}</h1><p>{words}</p></article><ul>{anchors}</ul></body></html>"
    )


class Site:
    """A server of `answers` by path, and the paths that it was asked for."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.closing = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def page(self, path: str, *links: str, head: str = "", text: str = "", delay: float = 0) -> None:
        """Serve an article under a path."""
        self.answers[path] = Answer(article(f"Page {path}", *links, head=head, text=text), delay=delay)

    def robots(self, body: str) -> None:
        """Serve a `robots.txt`."""
        self.answers["/robots.txt"] = Answer(body, content_type="text/plain")

    def handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        """The handler of this site's requests."""
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked.append(self.path)
                site.agents.add(self.headers.get("user-agent", ""))
                missing = Answer("no such page", status=404, content_type="text/plain")
                answer = site.answers.get(self.path, missing)
                site.closing.wait(answer.delay)
                if answer.gate:
                    answer.gate.wait(30)
                body = answer.body.encode() if isinstance(answer.body, str) else answer.body
                status = answer.status
                if ("ETag", self.headers.get("if-none-match")) in answer.headers:
                    body, status = b"", 304
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                if answer.content_type:
                    self.send_header("content-type", answer.content_type)
                for name, value in answer.headers:
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@contextlib.contextmanager
def serving() -> Iterator[Site]:
    """A site while the block runs."""
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.closing.set()
        site.server.shutdown()
        site.server.server_close()
        thread.join(10)
