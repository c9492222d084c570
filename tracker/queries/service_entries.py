"""The platform's services: all of them, and those that serve one duty."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from tracker.db import db
from tracker.models.plan import DutyTask
from tracker.models.service_entry import ServiceEntry, ServiceTask


def entries() -> Sequence[ServiceEntry]:
    """In the letter's order, with the rows they serve."""
    statement = select(ServiceEntry).options(selectinload(ServiceEntry.tasks))
    return db.session.scalars(statement.order_by(ServiceEntry.number)).all()


def serving(duty_id: int) -> Sequence[ServiceEntry]:
    """Those that serve a row of the duty."""
    serves = (
        select(ServiceTask.service_id)
        .join(DutyTask, DutyTask.task_id == ServiceTask.task_id)
        .where(DutyTask.duty_id == duty_id)
    )
    statement = select(ServiceEntry).where(ServiceEntry.id.in_(serves))
    return db.session.scalars(statement.order_by(ServiceEntry.number)).all()
