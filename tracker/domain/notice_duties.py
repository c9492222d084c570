"""The rows and cells of a notice's tables as tasks and duties: the one reading that the seed and an
imported notice stand on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import time

from tracker.domain import cutoffs
from tracker.domain.matrix import is_reviewed
from tracker.domain.standing import Rhythm
from tracker.domain.vocabulary import Cadence, DutyRole, UnitKind


@dataclass(frozen=True)
class Column:
    """A column of table 1: whose it is, how often it reports, its role if no verb tells, and the
    time of day by which a daily report is due."""

    header: str
    kind: UnitKind
    cadence: Cadence
    role: DutyRole | None
    report_by: time | None


@dataclass(frozen=True)
class Measure:
    """What a row counts. `target` is set only together with `held_by`, whose duty carries it."""

    counts: str
    counts_en: str
    target: int | None
    held_by: UnitKind | None


@dataclass(frozen=True)
class TaskSeed:
    number: int
    title: str
    title_en: str
    deadline_text: str
    window: cutoffs.Window
    measure: Measure | None


@dataclass(frozen=True)
class DutySeed:
    """`tasks`: the row numbers it covers; `target` of a standing duty: its reports. `report_on`:
    see `standing.Rhythm`."""

    kind: UnitKind
    role: DutyRole
    text: str
    text_en: str
    cadence: Cadence
    tasks: tuple[int, ...]
    window: cutoffs.Window
    reviewed: bool
    counted: bool
    target: int | None
    report_by: time | None
    report_on: int | None = None


@dataclass(frozen=True)
class CaseSeed:
    number: int
    trigger: str
    trigger_en: str


@dataclass(frozen=True)
class ResponseSeed:
    """`cases`: the rows of table 2 that share this plan, one or a merged cell's."""

    response: str
    response_en: str
    focus: str
    focus_en: str
    cases: tuple[CaseSeed, ...]


@dataclass(frozen=True)
class Asked:
    """A duty before its neighbours are known: what a cell asks of one kind of unit, and of which
    rows. `report_on`: see `standing.Rhythm`."""

    kind: UnitKind
    role: DutyRole
    text: str
    cadence: Cadence
    tasks: tuple[int, ...]
    report_by: time | None
    report_on: int | None = None


def duty(
    cell: Asked, cells: Collection[Asked], tasks: Mapping[int, TaskSeed], text_en: str
) -> DutySeed:
    """`reviewed` and `counted` concern what is reported once; a standing duty has its check-ins."""
    once = cell.cadence is Cadence.ONCE
    row_roles = [
        other.role
        for other in cells
        if other.cadence is Cadence.ONCE and set(other.tasks) & set(cell.tasks)
    ]
    reviewed = once and is_reviewed(cell.role, row_roles)
    measure = tasks[cell.tasks[0]].measure if len(cell.tasks) == 1 else None
    counted = once and measure is not None and (reviewed or cell.role.performs)
    window = cutoffs.spanning([tasks[number].window for number in cell.tasks])
    target = None if once else len(Rhythm(cell.cadence, cell.report_on).days(window))
    if counted and measure and cell.role.performs and measure.held_by is cell.kind:
        target = measure.target
    return DutySeed(
        kind=cell.kind,
        role=cell.role,
        text=cell.text,
        text_en=text_en,
        cadence=cell.cadence,
        tasks=cell.tasks,
        window=window,
        reviewed=reviewed,
        counted=counted,
        target=target,
        report_by=cell.report_by,
        report_on=cell.report_on,
    )


def shared_responses(
    rows: Collection[tuple[CaseSeed, tuple[str, str, str, str] | None]],
) -> list[ResponseSeed]:
    """Cases under their responses (response, its English, focus, its English); None shares the
    response of the row above. The first row has one."""
    found: list[ResponseSeed] = []
    for case, own in rows:
        if own is not None:
            found.append(ResponseSeed(*own, (case,)))
            continue
        above = found.pop()
        shared = (above.response, above.response_en, above.focus, above.focus_en)
        found.append(ResponseSeed(*shared, (*above.cases, case)))
    return found
