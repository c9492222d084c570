"""Plans by where they are in their life, and what keeps a draft from being published."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, func, select

from tracker.db import db
from tracker.domain import plan_life
from tracker.domain.cutoffs import to_instant
from tracker.domain.plan_life import Draft
from tracker.domain.readiness import Readiness, roll_ups
from tracker.domain.vocabulary import DutyRole, LifeStep, Stage, State
from tracker.models.activation import Activation
from tracker.models.assignment import Assignment
from tracker.models.org import Unit
from tracker.models.plan import FOREMOST, Duty, Plan, Task
from tracker.permissions import Actor, can_administer, sees
from tracker.queries.plan_units import is_concerned

_ORDER = (Stage.IN_FORCE, Stage.DRAFT, Stage.CLOSED, Stage.ARCHIVED, Stage.TEMPLATE)


@dataclass(frozen=True)
class Entry:
    """A plan in the list; `parent`: what it is a part of. `readiness` of what the reader sees of
    it; `last_at`: its last cut-off; `steps`: what can be done with it; `obstacles`: why it cannot
    be published yet, as msgids."""

    plan: Plan
    parent: Plan | None
    stage: Stage
    tasks: int
    last_at: datetime | None
    readiness: Readiness
    steps: tuple[LifeStep, ...]
    obstacles: tuple[str, ...]


def stage(plan: Plan) -> Stage:
    return plan_life.stage_of(
        plan.published_at, plan.closed_at, plan.archived_at, is_template=plan.is_template
    )


def entry(plan: Plan, actor: Actor, now: datetime) -> Entry:
    return _entries([plan], actor, now)[0]


def by_stage(actor: Actor, now: datetime) -> Mapping[Stage, Sequence[Entry]]:
    """What the actor sees of each stage: units the plans in which they have something, drafts and
    templates academic affairs alone. Five queries."""
    statement = _drafts_too() if can_administer(actor) else _seen_by(actor)
    found: dict[Stage, list[Entry]] = defaultdict(list)
    plans = db.session.scalars(statement.order_by(*FOREMOST)).all()
    for each in _entries(plans, actor, now):
        found[each.stage].append(each)
    found[Stage.DRAFT].sort(key=lambda each: each.plan.id)
    return {each: found[each] for each in _ORDER if found[each]}


def phases_of(plan: Plan, actor: Actor, now: datetime) -> Sequence[Entry]:
    """The plans under it that the actor sees."""
    statement = _drafts_too() if can_administer(actor) else _seen_by(actor)
    under = statement.where(Plan.parent_id == plan.id).order_by(Plan.id)
    return _entries(db.session.scalars(under).all(), actor, now)


def units_missing(plan: Plan) -> int:
    """How many duties of the plan are not laid on a unit of their kind yet."""
    laid = exists().where(Assignment.duty_id == Duty.id, Assignment.unit_id == Unit.id)
    count = select(func.count()).select_from(Duty).join(Unit, Unit.kind == Duty.unit_kind)
    asked = count.where(Duty.plan_id == plan.id, Duty.dropped_at.is_(None))
    return db.session.scalar(asked.where(~laid, is_concerned())) or 0


def _drafts_too() -> Select[Plan]:
    return select(Plan)


def _seen_by(actor: Actor) -> Select[Plan]:
    published = select(Plan).where(Plan.published_at.is_not(None))
    if actor.sees_all:
        return published
    seen = select(Assignment.id).join(Duty, Duty.id == Assignment.duty_id)
    held = seen.where(Duty.plan_id == Plan.id, sees(actor)).correlate(Plan)
    return published.where(held.exists())


def _entries(plans: Sequence[Plan], actor: Actor, now: datetime) -> list[Entry]:
    ids = [plan.id for plan in plans]
    tasks: dict[int, tuple[int, datetime | None]] = {
        plan_id: (count, last)
        for plan_id, count, last in db.session.execute(
            select(Task.plan_id, func.count(), func.max(Task.closes))
            .where(Task.plan_id.in_(ids))
            .group_by(Task.plan_id)
        )
    }
    duties: dict[int, list[str]] = defaultdict(list)
    for plan_id, text in db.session.execute(
        select(Duty.plan_id, Duty.text)
        .join(Plan, Plan.id == Duty.plan_id)
        .where(Duty.plan_id.in_(ids), Plan.published_at.is_(None))
    ):
        duties[plan_id].append(text)
    readiness, answering = _readiness(ids, actor), _answering(plans)
    found, listed = [], {plan.id: plan for plan in plans}
    for plan in plans:
        at, (count, last) = stage(plan), tasks.get(plan.id, (0, None))
        last_at = to_instant(last, plan.zone) if last is not None else None
        draft = Draft(last_at, tuple(duties[plan.id]))
        blocked = plan_life.obstacles(draft, now) if at is Stage.DRAFT else ()
        ready = readiness.get(plan.id, Readiness(0, 0))
        steps = plan_life.steps_from(at, answers_case=plan.id in answering)
        parent = listed.get(plan.parent_id or 0)
        found.append(Entry(plan, parent, at, count, last_at, ready, steps, blocked))
    return found


def _answering(plans: Sequence[Plan]) -> frozenset[int]:
    """Those that a started contingency made. Asks nothing where there are only notices and their
    phases."""
    under = [plan.id for plan in plans if plan.parent_id is not None and plan.phase is None]
    made = select(Activation.plan_id).where(Activation.plan_id.in_(under))
    return frozenset(db.session.scalars(made)) if under else frozenset()


def _readiness(ids: Sequence[int], actor: Actor) -> Mapping[int, Readiness]:
    """Of the binding duties that the actor sees; inspections, which wait for others, are left
    out."""
    statement = (
        select(Duty.plan_id, Duty.role, Duty.reviewed, Assignment.state, func.count())
        .join(Duty, Duty.id == Assignment.duty_id)
        .where(Duty.plan_id.in_(ids), sees(actor))
        .where(Duty.role != DutyRole.INSPECT, Assignment.state != State.WAIVED)
        .group_by(Duty.plan_id, Duty.role, Duty.reviewed, Assignment.state)
    )
    return roll_ups(
        (plan_id, role, reviewed, state, times)
        for plan_id, role, reviewed, state, times in db.session.execute(statement)
    )
