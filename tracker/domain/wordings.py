"""What the wording of a deadline says: a window, something that comes again and again, or no end.

One grammar in two languages (`wordings_zh`, `wordings_en`). A wording that can be meant in two ways
is read with a doubt that says what was understood; anything else is refused, never guessed.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum

from tracker.domain.cutoffs import BadWindow, Window
from tracker.domain.errors import N_

LATEST = timedelta(days=183)
"""A date without a year lies at most so long after its notice."""


FROM_NOTICE = N_("Counted from the date of the notice.")
AT_ONCE = N_("“At once” is read as the end of the day of the notice.")
WEEK_BEFORE = N_("Counted back from the first day of teaching.")
OPENED_BEFORE = N_("It opened before the notice: read in the month of its last day.")
INCLUSIVE = N_("Only a day is named: it is read as the whole of that day.")


class UnreadableDeadline(ValueError):
    """The wording is not understood or names no day; the text says what was read."""


class Every(Enum):
    """How often something comes again."""

    DAY = "day"
    WORKDAY = "workday"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Recurrence:
    """Again and again. `on`: the weekday (0 Monday) of a week or the day of a month, None where the
    wording names none; `by`: campus time of day, exclusive, None for the day's end."""

    every: Every
    on: int | None = None
    by: time | None = None


@dataclass(frozen=True)
class Reading:
    """`window` or `recurrence`, or neither: no end (长期). `doubt`: an English msgid where the
    words can be meant in another way too."""

    window: Window | None = None
    recurrence: Recurrence | None = None
    doubt: str | None = None


@dataclass(frozen=True)
class Anchors:
    """What a wording's dates are counted from: the notice's own date and the first day of
    teaching."""

    issued: date
    launches: date | None = None


@dataclass(frozen=True)
class Point:
    """A day, and where one is named a time of day; `doubt` as in Reading. `minutes` of the day,
    1440 for 24:00; None: the whole day belongs to it."""

    day: date
    minutes: int | None = None
    doubt: str | None = None

    @property
    def opens(self) -> datetime:
        return midnight(self.day) + timedelta(minutes=self.minutes or 0)

    @property
    def closes(self) -> datetime:
        """Exclusive: the time named, else the end of the day."""
        minutes = 1440 if self.minutes is None else self.minutes
        return midnight(self.day) + timedelta(minutes=minutes)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def squashed(text: str) -> str:
    """Full-width letters and digits to ASCII, lower case, every space and line break out: tables of
    a notice break "22 日结⏎束前" in the middle of a word."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()


def until(point: Point, opens: datetime | None = None, doubt: str | None = None) -> Reading:
    """Raises UnreadableDeadline for a window that closes before it opens."""
    try:
        return Reading(Window(opens, point.closes), doubt=doubt or point.doubt)
    except (BadWindow, OverflowError) as error:
        raise UnreadableDeadline(str(error)) from None


def next_day(day: int, month: int | None, issued: date) -> date:
    """The first such date on or after the notice's own date, and at most half a year after it."""
    for days in range(min(LATEST, date.max - issued - timedelta(days=1)).days + 1):
        candidate = issued + timedelta(days=days)
        if candidate.day == day and month in (None, candidate.month):
            return candidate
    raise UnreadableDeadline(f"no such day within half a year after the notice: {month}-{day}")


def day_before(day: int, month: int, last: date) -> date:
    """The last such date on or before `last`, at most half a year before it."""
    for days in range(min(LATEST, last - date.min).days + 1):
        candidate = last - timedelta(days=days)
        if (candidate.month, candidate.day) == (month, day):
            return candidate
    raise UnreadableDeadline(f"no such day within half a year before {last}: {month}-{day}")


def exact(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise UnreadableDeadline(f"no such day: {year}-{month}-{day}") from None


def day_of_month(text: str) -> int:
    day = int(text)
    if not 1 <= day <= 31:
        raise UnreadableDeadline(f"no such day of a month: {day}")
    return day


def month_end(month: int | None, issued: date) -> date:
    """The last day of the notice's own month, or of the next month of that number."""
    number = month or issued.month
    if not 1 <= number <= 12:
        raise UnreadableDeadline(f"no such month: {number}")
    year = issued.year + (number < issued.month)
    first_after = exact(year + number // 12, number % 12 + 1, 1)
    last = first_after - timedelta(days=1)
    if last - issued > LATEST:
        raise UnreadableDeadline(f"more than half a year after the notice: month {number}")
    return last


def weekday(number: int, issued: date, week: int | None) -> date:
    """A weekday (0 Monday): of the notice's own week (`week` 0) or the next (1), never before the
    notice; the next one from the notice on where no week is named (None)."""
    if week is None:
        return issued + timedelta(days=(number - issued.weekday()) % 7)
    found = issued + timedelta(days=number - issued.weekday() + 7 * week)
    if found < issued:
        raise UnreadableDeadline("that day of the week lies before the notice")
    return found
