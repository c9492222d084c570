"""A standing duty's reports: on which days they are due, and which of them somebody should have
spoken for by now. A report is known by the day on which it is due."""

from calendar import monthrange
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from tracker.domain.cutoffs import Window, to_wall
from tracker.domain.vocabulary import Cadence

END_OF_DAY = time.max
_SUNDAY, _LONGEST_MONTH = 6, 31


@dataclass(frozen=True)
class Rhythm:
    """How often a duty is reported. `on`: the weekday (0 Monday) of a weekly report, the day of the
    month of a monthly one; None: the last day of the week or month. `open_ended`: it goes on until
    its plan is closed, so that its reports are known up to today only."""

    cadence: Cadence = Cadence.ONCE
    on: int | None = None
    open_ended: bool = False

    def days(self, window: Window, today: date | None = None) -> list[date]:
        """On which days of the window a report is due, in order. A day is the one that the words
        name, worked or not; where the window holds none of them, its last day is. The rest of a
        window after the last named day asks for no report. `today` ends what is open-ended."""
        inside = window.days()
        if not self.cadence.recurs:
            return []
        named = [day for day in inside if self._names(day)] or inside[-1:]
        if self.open_ended and today is not None:
            return [day for day in named if day <= today]
        return named

    def _names(self, day: date) -> bool:
        if self.cadence is Cadence.WEEKLY:
            return day.weekday() == (_SUNDAY if self.on is None else self.on)
        if self.cadence is Cadence.MONTHLY:
            last = monthrange(day.year, day.month)[1]
            return day.day == min(self.on or _LONGEST_MONTH, last)
        return True


def rhythm_of(duty: Any) -> Rhythm:
    """`duty`: a duty, or a row with its columns."""
    return Rhythm(duty.cadence, duty.report_on, duty.open_ended)


def window_of(duty: Any, zone: str) -> Window:
    opens = to_wall(duty.opens_at, zone) if duty.opens_at else None
    return Window(opens, to_wall(duty.due_at, zone))


def report_days(duty: Any, zone: str, today: date | None = None) -> list[date]:
    """The days on which a duty's reports are due, campus calendar; none of one reported once."""
    return rhythm_of(duty).days(window_of(duty, zone), today) if duty.cadence.recurs else []


def report_spans(duty: Any, zone: str) -> list[tuple[date, date]]:
    """From which day on each report may be given, and when it is due. A daily one on its own day,
    any other one from the day after the report before it, the first one from the window's first
    day."""
    days = report_days(duty, zone)
    if duty.cadence is Cadence.DAILY or not days:
        return [(day, day) for day in days]
    first = window_of(duty, zone).days()[0]
    return list(zip([first, *(day + timedelta(days=1) for day in days[:-1])], days, strict=True))


def asked_days(spans: Iterable[tuple[date, date]], today: date) -> list[date]:
    """Of `report_spans` the reports that may be given by `today`."""
    return [day for since, day in spans if since <= today]


def is_late(day: date, spoken: bool, wall: datetime, report_by: time | None) -> bool:
    """Nobody spoke for the day although it is over, or its hour has come. `wall`: campus wall time
    of now; `report_by` None: the end of the day."""
    if spoken or day > wall.date():
        return False
    return day < wall.date() or wall.time() >= (report_by or END_OF_DAY)


def alarm(
    days: Iterable[date], spoken: Collection[date], wall: datetime, report_by: time | None
) -> bool:
    """Today's word is missing although its hour has come. What was missed on earlier days stays on
    the strip and raises no alarm any more."""
    today = wall.date()
    return today in days and is_late(today, today in spoken, wall, report_by)
