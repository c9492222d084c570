"""The hash chain of the record: nobody changes, drops, swaps or slips in an event unseen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.audit import (
    GENESIS,
    Entry,
    Link,
    as_erased,
    chained,
    first_broken,
    linked,
    sealed,
)

names = st.text(max_size=8)
entries = st.builds(
    Entry,
    at=st.datetimes(datetime(2020, 2, 20), datetime(2020, 2, 25), timezones=st.just(UTC)),
    user_id=st.none() | st.integers(1, 99),
    actor=names,
    action=names,
    subject=names,
    subject_id=st.integers(1, 999),
    detail=st.dictionaries(names, st.none() | st.integers() | names | st.lists(names), max_size=3),
)
records = st.lists(entries, min_size=1, max_size=6, unique_by=repr)


def chain(record: list[Entry]) -> list[Link]:
    """Every other event, the first among them, from before there were seals."""
    events: list[Link] = []
    previous = GENESIS
    for number, entry in enumerate(record):
        if number % 2:
            salt = f"{number:032x}"
            seal = sealed(salt, entry)
            previous = linked(previous, entry, seal)
            events.append(Link(entry, previous, salt, seal))
        else:
            previous = chained(previous, entry)
            events.append(Link(entry, previous))
    return events


def erase(link: Link) -> Link:
    entry = replace(link.entry, actor="former user 1", detail={})
    return link._replace(entry=entry, salt=None, erased=as_erased(entry))


@given(records)
def test_an_untouched_record_is_whole(record: list[Entry]) -> None:
    assert first_broken(chain(record)) is None


@given(records, st.data())
def test_a_changed_event_is_the_first_broken_one(record: list[Entry], data: st.DataObject) -> None:
    events = chain(record)
    position = data.draw(st.integers(0, len(events) - 1))
    entry = events[position].entry
    changed = data.draw(
        st.sampled_from(
            [
                replace(entry, at=entry.at + timedelta(microseconds=1)),
                replace(entry, user_id=(entry.user_id or 0) + 1),
                replace(entry, actor=entry.actor + "x"),
                replace(entry, action=entry.action + "x"),
                replace(entry, subject=entry.subject + "x"),
                replace(entry, subject_id=entry.subject_id + 1),
                replace(entry, detail={**entry.detail, "more": 1}),
            ]
        )
    )
    events[position] = events[position]._replace(entry=changed)
    assert first_broken(events) == position


@given(records, st.data())
def test_a_changed_hash_is_found(record: list[Entry], data: st.DataObject) -> None:
    events = chain(record)
    position = data.draw(st.integers(0, len(events) - 1))
    kept = events[position].hash
    digit = data.draw(st.integers(0, len(kept) - 1))
    other = "0" if kept[digit] != "0" else "1"
    other = kept[:digit] + other + kept[digit + 1 :]
    events[position] = events[position]._replace(hash=other)
    assert first_broken(events) == position


@given(records, st.data())
def test_a_dropped_event_is_found_unless_it_was_the_last(
    record: list[Entry], data: st.DataObject
) -> None:
    events = chain(record)
    position = data.draw(st.integers(0, len(events) - 1))
    del events[position]
    assert first_broken(events) == (position if position < len(events) else None)


@given(records.filter(lambda record: len(record) > 1), st.data())
def test_two_swapped_events_are_found(record: list[Entry], data: st.DataObject) -> None:
    events = chain(record)
    position = data.draw(st.integers(0, len(events) - 2))
    events[position], events[position + 1] = events[position + 1], events[position]
    assert first_broken(events) == position


@given(records, entries, st.data())
def test_an_event_slipped_in_is_found(
    record: list[Entry], extra: Entry, data: st.DataObject
) -> None:
    events = chain(record)
    position = data.draw(st.integers(0, len(events)))
    events.insert(position, Link(extra, "f" * 64))
    assert first_broken(events) == position


@given(records, st.data())
def test_events_are_erased_and_the_record_is_whole(
    record: list[Entry], data: st.DataObject
) -> None:
    events = chain(record)
    for position in data.draw(st.sets(st.integers(0, len(events) - 1))):
        events[position] = erase(events[position])
    assert first_broken(events) is None


@given(records, st.data())
def test_words_that_are_erased_without_a_note_break_the_record(
    record: list[Entry], data: st.DataObject
) -> None:
    events = chain(record)
    position = data.draw(st.integers(0, len(events) - 1))
    said = events[position].entry
    if (said.actor, said.detail) != ("former user 1", {}):
        events[position] = erase(events[position])._replace(erased=None)
        assert first_broken(events) == position


@given(records, st.data())
def test_what_an_erased_event_says_is_never_changed_again(
    record: list[Entry], data: st.DataObject
) -> None:
    events = chain(record)
    position = data.draw(st.integers(0, len(events) - 1))
    erased = erase(events[position])
    other = replace(erased.entry, actor="somebody else")
    events[position] = erased._replace(entry=other)
    assert first_broken(events) == position


@given(records.filter(lambda record: len(record) > 1), st.data())
def test_when_and_about_what_a_sealed_event_was_is_never_erased(
    record: list[Entry], data: st.DataObject
) -> None:
    """Not even with a forged note."""
    events = chain(record)
    position = data.draw(st.sampled_from(range(1, len(events), 2)))
    other = replace(erase(events[position]).entry, subject_id=events[position].entry.subject_id + 1)
    events[position] = events[position]._replace(entry=other, salt=None, erased=as_erased(other))
    assert first_broken(events) == position


@given(entries)
def test_the_same_instant_in_another_zone_is_the_same_event(entry: Entry) -> None:
    campus = replace(entry, at=entry.at.astimezone(timezone(timedelta(hours=8))))
    assert chained(GENESIS, campus) == chained(GENESIS, entry)
