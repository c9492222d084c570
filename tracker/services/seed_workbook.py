"""Table 1 out of a workbook: our own export of the board, or a table kept in Excel."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tracker.domain.errors import SeedError
from tracker.domain.matrix import MERGED
from tracker.domain.spreadsheets import unguarded
from tracker.services.seed_csv import WHOLE_ROW, Row, check_characters
from tracker.services.workbook_files import SheetRead, UnreadableWorkbook, read_workbook

HEADER_WITHIN = 20
"""Titles and legends before the header."""


def read_rows(path: Path, header: Sequence[str]) -> list[Row]:
    """Every row below the header of the first sheet that has one; further columns are left out. A
    cell merged with the one above it reads as `matrix.MERGED`. Raises SeedError."""
    try:
        sheets = read_workbook(path.read_bytes(), merges=True)
    except OSError as error:
        raise SeedError(path.name, 1, WHOLE_ROW, f"cannot be read: {error.strerror}") from None
    except UnreadableWorkbook as error:
        reason = f"is no workbook that can be read ({error.problem})"
        raise SeedError(path.name, 1, WHOLE_ROW, reason) from None
    for sheet in sheets:
        if (found := _header(sheet, header)) is not None:
            position, columns = found
            rows = list(_rows(path.name, sheet, position, dict(zip(header, columns, strict=True))))
            if not rows:
                break
            return rows
    raise SeedError(path.name, 1, WHOLE_ROW, f"no sheet has the columns {', '.join(header)}")


def _header(sheet: SheetRead, header: Sequence[str]) -> tuple[int, list[int]] | None:
    """Where it stands among the rows, and the column of each name."""
    for position, (_number, cells) in enumerate(sheet.rows[:HEADER_WITHIN]):
        names = [unguarded(cell) for cell in cells]
        if all(names.count(name) == 1 for name in header):
            return position, [names.index(name) for name in header]
    return None


def _rows(file: str, sheet: SheetRead, header_at: int, columns: dict[str, int]) -> Iterator[Row]:
    goes_on = {
        (row, column)
        for first, column, last, _ in sheet.merges
        for row in range(first + 1, last + 1)
    }
    for number, cells in sheet.rows[header_at + 1 :]:
        said = {
            name: MERGED if (number, at + 1) in goes_on else _cell(cells, at)
            for name, at in columns.items()
        }
        if any(said.values()):
            row = Row(file, number, said)
            check_characters(row)
            yield row


def _cell(cells: Sequence[str], at: int) -> str:
    return unguarded(cells[at]) if at < len(cells) else ""
