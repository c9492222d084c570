"""The tables of a notice out of a file, whatever office program saved it.

Nothing is guessed: what cannot be read is refused with the file and the reason.
"""

import csv
import io
import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tracker.domain.errors import N_
from tracker.domain.notice_headers import Grid, header_words
from tracker.domain.notice_tables import ReadTables, read_tables
from tracker.domain.spreadsheets import printable, unguarded
from tracker.services.roster_files import MOST_BYTES, PROBLEMS, decoded, refusal
from tracker.services.workbook_files import SheetRead, UnreadableWorkbook, ask, read_workbook

MOST_ROWS, MOST_COLUMNS = 300, 30
_HEADER_WITHIN = 20
_MARKS = ",\t;"
_READERS = {
    kind: (sys.executable, "-m", f"tracker.services.{kind}_reader") for kind in ("word", "pdf")
}
_OLD = N_(
    "%(file)s is an old Office file (.doc, .xls) or has a password. Save it as .docx or .xlsx."
)
_PROBLEMS: Mapping[str, str] = {
    "damaged": N_("%(file)s is damaged and cannot be opened. Save it again."),
    "no workbook": N_("%(file)s is neither a Word document nor a workbook."),
    "macros": N_("%(file)s has macros. Save it as plain .docx or .xlsx."),
    "bomb": N_("%(file)s is far too large once unpacked. Save only the table itself."),
    "too many rows": N_("%(file)s is far longer than a notice. Save only the table itself."),
    "locked": N_("%(file)s has a password. Save it without one."),
    "no pdfplumber": N_(
        "This server does not read PDF. Bring the notice as Word, Excel or CSV, or ask its keeper "
        "to install the “pdfread” packages."
    ),
}
_DAY = re.compile(r"(20\d\d)\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")
_LINE = 300
"""Characters of a line that may be a title's."""
_TITLE = re.compile(r"关于.{2,120}?(?:的?(?:通知|方案|意见|安排))")


@dataclass(frozen=True)
class NoticeFile:
    """`title`, `issued_on`: as far as the text around the tables says them."""

    tables: ReadTables
    title: str
    issued_on: date | None


def read_notice(name: str, data: bytes) -> NoticeFile:
    """A file's tables. Raises InvalidInput("file", ...)."""
    if not data.strip():
        raise refusal(N_("%(file)s is empty."), name)
    if len(data) > MOST_BYTES:
        raise refusal(N_("%(file)s is larger than %(mb)s MB."), name, mb=MOST_BYTES >> 20)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise refusal(_OLD, name)
    lines: list[str] = []
    if data.startswith(b"%PDF"):
        grids, lines = _document(name, data, "pdf")
    elif data.startswith(b"PK") and b"word/" in data:
        grids, lines = _document(name, data, "word")
    elif data.startswith(b"PK"):
        grids = _workbook(name, data)
    elif re.search(r"\.(docx|docm|doc|xlsx|xlsm|xls|pdf)$", name.lower()):
        raise refusal(N_("%(file)s is not what its name says. Save it again."), name)
    else:
        grids = _text(name, data)
    found = read_tables(grids)
    if found is None or not found.rows:
        raise refusal(_nothing(grids), name)
    if len(found.rows) > MOST_ROWS or len(found.headers) > MOST_COLUMNS:
        raise refusal(_PROBLEMS["too many rows"], name)
    return NoticeFile(found, _title(lines), _issued_on(lines))


def _nothing(grids: Sequence[Grid]) -> str:
    if not grids:
        return N_("%(file)s has no table. A scanned picture of one cannot be read.")
    return N_(
        "%(file)s has no table with the columns of a notice: a deadline (“时间节点”), a task "
        "(“任务”) and at least one unit."
    )


