"""Deadlines in English words. "By" and "until" include the day, "before" does not."""

import re
from collections.abc import Callable
from datetime import date, time, timedelta

from tracker.domain.errors import N_
from tracker.domain.wordings import (
    AT_ONCE,
    FROM_NOTICE,
    INCLUSIVE,
    WEEK_BEFORE,
    Anchors,
    Every,
    Point,
    Reading,
    Recurrence,
    UnreadableDeadline,
    day_before,
    day_of_month,
    exact,
    midnight,
    month_end,
    next_day,
    until,
    weekday,
)

_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES.split(), start=1)}
_DAY_NAMES = "mon tue wed thu fri sat sun"
_WEEKDAYS = {name: number for number, name in enumerate(_DAY_NAMES.split())}
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
_NTH = r"(?:st|nd|rd|th)?"
_DATE = (
    rf"(?:(?:the)?(?P<{{0}}day>\d{{{{1,2}}}}){_NTH}(?:of)?(?P<{{0}}month>{_MONTH})"
    r",?(?P<{0}year>\d{{4}})?"
    rf"|(?P<{{0}}month2>{_MONTH})(?P<{{0}}day2>\d{{{{1,2}}}}){_NTH}(?:,?(?P<{{0}}year2>\d{{{{4}}}}))?"
    r"|(?P<{0}iso>\d{{4}}-\d{{1,2}}-\d{{1,2}})|the(?P<{0}nth>\d{{1,2}})(?:st|nd|rd|th)"
    rf"|(?:the)?endof(?P<{{0}}end>{_MONTH}|(?:the|this)?month)"
    rf"|(?P<{{0}}week>this|next)?(?P<{{0}}weekday>{_WEEKDAY})|(?P<{{0}}near>today|tonight|tomorrow))"
)
_TIME = (
    r"(?:(?P<{0}hour>\d{{1,2}}):(?P<{0}minute>\d{{2}})(?P<{0}half>[ap]\.?m\.?)?"
    r"|(?P<{0}hour2>\d{{1,2}})(?P<{0}half2>[ap]\.?m\.?)|(?P<{0}noon>noon))"
)
_DASH = r"(?:[-‐‑‒–—~]+|to|until|till|through)"
_BY = r"(?P<word>nolaterthan|notlaterthan|before|by|until|till|due(?:by|on)?|deadline:?|on)"
_END = N_("“Before” a day is read as the day before it.")
_NUMBER_NAMES = "one two three four five six seven eight"
_NUMBERS = {name: number for number, name in enumerate(_NUMBER_NAMES.split(), start=1)}
_MANY = r"(?P<many>\d{1,3}|" + "|".join(_NUMBERS) + ")"


def read(text: str, anchors: Anchors) -> Reading:
    """`text` squashed. Raises UnreadableDeadline."""
    for pattern, meaning in _SENTENCES:
        if match := pattern.fullmatch(text.rstrip(".")):
            return meaning(match, anchors)
    raise UnreadableDeadline(f"not understood: {text}")


def _day(match: re.Match[str], anchors: Anchors, at: str = "") -> date:
    issued = anchors.issued
    month = match[f"{at}month"] or match[f"{at}month2"]
    if month:
        day = int(match[f"{at}day"] or match[f"{at}day2"])
        year = match[f"{at}year"] or match[f"{at}year2"]
        number = _MONTHS[month[:3]]
        return exact(int(year), number, day) if year else next_day(day, number, issued)
    if match[f"{at}iso"]:
        return exact(*map(int, match[f"{at}iso"].split("-")))
    if match[f"{at}nth"]:
        return next_day(int(match[f"{at}nth"]), None, issued)
    if match[f"{at}end"]:
        return month_end(_MONTHS.get(match[f"{at}end"][:3]), issued)
    if match[f"{at}weekday"]:
        week = {"this": 0, "next": 1}.get(match[f"{at}week"] or "")
        return weekday(_WEEKDAYS[match[f"{at}weekday"][:3]], issued, week)
    return issued + timedelta(days=match[f"{at}near"] == "tomorrow")


def _minutes(match: re.Match[str], at: str = "") -> int | None:
    if match[f"{at}noon"]:
        return 720
    text = match[f"{at}hour"] or match[f"{at}hour2"]
    if text is None:
        return None
    hour, minute = int(text), int(match[f"{at}minute"] or 0)
    half = (match[f"{at}half"] or match[f"{at}half2"] or "").replace(".", "")
    if half and not 1 <= hour <= 12:
        raise UnreadableDeadline(f"no such time of day: {hour}{half}")
    if half:
        hour = hour % 12 + 12 * (half == "pm")
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise UnreadableDeadline(f"no such time of day: {hour}:{minute:02}")
    return hour * 60 + minute


def _by(match: re.Match[str], anchors: Anchors) -> Reading:
    day, minutes, word = _day(match, anchors), _minutes(match), match["word"]
    if word == "before" and minutes is None and not match["end"]:
        return until(Point(day - timedelta(days=1)), doubt=_END)
    past = day < anchors.issued
    doubt = N_("That day lies before the notice.") if past else None
    if minutes is None and word in (None, "on"):
        doubt = INCLUSIVE
    return until(Point(day, minutes), doubt=doubt)


