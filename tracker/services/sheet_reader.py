"""A process of its own that opens one xlsx: bytes on stdin, JSON on stdout, nothing else.

Run as `python -m tracker.services.sheet_reader`. It limits its own processor time and memory, looks
at the zip before it trusts it, and counts while it unpacks, because declared sizes may lie.

Answers {"sheets": [[name, [[row number, [cell, ...]], ...], merges], ...]} with every cell as text,
visible sheets only, or {"problem": why} with one of the words of `PROBLEMS`. `merges` are the
merged cells, [first row, first column, last row, last column], where the argument "merges" asks for
them.
"""

import io
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

import defusedxml
import openpyxl
from defusedxml.ElementTree import iterparse
from openpyxl.utils import range_boundaries

from tracker.domain.spreadsheets import LONGEST
from tracker.services.reader_limits import Problem, answer, check_zip

CPU_SECONDS, MEMORY = 10, 48 * 1024 * 1024
MOST_ROWS, MOST_COLUMNS, MOST_BLANK = 50_001, 60, 5_000
MOST_TEXT = 16 * 1024 * 1024
"""Characters of all cells together: a text may stand once in the file and in a million cells."""
MOST_MERGED = 100_000
"""Cells under a sheet's merges together: a merge of a million rows is a few bytes in the file."""

PROBLEMS = ("damaged", "no workbook", "macros", "bomb", "too many rows")

assert defusedxml is not None  # openpyxl takes it up where it is installed.


def main() -> None:
    answer(_workbook, CPU_SECONDS, MEMORY)


def _workbook(data: bytes) -> dict[str, Any]:
    check_zip(data, "xl/workbook.xml", "xl/workbook.bin")
    return {"sheets": list(_sheets(data, "merges" in sys.argv[1:]))}


def _sheets(
    data: bytes, merges: bool
) -> Iterator[tuple[str, list[tuple[int, list[str]]], list[tuple[int, ...]]]]:
    book = openpyxl.load_workbook(
        io.BytesIO(data), read_only=True, data_only=True, keep_links=False
    )
    rows_left, text_left = MOST_ROWS, MOST_TEXT
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        sheet.reset_dimensions()
        rows = list(_rows(sheet, rows_left))
        rows_left -= len(rows)
        text_left -= sum(len(cell) for _number, cells in rows for cell in cells)
        if text_left < 0:
            raise Problem("bomb")
        yield sheet.title, rows, list(_merges(sheet, rows)) if merges else []
    book.close()


def _rows(sheet: Any, most: int) -> Iterator[tuple[int, list[str]]]:
    """Rows with something in them; a long run of empty ones is the end."""
    blank = found = 0
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), 1):
        cells = [_text(value) for value in row]
        if not any(cells):
            blank += 1
            if blank > MOST_BLANK:
                return
            continue
        blank, found = 0, found + 1
        if found > most:
            raise Problem("too many rows")
        yield number, cells


def _merges(sheet: Any, rows: Sequence[tuple[int, list[str]]]) -> Iterator[tuple[int, ...]]:
    """Those over rows and columns that were read, no farther than one row below the last and the
    last column. openpyxl leaves them out where it streams."""
    numbers = [number for number, _cells in rows]
    wide = max((len(cells) for _number, cells in rows), default=0)
    left_over = MOST_MERGED
    with sheet._get_source() as source:
        for _event, element in iterparse(source):
            if element.tag.rpartition("}")[2] == "mergeCell":
                left, top, right, bottom = range_boundaries(element.get("ref"))
                right = min(right, wide)
                high = bisect_right(numbers, bottom) - bisect_left(numbers, top)
                if high > 0 and right >= left:
                    left_over -= high * (right - left + 1)
                    if left_over < 0:
                        raise Problem("bomb")
                    yield top, left, min(bottom, numbers[-1] + 1), right
            element.clear()


def _text(value: object) -> str:
    """A number that is whole is a whole number: 20200101.0 is the key 20200101."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)[:LONGEST].strip()


if __name__ == "__main__":
    main()
