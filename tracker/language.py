"""Words in a reader's language, outside any request: labels, dates, cut-offs.

English msgids are the source; `zh_Hans` is the default language of pages and mails.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache
from pathlib import Path

from babel.support import NullTranslations, Translations

from tracker.domain.cutoffs import in_words, to_wall
from tracker.domain.errors import N_, DomainError
from tracker.domain.labels import LABELS, LETTERS
from tracker.domain.vocabulary import Light

LOCALES: Mapping[str, str] = {"zh_Hans": "简体中文", "en": "English"}
DEFAULT = "zh_Hans"
CATALOGUES = Path(__file__).parent / "translations"

_DAYS_AWAY = {
    -1: N_("yesterday"),
    0: N_("today"),
    1: N_("tomorrow"),
    2: N_("the day after tomorrow"),
}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ZONES = {"Asia/Shanghai": N_("Beijing time")}


def known(locale: str | None) -> str:
    """The supported locale for a stored or requested one: "zh", "zh-CN" and "zh_Hans_CN" are all
    zh_Hans (B-39); anything unknown is the default."""
    if locale and locale.replace("-", "_").split("_")[0].lower() == "en":
        return "en"
    return DEFAULT


@cache
def translations(locale: str) -> NullTranslations:
    return Translations.load(CATALOGUES, [known(locale)])


def gettext(locale: str, msgid: str, **params: object) -> str:
    text = translations(locale).gettext(msgid)
    return text % params if params else text


def plural(locale: str, one: str, many: str, num: int, **params: object) -> str:
    return translations(locale).ngettext(one, many, num) % {"num": num, **params}


def label(locale: str, member: Enum) -> str:
    """The word for a member of the vocabulary."""
    return gettext(locale, LABELS[type(member)][member])


def letter(locale: str, light: Light) -> str:
    """The one character a cell shows, so that colour is never alone (B-66)."""
    return gettext(locale, LETTERS[light])


def error(locale: str, problem: DomainError) -> str:
    return gettext(locale, problem.msgid, **problem.params)


def day(locale: str, value: date, today: date | None = None) -> str:
    """「22日」 within today's month, else 「2月22日」; with another year the year too."""
    if locale == "en":
        text = f"{value.day} {value:%b}"
        return f"{text} {value.year}" if today and value.year != today.year else text
    if today and (value.year, value.month) == (today.year, today.month):
        return f"{value.day}日"
    text = f"{value.month}月{value.day}日"
    return f"{value.year}年{text}" if today and value.year != today.year else text


def days(locale: str, first: date, last: date, today: date | None = None) -> str:
    """「2月15日至6月15日」 / "15 Feb – 15 Jun"; one day as itself."""
    if first == last:
        return day(locale, first, today)
    joint = " – " if locale == "en" else "至"
    return day(locale, first, today) + joint + day(locale, last, today)


def zone_name(locale: str, zone: str) -> str:
    return gettext(locale, _ZONES[zone]) if zone in _ZONES else zone


def moment(locale: str, instant: datetime, zone: str) -> str:
    """「2月22日18:00」 / "22 Feb 18:00", campus time."""
    wall = to_wall(instant, zone)
    if locale == "en":
        return f"{day(locale, wall.date())} {wall:%H:%M}"
    return f"{day(locale, wall.date())}{wall:%H:%M}"


def full_moment(locale: str, instant: datetime, zone: str) -> str:
    """「2020年2月22日（周六）18:00」 / "Sat 22 Feb 2020 18:00", campus time."""
    wall = to_wall(instant, zone)
    if locale == "en":
        return f"{wall:%a} {wall.day} {wall:%b %Y %H:%M}"
    weekday = "一二三四五六日"[wall.weekday()]
    return f"{wall.year}年{wall.month}月{wall.day}日（周{weekday}）{wall:%H:%M}"


def weekday(locale: str, number: int) -> str:
    """「周五」 / "Friday"; 0 is Monday."""
    return _WEEKDAYS[number] if locale == "en" else f"周{'一二三四五六日'[number]}"


def cutoff_short(locale: str, due_at: datetime, now: datetime, zone: str) -> str:
    """「22日24:00」 / "22 Feb 24:00": listed under its last day everywhere."""
    words = in_words(due_at, now, zone)
    named = day(locale, words.day, to_wall(now, zone).date())
    return f"{named} {words.clock}" if locale == "en" else f"{named}{words.clock}"


def cutoff(locale: str, due_at: datetime, now: datetime, zone: str) -> str:
    """「22日24:00（明天）」 / "22 Feb 24:00 (tomorrow)"."""
    away = in_words(due_at, now, zone).days_away
    if away in _DAYS_AWAY:
        relative = gettext(locale, _DAYS_AWAY[away])
    elif away > 0:
        relative = plural(locale, "in %(num)s day", "in %(num)s days", away)
    else:
        relative = plural(locale, "%(num)s day ago", "%(num)s days ago", -away)
    short = cutoff_short(locale, due_at, now, zone)
    return f"{short} ({relative})" if locale == "en" else f"{short}（{relative}）"
