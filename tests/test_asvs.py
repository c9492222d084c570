"""docs/asvs.csv: what OWASP's verification standard (ASVS 5.0.0, levels 1 and 2) asks, row by row,
and which test holds it. And the pages that its rows point at say what they are said to."""

import ast
import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import pytest

from tests.databases import ROOT

STATUSES = ("met", "not applicable", "operator", "gap")
TIED = 0.95
"""Of the rows that code can meet: the part that is met and tied to a test."""

LISTED: Mapping[str, str] = {
    "1.1": "1 2",
    "1.2": "1 2 3 4 5 6 7 8 9",
    "1.3": "1 2 3 4 5 6 7 8 9 10 11",
    "1.4": "1 2 3",
    "1.5": "1 2",
    "2.1": "1 2 3",
    "2.2": "1 2 3",
    "2.3": "1 2 3 4",
    "2.4": "1",
    "3.2": "1 2",
    "3.3": "1 2 3 4",
    "3.4": "1 2 3 4 5 6",
    "3.5": "1 2 3 4 5",
    "3.7": "1 2",
    "4.1": "1 2 3",
    "4.2": "1",
    "4.3": "1 2",
    "4.4": "1 2 3 4",
    "5.1": "1",
    "5.2": "1 2 3",
    "5.3": "1 2",
    "5.4": "1 2 3",
    "6.1": "1 2 3",
    "6.2": "1 2 3 4 5 6 7 8 9 10 11 12",
    "6.3": "1 2 3 4",
    "6.4": "1 2 3 4",
    "6.5": "1 2 3 4 5",
    "6.6": "1 2 3",
    "6.8": "1 2 3 4",
    "7.1": "1 2 3",
    "7.2": "1 2 3 4",
    "7.3": "1 2",
    "7.4": "1 2 3 4 5",
    "7.5": "1 2",
    "7.6": "1 2",
    "8.1": "1 2",
    "8.2": "1 2 3",
    "8.3": "1",
    "8.4": "1",
    "9.1": "1 2 3",
    "9.2": "1 2 3 4",
    "11.1": "1 2",
    "11.2": "1 2 3",
    "11.3": "1 2 3",
    "11.4": "1 2 3 4",
    "11.5": "1",
    "11.6": "1",
    "12.1": "1 2 3",
    "12.2": "1 2",
    "12.3": "1 2 3 4",
    "13.1": "1",
    "13.2": "1 2 3 4 5",
    "13.3": "1 2",
    "13.4": "1 2 3 4 5",
    "14.1": "1 2",
    "14.2": "1 2 3 4",
    "14.3": "1 2 3",
    "15.1": "1 2 3",
    "15.2": "1 2 3",
    "15.3": "1 2 3 4 5 6 7",
    "16.1": "1",
    "16.2": "1 2 3 4 5",
    "16.3": "1 2 3 4",
    "16.4": "1 2 3",
    "16.5": "1 2 3",
}
"""Rows of levels 1 and 2 by section, without V10 (OAuth, which may be added) and V17 (WebRTC)."""


@cache
def rows() -> tuple[Mapping[str, str], ...]:
    with (ROOT / "docs" / "asvs.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def named_in(path: str) -> frozenset[str]:
    """A file's tests as pytest names them, without importing it."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    inside = [f"{each.name}::{name}" for each in classes for name in _tests(each.body)]
    return frozenset([*_tests(tree.body), *inside])


def _tests(body: Sequence[ast.stmt]) -> list[str]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    named = [node.name for node in body if isinstance(node, functions)]
    return [name for name in named if name.startswith("test_")]


def exists(test: str) -> bool:
    path, found, name = test.partition("::")
    return bool(found) and name in named_in(path)


def expected() -> Iterator[str]:
    for section, numbers in LISTED.items():
        yield from (f"{section}.{number}" for number in numbers.split())


def test_every_row_of_the_standard_is_decided_once() -> None:
    found = [row["row"] for row in rows()]
    assert len(set(found)) == len(found)
    ours = [row for row in found if not row.startswith("10.")]
    assert set(ours) == set(expected())
    assert len(ours) == 217


def test_every_row_says_why() -> None:
    wrong = [
        row["row"]
        for row in rows()
        if row["status"] not in STATUSES or not row["reason"].strip() or row["level"] not in "12"
    ]
    assert wrong == []


def test_what_is_met_names_a_test_that_exists() -> None:
    wrong = [(row["row"], row["test"]) for row in rows() if row["test"] and not exists(row["test"])]
    wrong += [(row["row"], "") for row in rows() if row["status"] == "met" and not row["test"]]
    assert wrong == []


def test_most_of_what_code_can_meet_is_met() -> None:
    met = sum(row["status"] == "met" for row in rows())
    gaps = sum(row["status"] == "gap" for row in rows())
    assert met / (met + gaps) >= TIED


def test_the_page_names_every_gap_and_no_other() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    section = page.partition("## Gaps")[2].partition("\n## ")[0]
    told = set(re.findall(r"\b\d+\.\d+\.\d+\b", section))
    assert told == {row["row"] for row in rows() if row["status"] == "gap"}


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("Files", ("10 MB", "8 MB", "50 MB", "pdf", "docx", "xlsx", "attachment")),
        ("Keys", ("SECRET_KEY", "Argon2id", "SHA-256", "METRICS_TOKEN")),
        ("Heavy work", ("process", "heartbeat", "pages of 50")),
        ("Packages", ("days", "hash")),
        ("Logs", ("record", "accesses", "standard error")),
        ("Signing in", ("delay", "sessions", "password")),
    ],
)
def test_the_page_says_what_its_rows_rely_on(heading: str, words: tuple[str, ...]) -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    section = page.partition(f"## {heading}")[2].partition("\n## ")[0]
    assert [word for word in words if word not in section] == []


def test_what_is_kept_is_told_in_both_languages() -> None:
    page = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
    for word in ("TRACKER_RETENTION_MONTHS", "TRACKER_ACCESS_LOG_MONTHS", "person erase"):
        assert page.count(word) >= 2
    assert "## 中文" in page
    assert "## English" in page
