"""The record of who did what when. Every change of every service passes through here.

Events wait in the session until its commit: only then is the chain's lock taken, so that it is the
last lock of a transaction and held for the commit alone. A rollback forgets them.
"""

import secrets
from collections.abc import Container
from dataclasses import replace
from datetime import datetime

from sqlalchemy import event, func, select, text
from sqlalchemy.orm import Session

from tracker.db import db, is_sqlite
from tracker.domain.audit import GENESIS, Entry, linked, sealed
from tracker.domain.personal_data import pseudonym
from tracker.models.audit import AuditEvent
from tracker.models.org import User
from tracker.permissions import Actor

_WAITING = "tracker_audit_waiting"
_LOCK = 7_020_200_225
"""Key of PostgreSQL's advisory lock; SQLite's one writer needs none."""


def record(
    actor: Actor, now: datetime, action: str, subject: str, subject_id: int, **detail: object
) -> None:
    """Note one event, written with the commit. `action` is noun.past_participle; `detail` is JSON,
    free of secrets."""
    entry = Entry(now, actor.user_id, actor.name, action, subject, subject_id, detail)
    db.session.info.setdefault(_WAITING, []).append(entry)


@event.listens_for(db.session, "before_commit")
def _seal(session: Session) -> None:
    entries: list[Entry] = session.info.pop(_WAITING, [])
    if not entries:
        return
    if not is_sqlite():
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    is_gone = User.id.in_({entry.user_id for entry in entries}), User.erased_at.is_not(None)
    gone = select(func.count(User.id)).where(*is_gone).scalar_subquery()
    newest = select(AuditEvent.hash, gone).order_by(AuditEvent.id.desc()).limit(1)
    previous, count = session.execute(newest).one_or_none() or (GENESIS, 0)
    if count:
        entries = _nameless(entries, set(session.scalars(select(User.id).where(*is_gone))))
    for entry in entries:
        salt = secrets.token_hex(16)
        seal = sealed(salt, entry)
        previous = linked(previous, entry, seal)
        session.add(AuditEvent(**vars(entry), hash=previous, salt=salt, seal=seal))
    session.flush()


def _nameless(entries: list[Entry], gone: Container[int | None]) -> list[Entry]:
    """Whoever was erased while they acted has no name any more."""
    return [
        replace(entry, actor=pseudonym(entry.user_id).name)
        if entry.user_id is not None and entry.user_id in gone
        else entry
        for entry in entries
    ]


@event.listens_for(db.session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_WAITING, None)
