"""The window of a notice's row: from its wording, or from the days that a person gave."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tracker.domain import deadlines
from tracker.domain.cutoffs import BadWindow, Window
from tracker.domain.errors import N_
from tracker.domain.notice_choices import REPORT_BY, RowChoice
from tracker.domain.standing import Rhythm
from tracker.domain.text import clean
from tracker.domain.vocabulary import Cadence
from tracker.domain.wordings import Anchors, Every, Reading, UnreadableDeadline, midnight

FIRST_YEAR, LAST_YEAR = 2000, 2200
LONGEST_WINDOW = timedelta(days=400)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

RECURS = N_("It comes again and again: read as reported daily, until teaching starts.")
ALIKE = N_("Read as the plan has it in other rows with the same wording.")
RECURS_WORKDAYS = N_("It comes every working day: read as every day, days off too.")
RECURS_SELDOM = N_(
    "It comes again: a report each time until the last day of the other rows, or until teaching "
    "starts. A day off moves no report."
)
_CADENCES = {Every.WEEK: Cadence.WEEKLY, Every.MONTH: Cadence.MONTHLY}


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
class Again:
    """`by`: campus time of day, None for the day's end."""

    rhythm: Rhythm
    by: time | None


@dataclass(frozen=True)
class RowWindow:
    """`again`: how often a row that comes again is reported; `doubt`: a msgid."""

    window: Window
    again: Again | None = None
    doubt: str | None = None


def day_of(text: str) -> date | None:
    """YYYY-MM-DD, of a year that a notice may mean."""
    try:
        day = date.fromisoformat(text.strip()) if _DAY.fullmatch(text.strip()) else None
    except ValueError:
        return None
    return day if day and FIRST_YEAR <= day.year <= LAST_YEAR else None


def window_of(
    row: RowChoice,
    anchors: Anchors,
    known: Standing | None,
    alike: Standing | None = None,
    horizon: datetime | None = None,
) -> RowWindow:
    """Days that were given come first, then what the plan has under the same wording: in this row,
    or else, with a doubt, in others (`alike`); then the wording. What comes every week or month
    goes on until `horizon`, the notice's last cut-off. Raises NoWindow."""
    wording, given = clean(row.deadline), row.closes.strip() or row.opens.strip()
    stands = known is not None and known.deadline == wording
    reading = _read(
        row.deadline, anchors, forgive=bool(row.closes.strip()) or stands or bool(alike)
    )
    again, doubt = _again(reading)
    if given:
        return RowWindow(_given(row, reading, anchors), again, doubt)
    if stands and known is not None:
        return RowWindow(known.window, again, doubt)
    if alike is not None:
        return RowWindow(alike.window, again, doubt or ALIKE)
    window = reading.window
    if again is not None:
        launches = anchors.launches or anchors.issued
        closes = midnight(max(launches, anchors.issued + timedelta(days=1)))
        if again.rhythm.cadence is not Cadence.DAILY and horizon is not None:
            closes = max(closes, horizon)
        window = Window(midnight(anchors.issued), closes)
    if window is None:
        raise NoWindow("deadline", N_("No last day can be read from this: give it below."))
    return RowWindow(_sensible(window, anchors, "deadline"), again, doubt or reading.doubt)


def _read(deadline: str, anchors: Anchors, *, forgive: bool) -> Reading:
    try:
        return deadlines.read(deadline, anchors)
    except UnreadableDeadline as error:
        if isinstance(error.__context__, BadWindow) and not forgive:
            raise NoWindow("deadline", N_("It closes before it opens.")) from None
        return Reading()


def _again(reading: Reading) -> tuple[Again | None, str | None]:
    said = reading.recurrence
    if said is None:
        return None, None
    if said.every in _CADENCES:
        return Again(Rhythm(_CADENCES[said.every], said.on), said.by), RECURS_SELDOM
    doubt = RECURS if said.every is Every.DAY else RECURS_WORKDAYS
    return Again(Rhythm(Cadence.DAILY), said.by or REPORT_BY), doubt


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


def standing_of(row: RowChoice, standing: Mapping[str, Standing]) -> Standing | None:
    """By title, else by number: see `notice_differences`."""
    return standing.get(title_key(row.title)) or standing.get(f"#{row.number.strip()}")


class Windows:
    """The windows of a notice's rows, one with another. `standing`: what the plan says already, by
    title, by "#number" and by "=wording"."""

    def __init__(
        self, rows: Sequence[RowChoice], anchors: Anchors, standing: Mapping[str, Standing]
    ) -> None:
        self.anchors, self.standing = anchors, standing
        self.horizon: datetime | None = None
        self.horizon = max(self._closes(rows), default=None)

    def of(self, row: RowChoice) -> RowWindow:
        """Raises NoWindow."""
        known = standing_of(row, self.standing)
        alike = self.standing.get(f"={clean(row.deadline)}")
        return window_of(row, self.anchors, known, alike, self.horizon)

    def _closes(self, rows: Sequence[RowChoice]) -> Iterator[datetime]:
        """The cut-offs of rows that do not come again."""
        for row in rows:
            try:
                found = self.of(row)
            except NoWindow:
                continue
            if found.again is None:
                yield found.window.closes
