"""What is to be expected is a range that promises nothing the record does not bear out."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.burndown import Arrivals, Asked, Left, arrivals, burn_down, left_at
from tracker.domain.cutoffs import to_instant
from tracker.domain.forecast import DAY, FEWEST, Forecast, Range, awake
from tracker.domain.forecast import forecast as of_arrivals
from tracker.domain.history import Change
from tracker.domain.vocabulary import DutyRole, State

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


def forecast(steps: list[Left], now: datetime, until: datetime, zone: str) -> Forecast:
    """With one arrival for every duty that is left no more."""
    pairs = list(pairwise(steps))
    reported = [two.at for one, two in pairs for _ in range(one.open - two.open)]
    settled = [two.at for one, two in pairs for _ in range(one.unsettled - two.unsettled)]
    came = Arrivals(steps[0].at, tuple(reported), tuple(settled))
    return of_arrivals(came, left_at(steps, now), now, until, zone)


@st.composite
def duties_and_changes(draw: st.DrawFn) -> tuple[list[Asked], list[Change]]:
    dues = draw(st.lists(st.sampled_from((campus(23), campus(24))), min_size=1, max_size=25))
    asked = [
        Asked(number, "cs", DutyRole.PERFORM, number % 2 == 0, due)
        for number, due in enumerate(dues)
    ]
    change = st.builds(Change, hours, st.integers(0, len(dues) - 1), st.sampled_from(list(State)))
    return asked, draw(st.lists(change, max_size=60))


@given(duties_and_changes(), st.integers(8, 72))
def test_more_duties_never_promise_less_than_some_of_them(
    recorded: tuple[list[Asked], list[Change]], hour: int
) -> None:
    asked, changes = recorded
    now = START + hour * HOUR

    def by(due_at: datetime) -> list[tuple[int, Range] | None]:
        due = [duty for duty in asked if duty.due_at <= due_at]
        left = burn_down(due, changes, START, now)[-1]
        found = of_arrivals(arrivals(due, changes, START, now), left, now, due_at, ZONE)
        done = (len(due) - left.open, len(due) - left.unsettled)
        each = zip(done, (found.reported, found.settled), strict=True)
        return [(now_done, more) if more else None for now_done, more in each]

    for part, whole in zip(by(campus(23)), by(campus(24)), strict=True):
        if part and whole:
            assert part[0] + part[1].low <= whole[0] + whole[1].low
            assert part[0] + part[1].high <= whole[0] + whole[1].high


@given(duties_and_changes(), st.integers(8, 72))
def test_what_is_opened_again_never_slows_a_pace(
    recorded: tuple[list[Asked], list[Change]], hour: int
) -> None:
    asked, changes = recorded
    now, fell = START + hour * HOUR, [Change(START + hour * HOUR, 0, State.RETURNED)]
    before = arrivals(asked, changes, START, now)
    assert arrivals(asked, [*changes, *fell], START, now) == before


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


@given(st.integers(1, 500), st.data())
def test_no_percentage_lies_below_that_of_now(total: int, data: st.DataObject) -> None:
    done = data.draw(st.integers(0, total))
    low = data.draw(st.integers(done, total))
    high = data.draw(st.integers(low, total))
    least, most = Range(low, high).percent(total, done)
    assert 100 * done // total <= least <= most
    assert (most == 100) == (high == total)


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
