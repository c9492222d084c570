"""Proof of a report. It is added to the report to come, or to the one that waits; with a report it
stays for ever, also when that is sent back."""

from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, func, select

from tracker.db import db
from tracker.domain import text
from tracker.domain.errors import N_, IllegalStep, InvalidInput
from tracker.domain.vocabulary import State
from tracker.models.assignment import Assignment
from tracker.models.evidence import Evidence
from tracker.permissions import Actor, require_act
from tracker.services import assignments, audit, check_offs, plans
from tracker.services.evidence_files import StoredFile

MOST_PIECES = 20
QUOTA = 200 * 1024 * 1024
"""Bytes of one unit's files."""

URL_MAX = 2000


def add_file(assignment: Assignment, actor: Actor, now: datetime, file: StoredFile) -> Evidence:
    """A file that is on the disk already; the same content again is the piece that is there (B-17).
    Raises NotPermitted, IllegalStep, InvalidInput."""
    check_off_id = _open_report(assignment, actor)
    if known := _same(assignment, check_off_id, Evidence.sha256 == file.sha256):
        return known
    used = db.session.scalar(
        select(func.sum(Evidence.size))
        .join(Assignment, Assignment.id == Evidence.assignment_id)
        .where(Assignment.unit_id == assignment.unit_id, Evidence.removed_at.is_(None))
    )
    if (used or 0) + file.size > QUOTA:
        why = N_("The unit's files would exceed %(mb)s MB in all: remove some first.")
        raise InvalidInput("files", why, mb=QUOTA >> 20)
    piece = Evidence(
        assignment_id=assignment.id,
        check_off_id=check_off_id,
        user_id=actor.user_id,
        at=now,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        stored=file.stored,
        has_thumbnail=file.has_thumbnail,
    )
    return _add(piece, actor, now, name=file.name, sha256=file.sha256)


def add_link(assignment: Assignment, actor: Actor, now: datetime, url: str) -> Evidence:
    """An address of http or https. Raises NotPermitted, IllegalStep, InvalidInput."""
    url = text.clean(url)
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and parts.hostname and "\\" not in url
    except ValueError:
        right = False
    if not right or len(url) > URL_MAX or any(c.isspace() for c in url):
        raise InvalidInput("link", N_("A link begins with http:// or https://."))
    check_off_id = _open_report(assignment, actor)
    if known := _same(assignment, check_off_id, Evidence.url == url):
        return known
    piece = Evidence(
        assignment_id=assignment.id,
        check_off_id=check_off_id,
        user_id=actor.user_id,
        at=now,
        name=url[:200],
        url=url,
    )
    return _add(piece, actor, now, url=url)


def remove(piece: Evidence, actor: Actor, now: datetime) -> None:
    """Taken away while it belongs to no report; the file itself stays, as the record names it.
    Removed again, nothing changes. Raises NotPermitted, IllegalStep."""
    require_act(actor, piece.assignment)
    plans.enter(piece.assignment.duty.plan_id)
    db.session.refresh(piece)
    if piece.check_off_id is not None:
        raise IllegalStep(N_("It belongs to a report and stays with it."))
    if piece.removed_at is not None:
        return
    piece.removed_at = now
    name = piece.name
    audit.record(
        actor, now, "assignment.evidence_removed", "assignment", piece.assignment_id, name=name
    )
    db.session.flush()


def _open_report(assignment: Assignment, actor: Actor) -> int | None:
    """The report that waits, or None for the one to come. Holds the plan's lock."""
    require_act(actor, assignment)
    assignments.lock(assignment)
    if assignment.state in (State.VERIFIED, State.WAIVED) or not assignment.duty.role.ticked:
        raise IllegalStep(N_("Nothing can be added here any more."))
    report = check_offs.latest(assignment) if assignment.state is State.DONE else None
    report_id = report.id if report is not None else None
    pieces = db.session.scalar(select(func.count()).where(*_of_report(assignment, report_id)))
    if (pieces or 0) >= MOST_PIECES:
        why = N_("A report takes at most %(max)s files and links.")
        raise InvalidInput("files", why, max=MOST_PIECES)
    return report_id


def _of_report(assignment: Assignment, report_id: int | None) -> list[ColumnElement[bool]]:
    of_it = Evidence.check_off_id == report_id if report_id else Evidence.check_off_id.is_(None)
    return [Evidence.assignment_id == assignment.id, of_it, Evidence.removed_at.is_(None)]


def _same(
    assignment: Assignment, report_id: int | None, same: ColumnElement[bool]
) -> Evidence | None:
    return db.session.scalar(select(Evidence).where(*_of_report(assignment, report_id), same))


def _add(piece: Evidence, actor: Actor, now: datetime, **detail: object) -> Evidence:
    db.session.add(piece)
    audit.record(
        actor, now, "assignment.evidence_added", "assignment", piece.assignment_id, **detail
    )
    db.session.flush()
    return piece
