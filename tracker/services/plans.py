"""A plan as what its changes queue on, and what its owner does to it as a whole."""

from collections.abc import Iterable, Iterator
from datetime import datetime, time
from itertools import count

from sqlalchemy import ColumnElement, Update, bindparam, select, update

from tracker.db import db, write
from tracker.domain.errors import PlanAtRest
from tracker.domain.vocabulary import Audience, DutyRole, NoticeKind
from tracker.models.assignment import Assignment
from tracker.models.plan import Duty, Plan
from tracker.permissions import Actor, require_administer
from tracker.queries.holders import reached
from tracker.services import audit, notices

SUMMARY_AT = time(21, 30)


def touch(plan_id: int) -> None:
    """Count a change of the plan and hold its row till the commit: changes of one plan queue here,
    so that neither a bulk tick nor two clerks can deadlock or overwrite each other."""
    db.session.execute(update(Plan).where(Plan.id == plan_id).values(changes=Plan.changes + 1))


def enter(plan_id: int) -> None:
    """`touch` before anything is written about a plan's duties, names or cut-offs: all of it passes
    here, so that no plan takes a word while it is a draft or once it is over. Raises PlanAtRest."""
    if not write(_ENTER, {"asked": plan_id}).rowcount:
        raise _at_rest(plan_id)


def enter_of(duty_id: int) -> None:
    """`enter` the plan of a duty, which need not be read before. Raises PlanAtRest."""
    if not write(_ENTER_OF_DUTY, {"asked": duty_id}).rowcount:
        raise _at_rest(db.session.get_one(Duty, duty_id).plan_id)


def _entering(plan_id: ColumnElement[int]) -> Update:
    asking = (Plan.id == plan_id, Plan.published_at.is_not(None))
    running = update(Plan).where(*asking, Plan.closed_at.is_(None), Plan.archived_at.is_(None))
    return running.values(changes=Plan.changes + 1)


_ENTER = _entering(bindparam("asked"))
_ENTER_OF_DUTY = _entering(
    select(Duty.plan_id).where(Duty.id == bindparam("asked")).scalar_subquery()
)


def _at_rest(plan_id: int) -> PlanAtRest:
    began = select(Plan.published_at).where(Plan.id == plan_id)
    return PlanAtRest(is_draft=db.session.scalar(began) is None)


def announcees(plan: Plan, now: datetime) -> list[int]:
    """Whom the opening notice reaches: contacts and heads of every unit that has something to do,
    by id."""
    units = select(Assignment.unit_id).join(Duty, Duty.id == Assignment.duty_id)
    asked = units.where(Duty.plan_id == plan.id, Duty.role != DutyRole.STANDBY).distinct()
    everyone = frozenset({Audience.CONTACTS, Audience.LEADS})
    return reached(list(db.session.scalars(asked)), everyone, now)


def announce(plan: Plan, actor: Actor, now: datetime) -> int:
    """Tell everybody concerned that the plan has begun, once. Nothing else ever does (B-42).
    Returns how many are told; 0 where it was done before (B-17)."""
    require_administer(actor)
    touch(plan.id)
    db.session.refresh(plan)
    if plan.announced_at is not None:
        return 0
    if plan.is_over or plan.published_at is None:
        raise PlanAtRest(is_draft=plan.published_at is None)
    plan.announced_at = now
    people = announcees(plan, now)
    notices.tell(NoticeKind.OPENING, plan.id, people, now)
    audit.record(actor, now, "plan.announced", "plan", plan.id, people=len(people))
    db.session.flush()
    return len(people)


def summarise(plan: Plan, actor: Actor, now: datetime, *, daily: bool) -> None:
    """Mail academic affairs and heads every evening where things stand, or stop that."""
    require_administer(actor)
    touch(plan.id)
    db.session.refresh(plan)
    wanted = SUMMARY_AT if daily else None
    if plan.summary_at != wanted:
        plan.summary_at = wanted
        audit.record(actor, now, "plan.summary_set", "plan", plan.id, daily=daily)
        db.session.flush()


def let_act_by_mail(plan: Plan, actor: Actor, now: datetime, *, allowed: bool) -> None:
    """Whether the link of a mail alone is enough for a plain tick."""
    require_administer(actor)
    touch(plan.id)
    db.session.refresh(plan)
    if plan.acts_by_mail != allowed:
        plan.acts_by_mail = allowed
        audit.record(actor, now, "plan.mail_acts_set", "plan", plan.id, allowed=allowed)
        db.session.flush()


def free_code(wishes: Iterable[str]) -> str:
    """The first that no plan has."""
    taken = set(db.session.scalars(select(Plan.code)))
    return next(code for code in wishes if code not in taken)


def numbered(stem: str) -> Iterator[str]:
    """「notice-2020-02-20」, 「notice-2020-02-20-2」 …"""
    yield stem
    yield from (f"{stem}-{number}" for number in count(2))
