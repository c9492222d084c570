"""Which colleges a started contingency concerns."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, exists, or_, select

from tracker.db import db
from tracker.domain.vocabulary import UnitKind
from tracker.models.org import Unit
from tracker.models.plan import Duty
from tracker.models.plan_unit import PlanUnit

MOST_OFFERED = 100
"""With more colleges nobody is asked to tick them one by one."""


def is_concerned() -> ColumnElement[bool]:
    """Whether a Duty is laid on a Unit of its kind, as a condition on both."""
    limited = exists().where(PlanUnit.plan_id == Duty.plan_id)
    named = exists().where(PlanUnit.plan_id == Duty.plan_id, PlanUnit.unit_id == Unit.id)
    return or_(Unit.kind != UnitKind.COLLEGE, ~limited, named)


def colleges() -> Sequence[Unit]:
    """Those to choose from; empty where there are more than MOST_OFFERED."""
    wanted = select(Unit).where(Unit.kind == UnitKind.COLLEGE).order_by(Unit.position, Unit.id)
    found = db.session.scalars(wanted.limit(MOST_OFFERED + 1)).all()
    return found if len(found) <= MOST_OFFERED else ()


def chosen(codes: Collection[str]) -> Sequence[Unit]:
    """The colleges of these codes."""
    wanted = select(Unit).where(Unit.kind == UnitKind.COLLEGE, Unit.code.in_(sorted(codes)))
    return db.session.scalars(wanted.order_by(Unit.position, Unit.id)).all()
