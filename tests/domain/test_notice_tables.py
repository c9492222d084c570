"""Tables as offices lay them out: header, rows, cells that go on, and what is doubtful of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.matrix import MERGED
from tracker.domain.notice_choices import kind_of, number_in
from tracker.domain.notice_headers import Grid, tidy, wording
from tracker.domain.notice_tables import (
    BESIDE,
    BROKEN,
    DITTO_READ,
    JOINED,
    NOTHING_ABOVE,
    SAME_DEADLINE,
    ReadTables,
    read_tables,
)
from tracker.domain.vocabulary import UnitKind

HEAD = ("序号", "时间节点", "任务", "教务处", "学院")


def grid(*rows: tuple[str, ...], name: str = "", **places: frozenset[tuple[int, int]]) -> Grid:
    return Grid(name, rows, tuple(range(1, len(rows) + 1)), **places)


def read(*grids: Grid) -> ReadTables:
    found = read_tables(grids)
    assert found is not None
    return found


def doubts(found: ReadTables, row: int) -> set[str]:
    return {doubt.msgid for doubt in found.rows[row].doubts}


def test_titles_and_other_tables_before_the_header_are_left_out() -> None:
    found = read(
        grid(("联系人", "电话")),
        grid(("表1", "", "", "", ""), HEAD, ("1", "2日", "甲", "检查", "")),
    )
    assert (found.at, found.headers) == ("2", ("教务处", "学院"))
    assert [row.title for row in found.rows] == ["甲"]
    assert read_tables([grid(("联系人", "电话"))]) is None


def test_what_is_typed_for_a_merge_is_told_and_what_continues_nothing_too() -> None:
    found = read(
        grid(HEAD, ("1", "2日", "甲", "同上", "做好"), ("2", "", "乙", "检查", "同上")),
    )
    assert found.rows[0].cells == ("", "做好")
    assert doubts(found, 0) == {NOTHING_ABOVE}
    assert found.rows[1].cells == ("检查", MERGED)
    assert found.rows[1].deadline == "2日"
    assert doubts(found, 1) == {DITTO_READ, SAME_DEADLINE}


def test_a_table_that_goes_on_without_its_header_goes_on() -> None:
    first = grid(
        HEAD,
        ("1", "2日", "甲", "检查", "做好"),
        ("2", "2日", "乙", "检查", ""),
        goes_on=frozenset({(2, 4)}),
    )
    found = read(first, grid(("3", "2日", "丙", "检查", "")), grid(("备注", "x")))
    assert found.rows[2].cells == ("检查", MERGED)
    assert doubts(found, 2) == {BROKEN}


def test_a_part_without_its_last_column_goes_on_and_a_table_that_is_not_read_is_told() -> None:
    """A merged cell may have no edge on the next page of a PDF."""
    found = read(
        grid(HEAD, ("1", "2日", "甲", "检查", "做好")),
        grid(("2", "2日", "乙", "检查"), ("3", "2日", "丙", "检查")),
        grid(("姓名", "单位", "电话", "备注"), name="3!"),
    )
    assert [row.cells[1] for row in found.rows] == ["做好", MERGED, MERGED]
    assert doubts(found, 1) == {BROKEN}
    assert found.left == ("3!1",)


def test_an_empty_cell_that_nothing_merges_is_empty() -> None:
    found = read(
        grid(HEAD, ("1", "2日", "甲", "检查", "做好")), grid(("2", "2日", "乙", "检查", ""))
    )
    assert found.rows[1].cells == ("检查", "")


def test_a_row_that_a_page_cuts_in_two_is_one_row() -> None:
    found = read(
        grid(HEAD, ("1", "2日前", "成立工作", "检查", "成立")),
        grid(("", "", "组", "", "学院工作组")),
    )
    assert [row.title for row in found.rows] == ["成立工作组"]
    assert found.rows[0].cells == ("检查", "成立学院工作组")
    assert doubts(found, 0) == {JOINED}


def test_one_cell_for_two_columns_is_the_same_for_each() -> None:
    found = read(
        grid(HEAD, ("1", "2日", "甲", "配合", ""), beside=frozenset({(1, 4)})),
    )
    assert found.rows[0].cells == ("配合", "配合")
    assert doubts(found, 0) == {BESIDE}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("１．", 1),
        ("（2）", 2),
        ("十二", 12),
        ("三", 3),
        ("二十", 20),
        ("", None),
        ("x", None),
    ],
)
def test_numbers_as_offices_write_them(text: str, number: int | None) -> None:
    assert number_in(text) == number


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("教务处", UnitKind.ACADEMIC_AFFAIRS),
        ("学生工作处", UnitKind.STUDENT_AFFAIRS),
        ("各院系", UnitKind.COLLEGE),
        ("学院（系、部）、授课教师", UnitKind.COLLEGE),
        ("网络与信息中心", UnitKind.NETWORK_CENTRE),
        ("备注", "-"),
        ("保卫处", ""),
    ],
)
def test_whose_a_column_is(header: str, kind: str) -> None:
    assert kind_of(header) == kind


def test_breaks_of_a_narrow_column_are_no_breaks() -> None:
    assert wording("22 日结\n束前") == "22日结束前"
    assert tidy("牵头成立校区工\n作组") == "牵头成立校区工作组"
    assert tidy("one\ntwo") == "one two"
    assert tidy("1.建群\n2.进群") == "1.建群\n2.进群"


texts = st.sampled_from(["检查", "做好", "", MERGED, "同上"])


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=6), st.integers(0, 6))
def test_wherever_a_table_is_cut_no_row_is_ever_lost(
    cells: list[tuple[str, str]], cut: int
) -> None:
    rows = [(str(n), "2日", f"任务{n}", *pair) for n, pair in enumerate(cells, 1)]
    cut = min(cut, len(rows))
    found = read(grid(HEAD, *rows[:cut]), *([grid(*rows[cut:])] if rows[cut:] else []))
    assert [row.title for row in found.rows] == [row[2] for row in rows]
    assert all(len(row.cells) == 2 for row in found.rows)
