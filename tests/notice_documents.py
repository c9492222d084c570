"""Notices as offices save them: Word, Excel and CSV made of rows in which "^" continues a cell."""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import docx
import openpyxl
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.table import Table

from tests import cast, plans
from tracker import clock
from tracker.db import transaction
from tracker.services import notice_imports
from tracker.services.notice_files import read_notice
from tracker.services.seeding import SEED_FOLDER

Rows = Sequence[Sequence[str]]


def table(name: str) -> list[list[str]]:
    """`table1` or `table2` of the seed, header first."""
    with (SEED_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def as_csv(rows: Rows, encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def as_xlsx(*tables: Rows) -> bytes:
    """Each table on a sheet of its own, below a title, with real merged cells."""
    book = openpyxl.Workbook()
    for at, rows in enumerate(tables):
        sheet = book.active if at == 0 else book.create_sheet()
        sheet.append([f"表{at + 1}"])
        for row in rows:
            sheet.append(["" if cell == "^" else cell for cell in row])
        for column in range(len(rows[0])):
            for first, last in _spans([row[column] for row in rows]):
                sheet.merge_cells(
                    start_row=first + 2,
                    end_row=last + 2,
                    start_column=column + 1,
                    end_column=column + 1,
                )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_docx(
    *tables: Rows,
    lines: Sequence[str] = (),
    change: Callable[[Any], None] | None = None,
) -> bytes:
    """Paragraphs, then the tables. A cell "^" goes on from above; one that starts with "^" and has
    nothing above it in its own table restarts the merge with an empty cell, as Word leaves it where
    a table is broken across pages."""
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    for rows in tables:
        _word_table(document.add_table(len(rows), len(rows[0])), rows)
        document.add_paragraph("")
    if change:
        change(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _word_table(made: Table, rows: Rows) -> None:
    grid = [row.cells for row in made.rows]
    for at, row in enumerate(rows):
        for column, text in enumerate(row):
            cell = grid[at][column]
            cell.text = "" if text == "^" else text
            goes_on = text == "^" and (at > 1 or (at == 1 and rows[0][column] == "^"))
            starts = at + 1 < len(rows) and rows[at + 1][column] == "^" and not goes_on
            if goes_on or starts or text == "^":
                _merge(cell, None if goes_on else "restart")


def _merge(cell: Any, value: str | None) -> None:
    mark = OxmlElement("w:vMerge")
    if value:
        mark.set(qn("w:val"), value)
    cell._tc.get_or_add_tcPr().append(mark)


def _spans(column: Sequence[str]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for at, text in enumerate(column):
        if text == "^" and at:
            first = found.pop()[0] if found and found[-1][1] == at - 1 else at - 1
            found.append((first, at))
    return found


def brought_notice(*, amends: bool) -> int:
    """Table 1 with one more doubt and one more row, as academic affairs brought it."""
    rows = [*table("table1"), ["17", "每日17:00前", "报送进展", "掌握", "", "做好报送", "^"]]
    plan = plans.first() if amends else None
    with transaction():
        return notice_imports.stage(
            read_notice("通知.csv", as_csv(rows)),
            plan,
            cast.actor("affairs"),
            clock.now(),
            source="通知.csv",
            title="关于报送进展的通知",
            issued_on=date(2020, 2, 20),
            launches_on=date(2020, 2, 24),
        ).id
