"""On which days a standing duty is reported, and when its missing word becomes an alarm."""

from calendar import monthrange
from collections import defaultdict
from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.cutoffs import Window, to_instant
from tracker.domain.standing import Rhythm, alarm, asked_days, is_late, report_spans
from tracker.domain.vocabulary import Cadence
from tracker.models.plan import Duty

DAYS = [date(2020, 2, day) for day in (20, 21, 22, 23)]
moments = st.datetimes(datetime(2020, 2, 19), datetime(2020, 2, 25))
hours = st.times()


@given(st.sets(st.sampled_from(DAYS)), moments, hours)
def test_the_alarm_is_for_today_only_from_its_hour_on(
    spoken: set[date], wall: datetime, report_by: time
) -> None:
    wanted = wall.date() in DAYS and wall.date() not in spoken and wall.time() >= report_by
    assert alarm(DAYS, spoken, wall, report_by) is wanted


@given(st.sampled_from(DAYS), moments, st.none() | hours)
def test_a_day_is_late_once_and_for_all_until_somebody_speaks_for_it(
    day: date, wall: datetime, report_by: time | None
) -> None:
    if is_late(day, False, wall, report_by):
        assert is_late(day, False, wall + timedelta(hours=5), report_by)
    assert not is_late(day, True, wall, report_by)
    assert is_late(day, False, datetime.combine(day + timedelta(days=1), time()), report_by)


windows = st.builds(
    lambda first, days: Window(
        datetime.combine(first, time()), datetime.combine(first, time()) + timedelta(days=days)
    ),
    st.dates(date(2019, 1, 1), date(2021, 1, 1)),
    st.integers(1, 120),
)
weekly = st.builds(Rhythm, st.just(Cadence.WEEKLY), st.none() | st.integers(0, 6))
monthly = st.builds(Rhythm, st.just(Cadence.MONTHLY), st.none() | st.integers(1, 31))


@given(windows, weekly | monthly | st.just(Rhythm(Cadence.DAILY)))
def test_a_report_is_never_due_outside_the_window_and_there_is_one_at_least(
    window: Window, rhythm: Rhythm
) -> None:
    days = rhythm.days(window)
    assert days
    assert set(days) <= set(window.days())
    assert days == sorted(set(days))


@given(windows, weekly | monthly)
def test_exactly_one_report_is_due_in_every_whole_week_or_month(
    window: Window, rhythm: Rhythm
) -> None:
    """A month's 31st is its last day; a week without a named day ends on Sunday."""
    inside = window.days()
    periods: dict[tuple[int, int], list[date]] = defaultdict(list)
    for day in inside:
        iso = day.isocalendar()
        weekly = rhythm.cadence is Cadence.WEEKLY
        periods[(iso.year, iso.week) if weekly else (day.year, day.month)].append(day)
    due = rhythm.days(window)
    for days in periods.values():
        last = monthrange(days[0].year, days[0].month)[1]
        if len(days) == (7 if rhythm.cadence is Cadence.WEEKLY else last):
            assert sum(day in due for day in days) == 1


@given(windows, weekly | monthly)
def test_exactly_one_report_may_be_given_first_on_any_day_up_to_the_last(
    window: Window, rhythm: Rhythm
) -> None:
    duty = duty_of(window, rhythm)
    spans = report_spans(duty, "Asia/Shanghai")
    days = [day for _since, day in spans]
    for today in window.days():
        current = [day for since, day in spans if since <= today <= day]
        assert len(current) == (today <= days[-1])
        assert asked_days(spans, today) == [day for day in days if day <= today] + [
            day for day in current if day > today
        ]


@given(windows, st.dates(date(2019, 1, 1), date(2021, 6, 1)))
def test_an_open_ended_duty_never_speaks_of_a_day_ahead(window: Window, today: date) -> None:
    days = Rhythm(Cadence.DAILY, open_ended=True).days(window, today)
    assert days == [day for day in window.days() if day <= today]


def duty_of(window: Window, rhythm: Rhythm) -> Duty:
    zone = "Asia/Shanghai"
    assert window.opens is not None
    return Duty(
        cadence=rhythm.cadence,
        report_on=rhythm.on,
        open_ended=rhythm.open_ended,
        opens_at=to_instant(window.opens, zone),
        due_at=to_instant(window.closes, zone),
    )
