"""What may be believed of a sender's journal: of any part of one that it had written so far."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain import journal

START = datetime(2020, 2, 22, 10, 0, 0, 123456, tzinfo=UTC)
HEADING = journal.heading("a sender", "a host", "a boot")
RUNS = st.lists(
    st.tuples(
        st.lists(st.integers(1, 9), unique=True, min_size=1, max_size=4),
        st.lists(st.sampled_from(["answered", "in doubt"]), max_size=4),
    ),
    max_size=5,
)
"""Portions of message ids that are marked together, and how as many of them as were begun ended;
the others were given back and may be marked again."""


def lines_of(run) -> list[tuple[str, int, datetime, bytes]]:
    """What a sender writes in such a run: kind, message id, when it was marked, line."""
    lines, now = [], START
    for message_ids, ends in run:
        now += timedelta(microseconds=1)
        lines.append(("marked", 0, now, journal.marked(now, message_ids)))
        for message_id, end in zip(message_ids, ends, strict=False):
            lines.append(("begun", message_id, now, journal.begun(message_id)))
            if end == "answered":
                answer = journal.answered(message_id, now, "250 收到\nand queued")
                lines.append(("answered", message_id, now, answer))
    return lines


@given(RUNS, st.data())
def test_no_part_of_a_journal_makes_an_unsent_mail_sent_nor_a_begun_one_never_begun(run, data):
    """Cut anywhere, within a line too. The writer begins a mail only when the whole line is out."""
    lines = lines_of(run)
    whole = HEADING + b"".join(line for *_, line in lines)
    length = data.draw(st.integers(0, len(whole)))
    found, end = journal.read(whole[:length]), len(HEADING)
    for kind, message_id, marked_at, line in lines:
        began, end = end, end + len(line)
        fate = found.fate(message_id, marked_at) if found is not None else None
        if kind == "begun" and began < length:
            assert fate is None or fate.is_begun
        if kind == "answered":
            assert fate is None or (fate.answer is not None) == (end <= length)
            assert fate is None or fate.answer in (None, (marked_at, "250 收到\nand queued"))


@given(RUNS)
def test_a_journal_tells_of_each_mark_what_became_of_it(run):
    lines = lines_of(run)
    found = journal.read(HEADING + b"".join(line for *_, line in lines))
    assert found is not None
    assert (found.owner, found.host, found.boot) == ("a sender", "a host", "a boot")
    last = {}
    for message_ids, ends in run:
        for number, message_id in enumerate(message_ids):
            last[message_id] = ends[number] if number < len(ends) else "never begun"
    told = {
        message_id: "answered" if fate.answer else "in doubt" if fate.is_begun else "never begun"
        for message_id, fate in found.fates.items()
    }
    assert told == last


@given(st.binary(max_size=200), st.booleans())
def test_what_no_sender_writes_is_never_believed(content, headed):
    found = journal.read(HEADING * headed + content)
    assert found is None or (headed and found.fates == {})


def test_a_torn_or_impossible_journal_is_never_believed():
    marked, begun = journal.marked(START, [1, 2]), journal.begun(1)
    answered = journal.answered(1, START, "250 taken")
    for content in (
        b"",
        HEADING[:-1],
        marked,
        HEADING + marked[:-1],
        HEADING + begun,
        HEADING + marked + answered,
        HEADING + marked + begun + begun,
        HEADING + marked + begun + b"\0" * 40 + b"\n",
        HEADING + marked + b"[]\n",
        HEADING + marked + b'["skipped",1]\n',
        HEADING.replace(b"1", b"2") + marked,
    ):
        assert journal.read(content) is None, content


def test_a_journal_says_nothing_of_a_mark_it_does_not_know():
    found = journal.read(HEADING + journal.marked(START, [1]))
    assert found is not None
    assert found.fate(1, START) is not None
    assert found.fate(1, START + timedelta(microseconds=1)) is None
    assert found.fate(1, None) is None
    assert found.fate(2, START) is None
