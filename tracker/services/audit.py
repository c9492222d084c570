"""The record of who did what when. Every change of every service passes through here."""

from datetime import datetime

from tracker.db import db
from tracker.models.audit import AuditEvent
from tracker.permissions import Actor


def record(
    actor: Actor, now: datetime, action: str, subject: str, subject_id: int, **detail: object
) -> AuditEvent:
    """Add one event. `action` is noun.past_participle; `detail` is JSON, free of secrets."""
    event = AuditEvent(
        at=now,
        user_id=actor.user_id,
        actor=actor.name,
        action=action,
        subject=subject,
        subject_id=subject_id,
        detail=detail,
    )
    db.session.add(event)
    return event
