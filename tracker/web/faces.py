"""Cells put into what a page shows: letter, figure, words and the days of a standing duty."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from tracker import language
from tracker.domain.cutoffs import to_wall
from tracker.domain.progress import Progress
from tracker.domain.standing import is_late
from tracker.domain.vocabulary import Health, Light, UnitKind
from tracker.models.org import Unit
from tracker.models.plan import Task
from tracker.queries.board import Board, BoardUnit
from tracker.queries.cells import BoardCell
from tracker.web.filters import in_language, locale


@dataclass(frozen=True)
class DayFace:
    """One day of a standing duty. `css`: said, trouble, missed or ahead."""

    day: str
    word: str
    css: str


class CellFace(NamedTuple):
    """`place`: the unit's name. `figure`: "12", "12/160" or "". `said`: the figure, or that nobody
    reported one, or which names are missing since. `name`: the whole cell in words, for who does
    not see it. `span`: how many of the shown rows it covers. `dimmed`: outside the chosen
    filter."""

    cell: BoardCell
    unit: BoardUnit
    place: str
    href: str
    letter: str
    word: str
    role: str
    figure: str
    said: str
    name: str
    days: tuple[DayFace, ...]
    span: int = 1
    dimmed: bool = False

    @property
    def id(self) -> int:
        return self.cell.assignment_id

    @property
    def is_office(self) -> bool:
        """Its unit has its own part in each row, which stands in the cell."""
        return self.unit.kind is not UnitKind.COLLEGE

    @property
    def is_letter(self) -> bool:
        """A letter is all that it shows by itself."""
        return not (self.is_office or self.figure)

    @property
    def shown(self) -> tuple[object, ...]:
        """All that a cell of the matrix is drawn from."""
        words = (self.name, self.letter, self.figure, self.role, self.place)
        return (self.cell.assignment_id, self.cell.light, words, self.days, self.span, self.dimmed)


def figures(progress: Progress) -> str:
    return progress.figure


def legend() -> list[tuple[Light, str, str]]:
    """Every light with its letter and its word."""
    spoken = locale()
    return [(each, language.letter(spoken, each), language.label(spoken, each)) for each in Light]


def faces(board: Board, now: datetime) -> dict[int, CellFace]:
    """Assignment id -> face, for every cell of the board. Words are looked up once a word, not
    once a cell."""
    words = {each: (letter, word) for each, letter, word in legend()}
    roles = {role: language.label(locale(), role) for role in {cell.role for cell in board.cells}}
    units = {unit.code: (unit, in_language(unit, "name")) for unit in board.units}
    titles = {task.number: in_language(task, "title") for task in board.tasks}
    base = url_for("assignments.show", assignment_id=0).removesuffix("0")
    wall = to_wall(now, board.plan.zone)
    comma = ", " if locale() == "en" else "，"
    one_row, rows = _patterns()
    silence = _("nothing reported")
    found = {}
    for cell in board.cells:
        letter, word = words[cell.light]
        (unit, place), figure = units[cell.unit_code], _figure(cell)
        first, last = cell.task_numbers[0], cell.task_numbers[-1]
        said = _said(cell, figure, silence, comma)
        text = f"{word}{comma}{said}" if said else word
        parts = {"unit": place, "number": first, "first": first, "last": last, "text": text}
        found[cell.assignment_id] = CellFace(
            cell=cell,
            unit=unit,
            place=place,
            href=f"{base}{cell.assignment_id}",
            letter=letter,
            word=word,
            role=roles[cell.role],
            figure=figure,
            said=said,
            name=(one_row if first == last else rows) % {**parts, "title": titles[first]},
            days=_days(cell, wall),
        )
    return found


def _patterns() -> tuple[str, str]:
    """The sentence about a cell of one row, and about a merged one."""
    return (
        _("%(unit)s, row %(number)s, %(title)s: %(text)s"),
        _("%(unit)s, rows %(first)s to %(last)s: %(text)s"),
    )


def _figure(cell: BoardCell) -> str:
    return cell.figures.figure if cell.figures else ""


def _said(cell: BoardCell, figure: str, silence: str, comma: str) -> str:
    """`silence` where a number is asked for and nobody gave one (零报告); of a report that fell
    back (待补) how many names are missing."""
    if cell.light is Light.LACKING and cell.listed:
        missing = (cell.target or 0) - (cell.count or 0)
        lack = ngettext("%(num)s name is missing", "%(num)s names are missing", missing)
        return comma.join(filter(None, (figure, lack if missing else "")))
    silent = cell.counted and cell.count is None and cell.light is not Light.WAIVED
    return figure or (silence if silent else "")


def named(unit: Unit, task: Task, text: str) -> str:
    """「计算机学院第3项“课程建群”：待核验，12」: what is said of one cell, in a sentence."""
    one_row, _rows = _patterns()
    return one_row % {
        "unit": in_language(unit, "name"),
        "number": task.number,
        "title": in_language(task, "title"),
        "text": text,
    }


def _days(cell: BoardCell, wall: datetime) -> tuple[DayFace, ...]:
    """Of a cell over several rows, which has room for them; another one shows its figure alone."""
    if len(cell.task_numbers) == 1:
        return ()
    return tuple(_day(day, said, wall, cell.report_by) for day, said in cell.check_ins)


def _day(day: date, said: Health | None, wall: datetime, report_by: time | None) -> DayFace:
    today = wall.date()
    named = language.day(locale(), day, today)
    if said is not None:
        css = "trouble" if said is Health.TROUBLE else "said"
        return DayFace(named, language.label(locale(), said), css)
    if is_late(day, False, wall, report_by):
        return DayFace(named, _("No word"), "missed")
    return DayFace(named, _("Due today") if day == today else _("Not yet"), "ahead")
