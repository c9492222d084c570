"""Seed files as rows of checked text: whatever is malformed is refused with its place."""

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from tracker.domain.errors import SeedError

WHOLE_ROW = "*"
"""The column of a SeedError that concerns a row, or the file (row 1), as a whole."""

LAST_NUMBER = 999
"""The highest number a row of a notice's table may have."""

_Kind = TypeVar("_Kind", bound=StrEnum)
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}")
_BREAKS = "\n\r\t"


@dataclass(frozen=True)
class Row:
    """One record: `number` counts records from 1, the header; `cells` by header name."""

    file: str
    number: int
    cells: dict[str, str]

    def refuse(self, column: str, reason: str) -> SeedError:
        """The error that names this row; for the caller to raise."""
        return SeedError(self.file, self.number, column, reason)

    def text(self, column: str, limit: int, *, required: bool = True, one_line: bool = True) -> str:
        """At most `limit` characters, stripped."""
        value = self.cells[column].strip()
        if required and not value:
            raise self.refuse(column, "is empty")
        if one_line and any(mark in value for mark in _BREAKS):
            raise self.refuse(column, "has a line break or a tab")
        if len(value) > limit:
            raise self.refuse(column, f"is longer than {limit} characters")
        return value

    def integer(self, column: str, low: int, high: int) -> int:
        """A whole number within `low` and `high`, both included."""
        value = self.cells[column].strip()
        if not _INTEGER.fullmatch(value) or not low <= int(value) <= high:
            raise self.refuse(column, f"{value!r} is not a whole number from {low} to {high}")
        return int(value)

    def optional_integer(self, column: str, low: int, high: int) -> int | None:
        """None for an empty cell."""
        return self.integer(column, low, high) if self.cells[column].strip() else None

    def day(self, column: str) -> date:
        """YYYY-MM-DD."""
        value = self.cells[column].strip()
        try:
            if _DATE.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise self.refuse(column, f"{value!r} is not a date (YYYY-MM-DD)")

    def clock(self, column: str) -> time:
        """HH:MM, 00:00 to 23:59."""
        value = self.cells[column].strip()
        try:
            if _CLOCK.fullmatch(value):
                return time.fromisoformat(value)
        except ValueError:
            pass
        raise self.refuse(column, f"{value!r} is not a time of day (HH:MM)")

    def flag(self, column: str) -> bool:
        """yes, no, or empty for no."""
        value = self.cells[column].strip()
        if value not in ("yes", "no", ""):
            raise self.refuse(column, f"{value!r} is neither yes nor no")
        return value == "yes"

    def member(self, column: str, kind: type[_Kind], word: str | None = None) -> _Kind:
        """A value of an enum; `word` where it is not the whole cell."""
        value = self.cells[column].strip() if word is None else word
        try:
            return kind(value)
        except ValueError:
            known = ", ".join(member.value for member in kind)
            raise self.refuse(column, f"{value!r} is none of {known}") from None

    def new(self, column: str, value: object, known: Collection[object]) -> None:
        """Refuses a value that an earlier row already has."""
        if value in known:
            raise self.refuse(column, f"{value} appears twice")


def read_rows(folder: Path, file: str, header: Sequence[str]) -> list[Row]:
    """Every record below the header; blank lines are skipped but counted.

    Takes UTF-8 with or without a byte order mark, any line ends, and quoted line breaks (B-46,
    B-48). Raises SeedError for a missing file, another encoding, broken quoting, control
    characters, a wrong header, a wrong number of fields, or no record at all.
    """
    rows: list[Row] = []
    for number, fields in enumerate(_records(file, _decoded(folder / file)), start=1):
        if number == 1:
            _check_header(file, fields, header)
        elif fields:
            _check_width(file, number, fields, header)
            row = Row(file, number, dict(zip(header, fields, strict=True)))
            check_characters(row)
            rows.append(row)
    if not rows:
        raise SeedError(file, 1, WHOLE_ROW, "the file has no rows")
    return rows


def _decoded(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SeedError(path.name, 1, WHOLE_ROW, f"cannot be read: {error.strerror}") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SeedError(path.name, line, WHOLE_ROW, "is not UTF-8; save it as UTF-8") from None


def _records(file: str, content: str) -> Iterable[list[str]]:
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    number = 0
    while True:
        number += 1
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise SeedError(file, number, WHOLE_ROW, f"is not CSV: {error}") from None


def _check_header(file: str, fields: Sequence[str], header: Sequence[str]) -> None:
    for found, expected in zip(fields, header, strict=False):
        if found != expected:
            raise SeedError(file, 1, expected, f"the header says {found!r} here")
    if len(fields) < len(header):
        raise SeedError(file, 1, header[len(fields)], "the header has no such column")
    if len(fields) > len(header):
        raise SeedError(file, 1, fields[len(header)], "the header has a column too many")


def _check_width(file: str, number: int, fields: Sequence[str], header: Sequence[str]) -> None:
    if len(fields) != len(header):
        column = header[len(fields)] if len(fields) < len(header) else WHOLE_ROW
        reason = f"{len(fields)} fields where the header has {len(header)}"
        raise SeedError(file, number, column, reason)


def check_characters(row: Row) -> None:
    """Refuses what no text holds."""
    for column, value in row.cells.items():
        for mark in value:
            broken = mark == "\ufffd" or unicodedata.category(mark) == "Cc"
            if broken and mark not in _BREAKS:
                raise row.refuse(column, f"has the unreadable character U+{ord(mark):04X}")
