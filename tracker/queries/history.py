"""What was recorded of a plan's assignments, for how they stood at a past moment."""

from sqlalchemy import select

from tracker.db import db
from tracker.domain.history import STATE_AFTER, Change
from tracker.models.assignment import Assignment
from tracker.models.audit import AuditEvent
from tracker.models.plan import Duty
from tracker.permissions import Actor, sees

_ACTIONS = {f"assignment.{word}": state for word, state in STATE_AFTER.items()}


def changes(plan_id: int, actor: Actor) -> list[Change]:
    """Every change of state of the assignments that the actor sees, as recorded. One query."""
    mine = (
        select(Assignment.id)
        .join(Duty, Duty.id == Assignment.duty_id)
        .where(Duty.plan_id == plan_id, sees(actor))
    )
    recorded = (
        select(AuditEvent.at, AuditEvent.subject_id, AuditEvent.action)
        .where(AuditEvent.subject == "assignment", AuditEvent.subject_id.in_(mine))
        .where(AuditEvent.action.in_(_ACTIONS))
        .order_by(AuditEvent.id)
    )
    found = db.session.execute(recorded)
    return [Change(row.at, row.subject_id, _ACTIONS[row.action]) for row in found]
