"""One event a cut-off, the same one when it moves, cancelled when nothing is open."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.calendar_feeds import LENGTH, Row, events

DAYS = [datetime(2020, 2, day) for day in (22, 23, 24, 25)]
AT = datetime(2020, 2, 20, tzinfo=UTC)


def row(origin: datetime, closes: datetime, is_open: bool = True, changes: int = 1) -> Row:
    return Row(1, 1, "课程建群", "Groups", "计算机学院", "CS", origin, closes, is_open, changes, AT)


rows = st.lists(
    st.builds(row, st.sampled_from(DAYS), st.sampled_from(DAYS), st.booleans(), st.integers(1, 9)),
    max_size=12,
)


@given(rows)
def test_no_two_events_are_ever_the_same_or_stand_for_one_cut_off(given_rows):
    found = events(given_rows)
    assert len({event.origin for event in found}) == len(found)
    standing = [event.closes for event in found if not event.is_cancelled]
    assert len(set(standing)) == len(standing)


@given(rows)
def test_exactly_the_cut_offs_with_something_open_are_confirmed(given_rows):
    confirmed = {event.closes for event in events(given_rows) if not event.is_cancelled}
    assert confirmed == {each.closes for each in given_rows if each.is_open}


@given(rows)
def test_every_open_duty_stands_in_exactly_one_event(given_rows):
    shown = [each for event in events(given_rows) for each in event.open_rows]
    assert sorted(map(repr, shown)) == sorted(repr(each) for each in given_rows if each.is_open)


@given(rows, st.data())
def test_a_change_never_lowers_the_sequence(given_rows, data):
    if not given_rows:
        return
    before = events(given_rows)[0].sequence
    place = data.draw(st.integers(0, len(given_rows) - 1))
    old = given_rows[place]
    moved = data.draw(st.sampled_from(DAYS))
    changed = row(old.origin, moved, data.draw(st.booleans()), old.changes + 1)
    after = events([*given_rows[:place], changed, *given_rows[place + 1 :]])
    assert all(event.sequence > before for event in after)


def test_a_cut_off_that_moves_as_a_whole_keeps_its_event():
    first, later = DAYS[0], DAYS[3]
    (before,) = events([row(first, first), row(first, first)])
    (after,) = events([row(first, later, changes=2), row(first, later, changes=2)])
    assert after.origin == before.origin
    assert after.closes == later
    assert after.sequence > before.sequence


def test_rows_that_join_another_cut_off_leave_a_cancelled_event_behind():
    first, second = DAYS[0], DAYS[1]
    left, joined = events([row(first, second), row(second, second)])
    assert left.is_cancelled
    assert (joined.origin, len(joined.open_rows)) == (second, 2)


def test_an_event_ends_at_its_exclusive_cut_off():
    (event,) = events([row(DAYS[1], DAYS[1])])
    assert event.begins == DAYS[1] - LENGTH == datetime(2020, 2, 22, 23, 30)
    assert event.closes - event.begins == timedelta(minutes=30)
