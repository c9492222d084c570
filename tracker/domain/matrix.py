"""Reading a responsibility matrix: merged cells, and roles from verbs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tracker.domain.vocabulary import DutyRole

MERGED = "^"
"""A cell merged with the one above it, as the table files write it."""


def role_of(text: str, verbs: Mapping[str, DutyRole]) -> DutyRole | None:
    """The role that the first verb of a cell names; of two at one place the longer one counts
    ("全力配合", not "配合"). None where the cell holds no known verb."""
    found = [(text.index(verb), -len(verb), role) for verb, role in verbs.items() if verb in text]
    return min(found, default=(0, 0, None), key=lambda hit: hit[:2])[2]


class NothingAbove(ValueError):
    """A merge continues a cell that is not there; `row` is its index in the column, from 0."""

    def __init__(self, row: int) -> None:
        super().__init__(f"row {row + 1} continues a cell, but there is none above it")
        self.row = row


@dataclass(frozen=True)
class Cell:
    """One continuing cell of a column: its text and the row indices it spans."""

    text: str
    rows: tuple[int, ...]


def merged_cells(column: Sequence[str]) -> list[Cell]:
    """A column's cells top to bottom, a merged one once with all its rows. Empty cells are left
    out: they give nobody anything to do. Raises NothingAbove where a merge has none to continue."""
    cells: list[Cell] = []
    above: Cell | None = None
    for row, text in enumerate(column):
        if text == MERGED:
            if above is None:
                raise NothingAbove(row)
            above = Cell(above.text, (*above.rows, row))
            cells[-1] = above
        elif text.strip():
            above = Cell(text, (row,))
            cells.append(above)
        else:
            above = None
    return cells


def is_reviewed(role: DutyRole, row_roles: Iterable[DutyRole]) -> bool:
    """Whether a duty of this role is verified by its row's inspector.

    An inspector verifies the row's performing duties; where a row has none (row 12: the teachers
    themselves perform), its urging ones. A row without an inspector needs no second step.
    `row_roles` are the roles of the row's duties that are reported once; a standing duty is not
    among them.
    """
    roles = set(row_roles)
    if DutyRole.INSPECT not in roles:
        return False
    if any(other.performs for other in roles):
        return role.performs
    return role is DutyRole.URGE
