"""When a standing duty's missing word becomes an alarm."""

from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.standing import alarm, is_late

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
