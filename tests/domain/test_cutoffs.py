"""Cut-offs: from the notice's wording to instants, and back to words."""

import time as machine
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracker.domain.cutoffs import (
    BadWindow,
    Window,
    in_words,
    last_day,
    spanning,
    to_instant,
    to_wall,
)
from tracker.domain.deadlines import UnreadableDeadline, read_window
from tracker.domain.lifecycle import is_overdue
from tracker.domain.vocabulary import DutyRole, State


def wall(text: str) -> datetime:
    """Campus wall time: naive by definition."""
    return datetime.fromisoformat(text)


ISSUED = date(2020, 2, 20)
ZONE = "Asia/Shanghai"
END_OF_22ND = Window(None, wall("2020-02-23"))
FROM_20TH_TO_23RD = Window(wall("2020-02-20"), wall("2020-02-24"))


def shanghai(day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """An instant of February 2020, aware UTC, computed without the module under test."""
    return datetime(2020, 2, day, hour, minute, second, tzinfo=UTC) - timedelta(hours=8)


@pytest.mark.parametrize(
    "text",
    [
        "22日结束前",
        "22 日结\n束前",
        "22 日结\r\n束前",
        " 22\u3000日\u00a0结束前\n",
        "２２日结束前",
        "22日前",
        "22日之前",
        "22日以前",
        "2月22日结束前",
        "02 月 22 日 结束 前",
        "２月２２日结束前",
    ],
)
def test_before_the_end_of_the_22nd_closes_as_the_23rd_begins(text):
    """B-48: the notice breaks the line in the middle of a word."""
    assert read_window(text, ISSUED) == END_OF_22ND


@pytest.mark.parametrize(
    "text",
    [
        "20日—23日",
        "20 日—\n23 日",
        "20 日—\n 23 日",
        "20 日—\r\n23 日",
        "２０日－２３日",
        "20日-23日",
        "20日–23日",
        "20日――23日",
        "20日——23日",
        "20日~23日",
        "20日～23日",
        "20日至23日",
        "20日到23日",
        "20—23日",
        "2月20日—23日",
        "2月20日—2月23日",
        "20日—23日结束前",
        "20日—23日前",
    ],
)
def test_from_the_20th_to_the_23rd_opens_at_midnight_and_closes_as_the_24th_begins(text):
    """B-48."""
    assert read_window(text, ISSUED) == FROM_20TH_TO_23RD


@pytest.mark.parametrize(
    "text",
    [
        "",
        "^",
        "尽快",
        "22",
        "22日",
        "日结束前",
        "0日前",
        "32日前",
        "13月1日前",
        "0月5日前",
        "2月30日前",
        "02月30日前",
        "20日",
        "20日—",
        "—23日",
        "23日—21日",
        "20日—23日—24日",
        "22日结束前22日结束前",
        "12月1日前",
        "222日前",
    ],
)
def test_other_wording_is_flagged_never_guessed(text):
    with pytest.raises(UnreadableDeadline):
        read_window(text, ISSUED)


@pytest.mark.parametrize(
    ("text", "issued", "opens", "closes"),
    [
        ("3日结束前", date(2019, 12, 28), None, wall("2020-01-04")),
        ("1月3日前", date(2019, 12, 28), None, wall("2020-01-04")),
        ("12月31日前", date(2019, 12, 28), None, wall("2020-01-01")),
        ("30日—2日", date(2019, 12, 28), wall("2019-12-30"), wall("2020-01-03")),
        ("12月30日—1月3日", date(2019, 12, 28), wall("2019-12-30"), wall("2020-01-04")),
        ("2月29日前", date(2020, 2, 20), None, wall("2020-03-01")),
        ("29日前", date(2021, 2, 20), None, wall("2021-03-30")),
        ("20日前", date(2020, 2, 20), None, wall("2020-02-21")),
        ("5日前", date(2020, 2, 20), None, wall("2020-03-06")),
    ],
)
def test_a_date_without_a_year_is_the_next_one_from_the_day_of_the_notice(
    text, issued, opens, closes
):
    assert read_window(text, issued) == Window(opens, closes)


def test_the_29th_of_february_of_a_year_without_one_is_flagged():
    with pytest.raises(UnreadableDeadline):
        read_window("2月29日前", date(2021, 2, 20))


@given(st.text(), st.dates())
@example("9日前", date.max)
@example("31日前", date.max)
@example("1日—2日", date.min)
@example("٢٢日前", ISSUED)
@example("²²日前", ISSUED)
def test_arbitrary_text_is_read_or_flagged_and_nothing_else(text, issued):
    try:
        window = read_window(text, issued)
    except UnreadableDeadline:
        return
    assert window.last_day >= issued


@given(st.from_regex(r"\A([0-9]{1,2}月)?[0-9]{1,2}日(结束前|[—-]([0-9]{1,2}月)?[0-9]{1,2}日)\Z"))
def test_wording_of_the_right_shape_gives_a_window_within_half_a_year_or_is_flagged(text):
    try:
        window = read_window(text, ISSUED)
    except UnreadableDeadline:
        return
    assert ISSUED <= window.last_day <= ISSUED + timedelta(days=183)
    assert window.days()[-1] == window.last_day
    assert window.opens is None or window.days()[0] == window.opens.date()


def test_a_window_that_closes_before_it_opens_is_refused():
    with pytest.raises(BadWindow):
        Window(wall("2020-02-24"), wall("2020-02-24"))


def test_the_window_of_the_notice_has_four_days():
    assert FROM_20TH_TO_23RD.days() == [date(2020, 2, day) for day in (20, 21, 22, 23)]
    assert END_OF_22ND.days() == [date(2020, 2, 22)]


def test_a_duty_over_several_rows_runs_from_the_first_opening_to_the_last_closing():
    assert spanning([END_OF_22ND, FROM_20TH_TO_23RD]) == FROM_20TH_TO_23RD
    assert spanning([END_OF_22ND]) == END_OF_22ND


@pytest.mark.parametrize(
    ("now", "overdue"),
    [
        (shanghai(22, 0, 1), False),
        (shanghai(22, 12), False),
        (shanghai(22, 23, 59, 59), False),
        (shanghai(23), True),
        (shanghai(23) - timedelta(microseconds=1), False),
    ],
)
def test_the_22nd_belongs_to_its_cut_off_to_the_last_moment(now, overdue):
    """B-19: open at 00:01, 12:00 and 23:59:59 of the 22nd, overdue at 00:00:00 of the 23rd."""
    due_at = to_instant(END_OF_22ND.closes, ZONE)
    assert is_overdue(DutyRole.PERFORM, State.OPEN, due_at, now) is overdue


def test_a_cut_off_is_listed_under_its_last_day_and_shown_as_24_hours():
    assert last_day(END_OF_22ND.closes) == date(2020, 2, 22)
    words = in_words(shanghai(23), shanghai(22, 9), ZONE)
    assert (words.day, words.clock, words.days_away) == (date(2020, 2, 22), "24:00", 0)


def test_a_cut_off_at_another_time_of_day_shows_that_time():
    words = in_words(shanghai(22, 18), shanghai(21, 9), ZONE)
    assert (words.day, words.clock, words.days_away) == (date(2020, 2, 22), "18:00", 1)


def test_late_on_the_21st_the_22nd_is_tomorrow_and_not_overdue():
    """B-21."""
    now, due_at = shanghai(21, 23, 30), to_instant(END_OF_22ND.closes, ZONE)
    assert in_words(due_at, now, ZONE).days_away == 1
    assert not is_overdue(DutyRole.PERFORM, State.OPEN, due_at, now)


@pytest.mark.skipif(not hasattr(machine, "tzset"), reason="the machine's zone cannot be changed")
@pytest.mark.parametrize("machine_zone", ["UTC", "America/Los_Angeles", "Pacific/Auckland"])
def test_today_is_the_campus_day_whatever_the_machine_thinks(monkeypatch, machine_zone):
    """B-22: 00:30 on the 22nd on campus is still the 21st in UTC."""
    monkeypatch.setenv("TZ", machine_zone)
    machine.tzset()
    try:
        now = datetime(2020, 2, 21, 16, 30, tzinfo=UTC)
        due_at = to_instant(END_OF_22ND.closes, ZONE)
        assert due_at == datetime(2020, 2, 22, 16, tzinfo=UTC)
        assert to_wall(now, ZONE) == wall("2020-02-22T00:30")
        assert in_words(due_at, now, ZONE).days_away == 0
    finally:
        monkeypatch.undo()
        machine.tzset()


ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/Los_Angeles", "Asia/Kathmandu", "UTC"]


@given(
    st.datetimes(wall("1980-01-01"), wall("2080-01-01"), timezones=st.just(UTC)),
    st.sampled_from(ZONES),
)
def test_an_instant_comes_back_from_campus_wall_time(instant, zone):
    assert to_instant(to_wall(instant, zone), zone) == instant


@given(st.datetimes(wall("1980-01-01"), wall("2080-01-01")), st.sampled_from(ZONES))
def test_wall_time_comes_back_unless_the_clock_skipped_it(local, zone):
    back = to_wall(to_instant(local, zone), zone)
    assert back == local or back - local in (timedelta(minutes=30), timedelta(hours=1))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles"])
def test_midnight_of_every_day_of_a_year_is_its_own_instant(zone):
    """B-25: a cut-off at midnight exists on every calendar day, also around a clock change."""
    days = [wall("2020-01-01") + timedelta(days=n) for n in range(366)]
    instants = [to_instant(day, zone) for day in days]
    assert instants == sorted(set(instants))
    assert [to_wall(instant, zone) for instant in instants] == days


def test_a_skipped_hour_moves_on_and_a_repeated_one_is_its_first_pass():
    """B-26."""
    assert to_instant(wall("2020-03-29T02:30"), "Europe/Berlin") == datetime(
        2020, 3, 29, 1, 30, tzinfo=UTC
    )
    assert to_instant(wall("2020-10-25T02:30"), "Europe/Berlin") == datetime(
        2020, 10, 25, 0, 30, tzinfo=UTC
    )
