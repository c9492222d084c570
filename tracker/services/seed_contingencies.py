"""What units do in each case of table 2: `contingency_duties.csv`."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from tracker.db import db
from tracker.domain.contingencies import HOURS_MAX
from tracker.domain.vocabulary import Branch, Cadence, DutyRole, UnitKind
from tracker.models.contingency import ContingencyDuty
from tracker.models.plan import Contingency, Plan
from tracker.services.seed_csv import LAST_NUMBER, Row, read_rows

FILE = "contingency_duties.csv"
_HEADER = (
    *("row", "branch", "step", "title", "title_en", "unit_kind", "role"),
    *("text", "text_en", "hours", "cadence"),
)
_STEPS = 20


@dataclass(frozen=True)
class ContingencyDutySeed:
    case: int
    branch: Branch | None
    step: int
    title: str
    title_en: str
    kind: UnitKind
    role: DutyRole
    text: str
    text_en: str
    hours: int
    cadence: Cadence


def read_contingency_duties(folder: Path, cases: Collection[int]) -> list[ContingencyDutySeed]:
    """Checked line by line against these rows of table 2. Raises SeedError."""
    duties: list[ContingencyDutySeed] = []
    steps: dict[tuple[object, ...], tuple[object, ...]] = {}
    cells: set[tuple[object, ...]] = set()
    for row in read_rows(folder, FILE, _HEADER):
        duty = _duty(row, cases)
        step = (duty.case, duty.branch, duty.step)
        row.new("unit_kind", (*step, duty.kind), cells)
        cells.add((*step, duty.kind))
        said = (duty.title, duty.title_en, duty.hours)
        if steps.setdefault(step, said) != said:
            raise row.refuse("step", "has another title or other hours in a row above")
        duties.append(duty)
    _require_whole(duties)
    return duties


def _duty(row: Row, cases: Collection[int]) -> ContingencyDutySeed:
    case = row.integer("row", 1, LAST_NUMBER)
    if case not in cases:
        raise row.refuse("row", f"table2.csv has no row {case}")
    return ContingencyDutySeed(
        case,
        row.member("branch", Branch) if row.text("branch", 24, required=False) else None,
        row.integer("step", 1, _STEPS),
        row.text("title", 120),
        row.text("title_en", 120),
        row.member("unit_kind", UnitKind),
        row.member("role", DutyRole),
        row.text("text", 1000),
        row.text("text_en", 1000),
        row.integer("hours", 1, HOURS_MAX),
        _cadence(row),
    )


def _cadence(row: Row) -> Cadence:
    cadence = row.member("cadence", Cadence, row.text("cadence", 24).upper())
    if cadence not in (Cadence.ONCE, Cadence.DAILY):
        raise row.refuse("cadence", "a contingency's duty is reported once or daily")
    return cadence


def _require_whole(duties: list[ContingencyDutySeed]) -> None:
    """A case is divided by the phase of teaching as a whole, or not at all."""
    branches: dict[int, set[Branch | None]] = {}
    for duty in duties:
        branches.setdefault(duty.case, set()).add(duty.branch)
    for number, duty in enumerate(duties, start=2):
        if branches[duty.case] not in ({None}, set(Branch)):
            reason = "is set for both phases of teaching or for none"
            raise Row(FILE, number, {}).refuse("branch", reason)


def add_contingency_duties(plan: Plan, duties: list[ContingencyDutySeed]) -> None:
    """For the plan's cases, unless they have duties already: a campus may have changed them, and a
    plan of an earlier release has none yet."""
    cases = {
        case.number: case
        for case in db.session.scalars(select(Contingency).where(Contingency.plan_id == plan.id))
    }
    there = select(ContingencyDuty.id).join(Contingency).where(Contingency.plan_id == plan.id)
    if db.session.scalar(there.limit(1)) is not None:
        return
    for duty in duties:
        if duty.case in cases:
            db.session.add(
                ContingencyDuty(
                    contingency_id=cases[duty.case].id,
                    branch=duty.branch,
                    step=duty.step,
                    title=duty.title,
                    title_en=duty.title_en,
                    unit_kind=duty.kind,
                    role=duty.role,
                    text=duty.text,
                    text_en=duty.text_en,
                    hours=duty.hours,
                    cadence=duty.cadence,
                )
            )
