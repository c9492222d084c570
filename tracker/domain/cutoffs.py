"""Cut-offs: windows, instants, and instants to words.

A window is campus wall time: `opens` inclusive or None, `closes` exclusive. "22日结束前" closes at
the 23rd 00:00; it is shown as 22日24:00 and belongs to the 22nd everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CAMPUS_ZONE = "Asia/Shanghai"
"""The zone of whatever belongs to no plan."""


class BadWindow(ValueError):
    """It closes before it opens."""


@dataclass(frozen=True)
class Window:
    """Campus wall time, naive. `opens` inclusive (None: from publication), `closes` exclusive."""

    opens: datetime | None
    closes: datetime

    def __post_init__(self) -> None:
        if self.opens is not None and self.opens >= self.closes:
            raise BadWindow(f"the window closes ({self.closes}) before it opens")

    @property
    def last_day(self) -> date:
        return last_day(self.closes)

    def days(self) -> list[date]:
        """Every day of the window, in order; one day where no opening is set."""
        first = self.opens.date() if self.opens else self.last_day
        return [first + timedelta(days=n) for n in range((self.last_day - first).days + 1)]


def spanning(windows: Sequence[Window]) -> Window:
    """The window from the first opening to the last closing of at least one window. One that names
    no opening does not move the opening of the others."""
    opens = min((window.opens for window in windows if window.opens), default=None)
    return Window(opens, max(window.closes for window in windows))


def last_day(closes: datetime) -> date:
    """The day a cut-off is listed under: the last one on which something can still be done."""
    return (closes - timedelta(microseconds=1)).date()


def end_of(day: date) -> datetime:
    """Where a day that is wholly in ends, exclusive."""
    return datetime.combine(day + timedelta(days=1), time())


def to_instant(wall: datetime, zone: str) -> datetime:
    """Naive campus wall time to aware UTC. A repeated hour is read as its first pass, a skipped
    one as the moment after the gap."""
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def to_wall(instant: datetime, zone: str) -> datetime:
    """Aware instant to naive campus wall time."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def to_minute(instant: datetime, zone: str) -> datetime:
    """Campus wall time as lists show it, without seconds."""
    return to_wall(instant, zone).replace(second=0, microsecond=0)


@dataclass(frozen=True)
class CutoffWords:
    """A cut-off taken apart for a sentence: `day`, `clock` ("24:00" for midnight), and how many
    calendar days lie between today and that day (0 today, 1 tomorrow, -1 yesterday)."""

    day: date
    clock: str
    days_away: int


def in_words(due_at: datetime, now: datetime, zone: str) -> CutoffWords:
    """The parts of 「22日24:00（明天）」 for an instant, both days counted in campus time."""
    wall = to_wall(due_at, zone)
    day = last_day(wall)
    clock = "24:00" if wall.time() == time() else f"{wall:%H:%M}"
    return CutoffWords(day, clock, (day - to_wall(now, zone).date()).days)


def next_time(clock: time, at: datetime, zone: str) -> datetime:
    """The first instant at or after `at` (aware) at which the zone's clock shows `clock`."""
    wall = to_wall(at, zone)
    chosen = datetime.combine(wall.date(), clock)
    return to_instant(chosen if chosen >= wall else chosen + timedelta(days=1), zone)
