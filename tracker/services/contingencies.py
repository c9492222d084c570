"""A case of table 2: starting it makes a plan of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from sqlalchemy import func, select

from tracker.db import db
from tracker.domain import text
from tracker.domain.contingencies import (
    LONGEST,
    StepTime,
    code_of,
    require_times,
    titled,
)
from tracker.domain.cutoffs import to_instant, to_wall
from tracker.domain.errors import N_, IllegalStep, InvalidInput
from tracker.domain.vocabulary import Branch, Cadence
from tracker.models.activation import Activation
from tracker.models.contingency import ContingencyDuty
from tracker.models.plan import Contingency, Duty, Plan, Task
from tracker.models.plan_unit import PlanUnit
from tracker.permissions import Actor, require_administer
from tracker.queries.contingencies import CaseStep, branches_of, steps_of
from tracker.queries.plan_units import chosen
from tracker.services import audit, fanout, plan_rows, plans

REASON_MAX = 500
_TITLE_MAX = 300


@dataclass(frozen=True)
class Start:
    """How a case is to be started. `times`: one for each step; `announce`: mail everybody at
    once; `colleges`: codes of those concerned, none for all."""

    branch: Branch | None
    times: tuple[StepTime, ...]
    reason: str
    is_drill: bool
    announce: bool
    colleges: frozenset[str] = frozenset()


def check(contingency: Contingency, wanted: Start, now: datetime) -> list[CaseStep]:
    """The steps that a start would lay on the units. Raises InvalidInput."""
    plan = db.session.get_one(Plan, contingency.plan_id)
    branches = branches_of(contingency)
    if wanted.branch not in (branches or (None,)):
        raise InvalidInput("branch", N_("Choose how teaching goes on now."))
    steps = steps_of(contingency, wanted.branch)
    require_times(wanted.times, len(steps), now, plan.zone)
    if not text.optional("reason", wanted.reason, REASON_MAX):
        raise InvalidInput("reason", N_("Say what has happened: the units read it."))
    if len(chosen(wanted.colleges)) != len(wanted.colleges):
        raise InvalidInput("colleges", N_("One of these colleges is not there any more."))
    return steps


def start(contingency: Contingency, actor: Actor, now: datetime, wanted: Start) -> Activation:
    """Lay the case's duties on the units, as a plan under the notice. Raises NotPermitted,
    InvalidInput, and IllegalStep where the same case goes on already."""
    require_administer(actor)
    parent = db.session.get_one(Plan, contingency.plan_id)
    plans.touch(parent.id)
    db.session.refresh(parent)
    going = _require_startable(contingency, parent, actor, wanted)
    if going is not None:
        return going
    steps = check(contingency, wanted, now)
    if not steps:
        raise IllegalStep(N_("This case asks nothing of anybody yet."))
    plan = _child(contingency, parent, now, drill=wanted.is_drill)
    _lay_steps(plan, steps, wanted, now)
    for college in chosen(wanted.colleges):
        db.session.add(PlanUnit(plan_id=plan.id, unit_id=college.id))
    plan_rows.copy_ladder(parent, plan, now)
    db.session.flush()
    made = _activation(contingency, plan, actor, now, wanted)
    audit.record(actor, now, "plan.published", "plan", plan.id, code=plan.code)
    audit.record(
        actor,
        now,
        "contingency.started",
        "activation",
        made.id,
        plan=plan.code,
        drill=made.is_drill,
        colleges=sorted(wanted.colleges),
        reason=made.reason,
    )
    fanout.lay_out(plan, actor, now)
    if wanted.announce:
        plans.announce(plan, actor, now)
    db.session.flush()
    return made


def _activation(
    contingency: Contingency, plan: Plan, actor: Actor, now: datetime, wanted: Start
) -> Activation:
    made = Activation(
        contingency_id=contingency.id,
        plan_id=plan.id,
        branch=wanted.branch,
        reason=text.optional("reason", wanted.reason, REASON_MAX),
        is_drill=wanted.is_drill,
        started_by=actor.user_id,
        started_at=now,
    )
    db.session.add(made)
    db.session.flush()
    return made


def _require_startable(
    contingency: Contingency, parent: Plan, actor: Actor, wanted: Start
) -> Activation | None:
    """Gives what this very start has begun already, where it is sent twice (B-17)."""
    if parent.is_over or parent.published_at is None:
        raise IllegalStep(N_("The plan is over."))
    going = db.session.scalar(
        select(Activation).where(
            Activation.contingency_id == contingency.id,
            Activation.is_drill == wanted.is_drill,
            Activation.stood_down_at.is_(None),
        )
    )
    if going is None:
        return None
    reason = text.optional("reason", wanted.reason, REASON_MAX)
    same = (actor.user_id, wanted.branch, reason)
    if (going.started_by, going.branch, going.reason) != same:
        raise IllegalStep(N_("This case has been started already and goes on."))
    return going


def _child(contingency: Contingency, parent: Plan, now: datetime, *, drill: bool) -> Plan:
    title, title_en = titled(contingency.trigger, contingency.trigger_en, drill=drill)
    today = to_wall(now, parent.zone).date()
    plan = Plan(
        code=_code(contingency, parent),
        title=title[:_TITLE_MAX],
        title_en=title_en[:_TITLE_MAX],
        issuer=parent.issuer,
        issued_on=today,
        launches_on=today,
        zone=parent.zone,
        published_at=now,
        parent_id=parent.id,
        acts_by_mail=parent.acts_by_mail,
        report_at=None if drill else parent.report_at,
    )
    db.session.add(plan)
    db.session.flush()
    return plan


def _code(contingency: Contingency, parent: Plan) -> str:
    """The next number of this case; a code that another plan has taken is passed over."""
    own = select(func.count()).where(Activation.contingency_id == contingency.id)
    times = 1 + (db.session.scalar(own) or 0)
    wishes = (code_of(parent.code, contingency.number, number) for number in count(times))
    return plans.free_code(wishes)


def _lay_steps(plan: Plan, steps: Sequence[CaseStep], wanted: Start, now: datetime) -> None:
    for step, time in zip(steps, wanted.times, strict=True):
        title, title_en = titled(step.title, step.title_en, drill=wanted.is_drill)
        closes = time.closes(now, plan.zone)
        task = Task(
            plan=plan,
            number=step.number,
            title=title,
            title_en=title_en,
            deadline_text=time.words(),
            closes=closes,
        )
        db.session.add(task)
        db.session.add_all(_duty(plan, task, duty, now) for duty in step.duties)


def _duty(plan: Plan, task: Task, asked: ContingencyDuty, now: datetime) -> Duty:
    """A daily one goes on until the case is stood down, whatever its step's hours."""
    daily = asked.cadence is Cadence.DAILY
    return Duty(
        plan=plan,
        unit_kind=asked.unit_kind,
        role=asked.role,
        text=asked.text,
        text_en=asked.text_en,
        cadence=asked.cadence,
        reviewed=False,
        counted=False,
        opens_at=now if daily else None,
        due_at=now + LONGEST if daily else to_instant(task.closes, plan.zone),
        open_ended=daily,
        tasks=[task],
    )
