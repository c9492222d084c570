"""Table 1 of a notice: rows, and cells with their roles. Raises SeedError, touches no database."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import partial
from pathlib import Path

from tracker.domain import cutoffs, deadlines
from tracker.domain.errors import SeedError
from tracker.domain.matrix import MERGED, NothingAbove, is_reviewed, merged_cells, role_of
from tracker.domain.vocabulary import Cadence, DutyRole, UnitKind
from tracker.services import seed_workbook
from tracker.services.seed_csv import LAST_NUMBER, WHOLE_ROW, Row, read_rows
from tracker.services.seed_translations import Translations

TABLE1 = "table1.csv"
NUMBER, DEADLINE, TITLE = "序号", "时间节点", "问题、任务与措施"


@dataclass(frozen=True)
class Column:
    """A column of table 1: whose it is, how often it reports, its role if no verb tells, and the
    time of day by which a daily report is due."""

    header: str
    kind: UnitKind
    cadence: Cadence
    role: DutyRole | None
    report_by: time | None


@dataclass(frozen=True)
class Measure:
    """What a row counts. `target` is set only together with `held_by`, whose duty carries it."""

    counts: str
    counts_en: str
    target: int | None
    held_by: UnitKind | None


@dataclass(frozen=True)
class TaskSeed:
    number: int
    title: str
    title_en: str
    deadline_text: str
    window: cutoffs.Window
    measure: Measure | None


@dataclass(frozen=True)
class DutySeed:
    """`tasks`: the row numbers it covers; `target` of a daily duty: the days of its window."""

    kind: UnitKind
    role: DutyRole
    text: str
    text_en: str
    cadence: Cadence
    tasks: tuple[int, ...]
    window: cutoffs.Window
    reviewed: bool
    counted: bool
    target: int | None
    report_by: time | None


Matrix = tuple[list[TaskSeed], list[DutySeed]]


@dataclass(frozen=True)
class _Cell:
    """A duty before its neighbours are known. `at`: the file row of its first line."""

    column: Column
    at: Row
    text: str
    role: DutyRole
    tasks: tuple[int, ...]


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
    return list(tasks.values()), [_duty(cell, cells, tasks, english) for cell in cells]


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
        found.append(_Cell(column, at, cell.text, role, covered))
    return found


def _duty(
    cell: _Cell, cells: Collection[_Cell], tasks: Mapping[int, TaskSeed], english: Translations
) -> DutySeed:
    """`reviewed` and `counted` concern what is reported once; a daily duty has its check-ins."""
    once = cell.column.cadence is Cadence.ONCE
    row_roles = [
        other.role
        for other in cells
        if other.column.cadence is Cadence.ONCE and set(other.tasks) & set(cell.tasks)
    ]
    reviewed = once and is_reviewed(cell.role, row_roles)
    measure = tasks[cell.tasks[0]].measure if len(cell.tasks) == 1 else None
    counted = once and measure is not None and (reviewed or cell.role.performs)
    window = cutoffs.spanning([tasks[number].window for number in cell.tasks])
    target = None if once else len(window.days())
    if counted and measure and cell.role.performs and measure.held_by is cell.column.kind:
        target = measure.target
    return DutySeed(
        kind=cell.column.kind,
        role=cell.role,
        text=cell.text,
        text_en=english.take(cell.at, cell.tasks[0], cell.column.header),
        cadence=cell.column.cadence,
        tasks=cell.tasks,
        window=window,
        reviewed=reviewed,
        counted=counted,
        target=target,
        report_by=cell.column.report_by,
    )
