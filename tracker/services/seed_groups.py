"""`work_groups.csv`: which cells ask their unit to set up a working group, and of what parts."""

from collections.abc import Collection, Mapping
from pathlib import Path

from tracker.domain.vocabulary import GroupPart, UnitKind
from tracker.services.seed_csv import LAST_NUMBER, WHOLE_ROW, read_rows

Groups = Mapping[tuple[int, UnitKind], tuple[GroupPart, ...]]


def read_groups(folder: Path, cells: Collection[tuple[int, UnitKind]]) -> Groups:
    """(row, kind of unit) -> the parts of its group. `cells`: those that table 1 has. Raises
    SeedError."""
    groups: dict[tuple[int, UnitKind], tuple[GroupPart, ...]] = {}
    for row in read_rows(folder, "work_groups.csv", ("row", "unit_kind", "parts")):
        cell = row.integer("row", 1, LAST_NUMBER), row.member("unit_kind", UnitKind)
        row.new(WHOLE_ROW, cell, groups)
        if cell not in cells:
            raise row.refuse("row", "table 1 has no such cell")
        words = dict.fromkeys(row.text("parts", 60).split())
        groups[cell] = tuple(row.member("parts", GroupPart, word) for word in words)
    return groups
