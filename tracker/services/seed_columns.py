"""`columns.csv`: whose column is whose."""

from datetime import time
from pathlib import Path

from tracker.domain.notice_duties import Column
from tracker.domain.vocabulary import Cadence, DutyRole, UnitKind
from tracker.services.seed_csv import Row, read_rows


def read_columns(folder: Path, kinds: set[UnitKind]) -> list[Column]:
    columns: dict[str, Column] = {}
    for row in read_rows(
        folder, "columns.csv", ("header", "unit_kind", "cadence", "role", "report_by")
    ):
        header = row.text("header", 120)
        row.new("header", header, columns)
        kind = row.member("unit_kind", UnitKind)
        row.new("unit_kind", kind, {column.kind for column in columns.values()})
        if kind not in kinds:
            raise row.refuse("unit_kind", f"units.csv has no unit of kind {kind.value}")
        cadence = row.member("cadence", Cadence, row.text("cadence", 24).upper())
        role = row.member("role", DutyRole) if row.text("role", 24, required=False) else None
        columns[header] = Column(header, kind, cadence, role, _report_by(row, cadence))
    return list(columns.values())


def _report_by(row: Row, cadence: Cadence) -> time | None:
    if cadence not in (Cadence.ONCE, Cadence.DAILY):
        raise row.refuse("cadence", "a column reports once or daily")
    daily, given = cadence is Cadence.DAILY, row.text("report_by", 5, required=False)
    if daily != bool(given):
        raise row.refuse("report_by", "is set exactly where cadence is daily")
    return row.clock("report_by") if daily else None
