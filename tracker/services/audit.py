"""The record of who did what when. Every change of every service passes through here.

Events wait in the session until its commit: only then is the chain's lock taken, so that it is the
last lock of a transaction and held for the commit alone. A rollback forgets them.
"""

import secrets
from collections.abc import Container
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, event, func, insert, select
from sqlalchemy.orm import Session

from tracker.db import db, is_sqlite, rows, take_turn, write
from tracker.domain.audit import GENESIS, Entry, linked, sealed
from tracker.domain.personal_data import pseudonym
from tracker.models.audit import AuditEvent
from tracker.models.org import User
from tracker.permissions import Actor

_WAITING = "tracker_audit_waiting"
_TURN = 7_020_200_225

_ERASED = User.id.in_(bindparam("people", expanding=True)), User.erased_at.is_not(None)
_GONE = select(User.id).where(*_ERASED)
_NEWEST = (
    select(AuditEvent.hash, select(func.count(User.id)).where(*_ERASED).scalar_subquery())
    .order_by(AuditEvent.id.desc())
    .limit(1)
)
_ACTING = (
    select(User.id)
    .where(User.id.in_(bindparam("people", expanding=True)))
    .with_for_update(read=True, key_share=True)
)
"""Who points at an account that is being erased waits for that. Whoever waits with the turn in hand
would have everybody wait, the erasure too."""
_EVENTS = insert(AuditEvent)


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
    session.flush()  # Whatever else is to be locked.
    people = {"people": list({entry.user_id for entry in entries})}
    if not is_sqlite():
        rows(_ACTING, people)
    take_turn(_TURN)
    previous, count = next(iter(rows(_NEWEST, people)), (GENESIS, 0))
    if count:
        entries = _nameless(entries, {user_id for (user_id,) in rows(_GONE, people)})
    sealed_entries = []
    for entry in entries:
        salt = secrets.token_hex(16)
        seal = sealed(salt, entry)
        previous = linked(previous, entry, seal)
        sealed_entries.append({**vars(entry), "hash": previous, "salt": salt, "seal": seal})
    write(_EVENTS, sealed_entries)


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
