"""What is put away while nobody waits for it: notes of who read what into the database, old ones
and first answers past their day out of it, and what plans gathered about persons once its time is
over."""

import logging
from datetime import datetime

from tracker import clock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.jobs.sender import campus_now
from tracker.jobs.sending import Allows, always
from tracker.queries.retention import next_step
from tracker.services import accesses, evidence_files, idempotency, retention

log = logging.getLogger(__name__)


def clean(settings: Settings, now: datetime | None = None, allows: Allows = always) -> int:
    """How many steps it took. `now`: campus time, by default the clock's. Nothing is thrown away by
    a clock that is doubted."""
    if not allows():
        return 0
    now = now or campus_now(settings)
    steps = _take_accesses(settings) + _forget_accesses(settings, now) + _sweep_answers()
    return steps + _purge(settings, now)


def _take_accesses(settings: Settings) -> int:
    steps = 0
    while any(settings.accesses.glob("*.json")):
        with transaction():
            taken = accesses.take(settings.accesses)
        for path in taken:
            path.unlink(missing_ok=True)
        steps += 1
    return steps


def _forget_accesses(settings: Settings, now: datetime) -> int:
    steps = 0
    while accesses.any_older(now, settings.access_months):
        db.session.rollback()
        with transaction():
            accesses.forget(now, settings.access_months)
        steps += 1
    db.session.rollback()
    return steps


def _sweep_answers() -> int:
    """Those of programs that have gone silent: any other one sweeps by itself."""
    is_due = idempotency.any_past(clock.real_now())
    db.session.rollback()
    if is_due:
        with transaction():
            idempotency.sweep(clock.real_now())
    return int(is_due)


def _purge(settings: Settings, now: datetime) -> int:
    steps = 0
    while settings.retention_months and next_step(now, settings.retention_months):
        db.session.rollback()
        with transaction():
            files = retention.advance(now, settings.retention_months)
        for stored in files or ():
            evidence_files.discard(settings.evidence, stored)
        steps += 1
    db.session.rollback()
    return steps
