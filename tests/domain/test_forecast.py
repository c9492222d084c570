"""What is to be expected is a range that promises nothing the record does not bear out."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.burndown import Left
from tracker.domain.cutoffs import to_instant
from tracker.domain.forecast import DAY, FEWEST, Forecast, Range, awake, forecast

ZONE = "Asia/Shanghai"
HOUR = timedelta(hours=1)


def campus(day: int, hour: int = 0) -> datetime:
    return to_instant(datetime(2020, 2, day, hour), ZONE)


START = campus(20)
hours = st.integers(0, 24 * 5).map(lambda number: START + number * HOUR)


@st.composite
def records(draw: st.DrawFn) -> list[Left]:
    total = draw(st.integers(0, 60))
    steps = [Left(START, total, total)]
    for at in sorted(draw(st.sets(hours, max_size=20))):
        left = draw(st.integers(0, total))
        steps.append(Left(at, left, draw(st.integers(left, total))))
    return steps


def steady(since: datetime, total: int, *, each_hour: int, until: datetime) -> list[Left]:
    """As many reports every hour in which anybody is awake."""
    steps, left, at = [Left(since, total, total)], total, since
    while at < until:
        at += HOUR
        if awake(at - HOUR, at, ZONE) == HOUR:
            left = max(left - each_hour, 0)
            steps.append(Left(at, left, left))
    return steps


@given(records(), hours, hours)
def test_the_range_never_exceeds_what_is_left(
    steps: list[Left], now: datetime, until: datetime
) -> None:
    known = [step for step in steps if step.at <= now] or steps[:1]
    found = forecast(known, now, max(now, until), ZONE)
    for expected, left in ((found.reported, known[-1].open), (found.settled, known[-1].unsettled)):
        if expected is not None:
            assert 0 <= expected.low <= expected.high <= left


@given(records(), hours, hours, hours)
def test_a_later_cut_off_never_lowers_either_end(
    steps: list[Left], now: datetime, one: datetime, other: datetime
) -> None:
    known = [step for step in steps if step.at <= now] or steps[:1]
    near, far = sorted((max(now, one), max(now, other)))
    before, after = forecast(known, now, near, ZONE), forecast(known, now, far, ZONE)
    assert (before.reported is None) == (after.reported is None)
    if before.reported and after.reported:
        assert before.reported.low <= after.reported.low
        assert before.reported.high <= after.reported.high


def test_a_steady_pace_is_carried_on_over_the_hours_in_which_people_report() -> None:
    steps = steady(campus(20, 8), 200, each_hour=3, until=campus(21, 20))
    found = forecast(steps, campus(21, 20), campus(22), ZONE)
    assert found == Forecast(Range(12, 12), Range(12, 12))
    overnight = forecast(steps, campus(21, 20), campus(22, 8), ZONE)
    assert overnight.reported == Range(15, 15)


def test_a_rush_opens_the_range() -> None:
    steps = steady(campus(20, 8), 200, each_hour=1, until=campus(21, 17))
    rushed = [
        Left(campus(21, 17 + n), steps[-1].open - 6 * n, steps[-1].open - 6 * n) for n in (1, 2, 3)
    ]
    found = forecast([*steps, *rushed], campus(21, 20), campus(22), ZONE)
    assert found.reported == Range(7, 24)


def test_too_little_is_said_to_be_too_little() -> None:
    few = [Left(campus(20, 8), 50, 50), Left(campus(20, 12), 50 - FEWEST + 1, 46)]
    assert forecast(few, campus(20, 18), campus(22), ZONE) == Forecast(None, None)
    just_published = [Left(campus(20, 8), 50, 50)]
    assert forecast(just_published, campus(20, 8), campus(22), ZONE) == Forecast(None, None)


def test_where_nothing_is_left_nothing_more_is_expected() -> None:
    done = [Left(campus(20, 8), 1, 1), Left(campus(20, 12), 0, 0)]
    assert forecast(done, campus(20, 18), campus(22), ZONE).reported == Range(0, 0)


@given(st.integers(1, 500), st.data())
def test_percentages_are_rounded_outwards_and_100_always_means_all(
    total: int, data: st.DataObject
) -> None:
    low = data.draw(st.integers(0, total))
    high = data.draw(st.integers(low, total))
    least, most = Range(low, high).percent(total)
    assert least % 5 == most % 5 == 0
    assert least <= 100 * low / total
    assert least <= most
    assert (most == 100) == (high == total)
    assert most >= min(100 * high / total, 95)


@pytest.mark.parametrize(
    ("begin", "end", "span"),
    [
        (campus(20), campus(20, 7), timedelta()),
        (campus(20, 6), campus(20, 8), HOUR),
        (campus(20, 22), campus(21, 9), 4 * HOUR),
        (campus(20, 9), campus(22, 9), 2 * DAY),
        (campus(21), campus(20), timedelta()),
    ],
)
def test_the_small_hours_do_not_count(begin: datetime, end: datetime, span: timedelta) -> None:
    assert awake(begin, end, ZONE) == span


@given(hours, hours, hours)
def test_hours_awake_always_add_up(one: datetime, two: datetime, three: datetime) -> None:
    first, second, third = sorted((one, two, three))
    assert awake(first, second, ZONE) + awake(second, third, ZONE) == awake(first, third, ZONE)
    assert awake(first.astimezone(UTC), second, "UTC") <= second - first
