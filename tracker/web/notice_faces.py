"""A notice that was read, as its preview shows it: every place with what is chosen and what is said
of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext as _

from tracker.domain import deadlines
from tracker.domain.matrix import MERGED
from tracker.domain.notice_choices import LEFT_OUT, Choices, ColumnChoice, RowChoice
from tracker.domain.notice_reading import Understood
from tracker.domain.notice_remarks import HEAD, Remark
from tracker.domain.notice_tables import WHOLE_ROW, ReadTables
from tracker.domain.wordings import Reading
from tracker.web.filters import locale
from tracker.web.rhythms import rhythm_words


@dataclass(frozen=True)
class Said:
    """`problems` keep it from becoming a plan, `doubts` do not."""

    problems: tuple[Remark, ...]
    doubts: tuple[Remark, ...]

    @property
    def any(self) -> bool:
        return bool(self.problems or self.doubts)

    def named(self, *names: str) -> "Said":
        return Said(
            tuple(remark for remark in self.problems if remark.name in names),
            tuple(remark for remark in self.doubts if remark.name in names),
        )


@dataclass(frozen=True)
class ColumnFace:
    at: int
    header: str
    choice: ColumnChoice
    said: Said


@dataclass(frozen=True)
class CellFace:
    """`used`: its column is somebody's. `goes_on`: the file has it so."""

    at: int
    used: bool
    header: str
    text: str
    choice: str
    said: Said

    @property
    def goes_on(self) -> bool:
        return self.text == MERGED


@dataclass(frozen=True)
class RowFace:
    """`said` of the row itself; `window`: how its deadline is understood and how often it is
    reported, "" where it is not."""

    at: int
    place: str
    choice: RowChoice
    window: str
    cells: tuple[CellFace, ...]
    said: Said

    @property
    def problems(self) -> int:
        return len(self.said.problems) + sum(len(cell.said.problems) for cell in self.cells)

    @property
    def doubts(self) -> int:
        return len(self.said.doubts) + sum(len(cell.said.doubts) for cell in self.cells)


@dataclass(frozen=True)
class Preview:
    """`place`: where the header stands, in words."""

    place: str
    head: Said
    columns: tuple[ColumnFace, ...]
    rows: tuple[RowFace, ...]


def preview(read: ReadTables, choices: Choices, understood: Understood) -> Preview:
    def said(row: int, column: int) -> Said:
        return Said(
            _about(understood.problems, row, column), _about(understood.doubts, row, column)
        )

    columns = tuple(
        ColumnFace(at, header, column, said(HEAD, at))
        for at, (header, column) in enumerate(zip(read.headers, choices.columns, strict=True))
    )
    rows = tuple(
        RowFace(
            at,
            place_words(row.at),
            choice,
            _window(understood, at),
            tuple(
                CellFace(
                    column.at,
                    column.choice.kind != LEFT_OUT,
                    column.header,
                    row.cells[column.at],
                    choice.cells[column.at],
                    said(at, column.at),
                )
                for column in columns
            ),
            said(at, WHOLE_ROW),
        )
        for at, (row, choice) in enumerate(zip(read.rows, choices.rows, strict=True))
    )
    return Preview(place_words(read.at), said(HEAD, WHOLE_ROW), columns, rows)


def place_words(at: str) -> str:
    """ "3", "2!3" (the second table) or "Sheet1!3", as a reader of the file would say it."""
    table, _mark, row = at.rpartition("!")
    if not table:
        return _("row %(row)s", row=row)
    if table.isdecimal():
        return _("table %(table)s, row %(row)s", table=table, row=row)
    return _("sheet “%(sheet)s”, row %(row)s", sheet=table, row=row)


def spoken(remark: Remark) -> Remark:
    """With the place it speaks of in words."""
    if "at" not in remark.params:
        return remark
    said = {**remark.params, "at": place_words(str(remark.params["at"]))}
    return replace(remark, params=said)


def _about(remarks: Sequence[Remark], row: int, column: int) -> tuple[Remark, ...]:
    return tuple(spoken(each) for each in remarks if (each.row, each.column) == (row, column))


def _window(understood: Understood, at: int) -> str:
    window, again = understood.windows.get(at), understood.again.get(at)
    if window is None:
        return ""
    words = deadlines.words(Reading(window), locale())
    return f"{words} · {rhythm_words(again.rhythm, again.by)}" if again else words
