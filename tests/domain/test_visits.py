"""Since when somebody has not looked."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.visits import ONE_VISIT, visit_of

NOW = datetime(2020, 2, 21, 14, tzinfo=UTC)
minutes = st.integers(0, 100_000).map(lambda number: timedelta(minutes=number))


@given(st.text(max_size=40))
def test_whatever_a_cookie_holds_it_never_tells_of_a_time_to_come(text) -> None:
    visit = visit_of(text, NOW)
    assert visit.latest == NOW
    assert visit.before is None or visit.before <= NOW


def test_the_first_look_is_a_first_visit() -> None:
    assert visit_of(None, NOW).before is None


@given(st.lists(minutes, max_size=6).map(sorted))
def test_looks_of_one_visit_keep_its_beginning_and_a_new_visit_begins_after_the_last_look(
    looks,
) -> None:
    visit = visit_of(None, NOW)
    for later in looks:
        now = NOW + later
        latest, before = visit.latest, visit.before
        visit = visit_of(str(visit), now)
        assert visit.before == (before if now - latest <= ONE_VISIT else latest)
