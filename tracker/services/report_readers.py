"""Whom a plan's daily report is mailed to."""

from datetime import datetime

from sqlalchemy import func, select

from tracker.db import db
from tracker.domain import text
from tracker.domain.errors import N_, InvalidInput
from tracker.models.org import User
from tracker.models.plan import Plan
from tracker.models.report import ReportReader
from tracker.permissions import Actor, require_administer
from tracker.services import audit

MOST = 200


def add(plan: Plan, actor: Actor, now: datetime, *, email: str) -> User:
    """Whoever has an account. Raises InvalidInput."""
    require_administer(actor)
    wanted = func.lower(User.email) == text.required("email", email, 254).lower()
    user = db.session.scalar(select(User).where(wanted, User.is_active))
    if user is None:
        raise InvalidInput("email", N_("Nobody with this address has an account."))
    if db.session.get(ReportReader, (plan.id, user.id)) is None:
        known = select(func.count()).where(ReportReader.plan_id == plan.id)
        if (db.session.scalar(known) or 0) >= MOST:
            raise InvalidInput("email", N_("At most %(max)s people, please."), max=MOST)
        db.session.add(ReportReader(plan_id=plan.id, user_id=user.id))
        audit.record(actor, now, "report.reader_added", "plan", plan.id, user=user.id)
        db.session.flush()
    return user


def remove(plan: Plan, user: User, actor: Actor, now: datetime) -> None:
    require_administer(actor)
    reader = db.session.get(ReportReader, (plan.id, user.id))
    if reader is not None:
        db.session.delete(reader)
        audit.record(actor, now, "report.reader_removed", "plan", plan.id, user=user.id)
        db.session.flush()
