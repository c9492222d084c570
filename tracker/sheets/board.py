"""The board as a workbook: table 1, the matrix of all units, and one sheet a unit."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from tracker import language
from tracker.domain.errors import N_
from tracker.mail.words import Words
from tracker.queries.board import BoardTask
from tracker.queries.cells import BoardCell
from tracker.queries.exports import Export
from tracker.sheets import lights
from tracker.sheets.duties import all_duties, unit_sheet
from tracker.sheets.table1 import above, table1
from tracker.sheets.workbook import CENTRED, HEAD, REMARK, Cell, Sheet, Value, write

MOST_UNITS = 255
"""With more units nobody finds a sheet by its tab: their duties then stand on one."""

_ABOVE = 2
"""Rows above the header: the title, the moment."""


def board_xlsx(export: Export, words: Words) -> bytes:
    """In the reader's language. Where that is not the notice's, table 1 stands there in its own
    words too."""
    sheets = [table1(export, words), matrix(export, words)]
    if words.locale != language.DEFAULT:
        sheets.insert(1, table1(export, Words(language.DEFAULT, words.now, words.zone)))
    if len(export.board.units) > MOST_UNITS:
        sheets.append(all_duties(export, words))
    else:
        sheets += [unit_sheet(export, unit, words) for unit in export.board.units]
    plan = export.board.plan
    title = words.pick(plan.title, plan.title_en)
    at = words.now.astimezone(ZoneInfo(words.zone))
    return write(sheets, title=title, at=at, locale=words.locale)


def matrix(export: Export, words: Words) -> Sheet:
    """A row a task, a column a unit; each cell its letter, figure and colour."""
    board = export.board
    heads = [N_("No."), N_("Task"), N_("Cut-off"), N_("Settled"), N_("Reported number")]
    names = [*map(words._, heads), *(words.pick(unit.name, unit.name_en) for unit in board.units)]
    return Sheet(
        words._(N_("Matrix")),
        [5, 26, 11, 9, 13, *([9] * len(board.units))],
        [
            *above(export, words),
            [Cell(name, HEAD) for name in names],
            *(_row(task, export, words) for task in board.tasks),
            _sums(export, words),
            [],
            *_legend(words),
        ],
        frozen=(_ABOVE + 1, 2),
        repeated=(_ABOVE, _ABOVE),
    )


def _row(task: BoardTask, export: Export, words: Words) -> list[Cell | Value]:
    line: list[Cell | Value] = [
        Cell(task.number, CENTRED),
        words.pick(task.title, task.title_en),
        Cell(words.short(task.due_at), CENTRED),
        Cell(_share(task.readiness.settled, task.readiness.total, words), CENTRED),
        Cell(_counted(task, words), CENTRED),
    ]
    for unit in export.board.units:
        cell = export.board.by_place.get((task.number, unit.code))
        if cell is None:
            line.append("")
        elif cell.task_numbers[0] == task.number:
            line.append(_cell(cell, words))
        else:
            line.append(None)
    return line


def _cell(cell: BoardCell, words: Words) -> Cell:
    lines = [lights.mark(cell, words)]
    for day, health in cell.check_ins:
        said = words.label(health) if health else "–"
        lines.append(f"{words.day(day)} {said}")
    return Cell("\n".join(lines), lights.style_of(cell.light), len(cell.task_numbers))


def _share(settled: int, total: int, words: Words) -> str:
    return words._("%(settled)s of %(total)s", settled=settled, total=total)


def _counted(task: BoardTask, words: Words) -> str:
    """「课程群 1607/1644」; "" where nothing is counted or said."""
    figure = task.progress.figure if task.progress else ""
    named = words.pick(task.counts or "", task.counts_en or "")
    return f"{named} {figure}" if figure else ""


def _sums(export: Export, words: Words) -> list[Cell | Value]:
    ready = export.board.readiness
    sums = [
        _share(unit.readiness.settled, unit.readiness.total, words) for unit in export.board.units
    ]
    total = _share(ready.settled, ready.total, words)
    cells = ["", words._("Settled"), "", total, "", *sums]
    return [Cell(value, HEAD) for value in cells]


def _legend(words: Words) -> Iterator[Sequence[Cell | Value]]:
    yield [None, Cell(words._("Legend"), REMARK)]
    for cell in lights.legend(words):
        yield [None, cell]
