"""Tables 1 and 2 of a notice: rows, cells with their roles, contingencies.

Shapes: `read_table1` gives tasks and duties, `read_table2` responses with the cases that share
them. Both raise SeedError and touch no database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tracker.domain import deadlines
from tracker.domain.errors import SeedError
from tracker.domain.matrix import MERGED, NothingAbove, merged_cells, role_of
from tracker.domain.notice_duties import (
    Asked,
    CaseSeed,
    Column,
    DutySeed,
    Measure,
    ResponseSeed,
    TaskSeed,
    duty,
    shared_responses,
)
from tracker.domain.vocabulary import DutyRole
from tracker.services import seed_workbook
from tracker.services.seed_csv import LAST_NUMBER, WHOLE_ROW, Row, read_rows
from tracker.services.seed_translations import Translations

TABLE1, TABLE2 = "table1.csv", "table2.csv"
NUMBER, DEADLINE, TITLE = "序号", "时间节点", "问题、任务与措施"
CASE, RESPONSE, FOCUS = "特殊工作", "预案内容", "重点关注"


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
) -> tuple[list[TaskSeed], list[DutySeed]]:
    """The rows as tasks and the cells as duties, a merged cell once, an empty one not at all."""
    header = (NUMBER, DEADLINE, TITLE, *(column.header for column in columns))
    rows = _numbered(_table1_rows(folder, header))
    tasks = {
        number: _task(number, row, issued_on, measures.get(number), english)
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


def _numbered(rows: Sequence[Row]) -> dict[int, Row]:
    by_number: dict[int, Row] = {}
    for row in rows:
        number = row.integer(NUMBER, 1, LAST_NUMBER)
        row.new(NUMBER, number, by_number)
        by_number[number] = row
    return by_number


def _task(
    number: int, row: Row, issued_on: date, measure: Measure | None, english: Translations
) -> TaskSeed:
    _require_own_text(row, TITLE)
    deadline = row.text(DEADLINE, 60, one_line=False)
    try:
        window = deadlines.read_window(deadline, issued_on)
    except deadlines.UnreadableDeadline as error:
        raise row.refuse(DEADLINE, str(error)) from None
    title_en = english.take(row, number, TITLE)
    return TaskSeed(number, row.cells[TITLE], title_en, deadline, window, measure)


def _require_own_text(row: Row, column: str) -> None:
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


def read_table2(folder: Path, english: Translations) -> list[ResponseSeed]:
    """The contingencies, those of a merged cell together under their one response."""
    found: list[tuple[CaseSeed, tuple[str, str, str, str] | None]] = []
    rows = _numbered(read_rows(folder, TABLE2, (NUMBER, CASE, RESPONSE, FOCUS)))
    for number, row in rows.items():
        _require_own_text(row, CASE)
        case = CaseSeed(number, row.cells[CASE], english.take(row, number, CASE))
        if _is_merged(row):
            if not found:
                raise row.refuse(RESPONSE, "continues a cell, but none is above")
            found.append((case, None))
            continue
        own = (
            row.cells[RESPONSE],
            english.take(row, number, RESPONSE),
            row.cells[FOCUS],
            english.take(row, number, FOCUS),
        )
        found.append((case, own))
    return shared_responses(found)


def _is_merged(row: Row) -> bool:
    """Whether a row of table 2 shares the plan above; its two cells are merged both or neither."""
    merged = [row.cells[column] == MERGED for column in (RESPONSE, FOCUS)]
    if merged[0] != merged[1]:
        raise row.refuse(WHOLE_ROW, f"{RESPONSE} and {FOCUS} must be merged together")
    if not merged[0]:
        for column in (RESPONSE, FOCUS):
            _require_own_text(row, column)
    return merged[0]
