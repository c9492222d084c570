"""Table 2's cases: where each stands, what it asks of whom, and whom it would reach."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, true
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain.contingencies import Standing, StepTime
from tracker.domain.reminding import Cutoff, steps_between
from tracker.domain.vocabulary import Audience, Branch, DutyRole, UnitKind
from tracker.models.activation import Activation
from tracker.models.contingency import ContingencyDuty
from tracker.models.org import Unit
from tracker.models.plan import Contingency, Plan
from tracker.queries.holders import reached
from tracker.queries.rules import ladder_of

_LOOKS_AHEAD = timedelta(days=61)


@dataclass(frozen=True)
class Case:
    """A row of table 2 with what became of it, the latest first."""

    case: Contingency
    activations: tuple[Activation, ...]

    @property
    def active(self) -> Activation | None:
        """The real one that goes on."""
        return next((one for one in self.activations if not (one.is_drill or _over(one))), None)

    @property
    def drill(self) -> Activation | None:
        """The drill that goes on."""
        return next((one for one in self.activations if one.is_drill and not _over(one)), None)

    @property
    def standing(self) -> Standing:
        """Drills do not count."""
        if self.active is not None:
            return Standing.ACTIVE
        real = any(not one.is_drill for one in self.activations)
        return Standing.STOOD_DOWN if real else Standing.ASLEEP


def _over(one: Activation) -> bool:
    return one.stood_down_at is not None


@dataclass(frozen=True)
class CaseStep:
    """One step: what each kind of unit does, within so many hours of the trigger."""

    number: int
    title: str
    title_en: str
    hours: int
    duties: tuple[ContingencyDuty, ...]


@dataclass(frozen=True)
class Forecast:
    """What a start would do: the units that are asked something, how many of their people are
    mailed, and the ladder's first moment (None: it has no rule)."""

    units: tuple[Unit, ...]
    people: int
    first_mail: datetime | None


def cases(plan: Plan) -> list[Case]:
    """Two queries."""
    found: dict[int, list[Activation]] = defaultdict(list)
    rows = db.session.scalars(
        select(Activation)
        .join(Contingency, Contingency.id == Activation.contingency_id)
        .options(joinedload(Activation.starter))
        .where(Contingency.plan_id == plan.id)
        .order_by(Activation.id.desc())
    )
    for one in rows:
        found[one.contingency_id].append(one)
    listed = db.session.scalars(
        select(Contingency)
        .options(joinedload(Contingency.response))
        .where(Contingency.plan_id == plan.id)
        .order_by(Contingency.number)
    )
    return [Case(case, tuple(found[case.id])) for case in listed]


def case_of(contingency: Contingency) -> Case:
    rows = db.session.scalars(
        select(Activation)
        .where(Activation.contingency_id == contingency.id)
        .order_by(Activation.id.desc())
    )
    return Case(contingency, tuple(rows))


def duties_of(contingency: Contingency) -> Sequence[ContingencyDuty]:
    kinds = list(UnitKind)
    rows = db.session.scalars(
        select(ContingencyDuty)
        .where(ContingencyDuty.contingency_id == contingency.id)
        .order_by(ContingencyDuty.step, ContingencyDuty.id)
    ).all()
    return sorted(rows, key=lambda duty: (duty.step, kinds.index(duty.unit_kind)))


def branches_of(contingency: Contingency) -> tuple[Branch, ...]:
    """The phases of teaching by which the case is divided; none where it is not."""
    found = {duty.branch for duty in duties_of(contingency)}
    return tuple(branch for branch in Branch if branch in found)


def steps_of(contingency: Contingency, branch: Branch | None) -> list[CaseStep]:
    grouped: dict[int, list[ContingencyDuty]] = defaultdict(list)
    for duty in duties_of(contingency):
        if duty.branch == branch:
            grouped[duty.step].append(duty)
    return [
        CaseStep(number, first.title, first.title_en, first.hours, (first, *rest))
        for number, (first, *rest) in grouped.items()
    ]


def proposed_branch(contingency: Contingency) -> Branch | None:
    """As it was chosen last, for whatever real case of the plan; before that online, because a
    notice on online teaching is there before the campus returns to its classrooms."""
    known = branches_of(contingency)
    if not known:
        return None
    last = db.session.scalar(
        select(Activation.branch)
        .join(Contingency, Contingency.id == Activation.contingency_id)
        .where(Contingency.plan_id == contingency.plan_id, Activation.branch.is_not(None))
        .where(~Activation.is_drill)
        .order_by(Activation.id.desc())
        .limit(1)
    )
    return last if last in known else known[0]


def forecast(
    contingency: Contingency,
    steps: Collection[CaseStep],
    times: Sequence[StepTime],
    now: datetime,
    colleges: Collection[str] = (),
) -> Forecast:
    """`colleges`: codes of those concerned, none for all."""
    kinds = {
        duty.unit_kind
        for step in steps
        for duty in step.duties
        if duty.role is not DutyRole.STANDBY
    }
    concerned = or_(Unit.kind != UnitKind.COLLEGE, Unit.code.in_(colleges))
    units = db.session.scalars(
        select(Unit)
        .where(Unit.kind.in_(kinds), concerned if colleges else true())
        .order_by(Unit.position, Unit.id)
    ).all()
    everyone = frozenset({Audience.CONTACTS, Audience.LEADS})
    people = len(reached([unit.id for unit in units], everyone, now))
    plan = db.session.get_one(Plan, contingency.plan_id)
    cutoffs = {Cutoff(time.closes(now, plan.zone), plan.zone) for time in times}
    rules = ladder_of(plan, now).values()
    ladder = steps_between(rules, cutoffs, now, now + _LOOKS_AHEAD)
    return Forecast(tuple(units), people, ladder[0].moment if ladder else None)
