"""Downloads a CLIP model in ONNX form from a Hugging Face-compatible hub into one flat directory.

    python models/download.py --repo Xenova/clip-vit-base-patch32 --out models/clip

The first download of a file writes its SHA-256, size, commit and address into a lock file. From then on only a file
with that hash is accepted, and one that is already there and right is not fetched again. Standard library only.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import re
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import asdict, dataclass
from enum import IntEnum
from pathlib import Path, PurePosixPath
from typing import IO

FILES = ("onnx/vision_model.onnx", "onnx/text_model.onnx", "tokenizer.json", "preprocessor_config.json")
CHUNK = 1 << 20
NETWORK_ERRORS = (urllib.error.URLError, ConnectionError, TimeoutError, ssl.SSLError, http.client.HTTPException)
LOCK_VERSION = 1
# A part of a path begins with a letter or digit: neither "..", "" nor a hidden file can be named.
_PART = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_PATH = re.compile(rf"{_PART}(/{_PART})*")
_REPO = re.compile(rf"{_PART}/{_PART}")


class Exit(IntEnum):
    """The process's exit codes; numbers are never reused."""

    OK = 0
    USAGE = 2
    NOT_FOUND = 3
    NETWORK = 4
    TRUNCATED = 5
    TOO_LARGE = 6
    CHANGED = 7
    BAD_LOCK = 8
    DISK = 9