def _document(name: str, data: bytes, kind: str) -> tuple[list[Grid], list[str]]:
    try:
        answer = ask(_READERS[kind], data)
    except UnreadableWorkbook as unreadable:
        raise refusal(_PROBLEMS[unreadable.problem], name) from None
    many = len(answer["tables"]) > 1
    grids = [
        _grid(f"{at}!" if many else "", table["rows"], table)
        for at, table in enumerate(answer["tables"], 1)
    ]
    return grids, answer["lines"]


def _grid(name: str, rows: Sequence[Sequence[str]], merges: Mapping[str, Any]) -> Grid:
    wide = max((len(row) for row in rows), default=0)
    return Grid(
        name,
        tuple(tuple(map(printable, row)) + ("",) * (wide - len(row)) for row in rows),
        tuple(range(1, len(rows) + 1)),
        **{kind: _places(merges[kind]) for kind in ("goes_on", "begins", "beside")},
    )


def _places(pairs: Iterable[Sequence[int]]) -> frozenset[tuple[int, int]]:
    return frozenset((row, column) for row, column in pairs)


def _workbook(name: str, data: bytes) -> list[Grid]:
    try:
        return [_sheet(sheet) for sheet in read_workbook(data, merges=True)]
    except UnreadableWorkbook as unreadable:
        problem = PROBLEMS[unreadable.problem]
        if unreadable.problem == "no workbook":
            problem = _PROBLEMS["no workbook"]
        raise refusal(problem, name) from None


def _sheet(sheet: SheetRead) -> Grid:
    """Rows with something in them; days that stand in cells of their own without their midnight."""
    numbers = [number for number, _cells in sheet.rows]
    wide = max((len(cells) for _number, cells in sheet.rows), default=0)
    goes_on, begins, beside = [], [], []
    for top, left, bottom, right in sheet.merges:
        rows = list(range(bisect_left(numbers, top), bisect_right(numbers, bottom)))
        if bottom > top and rows:
            begins.append((rows[0], left - 1))
            goes_on += [(row, left - 1) for row in rows if numbers[row] != top]
        beside += [(row, column) for row in rows for column in range(left, right)]
    return Grid(
        f"{sheet.name}!",
        tuple(
            tuple(_day_or_text(cell) for cell in cells) + ("",) * (wide - len(cells))
            for _number, cells in sheet.rows
        ),
        tuple(numbers),
        frozenset(goes_on),
        frozenset(begins),
        frozenset(beside),
    )


def _day_or_text(cell: str) -> str:
    return printable(unguarded(cell.removesuffix("T00:00:00")))


def _text(name: str, data: bytes) -> list[Grid]:
    text, _encoding = decoded(name, data)
    first = [line for line in text[:20_000].splitlines() if line.strip()][:_HEADER_WITHIN]

    def named(mark: str) -> int:
        return max((header_words(line.replace('"', "").split(mark)) for line in first), default=0)

    mark = max(_MARKS, key=named)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
        records = [(n, [unguarded(cell) for cell in cells]) for n, cells in enumerate(reader, 1)]
    except csv.Error:
        raise refusal(
            N_("%(file)s: a cell is too long, or its quotation marks do not close."), name
        ) from None
    rows = [(number, cells) for number, cells in records if any(cell.strip() for cell in cells)]
    if len(rows) > 10 * MOST_ROWS or any(len(cells) > 4 * MOST_COLUMNS for _n, cells in rows):
        raise refusal(_PROBLEMS["too many rows"], name)
    grid = _grid(
        "", [cells for _number, cells in rows], {"goes_on": (), "begins": (), "beside": ()}
    )
    return [Grid("", grid.rows, tuple(number for number, _cells in rows))]


def _title(lines: Sequence[str]) -> str:
    found = _TITLE.search("".join("".join(line[:_LINE].split()) for line in lines[:12]))
    return found[0] if found else ""


def _issued_on(lines: Sequence[str]) -> date | None:
    """The last full date of the text: a notice is signed with it at its end."""
    for year, month, day in reversed(_DAY.findall("\n".join(lines))):
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            continue
    return None
