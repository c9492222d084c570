"""Every table, so that importing this package fills the metadata."""

from tracker.models import assignment, audit, heartbeat, org, outbox, plan, reminder, session

__all__ = ["assignment", "audit", "heartbeat", "org", "outbox", "plan", "reminder", "session"]