class DownloadError(Exception):
    """What went wrong and what to do about it; `code` is the exit code."""

    def __init__(self, code: Exit, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Limits:
    """`timeout` is for one silence of the server, `deadline` for one whole file; seconds."""

    max_bytes: int
    timeout: float
    deadline: float


@dataclass(frozen=True)
class Locked:
    """What the lock file knows of one file."""

    sha256: str
    size: int
    revision: str
    url: str


class Lock:
    """The lock file: one entry for each file of each repository and revision that was asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries: dict[str, Locked] = {}
        if path.exists():
            self._read()

    def put(self, key: str, entry: Locked) -> None:
        """Remembers the entry on disk at once, so that an interrupted run keeps what it has."""
        self.entries[key] = entry
        files = {key: asdict(self.entries[key]) for key in sorted(self.entries)}
        content = json.dumps({"version": LOCK_VERSION, "files": files}, indent=2) + "\n"
        partial = self.path.with_name(self.path.name + ".partial")
        partial.write_text(content, encoding="utf-8")
        partial.replace(self.path)

    def _read(self) -> None:
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            if content["version"] != LOCK_VERSION:
                raise ValueError(f"version {content['version']}")
            self.entries = {key: Locked(**entry) for key, entry in content["files"].items()}
        except (ValueError, KeyError, TypeError, AttributeError) as cause:
            remedy = "restore it from version control, or delete it to trust the hub anew"
            raise DownloadError(
                Exit.BAD_LOCK, f"{self.path} is no lock file of this script ({cause}); {remedy}"
            ) from cause


class Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http and https only, never from https down to http, and keeps the hub's commit.

    The hub names the commit in its own answer; the storage that it redirects to does not.
    """

    commit: str | None = None

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # noqa: ANN001, ANN201, PLR0917 (as inherited)
        self.commit = self.commit or headers.get("X-Repo-Commit")
        scheme = urllib.parse.urlsplit(newurl).scheme
        if scheme not in ("http", "https") or (req.type == "https" and scheme == "http"):
            raise DownloadError(
                Exit.NETWORK, f"{req.full_url} redirects to {newurl}, which is not as safe; not followed"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@dataclass(frozen=True)
class Source:
    """A repository on a hub."""

    endpoint: str
    repo: str
    revision: str

    def key(self, path: str) -> str:
        return f"{self.repo}@{self.revision}/{path}"

    def url(self, path: str, revision: str) -> str:
        quoted = urllib.parse.quote(f"{self.repo}/resolve/{revision}/{path}")
        return f"{self.endpoint.rstrip('/')}/{quoted}"


def fetch(source: Source, path: str, target: Path, lock: Lock, limits: Limits) -> bool:
    """Makes `target` the file that the lock knows, or locks the one that comes; False if it was there already."""
    key = source.key(path)
    locked = lock.entries.get(key)
    if locked and target.is_file() and target.stat().st_size == locked.size and _hash(target) == locked.sha256:
        return False
    # A branch moves on; the commit that was locked does not.
    url = source.url(path, locked.revision if locked else source.revision)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    try:
        with partial.open("wb") as file:
            sha256, size, commit = _receive(url, file, limits)
        if locked and sha256 != locked.sha256:
            raise DownloadError(Exit.CHANGED, _changed(url, sha256, locked, lock.path, key))
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    if not locked:
        lock.put(key, Locked(sha256, size, commit or source.revision, url))
    return True


def plan(names: list[str], folder: Path) -> dict[str, Path]:
    """Which file of the hub goes where: `onnx/vision_model.onnx` flat into the folder, `A=B` under the name B."""
    targets: dict[str, Path] = {}
    for name in names:
        path, _, renamed = name.partition("=")
        flat = renamed or PurePosixPath(path).name
        if not _PATH.fullmatch(path) or not re.fullmatch(_PART, flat):
            raise DownloadError(Exit.USAGE, f"{name!r} is no plain file name; give names as the hub lists them")
        if folder / flat in targets.values():
            raise DownloadError(Exit.USAGE, f"two files would both become {flat}; rename one with {path}=NEW_NAME")
        targets[path] = folder / flat
    return targets


def _receive(url: str, file: IO[bytes], limits: Limits) -> tuple[str, int, str | None]:
    """Streams the body into `file`: its hash, its size and the hub's commit."""
    redirects = Redirects()
    opener = urllib.request.build_opener(redirects)
    request = urllib.request.Request(url, headers={"User-Agent": "aion-models/1", "Accept-Encoding": "identity"})
    try:
        with opener.open(request, timeout=limits.timeout) as response:
            digest, size = _copy(url, response, file, limits)
            return digest, size, redirects.commit or response.headers.get("X-Repo-Commit")
    except urllib.error.HTTPError as error:
        raise _refused(url, error) from error
    except NETWORK_ERRORS as error:
        hint = "check the network and --endpoint, then run again"
        raise DownloadError(Exit.NETWORK, f"{url}: {error or type(error).__name__}; {hint}") from error


def _copy(url: str, response: http.client.HTTPResponse, file: IO[bytes], limits: Limits) -> tuple[str, int]:
    announced = response.length or 0  # none if the server does not say
    if announced > limits.max_bytes:
        raise _too_large(url, announced, limits)
    digest, size, end = hashlib.sha256(), 0, time.monotonic() + limits.deadline
    try:
        while chunk := response.read1(CHUNK):
            size += len(chunk)
            if size > limits.max_bytes:
                raise _too_large(url, size, limits)
            if time.monotonic() > end:
                raise DownloadError(
                    Exit.NETWORK, f"{url}: not done in {limits.deadline:.0f} s; allow more with --deadline"
                )
            digest.update(chunk)
            file.write(chunk)
    except http.client.IncompleteRead as error:
        raise _truncated(url, size, announced) from error
    if size < announced:
        raise _truncated(url, size, announced)
    return digest.hexdigest(), size


def _refused(url: str, error: urllib.error.HTTPError) -> DownloadError:
    # The hub answers 401 for a repository that does not exist, lest it tell which private ones do.
    if error.code in (401, 403, 404):
        return DownloadError(Exit.NOT_FOUND, f"{url}: {error.code}; check --repo, --revision and --files")
    return DownloadError(Exit.NETWORK, f"{url}: the hub answered {error.code}; run again later")


def _truncated(url: str, size: int, announced: int) -> DownloadError:
    return DownloadError(
        Exit.TRUNCATED, f"{url}: {size} of {announced} bytes came; run again, files that are whole stay"
    )


def _too_large(url: str, size: int, limits: Limits) -> DownloadError:
    return DownloadError(
        Exit.TOO_LARGE, f"{url}: {size} bytes and maybe more, {limits.max_bytes} allowed; see --max-bytes"
    )


def _changed(url: str, sha256: str, locked: Locked, lock: Path, key: str) -> str:
    return (
        f"{url}: SHA-256 is {sha256}, the lock says {locked.sha256}. The hub's file is not the one that was locked; "
        f"it was thrown away. If you trust the new one, delete the entry {key!r} from {lock} and run again."
    )


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _options(arguments: list[str] | None) -> argparse.Namespace:
    here = Path(__file__).parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--endpoint", default="https://huggingface.co", help="address of the hub (%(default)s)")
    parser.add_argument("--repo", default="Xenova/clip-vit-base-patch32", help="OWNER/NAME (%(default)s)")
    parser.add_argument("--revision", default="main", help="branch, tag or commit (%(default)s)")
    parser.add_argument(
        "--files", nargs="+", default=list(FILES), metavar="PATH[=NAME]", help="files of the repository"
    )
    parser.add_argument("--out", type=Path, default=here / "clip", help="directory for the files (%(default)s)")
    parser.add_argument("--lock", type=Path, default=here / "models.lock", help="lock file (%(default)s)")
    parser.add_argument("--max-bytes", type=int, default=2 << 30, help="largest file accepted (%(default)s)")
    parser.add_argument("--timeout", type=float, default=30, help="longest silence in seconds (%(default)s)")
    parser.add_argument(
        "--deadline", type=float, default=3600, help="longest time for one file in seconds (%(default)s)"
    )
    options = parser.parse_args(arguments)
    if urllib.parse.urlsplit(options.endpoint).scheme not in ("http", "https"):
        parser.error("--endpoint must begin with https:// or http://")
    if not _REPO.fullmatch(options.repo) or not _PATH.fullmatch(options.revision):
        parser.error("--repo is OWNER/NAME, --revision a branch, tag or commit")
    return options


def main(arguments: list[str] | None = None) -> Exit:
    """Fetches all files; stops at the first that fails."""
    options = _options(arguments)
    limits = Limits(options.max_bytes, options.timeout, options.deadline)
    source = Source(options.endpoint, options.repo, options.revision)
    try:
        lock = Lock(options.lock)
        for path, target in plan(options.files, options.out).items():
            fetched = fetch(source, path, target, lock, limits)
            print(f"{target}: {'downloaded' if fetched else 'is there already'}")
    except DownloadError as error:
        print(f"download.py: {error}", file=sys.stderr)
        return error.code
    except OSError as error:
        print(f"download.py: {error}; make room or choose another --out", file=sys.stderr)
        return Exit.DISK
    return Exit.OK


if __name__ == "__main__":
    sys.exit(main())
