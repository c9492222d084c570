"""Notices: never at night, at the reader's hour, and never silenced where something is asked."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.cutoffs import to_instant, to_wall
from tracker.domain.notices import (
    EARLIEST_HOUR,
    LATEST_HOUR,
    Fate,
    Preferences,
    fate,
    of_summary,
    summary_of,
)
from tracker.domain.reminding import is_quiet
from tracker.domain.vocabulary import NoticeKind

ZONE = "Asia/Shanghai"
instants = st.datetimes(datetime(2020, 2, 1), datetime(2020, 3, 31), timezones=st.just(UTC))
spans = st.timedeltas(timedelta(0), timedelta(days=3))
preferences = st.builds(
    Preferences, st.none() | st.integers(EARLIEST_HOUR, LATEST_HOUR), st.booleans()
)
kinds = st.sampled_from(NoticeKind)


@given(kinds, instants, spans, preferences)
def test_nothing_is_ever_sent_in_quiet_hours(kind, at, span, chosen):
    now = at + span
    if fate(kind, at, chosen, now, ZONE) is Fate.SEND:
        assert not is_quiet(now, ZONE)


@given(kinds.filter(lambda kind: not kind.is_information), instants, spans, preferences)
def test_no_preference_ever_silences_or_delays_what_asks_something(kind, at, span, chosen):
    now = at + span
    expected = Fate.WAIT if is_quiet(now, ZONE) else Fate.SEND
    assert fate(kind, at, chosen, now, ZONE) is expected


@given(kinds, instants, preferences)
def test_whatever_is_not_dropped_is_sent_within_a_day_and_a_night(kind, at, chosen):
    """Looked at every quarter of an hour: exactly what is paused is dropped, all else leaves."""
    fates = {
        fate(kind, at, chosen, at + timedelta(minutes=15 * step), ZONE) for step in range(4 * 34)
    }
    dropped = kind.is_information and chosen.paused
    assert (Fate.DROP in fates) == dropped
    assert (Fate.SEND in fates) != dropped


@given(instants, st.integers(EARLIEST_HOUR, LATEST_HOUR))
def test_information_comes_at_the_first_such_hour_after_it_arose(at, hour):
    wall = to_wall(at, ZONE)
    today = datetime.combine(wall.date(), time(hour))
    expected = to_instant(today if wall <= today else today + timedelta(days=1), ZONE)
    chosen = Preferences(digest_hour=hour)
    early = expected - timedelta(minutes=1)
    if early >= at:
        assert fate(NoticeKind.SUMMARY, at, chosen, early, ZONE) is Fate.WAIT
    assert fate(NoticeKind.SUMMARY, at, chosen, expected, ZONE) is Fate.SEND


@given(st.integers(1, 99_999), st.dates(date(2020, 1, 1), date(2070, 1, 1)))
def test_a_summary_s_number_reads_back_and_fits_a_database(plan_id, day):
    number = summary_of(plan_id, day)
    assert of_summary(number) == (plan_id, day)
    assert number < 2**31
