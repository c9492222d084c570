"""The duties one by one: a sheet a unit, and the same as CSV."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker import language
from tracker.domain.cutoffs import to_minute
from tracker.domain.errors import N_
from tracker.domain.progress import Progress
from tracker.domain.spreadsheets import csv_bytes
from tracker.mail.words import Words
from tracker.queries.board import BoardTask, BoardUnit
from tracker.queries.cells import BoardCell
from tracker.queries.exports import Export
from tracker.queries.holdings import Said
from tracker.sheets import lights
from tracker.sheets.workbook import CENTRED, Cell, Sheet, Value, listing


@dataclass(frozen=True)
class _Duty:
    """One line. `task`: its first row."""

    cell: BoardCell
    unit: BoardUnit
    task: BoardTask
    said: Said | None
    words: Words
    zone: str

    @property
    def figures(self) -> Progress:
        return self.cell.figures or Progress(None)


def _title(duty: _Duty) -> str:
    numbers = duty.cell.task_numbers
    if len(numbers) > 1:
        rows = N_("Rows %(first)s to %(last)s")
        return duty.words._(rows, first=numbers[0], last=numbers[-1])
    return duty.words.pick(duty.task.title, duty.task.title_en)


def _said_note(duty: _Duty) -> str:
    return duty.said.note if duty.said else ""


def _by(duty: _Duty) -> str:
    return duty.words.pick(duty.said.by, duty.said.by_en) if duty.said else ""


def _at(duty: _Duty) -> Value:
    return to_minute(duty.said.at, duty.zone) if duty.said else ""


def _answer(duty: _Duty) -> str:
    """「已退回：缺37人」."""
    answer = duty.said.answer if duty.said else None
    if answer is None:
        return ""
    word = duty.words.label(answer.verdict)
    return word + duty.words._(": ") + answer.reason if answer.reason else word


def _answered_by(duty: _Duty) -> str:
    answer = duty.said.answer if duty.said else None
    return duty.words.pick(answer.by, answer.by_en) if answer else ""


def _answered_at(duty: _Duty) -> Value:
    answer = duty.said.answer if duty.said else None
    return to_minute(answer.at, duty.zone) if answer else ""


def _state(duty: _Duty) -> str:
    return lights.named(duty.cell.light, duty.words)


def _answer_in_full(duty: _Duty) -> str:
    """「已退回：缺37人⏎教务处科长 2月22日18:00」."""
    answer = duty.said.answer if duty.said else None
    if answer is None:
        return ""
    at = language.moment(duty.words.locale, answer.at, duty.zone)
    return f"{_answer(duty)}\n{_answered_by(duty)} {at}"


_Column = tuple[str, Callable[[_Duty], Value]]
_NUMBER: _Column = (N_("No."), lambda duty: duty.cell.task_numbers[0])
_TASK: _Column = (N_("Task"), _title)
_ROLE: _Column = (N_("Role"), lambda duty: duty.words.label(duty.cell.role))
_TEXT: _Column = (N_("Duty"), lambda duty: duty.words.pick(duty.cell.text, duty.cell.text_en))
_CUTOFF: _Column = (N_("Cut-off"), lambda duty: duty.words.short(duty.cell.due_at))
_DONE: _Column = (N_("Number done"), lambda duty: duty.figures.done)
_ASKED: _Column = (N_("Number asked"), lambda duty: duty.figures.total)
_LACKING: _Column = (N_("Number missing"), lambda duty: duty.figures.missing)
_NOTE: _Column = (N_("Note"), _said_note)
_BY: _Column = (N_("Reported by"), _by)
_AT: _Column = (N_("Reported at"), _at)
_STATE: _Column = (N_("State"), _state)

_SHEET: Mapping[_Column, float] = {
    _NUMBER: 5,
    _TASK: 24,
    _ROLE: 8,
    _TEXT: 30,
    _CUTOFF: 12,
    _STATE: 13,
    _DONE: 8,
    _ASKED: 8,
    _LACKING: 8,
    _NOTE: 26,
    _BY: 12,
    _AT: 17,
    (N_("Inspector's answer"), _answer_in_full): 24,
}
"""Columns of a sheet and their widths."""

_UNIT: _Column = (N_("Unit"), lambda duty: duty.words.pick(duty.unit.name, duty.unit.name_en))
_CSV: Sequence[_Column] = (
    (N_("Unit code"), lambda duty: duty.unit.code),
    _UNIT,
    _NUMBER,
    _TASK,
    _ROLE,
    _TEXT,
    (N_("Deadline"), lambda duty: duty.cell.deadline_text),
    _CUTOFF,
    (N_("Mark"), lambda duty: language.letter(duty.words.locale, duty.cell.light)),
    (N_("State"), lambda duty: duty.words.label(duty.cell.light)),
    _DONE,
    _ASKED,
    _LACKING,
    _NOTE,
    _BY,
    _AT,
    (N_("Inspector's answer"), _answer),
    (N_("Answered by"), _answered_by),
    (N_("Answered at"), _answered_at),
)


def unit_sheet(export: Export, unit: BoardUnit, words: Words) -> Sheet:
    """One unit's duties."""
    own = [duty for duty in _duties(export, words) if duty.cell.unit_code == unit.code]
    return _sheet(words.pick(unit.name, unit.name_en), _SHEET, own, words)


def all_duties(export: Export, words: Words) -> Sheet:
    """Those of every unit on one sheet."""
    columns = {_UNIT: 18.0, **_SHEET}
    return _sheet(words._(N_("All duties")), columns, _duties(export, words), words)


def board_csv(export: Export, words: Words) -> bytes:
    """Those of every unit, a line each."""
    lines = ([_written(value(duty)) for _, value in _CSV] for duty in _duties(export, words))
    return csv_bytes([words._(msgid) for msgid, _ in _CSV], lines)


def _written(value: Value) -> Value:
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value


def _sheet(
    name: str, columns: Mapping[_Column, float], duties: Sequence[_Duty], words: Words
) -> Sheet:
    rows = [[_placed(column, duty) for column in columns] for duty in duties]
    return listing(name, [words._(msgid) for msgid, _ in columns], rows, [*columns.values()])


def _placed(column: _Column, duty: _Duty) -> Cell:
    value = column[1](duty)
    if column is _STATE:
        return Cell(value, lights.style_of(duty.cell.light))
    return Cell(value, CENTRED) if isinstance(value, int) else Cell(value)


def _duties(export: Export, words: Words) -> list[_Duty]:
    board = export.board
    units: Mapping[str, BoardUnit] = {unit.code: unit for unit in board.units}
    tasks = {task.number: task for task in board.tasks}
    return [
        _Duty(
            cell,
            units[cell.unit_code],
            tasks[cell.task_numbers[0]],
            export.said.get(cell.assignment_id),
            words,
            board.plan.zone,
        )
        for cell in board.cells
    ]
