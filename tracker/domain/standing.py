"""A standing duty's days: which of them somebody should have spoken for by now."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time

END_OF_DAY = time.max


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
