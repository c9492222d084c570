"""The story of one assignment, from its record: every attempt, answer and daily word, none lost."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from tracker.actors import units_near
from tracker.db import db
from tracker.domain.errors import N_
from tracker.domain.readiness import Inspection, light
from tracker.domain.vocabulary import Cadence, DutyRole, Health, Light
from tracker.models.assignment import Assignment, CheckIn
from tracker.models.audit import AuditEvent
from tracker.models.org import User
from tracker.models.plan import Duty, DutyTask
from tracker.queries.holdings import Day, days_of
from tracker.queries.inspections import inspection_of, reviewed_states

WORDS = {
    "checked_off": N_("Reported done"),
    "undone": N_("Report taken back"),
    "verified": N_("Verified"),
    "sent_back": N_("Sent back"),
    "checked_in": N_("Daily report"),
    "waived": N_("Set to not applicable"),
    "reopened": N_("Reopened"),
    "group_joined": N_("Entered in the working group"),
    "group_left": N_("Left the working group"),
    "link_issued": N_("Link for confirmation issued"),
    "link_revoked": N_("Link revoked"),
    "evidence_added": N_("Proof added"),
    "evidence_removed": N_("Proof removed"),
    "looked_again": N_("Checked after the notice changed: still true"),
    "fell_back": N_("Fell back: names are missing"),
    "stands_again": N_("Asked again: the report stands"),
    "returned_again": N_("Asked again: still sent back"),
}
"""What happened to an assignment -> an English msgid."""

_READ = N_("Marked as read")
_REGULAR = N_("Regular report")


@dataclass(frozen=True)
class Event:
    """One thing that happened. `words` is an English msgid. `text`: the note or the reason.
    `day` and `health` belong to a daily report, `count` to a report of a counted duty; `done_at`:
    when it was really done, if that was before it was entered."""

    at: datetime
    by: str
    by_en: str
    kind: str
    words: str
    text: str
    count: int | None
    day: date | None
    health: Health | None
    done_at: datetime | None


@dataclass(frozen=True)
class Trail:
    """How an assignment stands and how it came to stand so, the latest event last."""

    light: Light
    sources: Inspection | None
    days: tuple[Day, ...]
    events: tuple[Event, ...]

    @property
    def latest(self) -> Event | None:
        return self.events[-1] if self.events else None

    @property
    def answer(self) -> Event | None:
        """The latest sending back, whatever happened after it (proof, names)."""
        return next((each for each in reversed(self.events) if each.kind == "sent_back"), None)

    @property
    def missing_days(self) -> tuple[date, ...]:
        return tuple(day.day for day in self.days if day.asked and day.health is None)


def trail(assignment: Assignment, now: datetime) -> Trail:
    """The assignment's story as of `now` (aware)."""
    duty = assignment.duty
    sources = _sources(assignment) if duty.role is DutyRole.INSPECT else None
    shown = light(
        duty.role,
        assignment.state,
        reviewed=duty.reviewed,
        due_at=duty.due_at,
        now=now,
        sources=sources,
        lacking=assignment.lacking is not None,
    )
    return Trail(shown, sources, _days(assignment, now), _events(assignment))


def _events(assignment: Assignment) -> tuple[Event, ...]:
    """The record's own order is the order of the commits, also within one second."""
    rows = db.session.execute(
        select(AuditEvent, User.name, User.name_en)
        .outerjoin(User, User.id == AuditEvent.user_id)
        .where(AuditEvent.subject == "assignment", AuditEvent.subject_id == assignment.id)
        .order_by(AuditEvent.id)
    )
    duty = assignment.duty
    return tuple(_event(row, duty) for row in rows if _kind(row.AuditEvent) in WORDS)


def _kind(event: AuditEvent) -> str:
    return event.action.removeprefix("assignment.")


def _event(row: Any, duty: Duty) -> Event:
    event, detail = row.AuditEvent, row.AuditEvent.detail
    kind = _kind(event)
    words = WORDS[kind]
    if kind == "checked_off" and duty.role is DutyRole.MONITOR:
        words = _READ
    elif kind == "checked_in" and duty.cadence is not Cadence.DAILY:
        words = _REGULAR
    day, health = detail.get("day"), detail.get("health")
    done_at = detail.get("done_at")
    return Event(
        at=event.at,
        by=row.name or event.actor,
        by_en=row.name_en or event.actor,
        kind=kind,
        words=words,
        text=_said(detail),
        count=detail.get("count"),
        day=date.fromisoformat(day) if day else None,
        health=Health(health) if health else None,
        done_at=datetime.fromisoformat(done_at) if done_at else None,
    )


def _said(detail: Mapping[str, Any]) -> str:
    """The reason, the note, or what was added."""
    found = (detail.get(name) for name in ("reason", "note", "name", "url"))
    return next((text for text in found if text), "")


def _sources(assignment: Assignment) -> Inspection:
    """The reports that an INSPECT duty's row is made of, of every unit on its campus."""
    rows = [task.id for task in assignment.duty.tasks]
    campus = assignment.unit.parent_id
    states = reviewed_states(DutyTask.task_id.in_(rows), units_near([campus]))
    return inspection_of(rows, campus, states)


def _days(assignment: Assignment, now: datetime) -> tuple[Day, ...]:
    duty = assignment.duty
    if not duty.cadence.recurs:
        return ()
    return days_of(duty, duty.plan.zone, _check_ins(assignment), now)


def _check_ins(assignment: Assignment) -> Mapping[date, Day]:
    rows = db.session.execute(
        select(CheckIn, User.name, User.name_en)
        .join(User, User.id == CheckIn.user_id)
        .where(CheckIn.assignment_id == assignment.id)
    )
    return {
        said.day: Day(said.day, True, said.health, said.note, name, name_en, said.at)
        for said, name, name_en in rows
    }
