"""The cells of a notice that is read: what each asks of one kind of unit, over which rows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from tracker.domain.errors import N_
from tracker.domain.matrix import MERGED
from tracker.domain.notice_choices import LEFT_OUT, Choices
from tracker.domain.notice_duties import Asked
from tracker.domain.notice_remarks import Remarks
from tracker.domain.notice_tables import NOTHING_ABOVE, ReadTables
from tracker.domain.notice_windows import Again
from tracker.domain.standing import Rhythm
from tracker.domain.vocabulary import Cadence, DutyRole, UnitKind

CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_STAY_ONCE = (DutyRole.INSPECT, DutyRole.MONITOR, DutyRole.STANDBY)
"""Roles that nobody reports day by day, however often the row comes again."""


@dataclass(frozen=True)
class Cells:
    """`kinds` by column, "" where it is nobody's; `numbers` by row index; `again`: rows that come
    again."""

    read: ReadTables
    choices: Choices
    kinds: Sequence[str]
    numbers: Mapping[int, int]
    again: Mapping[int, Again]
    remarks: Remarks

    def asked(self, rows: Sequence[int]) -> list[Asked]:
        """By column, top to bottom."""
        found: list[Asked] = []
        for column, kind in enumerate(self.kinds):
            begun: list[tuple[int, list[int]]] = []
            goes_on = False
            for at in rows:
                choice = self.choices.rows[at].cells[column]
                if kind == "" or not self._is_said(at, column, choice, goes_on):
                    goes_on = False
                    continue
                if choice == MERGED:
                    begun[-1][1].append(at)
                else:
                    begun.append((at, [at]))
                goes_on = True
            for first, spans in begun:
                found.append(self._cell(column, kind, first, spans))
        return found

    def _is_said(self, at: int, column: int, choice: str, goes_on: bool) -> bool:
        """Whether a cell asks something that can be used."""
        if choice == LEFT_OUT:
            return False
        if choice == MERGED:
            if not goes_on:
                self.remarks.problem(at, "cell", NOTHING_ABOVE, column)
            return goes_on
        text = self.read.rows[at].cells[column]
        if choice not in set(DutyRole):
            self.remarks.problem(at, "cell", N_("No known verb: say what is asked."), column)
            return False
        if not text.strip() or text == MERGED:
            self.remarks.problem(at, "cell", N_("The cell is empty: it asks nothing."), column)
            return False
        return True

    def _cell(self, column: int, kind: str, first: int, spans: Sequence[int]) -> Asked:
        chosen = self.choices.columns[column]
        role = DutyRole(self.choices.rows[first].cells[column])
        rhythm, by = Rhythm(), None
        again = {self.again.get(at) for at in spans}
        if chosen.cadence == Cadence.DAILY:
            rhythm = Rhythm(Cadence.DAILY)
            if CLOCK.fullmatch(chosen.report_by):
                by = time.fromisoformat(chosen.report_by)
        elif role not in _STAY_ONCE and len(again) == 1 and (said := again.pop()) is not None:
            rhythm, by = said.rhythm, said.by
        return Asked(
            UnitKind(kind),
            role,
            self.read.rows[first].cells[column],
            rhythm.cadence,
            tuple(sorted(self.numbers[at] for at in spans)),
            by,
            rhythm.on,
        )
