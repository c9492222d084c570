"""Plans as tests name them: the notice, and what lies under it."""

from sqlalchemy import func, select

from tracker.db import db
from tracker.domain.vocabulary import Phase
from tracker.models.plan import Plan, Task
from tracker.models.reminder import ReminderRule


def first() -> Plan:
    """The notice of 20 February."""
    return db.session.scalars(select(Plan).order_by(Plan.id)).first() or _none()


def first_id() -> int:
    return first().id


def first_row(number: int) -> Task:
    """A row of table 1."""
    of_the_notice = select(Task).where(Task.plan_id == first_id(), Task.number == number)
    return db.session.scalars(of_the_notice).one()


def first_rule(code: str) -> ReminderRule:
    """A rung of the notice's ladder."""
    of_the_notice = select(ReminderRule).where(ReminderRule.plan_id == first_id())
    return db.session.scalars(of_the_notice.where(ReminderRule.code == code)).one()


def phase(which: Phase) -> Plan:
    """A later phase of it, a draft unless the test opened it."""
    found = select(Plan).where(Plan.parent_id == first_id(), Plan.phase == which)
    return db.session.scalars(found).one()


def _none() -> Plan:
    raise AssertionError("no plan is there")


def count() -> int | None:
    """Without the phases that wait as drafts under their notice."""
    return db.session.scalar(select(func.count()).select_from(Plan).where(Plan.parent_id.is_(None)))
