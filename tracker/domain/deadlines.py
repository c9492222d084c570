"""Deadline wording to windows, and back to the words of a notice, in both languages."""

import re
from datetime import date, time

from tracker.domain import wordings_en, wordings_zh
from tracker.domain.cutoffs import Window, last_day
from tracker.domain.wordings import (
    Anchors,
    Every,
    Reading,
    UnreadableDeadline,
    squashed,
)

__all__ = ["Anchors", "Reading", "UnreadableDeadline", "read", "read_window", "words"]

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_ZH_DAYS = "一二三四五六日"
_ZH_OFTEN = {
    Every.DAY: "每日",
    Every.WORKDAY: "每个工作日",
    Every.WEEK: "每周",
    Every.MONTH: "每月",
}
_OFTEN = {
    Every.DAY: "daily",
    Every.WORKDAY: "every working day",
    Every.WEEK: "weekly",
    Every.MONTH: "monthly",
}


def read(text: str, anchors: Anchors) -> Reading:
    """What the wording of a deadline says.

    Takes any spacing, line break, digit width and dash. Raises UnreadableDeadline, also where a
    date does not exist.
    """
    bare = squashed(text)
    english = re.search("[a-z]", bare) and not _CHINESE.search(bare)
    try:
        return (wordings_en.read if english else wordings_zh.read)(bare, anchors)
    except OverflowError:
        raise UnreadableDeadline(f"beyond every calendar: {text}") from None


def read_window(text: str, issued: date) -> Window:
    """The window that the wording names beyond doubt, its year taken from the notice's date.
    Raises UnreadableDeadline for anything else: a deadline is flagged, never guessed."""
    reading = read(text, Anchors(issued))
    if reading.window is None or reading.doubt:
        raise UnreadableDeadline(f"not beyond doubt: {text}")
    return reading.window


def words(reading: Reading, locale: str) -> str:
    """The reading as a notice would write it; reading that again gives the same."""
    spell = _english if locale == "en" else _chinese
    return spell(reading)


def _chinese(reading: Reading) -> str:
    window, again = reading.window, reading.recurrence
    if again is not None:
        on = _ZH_OFTEN[again.every]
        if again.on is not None:
            on += _ZH_DAYS[again.on] if again.every is Every.WEEK else f"{again.on}日"
        return f"{on}{_clock(again.by)}前" if again.by else on
    if window is None:
        return "长期"
    if window.opens is None:
        return f"{_zh_day(window)}{_zh_end(window)}"
    opens = f"{window.opens:%Y}年{window.opens.month}月{window.opens.day}日"
    return f"{opens}{_clock(window.opens.time())}至{_zh_day(window)}{_zh_end(window)}"


def _zh_day(window: Window) -> str:
    day = last_day(window.closes)
    return f"{day.year:04}年{day.month}月{day.day}日"


def _zh_end(window: Window) -> str:
    return "结束前" if _whole_day(window) else f"{window.closes:%H:%M}前"


def _english(reading: Reading) -> str:
    window, again = reading.window, reading.recurrence
    if again is not None:
        on = _OFTEN[again.every]
        if again.on is not None:
            weekly = again.every is Every.WEEK
            on = f"every {_DAYS[again.on]}" if weekly else f"monthly by the {_nth(again.on)}"
        return f"{on} by {_clock(again.by)}" if again.by else on
    if window is None:
        return "ongoing"
    closes = _en_day(last_day(window.closes))
    if not _whole_day(window):
        closes += f" {window.closes:%H:%M}"
    if window.opens is None:
        return f"by {closes}"
    return f"{_en_day(window.opens.date())} {_clock(window.opens.time())} to {closes}"


def _en_day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year:04}"


def _nth(number: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if 10 < number < 20 else endings.get(number % 10, 'th')}"


def _clock(clock: time | None) -> str:
    return f"{clock:%H:%M}" if clock else "00:00"


def _whole_day(window: Window) -> bool:
    return window.closes.time() == time()
