"""When what a plan gathered about persons goes: never before its months are over, never without
notice."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.retention import NOTICE, Step, Term, months_after

moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
months = st.integers(1, 120)


def test_a_month_after_the_31st_is_the_last_day_of_a_shorter_month() -> None:
    assert months_after(datetime(2020, 1, 31, tzinfo=UTC), 1).day == 29
    assert months_after(datetime(2020, 8, 31, tzinfo=UTC), -6) == datetime(2020, 2, 29, tzinfo=UTC)


@given(moments, months, st.timedeltas(timedelta(0), timedelta(days=5000)))
def test_nothing_is_ever_purged_that_was_not_announced(
    archived: datetime, kept: int, later: timedelta
) -> None:
    assert Term(archived, kept).step(archived + later) is not Step.PURGE


@given(moments, months, st.integers(0, 4000), st.integers(0, 4000))
def test_a_purge_never_comes_before_its_months_or_within_the_notice(
    archived: datetime, kept: int, noticed: int, looked: int
) -> None:
    term = Term(archived, kept, archived + timedelta(days=noticed))
    now = archived + timedelta(days=looked)
    if term.step(now) is Step.PURGE:
        assert now >= months_after(archived, kept)
        assert now - archived >= timedelta(days=noticed) + NOTICE
