"""What the heartbeat does: plan what is due, deliver what is queued. Each returns how much it did;
both may run in any number of processes at once."""

import logging
import os
import secrets
import socket
import time
from datetime import datetime

from tracker import clock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.jobs.sender import campus_now
from tracker.jobs.sending import Allows, always, deliver, tell_groups
from tracker.jobs.webhooks import hooks_of, tell_hooks
from tracker.mail.mailbox import DRY_RUN, Mailbox
from tracker.mail.robots import Robots
from tracker.mail.transport import Smtp, Transport
from tracker.models.plan import Plan
from tracker.queries import reports as frozen
from tracker.services import handovers, reminders, reports
from tracker.services.reminders import Outlook

log = logging.getLogger(__name__)

__all__ = [
    "always",
    "deliver",
    "freeze_reports",
    "hooks_of",
    "remind",
    "tell_groups",
    "tell_hooks",
    "tick",
    "tick_to_the_end",
    "transport_for",
    "worker_name",
]


def worker_name() -> str:
    """Unique for one run of one process: a restarted sender never owns its past's leases."""
    return f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(3)}"


def transport_for(settings: Settings) -> Transport:
    """The relay, or the mailbox folder: in a dry run, and in rehearsal unless a relay is set on
    purpose."""
    if settings.dry_run:
        return Mailbox(settings.mailbox, DRY_RUN)
    if settings.smtp_url:
        return Smtp(settings.smtp_url)
    return Mailbox(settings.mailbox)


PATIENCE = 20.0
"""Seconds for which a round waits for what other senders have in hand."""


def tick(settings: Settings, owner: str, allows: Allows = always) -> tuple[int, int]:
    """One round: chunks planned, messages handled."""
    planned = remind(settings, allows=allows)
    freeze_reports(settings, allows=allows)
    transport = transport_for(settings)
    try:
        handled = deliver(settings, owner, transport, allows=allows)
    finally:
        transport.close()
    handled += tell_groups(settings, owner, Robots(settings.robots), allows=allows)
    return planned, handled + tell_hooks(settings, owner, hooks_of(settings), allows=allows)


def tick_to_the_end(settings: Settings) -> None:
    """A round after which nothing is in another sender's hands either: the heartbeat may have
    claimed what this round planned. Gives up after PATIENCE."""
    tick(settings, worker_name())
    give_up = time.monotonic() + PATIENCE
    while handovers.any_in_hand(clock.real_now()) and time.monotonic() < give_up:
        db.session.rollback()
        time.sleep(0.05)
    db.session.rollback()


def remind(settings: Settings, now: datetime | None = None, allows: Allows = always) -> int:
    """Plan every due step, a chunk a transaction. `now`: campus time, by default the clock's, as
    long as its guard `allows` it."""
    chunks, outlook = 0, Outlook(frozenset(settings.robots))
    while allows():
        now = now or campus_now(settings)
        with transaction():
            worked = reminders.plan_chunk(now, clock.real_now(), outlook)
        if not worked:
            return chunks
        chunks += 1
    return chunks


def freeze_reports(settings: Settings, now: datetime | None = None, allows: Allows = always) -> int:
    """Freeze the daily reports whose hour has come, each in its own transaction, as of the moment
    at which it is made. `now`: campus time, by default the clock's. Returns how many."""
    if not allows():
        return 0
    due = frozen.due(now or campus_now(settings))
    for plan_id, day, due_at in due:
        try:
            with transaction():
                plan = db.session.get_one(Plan, plan_id)
                reports.hold(plan)
                moment = now or campus_now(settings)
                reports.freeze_daily(plan, day, due_at, moment, clock.real_now())
        except Exception:  # The next beat tries again; other plans have theirs now.
            log.exception("the report of plan %s could not be frozen", plan_id)
    db.session.rollback()
    return len(due)
