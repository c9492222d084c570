"""What was said on an assignment, and who can be named there."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain.vocabulary import UnitKind
from tracker.models.assignment import Assignment
from tracker.models.comment import Comment
from tracker.models.org import Membership, Unit, User, holding


def conversation(assignment: Assignment) -> Sequence[Comment]:
    """The oldest first."""
    return db.session.scalars(
        select(Comment)
        .options(joinedload(Comment.user))
        .where(Comment.assignment_id == assignment.id)
        .order_by(Comment.id)
    ).all()


def addressees(assignment: Assignment, now: datetime) -> Sequence[User]:
    """Who can be named: active people of the unit and of academic affairs."""
    on_campus = Unit.parent_id.is_not_distinct_from(assignment.unit.parent_id)
    affairs = and_(Unit.kind == UnitKind.ACADEMIC_AFFAIRS, on_campus)
    of_these = or_(Unit.id == assignment.unit_id, affairs)
    held = select(Membership.user_id).join(Unit).where(of_these, holding(now))
    return db.session.scalars(
        select(User).where(User.is_active, User.id.in_(held)).order_by(User.id)
    ).all()


def names(assignment: Assignment, now: datetime) -> dict[str, int]:
    """How each of them may be called -> id: by either name, or by what stands before the @ of the
    address. Whom two people share a name with is called by the address."""
    people = addressees(assignment, now)
    found = {user.email.partition("@")[0]: user.id for user in people}
    spelled = [name for user in people for name in {user.name, user.name_en}]
    for user in people:
        for name in {user.name, user.name_en}:
            if spelled.count(name) == 1:
                found.setdefault(name, user.id)
    return found
