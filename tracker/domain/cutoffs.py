"""Deadline wording to windows, and windows to words.

A window is campus wall time: `opens` inclusive or None, `closes` exclusive. "22日结束前" closes at
the 23rd 00:00; it is shown as 22日24:00 and belongs to the 22nd everywhere.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = r"(?:(?P<{0}month>\d{{1,2}})月)?(?P<{0}day>\d{{1,2}})日?"
_DASH = r"(?:[-‐‑‒–—―~～－至到]+)"
_BEFORE = re.compile(_DAY.format("") + r"(?:结束)?(?:之前|以前|前)")
_RANGE = re.compile(_DAY.format("a") + _DASH + _DAY.format("b") + r"(?:结束)?(?:之前|以前|前)?")
_LATEST = timedelta(days=183)
CAMPUS_ZONE = "Asia/Shanghai"
"""The zone of whatever belongs to no plan."""


class UnreadableDeadline(ValueError):
    """The wording is not understood or is ambiguous; the text says what was read."""


@dataclass(frozen=True)
class Window:
    """Campus wall time, naive. `opens` inclusive (None: from publication), `closes` exclusive."""

    opens: datetime | None
    closes: datetime

    def __post_init__(self) -> None:
        if self.opens is not None and self.opens >= self.closes:
            raise UnreadableDeadline(f"the window closes ({self.closes}) before it opens")

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


def to_instant(wall: datetime, zone: str) -> datetime:
    """Naive campus wall time to aware UTC. A repeated hour is read as its first pass, a skipped
    one as the moment after the gap."""
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def to_wall(instant: datetime, zone: str) -> datetime:
    """Aware instant to naive campus wall time."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _squash(text: str) -> str:
    """Full-width digits to ASCII, every space and line break out: tables of a notice break
    "22 日结⏎束前" in the middle of a word."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _resolve(month: str | None, day: str, issued: date, text: str) -> date:
    """A day without a year: the first such date on or after the notice's own date, and at most
    half a year after it. Raises UnreadableDeadline where there is none."""
    within = min(_LATEST, date.max - issued - timedelta(days=1))
    for days in range(within.days + 1):
        candidate = issued + timedelta(days=days)
        if candidate.day == int(day) and (month is None or candidate.month == int(month)):
            return candidate
    raise UnreadableDeadline(f"no such day within half a year after the notice: {text}")


def read_window(text: str, issued: date) -> Window:
    """The window that the wording names, its year taken from the notice's date.

    Reads "22日结束前" and "20日—23日" with any spacing, line break, digit width and dash.
    Raises UnreadableDeadline for anything else: a deadline is flagged, never guessed.
    """
    squashed = _squash(text)
    if match := _BEFORE.fullmatch(squashed):
        last = _resolve(match["month"], match["day"], issued, text)
        return Window(None, datetime.combine(last + timedelta(days=1), time()))
    if match := _RANGE.fullmatch(squashed):
        first = _resolve(match["amonth"], match["aday"], issued, text)
        last = _resolve(match["bmonth"] or match["amonth"], match["bday"], issued, text)
        if last < first:
            raise UnreadableDeadline(f"{text} ends before it begins")
        return Window(
            datetime.combine(first, time()), datetime.combine(last + timedelta(days=1), time())
        )
    raise UnreadableDeadline(f"not understood: {text}")


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
