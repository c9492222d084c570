"""Notices: what a person is told besides the ladder, when it may go out, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import Enum, auto
from typing import NamedTuple

from tracker.domain.contingencies import is_drill
from tracker.domain.cutoffs import next_time
from tracker.domain.reminding import is_quiet
from tracker.domain.vocabulary import NoticeKind

EARLIEST_HOUR, LATEST_HOUR = 7, 21
"""The hours a person may choose for information: none of them is quiet."""


class Fate(Enum):
    """What becomes of a notice now."""

    SEND = auto()
    WAIT = auto()
    DROP = auto()


@dataclass(frozen=True)
class Preferences:
    """What a person chose for information: one hour of the day (None: at once), or none at all."""

    digest_hour: int | None = None
    paused: bool = False


def fate(
    kind: NoticeKind, at: datetime, preferences: Preferences, now: datetime, zone: str
) -> Fate:
    """What asks something of its reader goes at once, but never in quiet hours: what has piled up
    goes out together in the morning. Information may wait for the reader's hour, or be dropped.
    `at`, `now`: aware."""
    if kind.is_information and preferences.paused:
        return Fate.DROP
    if is_quiet(now, zone):
        return Fate.WAIT
    if kind.is_information and preferences.digest_hour is not None:
        hour = next_time(time(preferences.digest_hour), at, zone)
        return Fate.SEND if now >= hour else Fate.WAIT
    return Fate.SEND


_FIRST_DAY = date(2020, 1, 1)
_PLANS = 100_000


def summary_of(plan_id: int, day: date) -> int:
    """What a summary is about, as one number: a plan (below 100,000) on one day."""
    return (day - _FIRST_DAY).days * _PLANS + plan_id


def of_summary(about_id: int) -> tuple[int, date]:
    """The plan's id and the day."""
    days, plan_id = divmod(about_id, _PLANS)
    return plan_id, _FIRST_DAY + timedelta(days=days)


class Bilingual(NamedTuple):
    """A name or a title as Chinese and as English readers have it."""

    zh: str
    en: str


Params = Mapping[str, str | int | Bilingual | datetime]
"""What fills a msgid: text as it is, a Bilingual, or an aware instant (a cut-off)."""


@dataclass(frozen=True)
class Phrase:
    """A msgid with what fills it."""

    msgid: str
    params: Params = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """One notice before any words. `subject` and `lead` are whole sentences, `words` what a person
    wrote, `lines` a list below; `path` is the page that the link leads to, `zone` the instants'."""

    kind: NoticeKind
    path: str
    subject: Phrase
    lead: Phrase
    zone: str
    words: str = ""
    lines: tuple[Phrase, ...] = ()


def speaks_of_drill(said: Said) -> bool:
    """Whether any title in it is a drill's."""
    phrases = (said.subject, said.lead, *said.lines)
    values = [value for phrase in phrases for value in phrase.params.values()]
    return any(isinstance(value, Bilingual) and is_drill(value.zh) for value in values)
