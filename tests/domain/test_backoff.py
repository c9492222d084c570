import random
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.backoff import FIRST, LONGEST, delay


@given(st.integers(1, 10_000), st.integers())
def test_a_retry_never_waits_less_than_a_minute_nor_more_than_a_quarter_of_an_hour(failures, seed):
    """R4: a relay that returns after hours has everything within 15 minutes."""
    wait = delay(failures, random.Random(seed))
    assert FIRST <= wait <= LONGEST * 5 / 4 <= timedelta(minutes=15)


@given(st.integers(1, 50), st.integers())
def test_waits_grow_until_the_longest(failures, seed):
    assert delay(failures + 3, random.Random(seed)) >= delay(failures, random.Random(seed)) / 1.25
