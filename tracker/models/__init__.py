"""Every table, so that importing this package fills the metadata."""

from tracker.models import (
    assignment,
    audit,
    comment,
    confirm_link,
    evidence,
    heartbeat,
    org,
    outbox,
    plan,
    reminder,
    roster,
    session,
    work_group,
)

__all__ = [
    "assignment",
    "audit",
    "comment",
    "confirm_link",
    "evidence",
    "heartbeat",
    "org",
    "outbox",
    "plan",
    "reminder",
    "roster",
    "session",
    "work_group",
]
