"""Days and times of day in the words of a Chinese notice."""

import re
from datetime import date, timedelta

from tracker.domain.errors import N_
from tracker.domain.wordings import (
    Anchors,
    Point,
    UnreadableDeadline,
    exact,
    month_end,
    next_day,
    weekday,
)

NUMBER = r"(?:\d{1,3}|[一二两三四五六七八九十]{1,3})"
_DIGITS = {word: value for value, word in enumerate("一二三四五六七八九", 1)} | {"两": 2}
WEEKDAYS = {word: number for number, word in enumerate("一二三四五六日")} | {"天": 6}
_WEEKDAY = r"(?:周|星期|礼拜)(?P<{0}weekday>[一二三四五六日天])"
DATE = (
    r"(?:(?:(?P<{0}year>\d{{4}})年)?(?:(?P<{0}month>\d{{1,2}})月份?)?(?P<{0}day>\d{{1,2}})[日号]"
    r"|(?P<{0}iso>\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}})"
    r"|(?P<{0}short>\d{{1,2}}[./]\d{{1,2}})"
    r"|(?P<{0}end>(?:\d{{1,2}}月份?|本月|月)(?:[底末]|下旬))"
    r"|(?P<{0}third>\d{{1,2}}月[上中]旬)"
    r"|(?P<{0}week>本|这|下)?" + _WEEKDAY + r"|(?P<{0}near>今天|今日|当天|当日|明天|明日|后天))"
    r"(?:\((?:周|星期)(?P<{0}named>[一二三四五六日天])\))?"
)
TIME = (
    r"(?:(?P<{0}part>凌晨|早上|早|上午|中午|下午|傍晚|晚上|晚|今晚)?"
    r"(?P<{0}hour>\d{{1,2}})(?::(?P<{0}minute>\d{{2}})|[点时](?:(?P<{0}minutes>\d{{1,2}})分?|"
    r"(?P<{0}half>半))?整?)|(?P<{0}noon>中午|正午)|(?P<{0}off>下班))"
)
_OFF_WORK = N_("The end of the working day is read as 17:00.")
_THIRD = N_("A third of a month is read as its last day.")
_NOT_THAT_WEEKDAY = N_("The day of the week does not fit the date; the date is taken.")
_PAST = N_("That day lies before the notice.")


def number(text: str) -> int:
    """ "十二" or "12"."""
    if text.isdecimal():
        return int(text)
    tens, ten, units = text.rpartition("十")
    if not ten:
        return _DIGITS.get(units, 0)
    return (_DIGITS.get(tens, 0) if tens else 1) * 10 + (_DIGITS.get(units, 0) if units else 0)


def point_of(match: re.Match[str], anchors: Anchors, at: str = "") -> Point:
    day, doubt = _day(match, anchors, at)
    named = match[f"{at}named"]
    if named and WEEKDAYS[named] != day.weekday():
        doubt = _NOT_THAT_WEEKDAY
    minutes, unsure = minutes_of(match, at)
    return Point(day, minutes, doubt or unsure)


def _day(match: re.Match[str], anchors: Anchors, at: str) -> tuple[date, str | None]:
    issued = anchors.issued
    part = {name: match[f"{at}{name}"] for name in ("year", "month", "day", "iso", "short")}
    if part["iso"] or part["year"]:
        written = part["iso"] or f"{part['year']}-{part['month'] or 0}-{part['day']}"
        day = exact(*map(int, re.split(r"[-/.]", written)))
        return day, _PAST if day < issued else None
    if part["short"]:
        month, number_ = map(int, re.split(r"[./]", part["short"]))
        return next_day(number_, month, issued), None
    if part["day"]:
        month_ = int(part["month"]) if part["month"] else None
        return next_day(int(part["day"]), month_, issued), None
    if match[f"{at}end"]:
        digits = re.match(r"\d+", match[f"{at}end"])
        return month_end(int(digits[0]) if digits else None, issued), None
    if match[f"{at}third"]:
        month_text, _, third = match[f"{at}third"].partition("月")
        return next_day(10 if third == "上旬" else 20, int(month_text), issued), _THIRD
    if match[f"{at}weekday"]:
        week = {"本": 0, "这": 0, "下": 1}.get(match[f"{at}week"] or "")
        return weekday(WEEKDAYS[match[f"{at}weekday"]], issued, week), None
    ahead = {"明天": 1, "明日": 1, "后天": 2}.get(match[f"{at}near"], 0)
    return issued + timedelta(days=ahead), None


def minutes_of(match: re.Match[str], at: str = "") -> tuple[int | None, str | None]:
    """Minutes of the day and a doubt; None where no time is named."""
    if match[f"{at}noon"]:
        return 720, None
    if match[f"{at}off"]:
        return 17 * 60, _OFF_WORK
    if match[f"{at}hour"] is None:
        return None, None
    hour, part = int(match[f"{at}hour"]), match[f"{at}part"]
    minute = int(match[f"{at}minute"] or match[f"{at}minutes"] or 0)
    minute = 30 if match[f"{at}half"] else minute
    if part in ("下午", "傍晚", "晚上", "晚", "今晚") and hour < 12:
        hour += 12
    if part == "中午" and hour < 3:
        hour += 12
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise UnreadableDeadline(f"no such time of day: {hour}:{minute:02}")
    return hour * 60 + minute, None
