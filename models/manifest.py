"""The list of shipped model files, `manifest.toml`, and its check.

python models/manifest.py            says what does not agree with the files
python models/manifest.py --write    takes sizes and hashes over from the files, after a new training
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
import tomllib
from pathlib import Path

MODELS = Path(__file__).parent
MANIFEST = MODELS / "manifest.toml"
# The repository stays quick to clone.
LARGEST_SUM = 5_000_000
FOLDERS = ("clip-tiny", "llama-tiny")
FIELDS = ("name", "sha256", "size", "source", "licence", "figures")


def entries() -> list[dict]:
    """The files as the manifest lists them."""
    return tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["file"]


def complaints() -> list[str]:
    """What does not agree; nothing if all is well."""
    listed = entries()
    found = [f"{entry.get('name')}: no {field}" for entry in listed for field in FIELDS if field not in entry]
    for entry in listed:
        if _facts(entry["name"]) != (entry["sha256"], entry["size"]):
            found.append(f"{entry['name']}: size or SHA-256 differs; run models/manifest.py --write after a training")
    shipped = {path.relative_to(MODELS).as_posix() for folder in FOLDERS for path in (MODELS / folder).iterdir()}
    found += [f"{name}: shipped, but not listed" for name in sorted(shipped - {entry["name"] for entry in listed})]
    total = sum(entry["size"] for entry in listed)
    if total > LARGEST_SUM:
        found.append(f"{total} bytes in all, {LARGEST_SUM} allowed")
    return found


def write() -> None:
    """Puts each file's present size and hash behind its name."""
    text = MANIFEST.read_text(encoding="utf-8")
    for entry in entries():
        sha256, size = _facts(entry["name"])
        pattern = rf'(name = "{re.escape(entry["name"])}"\n)sha256 = .*\nsize = .*\n'
        text = re.sub(pattern, rf'\g<1>sha256 = "{sha256}"\nsize = {size}\n', text)
    MANIFEST.write_text(text, encoding="utf-8")


def _facts(name: str) -> tuple[str, int]:
    content = (MODELS / name).read_bytes()
    return hashlib.sha256(content).hexdigest(), len(content)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="take sizes and hashes over from the files")
    if parser.parse_args().write:
        write()
    found = complaints()
    print("\n".join(found) or "manifest.toml agrees with the files")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
