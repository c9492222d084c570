"""Windows moved to another first day of teaching."""

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.cutoffs import Window
from tracker.domain.deadlines import Anchors, read
from tracker.domain.shifting import Row, shifted, shifted_rows
from tracker.domain.workdays import Calendar

FIRST, LAST = datetime(2019, 6, 1), datetime(2021, 6, 1)
walls = st.datetimes(FIRST, LAST).map(lambda each: each.replace(second=0, microsecond=0))
shifts = st.integers(-400, 400).map(lambda days: timedelta(days=days))
calendars = st.dictionaries(
    st.dates(date(2018, 1, 1), date(2023, 1, 1)), st.booleans(), max_size=12
).map(Calendar)
ISSUED, LAUNCHES = date(2020, 2, 20), date(2020, 2, 24)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    closes = draw(walls)
    length = draw(st.none() | st.integers(1, 100_000))
    return Window(closes - timedelta(minutes=length) if length else None, closes)


many = st.lists(windows(), max_size=8)


@given(many, st.none() | calendars)
def test_moved_by_no_days_a_window_never_changes(found: list[Window], calendar: Calendar) -> None:
    assert shifted(found, timedelta(), calendar) == found


@given(many, shifts)
def test_there_and_back_never_changes_a_window(found: list[Window], by: timedelta) -> None:
    assert shifted(shifted(found, by), -by) == found


@given(many, shifts, st.none() | calendars)
def test_cut_offs_never_overtake_one_another(
    found: list[Window], by: timedelta, calendar: Calendar
) -> None:
    pairs = sorted(
        zip(found, shifted(found, by, calendar), strict=True), key=lambda pair: pair[0].closes
    )
    moved = [after.closes for _before, after in pairs]
    assert moved == sorted(moved)


@given(many, shifts, st.none() | calendars)
def test_times_of_day_never_change_and_nothing_ends_earlier_than_asked(
    found: list[Window], by: timedelta, calendar: Calendar
) -> None:
    """That no window closes before it opens, its type holds."""
    for before, after in zip(found, shifted(found, by, calendar), strict=True):
        assert after.closes.time() == before.closes.time()
        assert after.closes >= before.closes + by
        assert after.opens == (before.opens + by if before.opens else None)


@given(windows(), shifts, calendars)
def test_a_last_day_that_was_worked_never_slips_onto_a_day_off(
    window: Window, by: timedelta, calendar: Calendar
) -> None:
    (moved,) = shifted([window], by, calendar)
    if calendar.works(window.last_day):
        assert calendar.works(moved.last_day)
    else:
        assert moved.closes == window.closes + by


def anchored(by: timedelta) -> tuple[Anchors, Anchors]:
    return Anchors(ISSUED, LAUNCHES), Anchors(ISSUED + by, LAUNCHES + by)


@given(st.integers(-300, 300), st.sampled_from(["22日结束前", "20日—23日", "2月22日18:00前"]))
def test_the_words_of_a_copy_never_mean_another_window_than_its_own(days: int, said: str) -> None:
    before, after = anchored(timedelta(days=days))
    window = read(said, before).window
    assert window is not None
    (row,) = shifted_rows([Row(said, window)], timedelta(days=days), before, after, None)
    assert read(row.words, after).window == row.window


def test_words_that_name_no_date_stay() -> None:
    by = timedelta(days=7)
    window = Window(None, datetime(2020, 3, 2))
    (row,) = shifted_rows([Row("首周末", window)], by, *anchored(by), None)
    assert row == Row("首周末", Window(None, window.closes + by))
