"""The record as a whole: its head, and whether its chain holds."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select

from tracker.db import db
from tracker.domain.audit import GENESIS, Entry, Link, first_broken
from tracker.domain.reports import digest
from tracker.models.audit import AuditEvent
from tracker.models.report import Report

EVENTS_ERASED, REPORT_ERASED = "audit.erased", "report.erased"
"""Actions that note what erased events and reports say now."""


@dataclass(frozen=True)
class Verdict:
    """`events` read; `head`: the hash of the last; `broken`: the first event that does not follow
    from the one before it, None where all do; `forged`: the first report that is not the one whose
    freezing was recorded; `erased`: events of which something was erased since."""

    events: int
    head: str
    broken: AuditEvent | None
    forged: Report | None = None
    erased: int = 0


def head() -> str:
    """The hash of the last event: noted elsewhere, it proves that nothing was cut off since."""
    last = select(AuditEvent.hash).order_by(AuditEvent.id.desc()).limit(1)
    return db.session.scalar(last) or GENESIS


def last() -> tuple[int, str]:
    """The last event's id and hash; (0, GENESIS) before the first."""
    row = db.session.execute(
        select(AuditEvent.id, AuditEvent.hash).order_by(AuditEvent.id.desc()).limit(1)
    ).first()
    return (row.id, row.hash) if row else (0, GENESIS)


def stands(event_id: int, noted: str) -> bool:
    """Whether that event is still in the record with that hash. Unlike `holds` it reads one row."""
    known = db.session.scalar(select(AuditEvent.hash).where(AuditEvent.id == event_id))
    return noted == (known or GENESIS)


def holds(noted: str) -> bool:
    """Whether a head that was noted earlier is still in the record."""
    known = select(AuditEvent.id).where(AuditEvent.hash == noted)
    return noted == GENESIS or db.session.scalar(known) is not None


def verify() -> Verdict:
    """Read the whole record once, in batches."""
    position = first_broken(_links())
    count = db.session.scalar(select(func.count()).select_from(AuditEvent)) or 0
    if position is None:
        erased = select(func.count()).where(AuditEvent.erasures > 0)
        return Verdict(count, head(), None, _forged(), db.session.scalar(erased) or 0)
    nth = select(AuditEvent).order_by(AuditEvent.id).offset(position).limit(1)
    return Verdict(count, head(), db.session.scalar(nth))


def is_whole(report: Report) -> bool:
    """Whether a report is, to the letter, the one whose freezing was recorded, or what the last
    recorded erasure left of it."""
    noted = select(AuditEvent.detail).where(
        AuditEvent.subject == "report", AuditEvent.subject_id == report.id
    )
    frozen = noted.where(AuditEvent.action == "report.frozen").order_by(AuditEvent.id)
    erased = noted.where(AuditEvent.action == REPORT_ERASED).order_by(AuditEvent.id.desc())
    recorded = db.session.scalar((erased if report.erasures else frozen).limit(1))
    known = recorded.get("digest") if recorded else None
    return digest(report.content) == report.digest == known


def _forged() -> Report | None:
    reports = db.session.scalars(select(Report).order_by(Report.id))
    return next((report for report in reports if not is_whole(report)), None)


def entry_of(row: AuditEvent) -> Entry:
    return Entry(
        row.at, row.user_id, row.actor, row.action, row.subject, row.subject_id, row.detail
    )


def _links() -> Iterator[Link]:
    noted = _erased()
    events = select(AuditEvent).order_by(AuditEvent.id).execution_options(yield_per=1000)
    with db.session.execute(events) as found:
        for row in found.scalars():
            erased = noted.get(str(row.id), "") if row.erasures else None
            yield Link(entry_of(row), row.hash, row.salt, row.seal, erased)


def _erased() -> dict[str, str]:
    """By the id of an event of which something was erased: what was noted of it last."""
    notes = select(AuditEvent.detail).where(AuditEvent.action == EVENTS_ERASED)
    found: dict[str, str] = {}
    for detail in db.session.scalars(notes.order_by(AuditEvent.id)):
        events = detail.get("events")
        found |= events if isinstance(events, dict) else {}
    return found
