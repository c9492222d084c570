"""At which hours of the day reports come in."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.reporting_hours import all_days, reporting_hours


def test_a_report_stands_under_its_campus_hour_and_day() -> None:
    moments = [datetime(2020, 2, 21, 15, 59, tzinfo=UTC), datetime(2020, 2, 21, 16, tzinfo=UTC)]
    first, second = reporting_hours(moments, "Asia/Shanghai")
    assert (first.day, first.busiest, first.total) == (date(2020, 2, 21), 23, 1)
    assert (second.day, second.busiest, second.quiet) == (date(2020, 2, 22), 0, 1)
    assert reporting_hours([], "Asia/Shanghai") == []


@given(st.lists(st.datetimes(timezones=st.just(UTC)), max_size=40))
def test_every_report_is_counted_exactly_once(moments: list[datetime]) -> None:
    days = reporting_hours(moments, "UTC")
    assert sum(day.total for day in days) == len(moments) == all_days(days).total
    assert all(0 <= day.quiet <= day.total and len(day.counts) == 24 for day in days)
