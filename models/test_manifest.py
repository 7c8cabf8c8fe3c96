"""The shipped model files are those that `manifest.toml` lists, and small."""

from __future__ import annotations

import pytest

import manifest


def test_manifest_agrees_with_the_files() -> None:
    assert manifest.complaints() == []


def test_every_file_may_be_shipped_under_the_projects_licences() -> None:
    assert {entry["licence"] for entry in manifest.entries()} == {"MIT OR Apache-2.0"}


def test_a_changed_file_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = manifest.entries()
    changed[0]["sha256"] = "0" * 64
    monkeypatch.setattr(manifest, "entries", lambda: changed)
    assert any(changed[0]["name"] in complaint for complaint in manifest.complaints())


def test_an_unlisted_file_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = manifest.entries()
    monkeypatch.setattr(manifest, "entries", lambda: listed[1:])
    assert manifest.complaints() == [f"{listed[0]['name']}: shipped, but not listed"]


def test_too_much_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "LARGEST_SUM", 1000)
    assert any("allowed" in complaint for complaint in manifest.complaints())
