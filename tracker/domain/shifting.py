"""Moving the windows of a plan to another first day of teaching."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from tracker.domain.cutoffs import Window
from tracker.domain.deadlines import Anchors, Reading, UnreadableDeadline, read, words
from tracker.domain.workdays import Calendar

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Row:
    """A task as far as dates go. `words`: its deadline as the notice has it."""

    words: str
    window: Window


def shifted(
    windows: Sequence[Window], by: timedelta, calendar: Calendar | None = None
) -> list[Window]:
    """Every window `by` whole days later (or earlier), in the order given.

    With a calendar, a window that ended on a working day and would now end on a day off ends on the
    next working day, at the same time of day. No cut-off overtakes another: one that would fall
    behind an earlier one moves on by whole days.
    """
    moved: dict[int, Window] = {}
    latest = None
    for position in sorted(range(len(windows)), key=lambda each: windows[each].closes):
        window = _moved(windows[position], by, calendar)
        while latest is not None and window.closes < latest:
            window = replace(window, closes=window.closes + _DAY)
        latest, moved[position] = window.closes, window
    return [moved[position] for position in range(len(windows))]


def shifted_rows(
    rows: Sequence[Row], by: timedelta, before: Anchors, after: Anchors, calendar: Calendar | None
) -> list[Row]:
    """The rows `by` whole days later. Words that name other dates now are written anew."""
    windows = shifted([row.window for row in rows], by, calendar)
    return [
        Row(row.words if window == row.window else _rewritten(row, window, before, after), window)
        for row, window in zip(rows, windows, strict=True)
    ]


def _moved(window: Window, by: timedelta, calendar: Calendar | None) -> Window:
    closes = window.closes + by
    if calendar is not None and calendar.works(window.last_day):
        day = window.last_day + by
        closes += calendar.first_from(day) - day
    return Window(window.opens + by if window.opens else None, closes)


def _rewritten(row: Row, window: Window, before: Anchors, after: Anchors) -> str:
    """Words that mean the new window already stay ("the Friday before"), and so do those that name
    no date by its number."""
    try:
        if read(row.words, after).window == window and row.window != window:
            return row.words
        dated = read(row.words, before).window is not None
    except UnreadableDeadline:
        dated = any(mark.isdecimal() for mark in row.words)
    return words(Reading(window), "zh_Hans") if dated else row.words
