"""A report as a chat group reads it, in one language."""

from datetime import datetime

from tracker import language
from tracker.domain.cutoffs import to_wall
from tracker.domain.notices import Bilingual
from tracker.domain.report_words import compose
from tracker.domain.reports import Facts

LONGEST = {"zh_Hans": 500, "en": 1400}
"""Characters that are still read in a chat group."""

_TITLE = 24
_SUBJECT = {"zh_Hans": 16, "en": 48}
"""Characters of a row's title in a sentence."""


def text_of(facts: Facts, locale: str) -> str:
    locale = language.known(locale)
    return compose(facts, _English(locale) if locale == "en" else _Chinese(locale))


def short_moment(locale: str, instant: datetime, facts: Facts) -> str:
    """「22日22:00」 / "22 Feb 22:00", as seen when the report was made."""
    wall, today = to_wall(instant, facts.zone), to_wall(facts.at, facts.zone).date()
    blank = " " if locale == "en" else ""
    return f"{language.day(locale, wall.date(), today)}{blank}{wall:%H:%M}"


class _Words:
    stop, joint, comma = "。", "；", "、"

    def __init__(self, locale: str) -> None:
        self.locale, self.limit = locale, LONGEST[locale]

    def say(self, msgid: str, **params: str | int) -> str:
        return language.gettext(self.locale, msgid, **params)

    def pick(self, name: Bilingual) -> str:
        return (name.en or name.zh) if self.locale == "en" else name.zh

    def moment(self, instant: datetime, facts: Facts) -> str:
        return short_moment(self.locale, instant, facts)

    def day(self, facts: Facts) -> str:
        return language.day(self.locale, facts.day, to_wall(facts.at, facts.zone).date())

    def cutoff(self, facts: Facts) -> str:
        assert facts.next_cutoff is not None
        return language.cutoff_short(self.locale, facts.next_cutoff, facts.at, facts.zone)

    def short_title(self, name: Bilingual) -> str:
        return _cut(self.pick(name), _TITLE * 3 if self.locale == "en" else _TITLE)

    def is_short(self, title: str) -> bool:
        return len(title) <= _SUBJECT[self.locale]

    def cut(self, title: str) -> str:
        return _cut(title, _SUBJECT[self.locale])


class _Chinese(_Words):
    def short_title(self, name: Bilingual) -> str:
        """「关于…的通知」 without its frame."""
        return _cut(name.zh.removeprefix("关于").removesuffix("的通知"), _TITLE)


class _English(_Words):
    stop, joint, comma = ". ", "; ", ", "


def _cut(title: str, most: int) -> str:
    return title if len(title) <= most else f"{title[: most - 1]}…"
