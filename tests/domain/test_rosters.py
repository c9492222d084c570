"""A list read against a roster, by key."""

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.rosters import Difference, Known, Listed, difference, fingerprint, key_of

UNITS = ("cs", "info")
keys = st.sampled_from("ABCDEF")
listed = st.builds(
    Listed, keys, st.sampled_from(["甲", "乙"]), st.sampled_from(UNITS), st.just(""), st.just("")
)
lists = st.lists(listed, max_size=8, unique_by=lambda row: row.key)
known = st.builds(
    Known,
    keys,
    st.sampled_from(["甲", "乙"]),
    st.sampled_from(UNITS),
    st.just(""),
    st.booleans(),
    st.booleans(),
)
rosters = st.lists(known, max_size=8, unique_by=lambda item: item.key)


def apply(roster: list[Known], found: Difference) -> dict[str, Known]:
    items = {item.key: item for item in roster}
    for row in [*found.added, *(row for _, row in found.changed)]:
        done = row.key in items and items[row.key].done
        items[row.key] = Known(row.key, row.label, row.unit_code, row.detail, done, False)
    for item in found.dropped:
        items[item.key] = Known(item.key, *item.words, item.done, True)
    return items


@given(rosters, lists)
def test_the_difference_applied_gives_the_list(roster: list[Known], rows: list[Listed]) -> None:
    items = apply(roster, difference(roster, rows, UNITS, None))
    now = {(item.key, *item.words) for item in items.values() if not item.dropped}
    assert now == {(row.key, *row.words) for row in rows}


@given(rosters, lists)
def test_the_same_list_again_changes_nothing(roster: list[Known], rows: list[Listed]) -> None:
    """B-50."""
    items = apply(roster, difference(roster, rows, UNITS, None))
    assert difference(items.values(), rows, UNITS, None).empty


@given(rosters, lists)
def test_no_list_loses_a_tick(roster: list[Known], rows: list[Listed]) -> None:
    items = apply(roster, difference(roster, rows, UNITS, None))
    assert {item.key for item in roster if item.done} <= {
        item.key for item in items.values() if item.done
    }


@given(rosters, lists)
def test_a_college_s_list_touches_nothing_of_others_and_drops_nobody(
    roster: list[Known], rows: list[Listed]
) -> None:
    found = difference(roster, rows, UNITS, "cs")
    items = apply(roster, found)
    before = {item.key: item for item in roster if item.unit_code != "cs"}
    assert {key: items[key] for key in before} == before
    assert found.dropped == ()
    assert all(row.unit_code == "cs" for row in found.added)


@given(rosters, lists)
def test_every_row_is_told_of(roster: list[Known], rows: list[Listed]) -> None:
    found = difference(roster, rows, UNITS, None)
    told = [*found.added, *(row for _, row in found.changed), *(row for row, *_ in found.doubtful)]
    assert len(told) + len(found.unchanged) == len(rows)


@given(rosters, lists)
def test_the_fingerprint_is_of_what_is_shown(roster: list[Known], rows: list[Listed]) -> None:
    """A tick meanwhile leaves it as it is; another name in the list does not."""
    shown = fingerprint(difference(roster, rows, UNITS, None))
    ticked = [Known(item.key, *item.words, True, item.dropped) for item in roster]
    assert fingerprint(difference(ticked, rows, UNITS, None)) == shown
    more = [*rows, Listed("Z", "丙", "cs", "", "")]
    assert fingerprint(difference(roster, more, UNITS, None)) != shown


def test_a_row_that_cannot_be_taken_changes_and_drops_nothing() -> None:
    roster = [Known("A", "甲", "cs", "", True, False)]
    rows = [
        Listed("A", "甲", "cs", "", "第2行"),
        Listed("A", "乙", "cs", "", "第3行"),
        Listed("", "丙", "cs", "", "第4行"),
        Listed("B", "", "cs", "", "第5行"),
        Listed("C", "丁", "", "", "第6行"),
        Listed("D", "戊", "art", "", "第7行"),
        Listed("E" * 61, "己", "cs", "", "第8行"),
    ]
    found = difference(roster, rows, UNITS, None)
    assert found.empty
    assert [row.at for row, *_ in found.doubtful] == [row.at for row in rows]


def test_a_key_is_the_same_however_it_is_typed() -> None:
    assert key_of(" ＣＳ１０１ ") == key_of("CS101\u200b") == "CS101"
