"""The notice's later horizons: ends of weeks, counted from the first day of teaching."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.phases import WEEKS, window
from tracker.domain.wordings import UnreadableDeadline

days = st.dates(date(2019, 1, 1), date(2040, 1, 1))


def test_the_first_week_of_the_notice_ends_with_sunday_1_march() -> None:
    monday = datetime(2020, 3, 2)
    assert window("首周末", date(2020, 2, 24)).closes == monday
    assert window("首月", date(2020, 2, 24)).last_day == date(2020, 3, 22)


@given(days, st.sampled_from(list(WEEKS)))
def test_a_horizon_never_ends_on_another_day_than_sunday(launches: date, words: str) -> None:
    found = window(words, launches)
    assert found.last_day.isoweekday() == 7
    assert found.last_day >= launches
    assert found.opens is not None
    assert found.opens.date() == launches


def test_other_words_are_refused_not_guessed() -> None:
    with pytest.raises(UnreadableDeadline):
        window("第九周末", date(2020, 2, 24))
