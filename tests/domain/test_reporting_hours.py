"""At which hours of the day reports come in."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.reporting_hours import DayHours, all_days, reporting_hours


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


@pytest.mark.parametrize(
    ("counts", "has_peak"),
    [
        ((), False),
        ((1,), True),
        ((1, 1), False),
        ((4, 4, 5, 4, 4), False),
        ((3, 3, 4), False),
        ((2, 2, 4), True),
        ((1, 2, 1, 1, 1, 1, 1, 1, 1, 1), False),
    ],
)
def test_a_peak_stands_out_of_the_hours_and_holds_a_fifth(
    counts: tuple[int, ...], has_peak: bool
) -> None:
    assert DayHours(None, (*counts, *(0,) * (24 - len(counts)))).has_peak is has_peak
