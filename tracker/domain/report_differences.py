"""What changed from one report of a plan to a later one."""

from dataclasses import dataclass

from tracker.domain.reports import Facts, Gap, Missed, ReportCell, Since
from tracker.domain.vocabulary import Light

MOST_SHOWN = 50
"""Names that are newly missing, one by one."""


@dataclass(frozen=True)
class RowChange:
    """A counted row whose number changed; None: nobody had reported."""

    row: int
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Difference:
    """Cells `settled` since, newly `overdue`, `returned`, `lacking` names, and `reopened`: settled
    before, to be done again.
    `appeared`: (row, unit, name) that are missing now and were not; `vanished`: how many names are
    missing no more. Where a report does not keep every name, its unit's names are not compared."""

    settled: tuple[ReportCell, ...]
    overdue: tuple[ReportCell, ...]
    returned: tuple[ReportCell, ...]
    lacking: tuple[ReportCell, ...]
    reopened: tuple[ReportCell, ...]
    rows: tuple[RowChange, ...]
    appeared: tuple[tuple[int, str, Missed], ...]
    vanished: int

    @property
    def empty(self) -> bool:
        cells = self.settled or self.overdue or self.returned or self.lacking
        return not (cells or self.reopened or self.rows or self.appeared or self.vanished)


def difference(before: Facts, after: Facts) -> Difference:
    were = {cell.id: cell.light for cell in before.cells}
    counted = {row.number: row.done for row in before.rows}
    appeared, vanished = _names(before, after)
    return Difference(
        settled=_became(after, Light.SETTLED, were),
        overdue=_became(after, Light.OVERDUE, were),
        returned=_became(after, Light.RETURNED, were),
        lacking=_became(after, Light.LACKING, were),
        reopened=tuple(
            cell
            for cell in after.cells
            if were.get(cell.id) is Light.SETTLED
            and cell.light not in (Light.SETTLED, Light.WAIVED)
        ),
        rows=tuple(
            RowChange(row.number, counted.get(row.number), row.done)
            for row in after.rows
            if row.counts is not None and counted.get(row.number) != row.done
        ),
        appeared=appeared,
        vanished=vanished,
    )


def since(before: Facts, after: Facts) -> Since:
    found = difference(before, after)
    return Since(
        number=before.number,
        at=before.at,
        settled=len(found.settled),
        overdue=len(found.overdue),
        returned=len(found.returned),
        lacking=len(found.lacking),
        reopened=len(found.reopened),
        same=found.empty,
    )


def _became(after: Facts, light: Light, were: dict[int, Light]) -> tuple[ReportCell, ...]:
    return tuple(
        cell for cell in after.cells if cell.light is light and were.get(cell.id) is not light
    )


def _names(before: Facts, after: Facts) -> tuple[tuple[tuple[int, str, Missed], ...], int]:
    old, new = _gaps(before), _gaps(after)
    appeared: list[tuple[int, str, Missed]] = []
    vanished = 0
    for place in sorted(old.keys() | new.keys()):
        was, now = old.get(place), new.get(place)
        if not (_whole(was) and _whole(now)):
            continue
        known = {name.key for name in was.names} if was else set()
        missing = {name.key for name in now.names} if now else set()
        vanished += len(known - missing)
        row, unit = place
        names = now.names if now else ()
        appeared += [(row, unit, name) for name in names if name.key not in known]
    return tuple(appeared), vanished


def _gaps(facts: Facts) -> dict[tuple[int, str], Gap]:
    return {(row.number, gap.unit): gap for row in facts.rows for gap in row.gaps}


def _whole(gap: Gap | None) -> bool:
    return gap is None or len(gap.names) == gap.missing
