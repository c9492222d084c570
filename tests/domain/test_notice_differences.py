"""An amended notice against a plan: nothing is lost, and the same again is nothing."""

from dataclasses import replace
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.cutoffs import Window
from tracker.domain.notice_differences import Difference, KnownDuty, KnownTask, difference
from tracker.domain.notice_duties import DutySeed, TaskSeed
from tracker.domain.notice_fingerprints import fingerprint
from tracker.domain.vocabulary import Cadence, DutyRole, UnitKind

WINDOW = Window(None, datetime(2020, 2, 24))
Table = tuple[list[TaskSeed], list[DutySeed]]


def row(number: int, title: str) -> TaskSeed:
    return TaskSeed(number, title, "", "23日前", WINDOW, None)


def cell(kind: UnitKind, number: int, text: str) -> DutySeed:
    return DutySeed(
        kind, DutyRole.PERFORM, text, "", Cadence.ONCE, (number,), WINDOW, False, False, None, None
    )


@st.composite
def notices(draw: st.DrawFn) -> Table:
    """Up to six rows of different titles in any order, each with cells of some kinds."""
    titles = draw(st.lists(st.sampled_from("甲乙丙丁戊己"), unique=True, max_size=6))
    rows = [row(number, title) for number, title in enumerate(titles, 1)]
    cells = [
        cell(kind, each.number, draw(st.sampled_from(["做好", "确保"])))
        for each in rows
        for kind in draw(st.sets(st.sampled_from(list(UnitKind))))
    ]
    return rows, cells


def known(table: Table, ticked: int = 1) -> tuple[list[KnownTask], list[KnownDuty]]:
    rows, cells = table
    return (
        [KnownTask(at, False, each) for at, each in enumerate(rows, 1)],
        [KnownDuty(at, False, ticked, each) for at, each in enumerate(cells, 1)],
    )


def compared(before: Table, after: Table) -> Difference:
    return difference(*known(before), *after)


@given(notices())
def test_the_same_notice_again_never_differs(notice: Table) -> None:
    """B-50."""
    assert compared(notice, notice).empty


@given(notices(), notices())
def test_every_row_and_every_cell_is_spoken_of_exactly_once(before: Table, after: Table) -> None:
    found = compared(before, after)
    met = set(found.kept) | {each.number for each in found.rows_added}
    assert met == {each.number for each in after[0]}
    assert len(found.kept) + len(found.rows_dropped) == len(before[0])
    assert len(set(found.kept.values())) == len(found.kept)
    dropped = {each.id for each in found.duties_dropped}
    changed = {each.known.id for each in found.duties_changed}
    assert not dropped & changed
    left = len(before[1]) - len(dropped)
    assert left + len(found.duties_added) == len(after[1])


@given(notices(), st.randoms())
def test_a_row_that_only_changes_its_place_never_loses_its_cells(notice: Table, random) -> None:
    rows, cells = notice
    order = list(range(1, len(rows) + 1))
    random.shuffle(order)
    place = dict(zip((each.number for each in rows), order, strict=True))
    moved = (
        [replace(each, number=place[each.number]) for each in rows],
        [replace(each, tasks=(place[each.tasks[0]],)) for each in cells],
    )
    found = compared(notice, moved)
    assert not (found.rows_added)
    assert not (found.rows_dropped)
    assert not (found.duties_added)
    assert not (found.duties_changed)
    assert not (found.duties_dropped)


def test_ticks_are_no_part_of_what_was_shown() -> None:
    before = ([row(1, "甲")], [cell(UnitKind.COLLEGE, 1, "做好")])
    after = ([row(1, "甲")], [cell(UnitKind.COLLEGE, 1, "确保")])
    marks = {fingerprint(difference(*known(before, ticked), *after)) for ticked in (0, 9)}
    assert len(marks) == 1
    assert fingerprint(compared(before, before)) not in marks
