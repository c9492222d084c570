"""Vendored assets are what their manifest says, and pages ask no other host for anything."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from tests.databases import ROOT

STATIC = ROOT / "tracker/static"
VENDORS = (STATIC / "vendor", ROOT / "tests/vendor")
"""What browsers are given, and what the tests bring into them."""
MANIFESTS = {
    folder: json.loads((folder / "manifest.json").read_text(encoding="utf-8")) for folder in VENDORS
}
TEMPLATES = sorted((ROOT / "tracker/templates").rglob("*.*"))
PAGES = [path for path in TEMPLATES if "mail" not in path.relative_to(ROOT).parts]

_ASSET = re.compile(r"""(?:src|srcset|data|href)\s*=\s*["']?\s*(?:https?:)?//""", re.IGNORECASE)
_STYLE_ASSET = re.compile(r"""url\(\s*["']?\s*(?:https?:)?//|@import""", re.IGNORECASE)


@pytest.mark.parametrize(
    ("folder", "entry"),
    [(folder, entry) for folder, entries in MANIFESTS.items() for entry in entries],
    ids=lambda part: part["file"] if isinstance(part, dict) else "",
)
def test_a_vendored_file_is_the_one_in_the_manifest(folder: Path, entry: dict[str, str]) -> None:
    content = (folder / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert entry["version"] in entry["source"]
    assert (folder / entry["licence_file"]).read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("folder", VENDORS, ids=lambda path: path.parent.name)
def test_every_vendored_file_is_in_the_manifest(folder: Path) -> None:
    known = {entry[key] for entry in MANIFESTS[folder] for key in ("file", "licence_file")}
    assert {path.name for path in folder.iterdir()} == known | {"manifest.json"}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_asks_no_other_host_for_anything(path: Path) -> None:
    assert _ASSET.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_mail_loads_nothing(path: Path) -> None:
    """Text and links only: no image that would tell when it was read."""
    if "mail" in path.relative_to(ROOT).parts:
        assert re.findall(r"<(?:img|link|script|iframe|object)\\b", path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.css")), ids=lambda path: path.name)
def test_a_stylesheet_asks_no_other_host_for_anything(path: Path) -> None:
    assert _STYLE_ASSET.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_fits_the_content_security_policy(path: Path) -> None:
    """No inline script, style or handler, and nothing that lets data through unescaped."""
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]*\ssrc=)[^>]*>|<style\b|\sstyle\s*=|\son\w+\s*=", text) == []
    assert re.findall(r"\|\s*safe\b|autoescape\s+false|\bhx-on\b|javascript:", text) == []
