"""Deadlines in the words of a Chinese notice."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta

from tracker.domain.errors import N_
from tracker.domain.wordings import (
    AT_ONCE,
    FROM_NOTICE,
    INCLUSIVE,
    OPENED_BEFORE,
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
    next_day,
    until,
)
from tracker.domain.wordings_zh_dates import (
    DATE,
    NUMBER,
    TIME,
    WEEKDAYS,
    minutes_of,
    number,
    point_of,
)

_DASH = r"(?:[-‐‑‒–—―~～－至到]+)"
_BEFORE = r"(?:之?内|(?:结束)?(?:之前|以前|前)|截止|为止|止)"
_PREFIX = re.compile(
    r"^(?:截止(?:时间|日期|到|至)?|完成时(?:间|限)|时限|限期?|最迟|最晚|不晚于|截至|"
    r"[请须应]?(?:务必)?[于在]|务必|[:]|请)+"
)
_SUFFIX = re.compile(
    r"(?:全部|全面|完成|办结|结束|提交|报送|上报|报|落实|到位|执行|反馈|汇总|返回|开始|[。;,.])+$"
)

_TODAY = N_("No day is named: it is read as the day of the notice.")


def read(text: str, anchors: Anchors) -> Reading:
    """`text` squashed. Raises UnreadableDeadline."""
    bare = _PREFIX.sub("", text.replace("（", "(").replace("）", ")"))
    for candidate in dict.fromkeys((bare, _SUFFIX.sub("", bare))):
        for pattern, meaning in _SENTENCES:
            if match := pattern.fullmatch(candidate):
                return meaning(match, anchors)
    raise UnreadableDeadline(f"not understood: {text}")


def _by(match: re.Match[str], anchors: Anchors) -> Reading:
    point = point_of(match, anchors)
    only_a_day = point.minutes is None and not match["before"]
    return until(point, doubt=INCLUSIVE if only_a_day else None)


def _range(match: re.Match[str], anchors: Anchors) -> Reading:
    month, day = match["amonth"] or match["amonth2"], match["aday"] or match["abare"]
    last = point_of(match, anchors, "b")
    if month and match["bday"] and not match["bmonth"]:
        last = replace(last, day=next_day(int(match["bday"]), int(month), anchors.issued))
    if match["ayear"] or match["aiso"] or not day:
        first = point_of(match, anchors, "a")
    else:
        first = _first(match, int(day), month, last.day, anchors.issued)
    return until(last, first.opens, first.doubt)


def _first(match: re.Match[str], day: int, month: str | None, last: date, issued: date) -> Point:
    """Where a range opens. One that names its month may have opened before the notice; so may one
    that would else open after it closes, with a doubt."""
    at = minutes_of(match, "a")
    if month:
        return Point(day_before(day, int(month), last), *at)
    if match["bmonth"]:
        return Point(exact(last.year, last.month, day), *at)
    first = next_day(day, None, issued)
    if first > last and day < last.day:
        return replace(Point(exact(last.year, last.month, day), *at), doubt=OPENED_BEFORE)
    return Point(first, *at)


def _from_now(match: re.Match[str], anchors: Anchors) -> Reading:
    return until(point_of(match, anchors))


def _again(match: re.Match[str], _anchors: Anchors) -> Reading:
    minutes, doubt = minutes_of(match)
    if match["often"] == "晚" and minutes is not None and minutes < 720:
        minutes += 720
    by = None if minutes in (None, 1440) else time(*divmod(minutes or 0, 60))
    if match["weekly"]:
        return Reading(recurrence=Recurrence(Every.WEEK, WEEKDAYS[match["weekly"]], by))
    if match["monthly"]:
        return Reading(recurrence=Recurrence(Every.MONTH, day_of_month(match["monthly"]), by))
    often = {"周": Every.WEEK, "星期": Every.WEEK, "月": Every.MONTH}.get(
        match["often"].rstrip("底末")
    )
    if often is None:
        works = "工作日" in match["often"] or "一至周五" in match["often"]
        often = Every.WORKDAY if works else Every.DAY
    return Reading(recurrence=Recurrence(often, None, by), doubt=doubt)


def _endless(_match: re.Match[str], _anchors: Anchors) -> Reading:
    return Reading()


def _at_once(_match: re.Match[str], anchors: Anchors) -> Reading:
    return until(Point(anchors.issued), doubt=AT_ONCE)


def _within(match: re.Match[str], anchors: Anchors) -> Reading:
    many = 1 if match["many"] == "当" else number(match["many"])
    if not many:
        raise UnreadableDeadline("within how long?")
    days = many * 7 if "周" in match["unit"] or "星期" in match["unit"] else many
    if match["unit"] == "小时":
        return until(Point(anchors.issued + timedelta(days=-(-many // 24))), doubt=FROM_NOTICE)
    return until(Point(anchors.issued + timedelta(days=days)), doubt=FROM_NOTICE)


def _term(match: re.Match[str], anchors: Anchors) -> Reading:
    if anchors.launches is None:
        raise UnreadableDeadline("the first day of teaching is not known")
    launch = anchors.launches
    many = number(match["many"]) if match["many"] else 0
    days = many * 7 if match["unit"] and match["unit"][-1] in "周期" else many
    if match["side"] == "前":
        if not many:
            return until(Point(launch - timedelta(days=1)))
        return until(Point(launch - timedelta(days=days)), doubt=WEEK_BEFORE)
    if match["side"] == "第":
        monday = launch + timedelta(days=7 * (many - 1))
        return until(Point(monday + timedelta(days=6)), midnight(monday))
    return until(Point(launch + timedelta(days=days - 1 if days else 0)), midnight(launch))


def _time_only(match: re.Match[str], anchors: Anchors) -> Reading:
    minutes, doubt = minutes_of(match)
    tonight = match["part"] == "今晚"
    return until(Point(anchors.issued, minutes, doubt), doubt=None if tonight else _TODAY)


_LAUNCH = r"(?:开学|正式上课|开课|网上开课|线上开课|复课)"
_SENTENCES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Anchors], Reading]], ...] = (
    (
        re.compile(
            rf"(?:收到(?:本)?通知(?:后|之日起)|发文(?:后|之日起)|自通知(?:发布)?之日起)?"
            rf"(?P<many>{NUMBER})个?(?P<unit>日|天|工作日|周|星期|小时)(?:之内|以内|内)"
        ),
        _within,
    ),
    (re.compile(DATE.format("") + f"(?:{TIME.format('')})?(?P<before>{_BEFORE})?"), _by),
    (
        re.compile(
            rf"(?:从|自)?(?:即日|现在|今日|今天|发文之日|通知发布之日)起?(?:{_DASH}|,)?"
            + DATE.format("")
            + f"(?:{TIME.format('')})?{_BEFORE}?"
        ),
        _from_now,
    ),
    (
        re.compile(
            rf"(?:从|自)?(?:{DATE.format('a')}|(?:(?P<amonth2>\d{{1,2}})月)?(?P<abare>\d{{1,2}}))起?(?:{TIME.format('a')})?"
            rf"{_DASH}{DATE.format('b')}(?:{TIME.format('b')})?{_BEFORE}?"
        ),
        _range,
    ),
    (
        re.compile(
            r"每(?:个)?(?:(?:周|星期)(?P<weekly>[一二三四五六日天])|月(?P<monthly>\d{1,2})[日号]|"
            r"(?P<often>天|日|晚|工作日|周一至周五|(?:周|星期|月)(?:[底末])?))"
            rf"(?:{TIME.format('')})?{_BEFORE}?(?:(?:上?报|报[送告]|汇报)?[一1]次)?"
        ),
        _again,
    ),
    (
        re.compile(
            r"(?:需要)?(?:长期|常态|持续|全学期|整个学期|本学期内?|学期内|全程|全年|贯穿(?:全年|全学期|始终))"
            r"(?:化|坚持|进行|开展|推进|工作|有效|不断)*"
        ),
        _endless,
    ),
    (re.compile(r"(?:立即|即刻|立刻|马上|即时|第一时间|收到通知后立即)"), _at_once),
    (
        re.compile(
            _LAUNCH + rf"(?P<side>前|后|第)(?P<many>{NUMBER})?个?(?P<unit>天|日|周|星期)?"
            r"(?:之内|以内|内|前|结束前|完成)?"
        ),
        _term,
    ),
    (re.compile(f"{TIME.format('')}{_BEFORE}"), _time_only),
)
