"""When a plan's daily report is due."""

from datetime import date, datetime, time, timedelta

from tracker.domain.cutoffs import to_instant, to_wall

STALE_AFTER = timedelta(hours=12)
"""A daily report that is later than this says so little of its evening that none is made."""


def due_evening(report_at: time, zone: str, now: datetime) -> tuple[date, datetime]:
    """The last day whose report was due by `now` (aware), and the instant at which it was."""
    day = to_wall(now, zone).date()
    due_at = to_instant(datetime.combine(day, report_at), zone)
    if due_at > now:
        day -= timedelta(days=1)
        due_at = to_instant(datetime.combine(day, report_at), zone)
    return day, due_at


def next_evening(report_at: time, zone: str, now: datetime) -> datetime:
    """The instant at which the next daily report is due."""
    day, _due_at = due_evening(report_at, zone, now)
    return to_instant(datetime.combine(day + timedelta(days=1), report_at), zone)