def _range(match: re.Match[str], anchors: Anchors) -> Reading:
    last = Point(_day(match, anchors, "b"), _minutes(match, "b"))
    if match["abare"]:
        first = Point(exact(last.day.year, last.day.month, int(match["abare"])))
    elif (match["amonth"] or match["amonth2"]) and not (match["ayear"] or match["ayear2"]):
        month = _MONTHS[(match["amonth"] or match["amonth2"])[:3]]
        start = day_before(int(match["aday"] or match["aday2"]), month, last.day)
        first = Point(start, _minutes(match, "a"))
    else:
        first = Point(_day(match, anchors, "a"), _minutes(match, "a"))
    return until(last, first.opens)


def _month_range(match: re.Match[str], anchors: Anchors) -> Reading:
    """ "Feb 20-23": the second day has no month of its own."""
    month = _MONTHS[match["month"][:3]]
    last = next_day(int(match["last"]), month, anchors.issued)
    return until(Point(last), midnight(day_before(int(match["first"]), month, last)))


def _from_now(match: re.Match[str], anchors: Anchors) -> Reading:
    return until(Point(_day(match, anchors), _minutes(match)))


def _again(match: re.Match[str], _anchors: Anchors) -> Reading:
    minutes = _minutes(match)
    by = None if minutes in (None, 1440) else time(*divmod(minutes or 0, 60))
    if match["weekly"] or match["weekly2"]:
        on = _WEEKDAYS[(match["weekly"] or match["weekly2"])[:3]]
        return Reading(recurrence=Recurrence(Every.WEEK, on, by))
    if match["monthly"]:
        return Reading(recurrence=Recurrence(Every.MONTH, day_of_month(match["monthly"]), by))
    often = match["often"]
    every = Every.WORKDAY if "work" in often else Every.DAY
    every = Every.WEEK if "week" in often and "day" not in often else every
    every = Every.MONTH if "month" in often else every
    return Reading(recurrence=Recurrence(every, None, by))


def _endless(_match: re.Match[str], _anchors: Anchors) -> Reading:
    return Reading()


def _at_once(_match: re.Match[str], anchors: Anchors) -> Reading:
    return until(Point(anchors.issued), doubt=AT_ONCE)


def _count(match: re.Match[str]) -> int:
    many = _NUMBERS.get(match["many"]) or int(match["many"])
    return many * 7 if match["unit"].startswith("week") else many


def _within(match: re.Match[str], anchors: Anchors) -> Reading:
    return until(Point(anchors.issued + timedelta(days=_count(match))), doubt=FROM_NOTICE)


def _term(match: re.Match[str], anchors: Anchors) -> Reading:
    if anchors.launches is None:
        raise UnreadableDeadline("the first day of teaching is not known")
    if not match["many"]:
        return until(Point(anchors.launches - timedelta(days=1)))
    return until(Point(anchors.launches - timedelta(days=_count(match))), doubt=WEEK_BEFORE)


_START = (
    r"(?:the)?(?:(?:term|teaching|semester|classes)(?:starts?|begins?)|startof(?:term|teaching))"
)
_OFTEN = (
    "daily|everyday|eachday|everyworkingday|everyworkday|weekly|monthly|"
    "(?:bytheendof)?(?:every|each)(?:week|month)"
)
_D, _T = _DATE.format(""), _TIME.format("")
_SENTENCES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Anchors], Reading]], ...] = (
    (re.compile(rf"{_BY}?(?:{_D})(?:,?at|,|by)?(?:{_T})?"), _by),
    (re.compile(rf"{_BY}(?:{_T})(?:,|on)?(?:{_D})"), _by),
    (
        re.compile(
            rf"(?:from)?(?P<month>{_MONTH})(?P<first>\d{{1,2}}){_NTH}"
            rf"{_DASH}(?P<last>\d{{1,2}}){_NTH}"
        ),
        _month_range,
    ),
    (
        re.compile(
            rf"(?:from|between)?(?:(?:the)?(?P<abare>\d{{1,2}}){_NTH}"
            rf"|{_DATE.format('a')}(?:,?(?:at)?{_TIME.format('a')})?)"
            rf"(?:{_DASH}|and)(?:{_DATE.format('b')})(?:,?(?:at)?{_TIME.format('b')})?"
        ),
        _range,
    ),
    (
        re.compile(
            r"(?:fromnow|now|starting(?:now|today)|fromtoday)(?:on)?"
            rf"{_DASH}(?:{_D})(?:,?(?:at)?{_T})?"
        ),
        _from_now,
    ),
    (
        re.compile(
            rf"(?:(?:monthly|everymonth|eachmonth)(?:by|on)the(?P<monthly>\d{{1,2}}){_NTH}"
            rf"|(?P<often>{_OFTEN})(?:(?:by|on|before)(?P<weekly2>{_WEEKDAY}))?"
            rf"|(?:every|each)(?P<weekly>{_WEEKDAY}))(?:,?(?:by|before|at|until)(?:{_T}))?"
        ),
        _again,
    ),
    (
        re.compile(
            r"(?:ongoing|continuous(?:ly)?|long-?term|permanent(?:ly)?|"
            r"throughoutthe(?:term|semester))"
        ),
        _endless,
    ),
    (re.compile(r"(?:immediately|atonce|straightaway|withoutdelay)"), _at_once),
    (re.compile(rf"within{_MANY}(?P<unit>days?|weeks?)"), _within),
    (re.compile(rf"(?:by)?(?:{_MANY}(?P<unit>days?|weeks?))?before(?:{_START})"), _term),
)
