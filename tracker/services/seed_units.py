"""`units.csv`, and what `clusters.csv` and `campuses.csv` say of its units."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from tracker.domain.vocabulary import UnitKind
from tracker.services.seed_csv import Row, read_rows

_CODE = re.compile(r"[a-z][a-z0-9-]*")
CAMPUSES = "campuses.csv"


@dataclass(frozen=True)
class UnitSeed:
    """`row` is where the file says it, for a refusal that only the database can tell. `cluster`:
    its name in both languages, or None. `university`: the code of the one it belongs to, where a
    plan is laid on several."""

    code: str
    kind: UnitKind
    name: str
    name_en: str
    row: int
    cluster: tuple[str, str] | None = None
    university: str | None = None


def read_units(folder: Path) -> dict[str, UnitSeed]:
    """By code. Raises SeedError."""
    units: dict[str, UnitSeed] = {}
    for row in read_rows(folder, "units.csv", ("code", "kind", "name", "name_en")):
        code = code_of(row, "code")
        row.new("code", code, units)
        kind = row.member("kind", UnitKind)
        units[code] = UnitSeed(
            code, kind, row.text("name", 120), row.text("name_en", 120), row.number
        )
    return _on_campuses(folder, _clustered(folder, units))


def code_of(row: Row, column: str) -> str:
    code = row.text(column, 40)
    if not _CODE.fullmatch(code):
        raise row.refuse(column, f"{code!r} is not lower-case letters, digits and hyphens")
    return code


def _clustered(folder: Path, units: dict[str, UnitSeed]) -> dict[str, UnitSeed]:
    clusters: dict[str, tuple[str, str]] = {}
    for row in read_rows(folder, "clusters.csv", ("unit", "cluster", "cluster_en")):
        code = code_of(row, "unit")
        if code not in units:
            raise row.refuse("unit", f"units.csv has no unit {code!r}")
        row.new("unit", code, clusters)
        clusters[code] = (row.text("cluster", 60), row.text("cluster_en", 60))
    return {code: replace(unit, cluster=clusters.get(code)) for code, unit in units.items()}


def _on_campuses(folder: Path, units: dict[str, UnitSeed]) -> dict[str, UnitSeed]:
    """As they are where there is no such file: one campus."""
    if not (folder / CAMPUSES).exists():
        return units
    found: dict[str, str] = {}
    for row in read_rows(folder, CAMPUSES, ("unit", "university")):
        code, university = row.text("unit", 40), row.text("university", 40)
        row.new("unit", code, found)
        if code not in units or units[code].kind is UnitKind.UNIVERSITY:
            raise row.refuse("unit", f"units.csv has no office or college {code!r}")
        if university not in units or units[university].kind is not UnitKind.UNIVERSITY:
            raise row.refuse("university", f"units.csv has no university {university!r}")
        found[code] = university
    return {code: replace(unit, university=found.get(code)) for code, unit in units.items()}
