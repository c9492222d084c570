"""Reading the matrix: the table of roles in the design, merged cells, and what is reviewed."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.matrix import MERGED, Cell, NothingAbove, is_reviewed, merged_cells, role_of
from tracker.domain.vocabulary import DutyRole

SEED = Path(__file__).parents[2] / "seed"
HEADERS = ("教务处", "学工处", "学院（系、部）、授课教师")
ROLES = {
    1: ("LEAD", "SUPPORT", "PERFORM"),
    2: ("COORDINATE", "PERFORM", "PERFORM"),
    3: ("INSPECT", "PERFORM", "PERFORM"),
    4: ("INSPECT", "PERFORM", "URGE"),
    5: ("INSPECT", "PERFORM", "URGE"),
    6: ("INSPECT", "PERFORM", "URGE"),
    7: ("INSPECT", "PERFORM", "URGE"),
    8: ("INSPECT", None, "PERFORM"),
    9: ("INSPECT", "URGE", "PERFORM"),
    10: ("INSPECT", "MONITOR", "PERFORM"),
    11: ("MONITOR", "MONITOR", "PERFORM"),
    12: ("INSPECT", "SUPPORT", "URGE"),
    13: ("PERFORM", "STANDBY", "SUPPORT"),
    14: ("PERFORM", "STANDBY", "SUPPORT"),
    15: ("INSPECT", "STANDBY", "PERFORM"),
    16: ("COORDINATE", "STANDBY", "PERFORM"),
}
CELLS = [
    (row, header, role)
    for row, roles in ROLES.items()
    for header, role in zip(HEADERS, roles, strict=True)
]


def records(name: str) -> list[dict[str, str]]:
    with (SEED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


TABLE = {int(record["序号"]): record for record in records("table1.csv")}
VERBS = {record["verb"]: DutyRole(record["role"]) for record in records("verbs.csv")}


@pytest.mark.parametrize(("row", "header", "role"), CELLS)
def test_each_of_the_48_cells_has_the_role_of_its_first_verb(row, header, role):
    assert role_of(TABLE[row][header], VERBS) == role


def test_every_verb_of_the_seed_occurs_in_the_notice():
    tables = [*TABLE.values(), *records("first_week.csv"), *records("first_month.csv")]
    text = "".join("".join(record.values()) for record in tables)
    assert [verb for verb in VERBS if verb not in text] == []


def test_the_first_verb_decides_not_the_strongest():
    assert role_of("确保全部建立，并检查", VERBS) is DutyRole.PERFORM
    assert role_of("掌握、提醒", VERBS) is DutyRole.MONITOR


def test_of_two_verbs_at_one_place_the_longer_counts():
    verbs = {"全力": DutyRole.PERFORM, "全力配合": DutyRole.SUPPORT, "配合": DutyRole.URGE}
    assert role_of("全力配合", verbs) is DutyRole.SUPPORT
    assert role_of("听候配合", VERBS) is DutyRole.STANDBY


def test_a_cell_without_a_known_verb_has_no_role():
    assert role_of("以“稳定安全”为", VERBS) is None
    assert role_of("", VERBS) is None


def test_a_merged_column_is_one_continuing_cell():
    """B-48: the network centre's cell is one duty, not 15 empty or 16 copied ones."""
    cells = merged_cells([TABLE[row]["网络中心"] for row in TABLE])
    assert len(cells) == 1
    assert cells[0].rows == tuple(range(16))
    assert cells[0].text == TABLE[1]["网络中心"]


def test_a_cell_with_line_breaks_and_full_width_commas_survives():
    """B-48."""
    text = "设计校领导加入\n网络课程听课安排，\r\n注意方式"
    assert merged_cells([text, MERGED, "", "检查"]) == [Cell(text, (0, 1)), Cell("检查", (3,))]


@pytest.mark.parametrize(
    ("column", "row"), [([MERGED], 0), (["检查", "", MERGED], 2), (["", " \n", MERGED], 2)]
)
def test_a_merge_with_nothing_above_is_refused_with_its_row(column, row):
    with pytest.raises(NothingAbove) as refused:
        merged_cells(column)
    assert refused.value.row == row


@given(st.lists(st.tuples(st.sampled_from(["检查", "督促", "", "  "]), st.integers(0, 3))))
def test_every_filled_row_belongs_to_exactly_one_cell_and_cells_stay_in_order(blocks):
    column = [
        text
        for cell, merges in blocks
        for text in (cell, *(MERGED for _ in range(merges if cell.strip() else 0)))
    ]
    cells = merged_cells(column)
    rows = [row for cell in cells for row in cell.rows]
    assert rows == [row for row, text in enumerate(column) if text.strip()]
    assert all(column[cell.rows[0]] == cell.text != MERGED for cell in cells)


def roles_of(row: int) -> list[DutyRole]:
    return [DutyRole(role) for role in ROLES[row] if role]


def reviewed(row: int) -> list[str]:
    roles = roles_of(row)
    return [role.value for role in roles if is_reviewed(role, roles)]


def test_an_inspector_verifies_every_performing_duty_of_its_row():
    assert reviewed(3) == ["PERFORM", "PERFORM"]


@pytest.mark.parametrize("row", [4, 5, 6, 7, 8, 9, 10, 15])
def test_an_inspector_verifies_the_one_performing_duty_and_not_the_urging_one(row):
    assert reviewed(row) == ["PERFORM"]


def test_where_nobody_performs_the_urging_duty_is_verified():
    """Row 12: the teachers themselves perform, the colleges urge, student affairs support."""
    assert reviewed(12) == ["URGE"]


@pytest.mark.parametrize("row", [1, 2, 11, 13, 14, 16])
def test_a_row_without_an_inspector_needs_no_second_step(row):
    assert reviewed(row) == []
