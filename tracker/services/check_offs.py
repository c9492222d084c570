"""The reports of units, one row each: added, read and taken back. Who may report what is decided in
`services/assignments`."""

from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, update

from tracker.db import db, write
from tracker.models.assignment import Assignment, CheckOff
from tracker.models.evidence import Evidence
from tracker.permissions import Actor

_NEW = insert(CheckOff)
_PROVEN = (
    update(Evidence)
    .where(Evidence.assignment_id == bindparam("assignment"))
    .where(Evidence.check_off_id.is_(None), Evidence.removed_at.is_(None))
    .values(check_off_id=bindparam("report"))
)
_STANDING = (CheckOff.assignment_id == bindparam("assignment"), CheckOff.undone_at.is_(None))
_TAKEN_BACK = (
    update(CheckOff)
    .where(CheckOff.id == select(func.max(CheckOff.id)).where(*_STANDING).scalar_subquery())
    .values(undone_at=bindparam("now"))
)
_LATEST = select(CheckOff).where(*_STANDING).order_by(CheckOff.id.desc()).limit(1)


def add(
    assignment: Assignment,
    actor: Actor,
    now: datetime,
    *,
    done_at: datetime,
    count: int | None,
    note: str,
) -> None:
    """One report more. The evidence added since the last one proves it."""
    said = {"user_id": actor.user_id, "at": now, "done_at": done_at, "count": count, "note": note}
    key = write(_NEW, {"assignment_id": assignment.id, **said}).inserted_primary_key
    assert key is not None  # An insert of one row knows it.
    write(_PROVEN, {"assignment": assignment.id, "report": key[0]})


def latest(assignment: Assignment) -> CheckOff | None:
    """The report that stands, if any."""
    return db.session.scalar(_LATEST, {"assignment": assignment.id})


def take_back(assignment: Assignment, now: datetime) -> None:
    """The report that stands, if any, stands no longer."""
    write(_TAKEN_BACK, {"assignment": assignment.id, "now": now})
