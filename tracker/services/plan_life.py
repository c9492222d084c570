"""Publishing, closing, archiving a plan, and what undoes these. Nothing here mails anybody: the
opening notice is a button of its own (B-42)."""

from datetime import datetime

from sqlalchemy import delete, select

from tracker.db import db
from tracker.domain import plan_life
from tracker.domain.errors import IllegalStep
from tracker.domain.vocabulary import LifeStep, Stage
from tracker.models.contingency import ContingencyDuty
from tracker.models.notice_import import NoticeImport
from tracker.models.plan import (
    Contingency,
    ContingencyResponse,
    Duty,
    DutyTask,
    Plan,
    Task,
)
from tracker.models.reminder import ReminderRule
from tracker.permissions import Actor, require_administer
from tracker.queries.activations import activation_of
from tracker.queries.plan_life import entry, stage
from tracker.services import audit, fanout, plans

_SAID = {
    LifeStep.PUBLISH: "published",
    LifeStep.CLOSE: "closed",
    LifeStep.REOPEN: "reopened",
    LifeStep.ARCHIVE: "archived",
    LifeStep.UNARCHIVE: "unarchived",
    LifeStep.DISCARD: "discarded",
}
_DONE = {
    LifeStep.PUBLISH: Stage.IN_FORCE,
    LifeStep.CLOSE: Stage.CLOSED,
    LifeStep.REOPEN: Stage.IN_FORCE,
    LifeStep.ARCHIVE: Stage.ARCHIVED,
    LifeStep.UNARCHIVE: Stage.CLOSED,
}


def take(plan: Plan, step: LifeStep, actor: Actor, now: datetime) -> Stage | None:
    """The stage it is in now; None where it is discarded. A plan that is there already stays as it
    is (B-17). Raises NotPermitted, IllegalStep with the reason."""
    require_administer(actor)
    plans.touch(plan.id)
    db.session.refresh(plan)
    before = stage(plan)
    if _DONE.get(step) is before:
        return before
    after = plan_life.step(before, step, answers_case=activation_of(plan) is not None)
    if step is LifeStep.PUBLISH:
        _require_ready(plan, actor, now)
    audit.record(actor, now, f"plan.{_SAID[step]}", "plan", plan.id, code=plan.code)
    if after is None:
        _discard(plan)
        return None
    _settle(plan, after, now)
    db.session.flush()
    if step is LifeStep.PUBLISH:
        fanout.lay_out(plan, actor, now)
    return after


def lay_again(plan: Plan, actor: Actor, now: datetime) -> int:
    """Duties for units that joined after the plan was published. How many are new: each unit gets
    each duty once (B-17). Raises NotPermitted, PlanAtRest."""
    require_administer(actor)
    plans.enter(plan.id)
    return fanout.lay_out(plan, actor, now)


def _require_ready(plan: Plan, actor: Actor, now: datetime) -> None:
    for reason in entry(plan, actor, now).obstacles:
        raise IllegalStep(reason)


def _settle(plan: Plan, after: Stage, now: datetime) -> None:
    plan.published_at = plan.published_at or now
    if after is Stage.IN_FORCE:
        plan.closed_at = None
    else:
        plan.closed_at = plan.closed_at or now
    plan.archived_at = now if after is Stage.ARCHIVED else None


def _discard(plan: Plan) -> None:
    """With the drafts under it, the files it was read from and what its contingencies would ask.
    Nobody was ever asked anything by a draft, so nothing else points at its rows."""
    for child in db.session.scalars(select(Plan).where(Plan.parent_id == plan.id)):
        if child.published_at is None:
            _discard(child)
        else:
            child.parent_id = None
    db.session.flush()
    duties = select(Duty.id).where(Duty.plan_id == plan.id)
    shared = set(
        db.session.scalars(
            select(Contingency.response_id).where(Contingency.plan_id == plan.id).distinct()
        )
    )
    cases = select(Contingency.id).where(Contingency.plan_id == plan.id)
    db.session.execute(delete(DutyTask).where(DutyTask.duty_id.in_(duties)))
    db.session.execute(delete(ContingencyDuty).where(ContingencyDuty.contingency_id.in_(cases)))
    for model in (NoticeImport, Duty, Task, ReminderRule, Contingency):
        db.session.execute(delete(model).where(model.plan_id == plan.id))
    db.session.execute(delete(ContingencyResponse).where(ContingencyResponse.id.in_(shared)))
    db.session.execute(delete(Plan).where(Plan.id == plan.id))
    db.session.expire_all()
