"""The matrix of a report, lettered, in one language."""

from dataclasses import dataclass, replace

from tracker import language
from tracker.domain.reports import Facts, ReportCell, ReportRow
from tracker.domain.vocabulary import DutyRole, Light, UnitKind
from tracker.mail.words import Words


@dataclass(frozen=True)
class Column:
    name: str
    share: str
    is_college: bool


@dataclass(frozen=True)
class Mark:
    """One duty of one unit. `figure`: "12/160", "12" or "". `name`: the cell in words. `down`: how
    many rows it covers."""

    id: int
    light: Light
    letter: str
    figure: str
    role: str
    name: str
    down: int

    @property
    def text(self) -> str:
        """「逾 12/160」."""
        return f"{self.letter} {self.figure}".strip()


@dataclass(frozen=True)
class Line:
    """A row. `marks`: one a column; None: no duty. Columns that a mark from above covers are left
    out of it, `places` says in which column each mark stands."""

    number: int
    title: str
    deadline: str
    counts: str
    done: int | None
    total: int | None
    progress: str
    share: str
    marks: tuple[tuple[int, Mark | None], ...]


@dataclass(frozen=True)
class Matrix:
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    legend: tuple[tuple[Light, str, str], ...]


def parts(whole: Matrix, most: int = 18) -> list[Matrix]:
    """Side by side as many columns as a sheet of paper takes."""
    count = len(whole.columns)
    return [_part(whole, first, first + most) for first in range(0, count, most)]


def _part(whole: Matrix, first: int, end: int) -> Matrix:
    lines = tuple(
        replace(
            line,
            marks=tuple((at - first, mark) for at, mark in line.marks if first <= at < end),
        )
        for line in whole.lines
    )
    return Matrix(whole.columns[first:end], lines, whole.legend)


def matrix(facts: Facts, words: Words) -> Matrix:
    columns = tuple(
        Column(
            words.pick(*unit.name),
            f"{unit.settled}/{unit.asked}",
            unit.kind is UnitKind.COLLEGE,
        )
        for unit in facts.units
    )
    shown = {cell.light for cell in facts.cells}
    return Matrix(
        columns,
        tuple(_lines(facts, words)),
        tuple(
            (light, language.letter(words.locale, light), words.label(light))
            for light in Light
            if light in shown
        ),
    )


def figure(done: int | None, total: int | None) -> str:
    if done is None:
        return ""
    return str(done) if total is None else f"{done}/{total}"


def _lines(facts: Facts, words: Words) -> list[Line]:
    names = {unit.code: words.pick(*unit.name) for unit in facts.units}
    at = {(number, cell.unit): cell for cell in facts.cells for number in cell.rows}
    lines = []
    for row in facts.rows:
        marks: list[tuple[int, Mark | None]] = []
        for column, unit in enumerate(facts.units):
            cell = at.get((row.number, unit.code))
            if cell is None:
                marks.append((column, None))
            elif cell.rows[0] == row.number:
                marks.append((column, _mark(cell, names[unit.code], row, words)))
        lines.append(
            Line(
                number=row.number,
                title=words.pick(*row.title),
                deadline=words.short(row.due_at),
                counts=words.pick(*row.counts) if row.counts else "",
                done=row.done,
                total=row.total,
                progress=figure(row.done, row.total),
                share=f"{row.settled}/{row.asked}",
                marks=tuple(marks),
            )
        )
    return lines


def _mark(cell: ReportCell, unit: str, row: ReportRow, words: Words) -> Mark:
    shown = figure(cell.done, cell.total)
    silent = cell.counted and cell.done is None and cell.light is not Light.WAIVED
    said = shown or (words._("nothing reported") if silent else "")
    comma = ", " if words.locale == "en" else "，"
    return Mark(
        id=cell.id,
        light=cell.light,
        letter=language.letter(words.locale, cell.light),
        figure=shown if cell.role is not DutyRole.STANDBY else "",
        role=words.label(cell.role),
        name=comma.join(filter(None, (unit, words.label(cell.light), said))),
        down=len(cell.rows),
    )
