"""A row of a notice as an editor writes it."""

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.domain.vocabulary import DutyRole, UnitKind


@dataclass(frozen=True)
class Cell:
    """What one kind of unit is asked in a row; nothing where `text` is empty."""

    role: DutyRole
    text: str


@dataclass(frozen=True)
class Wording:
    """A row as it is to be. `deadline`: in the words of a notice; `counts`: what is counted, empty
    for nothing; both stay as they are where the plan is published. `cells`: those that begin in the
    row."""

    title: str
    deadline: str
    counts: str
    cells: Mapping[UnitKind, Cell]
