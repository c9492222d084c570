"""What a notice asks once a person's choices are applied: tasks and duties, what is doubtful of
them, and what keeps them from becoming a plan."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tracker.domain.cutoffs import Window
from tracker.domain.errors import N_
from tracker.domain.notice_cells import CLOCK, Cells
from tracker.domain.notice_choices import LEFT_OUT, Choices, RowChoice, is_asked
from tracker.domain.notice_duties import (
    DutySeed,
    Measure,
    TaskSeed,
    duty,
)
from tracker.domain.notice_remarks import HEAD, Remark, Remarks
from tracker.domain.notice_tables import ReadTables
from tracker.domain.notice_windows import (
    Again,
    NoWindow,
    Standing,
    Windows,
    day_of,
    standing_of,
)
from tracker.domain.text import clean
from tracker.domain.vocabulary import Cadence, UnitKind
from tracker.domain.wordings import Anchors

LAST_NUMBER, LARGEST_TARGET, LONGEST_TITLE = 999, 1_000_000, 600


@dataclass(frozen=True)
class Understood:
    """`problems` keep it from becoming a plan, `doubts` do not. `windows` by row index, and so
    `again`, of rows that come again."""

    issued_on: date | None
    launches_on: date | None
    tasks: tuple[TaskSeed, ...]
    duties: tuple[DutySeed, ...]
    windows: Mapping[int, Window]
    again: Mapping[int, Again]
    problems: tuple[Remark, ...]
    doubts: tuple[Remark, ...]

    def about(self, row: int, column: int | None = None) -> list[Remark]:
        """Problems and doubts of one place, problems first."""
        return [
            remark
            for remark in (*self.problems, *self.doubts)
            if remark.row == row and (column is None or remark.column == column)
        ]


def understand(
    read: ReadTables, choices: Choices, standing: Mapping[str, Standing] | None = None
) -> Understood:
    return _Reader(read, choices, standing or {}).understood()


class _Reader:
    """Reads once, collecting remarks on the way."""

    def __init__(
        self, read: ReadTables, choices: Choices, standing: Mapping[str, Standing]
    ) -> None:
        self.read, self.choices, self.standing = read, choices, standing
        self.remarks = Remarks()
        self.windows: dict[int, Window] = {}
        self.again: dict[int, Again] = {}
        """Rows that come again."""

    def understood(self) -> Understood:
        issued, launches = self._head()
        kinds = self._columns()
        rows = [at for at, row in enumerate(self.choices.rows) if not row.leave]
        numbers = self._numbers(rows)
        tasks: dict[int, TaskSeed] = {}
        if issued and launches:
            chosen = [self.choices.rows[at] for at in rows]
            windows = Windows(chosen, Anchors(issued, launches), self.standing)
            for at in rows:
                if (task := self._task(at, numbers[at], windows)) is not None:
                    tasks[at] = task
        cells = Cells(self.read, self.choices, kinds, numbers, self.again, self.remarks)
        asked = cells.asked(rows)
        for place in self.read.left:
            said = N_("Another table is not read. It stands at %(at)s.")
            self.remarks.doubt(HEAD, "rows", said, at=place)
        for at in rows:
            for doubt in self.read.rows[at].doubts:
                self.remarks.doubt(at, "row", doubt.msgid, doubt.column, **doubt.params)
        if not rows:
            self.remarks.problem(HEAD, "rows", N_("No row is left to make a plan of."))
        duties: tuple[DutySeed, ...] = ()
        if not self.remarks.problems:
            by_number = {task.number: task for task in tasks.values()}
            duties = tuple(duty(cell, asked, by_number, "") for cell in asked)
        return Understood(
            issued,
            launches,
            tuple(tasks.values()),
            duties,
            self.windows,
            self.again,
            tuple(self.remarks.problems),
            tuple(self.remarks.doubts),
        )

    def _head(self) -> tuple[date | None, date | None]:
        chosen = self.choices
        self._text(HEAD, "title", chosen.title, 300)
        self._text(HEAD, "issuer", chosen.issuer, 120)
        issued, launches = (
            self._day(HEAD, name, text)
            for name, text in (
                ("issued_on", chosen.issued_on),
                ("launches_on", chosen.launches_on),
            )
        )
        if issued and launches and launches < issued:
            self.remarks.problem(
                HEAD, "launches_on", N_("Teaching starts before the notice is issued.")
            )
            return issued, None
        return issued, launches

    def _text(self, row: int, where: str, text: str, longest: int) -> None:
        if not 1 <= len(clean(text)) <= longest:
            self.remarks.problem(row, where, N_("This needs 1 to %(max)s characters."), max=longest)

    def _day(self, row: int, where: str, text: str) -> date | None:
        found = day_of(text)
        if found is None:
            self.remarks.problem(row, where, N_("Enter a day such as 2020-02-24."))
        return found

    def _columns(self) -> list[str]:
        """The kind of every column, "" where it cannot be used."""
        kinds = [column.kind for column in self.choices.columns]
        for at, kind in enumerate(kinds):
            if kind != LEFT_OUT and not is_asked(kind):
                self.remarks.problem(
                    HEAD, "kind", N_("Say whose column this is, or leave it out."), column=at
                )
            elif kind != LEFT_OUT and kinds.index(kind) != at:
                self.remarks.problem(
                    HEAD, "kind", N_("Another column is theirs already."), column=at
                )
        for at, column in enumerate(self.choices.columns):
            if kinds[at] != LEFT_OUT and not any(row.cells[at] for row in self.read.rows):
                self.remarks.doubt(HEAD, "kind", N_("Every cell of it is empty."), column=at)
            if column.cadence == Cadence.DAILY and not CLOCK.fullmatch(column.report_by):
                self.remarks.problem(
                    HEAD, "report_by", N_("Enter a time such as 17:00."), column=at
                )
            elif column.cadence == Cadence.DAILY and column.kind != LEFT_OUT:
                self.remarks.doubt(
                    HEAD, "kind", N_("Read as a standing duty with a report every day."), column=at
                )
        if all(kind in ("", LEFT_OUT) for kind in kinds):
            self.remarks.problem(HEAD, "kind", N_("No column asks anything of anybody."))
        return [kind if is_asked(kind) else "" for kind in kinds]

    def _numbers(self, rows: Sequence[int]) -> dict[int, int]:
        typed = {at: self.choices.rows[at].number.strip() for at in rows}
        often = Counter(typed.values())
        numbers: dict[int, int] = {}
        for at, text in typed.items():
            sound = text.isascii() and text.isdecimal() and len(text) <= 3 and int(text) > 0
            if not sound:
                self.remarks.problem(
                    at, "number", N_("Enter a number from 1 to %(max)s."), max=LAST_NUMBER
                )
            elif often[text] > 1:
                self.remarks.problem(at, "number", N_("Another row has this number."))
            numbers[at] = int(text) if sound else 0
        return numbers

    def _task(self, at: int, number: int, windows: Windows) -> TaskSeed | None:
        row = self.choices.rows[at]
        self._text(at, "title", row.title, LONGEST_TITLE)
        if not self._fits(row.deadline):
            self.remarks.problem(at, "deadline", N_("This needs 1 to %(max)s characters."), max=60)
            return None
        window = self._window(at, row, windows)
        measure = self._measure(at, row)
        if window is None:
            return None
        self.windows[at] = window
        return TaskSeed(number, clean(row.title), "", clean(row.deadline), window, measure)

    @staticmethod
    def _fits(deadline: str) -> bool:
        return 1 <= len(clean(deadline)) <= 60

    def _window(self, at: int, row: RowChoice, windows: Windows) -> Window | None:
        try:
            found = windows.of(row)
        except NoWindow as problem:
            self.remarks.problem(at, problem.field, problem.msgid)
            return None
        if found.doubt:
            self.remarks.doubt(at, "deadline", found.doubt)
        if found.again:
            self.again[at] = found.again
        return found.window

    def _measure(self, at: int, row: RowChoice) -> Measure | None:
        counts, target = clean(row.counts), row.target.strip()
        if not counts:
            if target:
                self.remarks.problem(
                    at, "counts", N_("Name what is counted, or empty the number too.")
                )
            return None
        if len(counts) > 60 or "\n" in counts:
            self.remarks.problem(at, "counts", N_("This needs 1 to %(max)s characters."), max=60)
            return None
        if standing_of(row, self.standing) is None:
            self.remarks.doubt(at, "counts", N_("Counted: its units report a number."))
        if not target:
            return Measure(counts, "", None, None)
        sound = target.isascii() and target.isdecimal() and len(target) <= 7
        if not sound or not 1 <= int(target) <= LARGEST_TARGET:
            self.remarks.problem(
                at, "target", N_("Enter a number from 1 to %(max)s."), max=LARGEST_TARGET
            )
            return None
        if not is_asked(row.held_by):
            self.remarks.problem(at, "held_by", N_("Say whose duty carries the whole number."))
            return None
        return Measure(counts, "", int(target), UnitKind(row.held_by))
