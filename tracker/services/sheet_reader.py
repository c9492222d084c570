"""A process of its own that opens one xlsx: bytes on stdin, JSON on stdout, nothing else.

Run as `python -m tracker.services.sheet_reader`. It limits its own processor time and memory, looks
at the zip before it trusts it, and counts while it unpacks, because declared sizes may lie.

Answers {"sheets": [[name, [[row number, [cell, ...]], ...], merges], ...]} with every cell as text,
visible sheets only, or {"problem": why} with one of the words of `PROBLEMS`. `merges` are the
merged cells, [first row, first column, last row, last column], where the argument "merges" asks for
them.
"""

import io
import json
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import defusedxml
import openpyxl
from defusedxml.ElementTree import iterparse
from openpyxl.utils import range_boundaries

from tracker.domain.spreadsheets import LONGEST

CPU_SECONDS, MEMORY = 10, 48 * 1024 * 1024
MOST_ENTRIES, MOST_BYTES, MOST_RATIO = 2000, 50 * 1024 * 1024, 100
MOST_ROWS, MOST_COLUMNS, MOST_BLANK = 50_001, 60, 5_000
MOST_TEXT = 16 * 1024 * 1024
"""Characters of all cells together: a text may stand once in the file and in a million cells."""

PROBLEMS = ("damaged", "no workbook", "macros", "bomb", "too many rows")
_READ = 64 * 1024

assert defusedxml is not None  # openpyxl takes it up where it is installed.


class Problem(Exception):
    """One of PROBLEMS."""


def main() -> None:
    limit(CPU_SECONDS, MEMORY)
    try:
        data = sys.stdin.buffer.read()
        check_zip(data, "xl/workbook.xml", "xl/workbook.bin")
        answer: dict[str, Any] = {"sheets": list(_sheets(data, "merges" in sys.argv[1:]))}
    except Problem as problem:
        answer = {"problem": str(problem)}
    except MemoryError:
        answer = {"problem": "bomb"}
    except Exception:  # Whatever a broken file makes a reader of zip and XML raise.
        answer = {"problem": "damaged"}
    json.dump(answer, sys.stdout, ensure_ascii=False)


def limit(seconds: int, memory: int) -> None:
    """What this process may still use of the processor and, beyond what it has, of memory."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_DATA, (_used() + memory, _used() + memory))


def _used() -> int:
    """Bytes of data that the process has already."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[5]) * resource.getpagesize()


def check_zip(data: bytes, main: str, binary: str) -> None:
    """`main`: the member without which it is no such document; `binary`: the member that a binary
    one has in its place. Raises Problem, or zipfile's own errors."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        members = packed.infolist()
        names = {member.filename for member in members}
        if main not in names:
            raise Problem("macros" if binary in names else "no workbook")
        if any(name.endswith("vbaProject.bin") for name in names):
            raise Problem("macros")
        if len(members) > MOST_ENTRIES or sum(each.file_size for each in members) > MOST_BYTES:
            raise Problem("bomb")
        unpacked = 0
        for member in members:
            inside = 0
            with packed.open(member) as file:
                while chunk := file.read(_READ):
                    inside += len(chunk)
                    unpacked += len(chunk)
                    if unpacked > MOST_BYTES:
                        raise Problem("bomb")
            if inside > 1024 * 1024 and inside > MOST_RATIO * max(member.compress_size, 1):
                raise Problem("bomb")


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
        yield sheet.title, rows, list(_merges(sheet)) if merges else []
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


def _merges(sheet: Any) -> Iterator[tuple[int, ...]]:
    """openpyxl leaves them out where it streams."""
    with sheet._get_source() as source:
        for _event, element in iterparse(source):
            if element.tag.rpartition("}")[2] == "mergeCell":
                left, top, right, bottom = range_boundaries(element.get("ref"))
                yield top, left, bottom, right
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
