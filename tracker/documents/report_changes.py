"""What changed since the report with which a report is compared, in its language."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from tracker.documents.report_text import short_moment
from tracker.documents.report_view import Late, ReportView
from tracker.domain.report_differences import MOST_SHOWN, Difference, difference
from tracker.domain.reports import Facts


@dataclass(frozen=True)
class Changes:
    view: ReportView
    before: Facts
    found: Difference

    @cached_property
    def since(self) -> str:
        """「与第3期（21日21:52）相比」."""
        moment = short_moment(self.view.locale, self.before.at, self.view.facts)
        return self.view._(
            "since report no. %(number)s (%(moment)s)", number=self.before.number, moment=moment
        )

    @cached_property
    def settled_by(self) -> str:
        return f"{self.view.facts.settled - self.before.settled:+d}"

    @cached_property
    def overdue_by(self) -> str:
        return f"{len(self.view.facts.overdue) - len(self.before.overdue):+d}"

    @cached_property
    def sums(self) -> str:
        """「办结+12，逾期+3」."""
        return self.view._(
            "settled %(settled)s, overdue %(overdue)s",
            settled=self.settled_by,
            overdue=self.overdue_by,
        )

    @cached_property
    def lines(self) -> list[tuple[str, str]]:
        """Every difference as a label and words."""
        view = self.view
        lists = [
            (view._("newly settled"), view.late(self.found.settled)),
            (view._("newly overdue"), view.late(self.found.overdue)),
            (view._("newly sent back"), view.late(self.found.returned)),
            (view._("newly lacking names"), view.late(self.found.lacking)),
            (view._("settled before, open again"), view.late(self.found.reopened)),
        ]
        cells = [(label, said) for label, each in lists for said in self._cells(each)]
        return [*cells, *self._numbers(), *self._names()]

    def _cells(self, found: list[Late]) -> list[str]:
        """One line a row, with its units."""
        rows: dict[int, list[str]] = defaultdict(list)
        for late in found:
            rows[late.number].append(late.unit)
        colon, comma = self.view._(": "), self.view._(", ")
        return [self._row(row) + colon + comma.join(rows[row]) for row in sorted(rows)]

    def _row(self, number: int) -> str:
        said = self.view._("Row %(number)s", number=number)
        return f"{said} {self.view.titles[number]}"

    def _numbers(self) -> list[tuple[str, str]]:
        label, silence = self.view._("number changed"), self.view._("nothing reported")
        found = []
        for row in self.found.rows:
            before, after = (silence if n is None else n for n in (row.before, row.after))
            found.append((label, f"{self._row(row.row)}{self.view._(': ')}{before} → {after}"))
        return found

    def _names(self) -> list[tuple[str, str]]:
        view, label = self.view, self.view._("newly missing")
        appeared = self.found.appeared
        found = [
            (label, f"{self._row(row)}{view._(': ')}{view.names[unit]} {view.name(name)}")
            for row, unit, name in appeared[:MOST_SHOWN]
        ]
        if len(appeared) > MOST_SHOWN:
            found.append((label, f"+{len(appeared) - MOST_SHOWN}"))
        if self.found.vanished:
            found.append((view._("names missing no more"), str(self.found.vanished)))
        return found


def changes(view: ReportView) -> Changes | None:
    """None where there is nothing to compare with."""
    if view.before is None:
        return None
    return Changes(view, view.before, difference(view.before, view.facts))
