"""Table 1 of a notice: rows, and cells with their roles. Raises SeedError, touches no database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from tracker.domain import cutoffs, deadlines
from tracker.domain.errors import SeedError
from tracker.domain.matrix import MERGED, NothingAbove, merged_cells, role_of
from tracker.domain.notice_duties import Asked, Column, DutySeed, Measure, TaskSeed, duty
from tracker.domain.vocabulary import DutyRole
from tracker.services import seed_workbook
from tracker.services.seed_csv import LAST_NUMBER, WHOLE_ROW, Row, read_rows
from tracker.services.seed_translations import Translations

TABLE1 = "table1.csv"
NUMBER, DEADLINE, TITLE = "序号", "时间节点", "问题、任务与措施"

Matrix = tuple[list[TaskSeed], list[DutySeed]]


@dataclass(frozen=True)
class _Cell:
    """`at`: the file row of a cell's first line."""

    header: str
    at: Row
    asked: Asked


def read_table1(
    folder: Path,
    columns: Sequence[Column],
    verbs: Mapping[str, DutyRole],
    measures: Mapping[int, Measure],
    issued_on: date,
    english: Translations,
) -> Matrix:
    """Of the notice itself."""
    rows = _table1_rows(folder, header_of(columns))
    window_of = partial(deadlines.read_window, issued=issued_on)
    return read_matrix(rows, columns, verbs, measures, window_of, english)


def header_of(columns: Sequence[Column]) -> tuple[str, ...]:
    """The header of a table that asks something of these columns."""
    return (NUMBER, DEADLINE, TITLE, *(column.header for column in columns))


def read_matrix(
    lines: Sequence[Row],
    columns: Sequence[Column],
    verbs: Mapping[str, DutyRole],
    measures: Mapping[int, Measure],
    window_of: Callable[[str], cutoffs.Window],
    english: Translations,
) -> Matrix:
    """The rows as tasks and the cells as duties, a merged cell once, an empty one not at all."""
    rows = numbered(lines)
    tasks = {
        number: _task(number, row, window_of, measures.get(number), english)
        for number, row in rows.items()
    }
    cells = [cell for column in columns for cell in _cells(column, rows, verbs)]
    asked = [cell.asked for cell in cells]
    duties = [
        duty(cell.asked, asked, tasks, english.take(cell.at, cell.asked.tasks[0], cell.header))
        for cell in cells
    ]
    return list(tasks.values()), duties


def _table1_rows(folder: Path, header: Sequence[str]) -> list[Row]:
    """Of the CSV file, or of the workbook that stands in its place."""
    workbook = (folder / TABLE1).with_suffix(".xlsx")
    if not workbook.exists():
        return read_rows(folder, TABLE1, header)
    if (folder / TABLE1).exists():
        raise SeedError(workbook.name, 1, WHOLE_ROW, f"there is {TABLE1} too: which one counts?")
    return seed_workbook.read_rows(workbook, header)


def numbered(rows: Sequence[Row]) -> dict[int, Row]:
    by_number: dict[int, Row] = {}
    for row in rows:
        number = row.integer(NUMBER, 1, LAST_NUMBER)
        row.new(NUMBER, number, by_number)
        by_number[number] = row
    return by_number


def _task(
    number: int,
    row: Row,
    window_of: Callable[[str], cutoffs.Window],
    measure: Measure | None,
    english: Translations,
) -> TaskSeed:
    require_own_text(row, TITLE)
    deadline = row.text(DEADLINE, 60, one_line=False)
    try:
        window = window_of(deadline)
    except deadlines.UnreadableDeadline as error:
        raise row.refuse(DEADLINE, str(error)) from None
    title_en = english.take(row, number, TITLE)
    return TaskSeed(number, row.cells[TITLE], title_en, deadline, window, measure)


def require_own_text(row: Row, column: str) -> None:
    if row.cells[column].strip() in ("", MERGED):
        raise row.refuse(column, "needs a text of its own")


def _cells(column: Column, rows: Mapping[int, Row], verbs: Mapping[str, DutyRole]) -> list[_Cell]:
    numbers, lines = list(rows), list(rows.values())
    try:
        merged = merged_cells([line.cells[column.header] for line in lines])
    except NothingAbove as error:
        raise lines[error.row].refuse(
            column.header, "continues a cell, but none is above"
        ) from None
    found = []
    for cell in merged:
        at = lines[cell.rows[0]]
        role = column.role or role_of(cell.text, verbs)
        if role is None:
            raise at.refuse(column.header, f"no verb of verbs.csv in {cell.text!r}")
        covered = tuple(numbers[index] for index in cell.rows)
        asked = Asked(column.kind, role, cell.text, column.cadence, covered, column.report_by)
        found.append(_Cell(column.header, at, asked))
    return found
