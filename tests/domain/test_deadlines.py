"""The wording of deadlines: what a notice says, read exactly or flagged, never guessed."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracker.domain.cutoffs import Window
from tracker.domain.deadlines import (
    Anchors,
    Reading,
    UnreadableDeadline,
    read,
    read_window,
    words,
)
from tracker.domain.wordings import Every, Recurrence

ISSUED = date(2020, 2, 20)
LAUNCHES = date(2020, 2, 24)
LINES = Path(__file__).with_name("phrases.txt").read_text(encoding="utf-8").splitlines()
PHRASES = [tuple(line.split(" | ")) for line in LINES if not line.startswith("#")]


def expected(text: str) -> Reading:
    if text == "-":
        return Reading()
    often, *rest = text.split()
    if often in {each.value for each in Every}:
        on = next((int(part) for part in rest if ":" not in part), None)
        by = next((time.fromisoformat(part) for part in rest if ":" in part), None)
        return Reading(recurrence=Recurrence(Every(often), on, by))
    opens, _, closes = text.rpartition(" > ")
    return Reading(
        Window(datetime.fromisoformat(opens) if opens else None, datetime.fromisoformat(closes))
    )


def test_the_list_is_as_long_as_it_claims() -> None:
    assert len({phrase for phrase, _issued, _says in PHRASES}) >= 120


@pytest.mark.parametrize(("phrase", "issued", "says"), PHRASES, ids=[row[0] for row in PHRASES])
def test_a_phrase_of_a_public_notice_says_what_a_person_reads_in_it(phrase, issued, says) -> None:
    doubted = says.endswith(" ?")
    found = read(phrase, Anchors(date.fromisoformat(issued), LAUNCHES))
    assert (found.window, found.recurrence) == (
        expected(says.removesuffix(" ?")).window,
        expected(says.removesuffix(" ?")).recurrence,
    )
    assert bool(found.doubt) is doubted


def test_the_first_of_days_named_is_the_day_of_the_notice_or_later_unless_a_month_says_so() -> None:
    with pytest.raises(UnreadableDeadline):
        read("23日—21日", Anchors(ISSUED))
    assert read_window("2月15日—2月25日", ISSUED).opens == datetime.fromisoformat("2020-02-15")


def test_what_hangs_on_the_first_day_of_teaching_is_flagged_while_that_is_not_known() -> None:
    with pytest.raises(UnreadableDeadline, match="first day of teaching"):
        read("开学前一周", Anchors(ISSUED))


@pytest.mark.parametrize("text", ["每周五前", "长期", "22日", "立即", "before 22 Feb"])
def test_a_seed_takes_only_windows_beyond_doubt(text) -> None:
    with pytest.raises(UnreadableDeadline):
        read_window(text, ISSUED)


minutes = st.integers(0, 24 * 60 * 170).map(lambda n: datetime(2020, 2, 20) + timedelta(minutes=n))
windows = st.tuples(minutes, minutes).filter(lambda pair: pair[0] < pair[1])
readings = st.one_of(
    st.just(Reading()),
    minutes.filter(lambda closes: closes > datetime(2020, 2, 20)).map(
        lambda closes: Reading(Window(None, closes))
    ),
    windows.map(lambda pair: Reading(Window(*pair))),
    st.builds(
        lambda every, by: Reading(recurrence=Recurrence(every, None, by)),
        st.sampled_from(Every),
        st.none() | st.times().map(lambda t: t.replace(second=0, microsecond=0, fold=0)),
    ).filter(lambda reading: reading.recurrence.by != time()),
    st.builds(
        lambda on, by: Reading(recurrence=Recurrence(Every.WEEK, on, by)),
        st.integers(0, 6),
        st.sampled_from([None, time(17), time(9, 30)]),
    ),
    st.builds(
        lambda on, by: Reading(recurrence=Recurrence(Every.MONTH, on, by)),
        st.integers(1, 31),
        st.sampled_from([None, time(17), time(9, 30)]),
    ),
)


@given(readings, st.sampled_from(["zh_Hans", "en"]))
def test_what_is_written_is_read_as_it_was_meant(reading, locale) -> None:
    assert read(words(reading, locale), Anchors(ISSUED, LAUNCHES)) == reading


signs = "0123456789年月日前至到—-.:/一二三十周五每底点时内起"
pieces = st.sampled_from([*signs, "开学", "即日", "中午", "by ", "Feb "])


@given(st.text() | st.lists(pieces, max_size=14).map("".join), st.dates(), st.none() | st.dates())
@example("9日前", date.max, None)
@example("31日前", date.max, None)
@example("1日—2日", date.min, None)
@example("٢٢日前", ISSUED, None)
@example("²²日前", ISSUED, None)
@example("1月底前", date.max, None)
@example("开学前99周", ISSUED, date.min)
@example("开学第99周", ISSUED, date.max)
def test_arbitrary_text_is_read_or_flagged_and_nothing_else(text, issued, launches) -> None:
    try:
        reading = read(text, Anchors(issued, launches))
    except UnreadableDeadline:
        return
    assert reading.window is None or reading.recurrence is None
