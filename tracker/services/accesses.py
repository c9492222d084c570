"""Who read what holds personal data: written beside the answer as a file each, so that a read waits
for no other, and taken into the database by the heartbeat."""

import json
import logging
import os
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, select

from tracker.db import db
from tracker.domain.retention import months_after
from tracker.domain.vocabulary import AccessKind
from tracker.models.access import Access
from tracker.models.org import User

log = logging.getLogger(__name__)
PATH_MAX = 200
_AT_ONCE = 500


def note(folder: Path, user_id: int, kind: AccessKind, path: str, now: datetime) -> None:
    """Whole or not at all. What cannot be noted is logged; the read goes on. `now`: campus time."""
    key = secrets.token_hex(16)
    said = {"user_id": user_id, "kind": kind, "path": path[:PATH_MAX], "at": now.isoformat()}
    half, whole = folder / f"{key}.part", folder / f"{key}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with half.open("x", encoding="utf-8") as file:
            json.dump(said, file)
            file.flush()
            os.fsync(file.fileno())
        half.rename(whole)
    except OSError:
        log.exception("an access could not be noted")


def take(folder: Path) -> Sequence[Path]:
    """Files that are entries now, to be deleted once this is committed; at most some hundreds at
    once. Taken twice, an entry is kept once. One of an account that is not there, because an
    earlier database was put back beside the files, can stand nowhere but in the log."""
    paths = sorted(folder.glob("*.json"))[:_AT_ONCE] if folder.is_dir() else []
    keys = [path.stem for path in paths]
    known = set(db.session.scalars(select(Access.key).where(Access.key.in_(keys))))
    read = [_read(path) for path in paths if path.stem not in known]
    entries = [entry for entry in read if entry is not None]
    readers = User.id.in_({entry.user_id for entry in entries})
    there = set(db.session.scalars(select(User.id).where(readers)))
    for entry in entries:
        if entry.user_id in there:
            db.session.add(entry)
        else:
            log.warning("%s was read by account %s, which is gone", entry.path, entry.user_id)
    db.session.flush()
    return paths


def any_older(now: datetime, months: int) -> bool:
    old = select(Access.id).where(Access.at < months_after(now, -months)).limit(1)
    return db.session.scalar(old) is not None


def forget(now: datetime, months: int) -> int:
    """Entries older than so many months. How many they were."""
    old = select(Access.id).where(Access.at < months_after(now, -months)).limit(_AT_ONCE)
    ids = list(db.session.scalars(old))
    db.session.execute(delete(Access).where(Access.id.in_(ids)))
    return len(ids)


def _read(path: Path) -> Access | None:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Access(
            key=path.stem,
            at=datetime.fromisoformat(said["at"]),
            user_id=said["user_id"],
            kind=AccessKind(said["kind"]),
            path=said["path"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        log.exception("an access cannot be read: %s", path.name)
        return None
