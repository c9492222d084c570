"""The window of a notice's row: from its wording, or from the days that a person gave."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tracker.domain import deadlines
from tracker.domain.cutoffs import BadWindow, Window
from tracker.domain.errors import N_
from tracker.domain.notice_choices import REPORT_BY, RowChoice
from tracker.domain.text import clean
from tracker.domain.wordings import Anchors, Every, Reading, UnreadableDeadline, midnight

FIRST_YEAR, LAST_YEAR = 2000, 2200
LONGEST_WINDOW = timedelta(days=400)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

RECURS = N_("It comes again and again: read as reported daily, until teaching starts.")
ALIKE = N_("Read as the plan has it in other rows with the same wording.")
RECURS_SELDOM = N_("It comes every week or month: asked once, until teaching starts.")


class NoWindow(ValueError):
    """`field` of the form; the text is an English msgid."""

    def __init__(self, field: str, msgid: str) -> None:
        super().__init__(msgid)
        self.field = field
        self.msgid = msgid


@dataclass(frozen=True)
class Standing:
    """What the plan says already of a row of this title: its wording and window, which stay while
    the wording does (a cut-off that was moved is not moved back)."""

    deadline: str
    window: Window


@dataclass(frozen=True)
class RowWindow:
    """`daily`: the time of day by which a row that comes again is reported; `doubt`: a msgid."""

    window: Window
    daily: time | None = None
    doubt: str | None = None


def day_of(text: str) -> date | None:
    """YYYY-MM-DD, of a year that a notice may mean."""
    try:
        day = date.fromisoformat(text.strip()) if _DAY.fullmatch(text.strip()) else None
    except ValueError:
        return None
    return day if day and FIRST_YEAR <= day.year <= LAST_YEAR else None


def window_of(
    row: RowChoice, anchors: Anchors, known: Standing | None, alike: Standing | None = None
) -> RowWindow:
    """Days that were given come first, then what the plan has under the same wording: in this row,
    or else, with a doubt, in others (`alike`); then the wording. Raises NoWindow."""
    wording, given = clean(row.deadline), row.closes.strip() or row.opens.strip()
    stands = known is not None and known.deadline == wording
    reading = _read(
        row.deadline, anchors, forgive=bool(row.closes.strip()) or stands or bool(alike)
    )
    daily, doubt = _again(reading)
    if given:
        return RowWindow(_given(row, reading, anchors), daily, doubt if daily else None)
    if stands and known is not None:
        return RowWindow(known.window, daily, doubt)
    if alike is not None:
        return RowWindow(alike.window, daily, doubt or ALIKE)
    window = reading.window
    if reading.recurrence is not None:
        launches = anchors.launches or anchors.issued
        window = Window(
            midnight(anchors.issued), midnight(max(launches, anchors.issued + timedelta(days=1)))
        )
    if window is None:
        raise NoWindow("deadline", N_("No last day can be read from this: give it below."))
    return RowWindow(_sensible(window, anchors, "deadline"), daily, doubt or reading.doubt)


def _read(deadline: str, anchors: Anchors, *, forgive: bool) -> Reading:
    try:
        return deadlines.read(deadline, anchors)
    except UnreadableDeadline as error:
        if isinstance(error.__context__, BadWindow) and not forgive:
            raise NoWindow("deadline", N_("It closes before it opens.")) from None
        return Reading()


def _again(reading: Reading) -> tuple[time | None, str | None]:
    again = reading.recurrence
    if again is None:
        return None, None
    if again.every in (Every.DAY, Every.WORKDAY):
        return again.by or REPORT_BY, RECURS
    return None, RECURS_SELDOM


def _given(row: RowChoice, reading: Reading, anchors: Anchors) -> Window:
    read = reading.window
    opens: datetime | None = read.opens if read else None
    closes = read.closes if read else None
    if row.opens.strip():
        first = day_of(row.opens)
        if first is None:
            raise NoWindow("opens", N_("Enter a day such as 2020-02-24."))
        opens = midnight(first)
    if row.closes.strip():
        last = day_of(row.closes)
        if last is None:
            raise NoWindow("closes", N_("Enter a day such as 2020-02-24."))
        closes = midnight(last + timedelta(days=1))
    if closes is None:
        raise NoWindow("closes", N_("No last day can be read from this: give it below."))
    try:
        return _sensible(Window(opens, closes), anchors, "closes")
    except BadWindow:
        raise NoWindow("closes", N_("It closes before it opens.")) from None


def _sensible(window: Window, anchors: Anchors, field: str) -> Window:
    if window.closes <= midnight(anchors.issued):
        raise NoWindow(field, N_("It closes before the notice is issued."))
    farthest = midnight(anchors.issued) + LONGEST_WINDOW
    if window.closes > farthest or (
        window.opens and window.opens < midnight(anchors.issued) - LONGEST_WINDOW
    ):
        raise NoWindow(field, N_("That is more than a year away from the notice."))
    return window


def title_key(title: str) -> str:
    """By which a row is known again: its title, whatever breaks and blanks it has."""
    return "".join(clean(title).split())
