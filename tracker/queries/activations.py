"""The log of a contingency that was started, and how long each unit took."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain import lifecycle
from tracker.domain.errors import N_
from tracker.domain.vocabulary import State
from tracker.models.activation import Activation, ActivationEntry
from tracker.models.assignment import Assignment, CheckIn, CheckOff
from tracker.models.org import Unit, User
from tracker.models.plan import Duty, Plan
from tracker.permissions import Actor, sees

_REPORTED, _UNDONE = N_("Reported"), N_("Reported, taken back later")


@dataclass(frozen=True)
class Event:
    """One line of the log. `words`: an English msgid; `unit` and `title`, each once more in
    English, belong to a report."""

    at: datetime
    words: str
    text: str
    by: str
    by_en: str
    unit: str = ""
    unit_en: str = ""
    title: str = ""
    title_en: str = ""


@dataclass(frozen=True)
class Pace:
    """How far a unit is, and the minutes from the trigger to its first report and, where all of its
    binding duties are settled, to its last."""

    unit: Unit
    settled: int
    total: int
    first: int | None
    last: int | None


def activation_of(plan: Plan) -> Activation | None:
    """What a plan answers; asks nothing for a notice or one of its phases."""
    if plan.parent_id is None or plan.phase is not None:
        return None
    return db.session.scalar(select(Activation).where(Activation.plan_id == plan.id))


def log_of(activation: Activation, actor: Actor) -> list[Event]:
    """In the order of time; of the units' reports those that the actor sees."""
    events = [_event(activation.started_at, N_("Started"), activation.reason, activation.starter)]
    entries = select(ActivationEntry).where(ActivationEntry.activation_id == activation.id)
    for entry in db.session.scalars(entries.options(joinedload(ActivationEntry.user))):
        events.append(_event(entry.at, N_("Entry"), entry.text, entry.user))
    events += [*_reports(activation, actor), *_daily_words(activation, actor)]
    if activation.stood_down_at is not None and activation.ender is not None:
        ended = N_("Stood down")
        events.append(_event(activation.stood_down_at, ended, activation.outcome, activation.ender))
    return sorted(events, key=lambda event: event.at)


def _event(at: datetime, words: str, text: str, user: User) -> Event:
    return Event(at, words, text, user.name, user.name_en)


def _reports(activation: Activation, actor: Actor) -> list[Event]:
    return [
        _reported(report, assignment, _UNDONE if report.undone_at is not None else _REPORTED)
        for report, assignment in _said(CheckOff, activation, actor)
    ]


def _daily_words(activation: Activation, actor: Actor) -> list[Event]:
    said = _said(CheckIn, activation, actor)
    return [_reported(word, assignment, _REPORTED) for word, assignment in said]


def _said(
    kind: type[CheckOff] | type[CheckIn], activation: Activation, actor: Actor
) -> Sequence[Row[Any, Any]]:
    """What units said of the case's duties, with the duty, in order."""
    statement: Select[Any, Any] = (
        select(kind, Assignment)
        .join(Assignment, Assignment.id == kind.assignment_id)
        .join(Duty, Duty.id == Assignment.duty_id)
        .options(joinedload(kind.user), joinedload(Assignment.unit))
        .options(joinedload(Assignment.duty).selectinload(Duty.tasks))
        .where(Duty.plan_id == activation.plan_id, sees(actor))
        .order_by(kind.id)
    )
    return db.session.execute(statement).all()


def _reported(report: CheckOff | CheckIn, assignment: Assignment, words: str) -> Event:
    unit, row = assignment.unit, assignment.duty.tasks[0]
    by = (report.user.name, report.user.name_en)
    about = (unit.name, unit.name_en, row.title, row.title_en)
    return Event(report.at, words, report.note, *by, *about)


def paces(activation: Activation, actor: Actor) -> list[Pace]:
    """Of the units that the actor sees, the quickest first, then those that are not done. Two
    queries."""
    rows = db.session.scalars(
        select(Assignment)
        .join(Duty)
        .options(joinedload(Assignment.unit), joinedload(Assignment.duty))
        .where(Duty.plan_id == activation.plan_id, sees(actor))
        .where(Assignment.state != State.WAIVED, ~Duty.open_ended)
    )
    held: dict[int, list[Assignment]] = defaultdict(list)
    for row in rows:
        if row.duty.role.binding:
            held[row.unit_id].append(row)
    done = _done_at(activation)
    found = [_pace(activation.started_at, own, done) for own in held.values()]
    return sorted(
        found, key=lambda pace: (pace.last is None, pace.last or -pace.settled, pace.unit.position)
    )


def _done_at(activation: Activation) -> dict[int, datetime]:
    """By assignment: when its standing report says that it was done."""
    rows = db.session.execute(
        select(CheckOff.assignment_id, CheckOff.done_at)
        .join(Assignment, Assignment.id == CheckOff.assignment_id)
        .join(Duty, Duty.id == Assignment.duty_id)
        .where(Duty.plan_id == activation.plan_id, CheckOff.undone_at.is_(None))
        .order_by(CheckOff.id)
    )
    return dict(rows.all())


def _pace(trigger: datetime, own: list[Assignment], done: dict[int, datetime]) -> Pace:
    settled = [
        one
        for one in own
        if lifecycle.is_settled(one.duty.role, one.state, reviewed=one.duty.reviewed)
    ]
    minutes = [
        max(0, int((done[one.id] - trigger).total_seconds() // 60))
        for one in settled
        if one.id in done
    ]
    whole = len(settled) == len(own)
    return Pace(
        own[0].unit,
        len(settled),
        len(own),
        min(minutes, default=None),
        max(minutes, default=None) if whole else None,
    )
