"""Urges as people read them: in a mail, on an assignment's page, in the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from tracker.db import db
from tracker.domain.errors import N_
from tracker.domain.notices import Bilingual, Params, Phrase, Said
from tracker.domain.vocabulary import NoticeKind, State
from tracker.models.assignment import Assignment
from tracker.models.org import Unit, User
from tracker.models.plan import Duty, Plan
from tracker.models.urge import Urge, UrgedAssignment
from tracker.permissions import Actor, actor_for, can_oversee, sees, urges
from tracker.queries import paging
from tracker.queries.paging import Page

_OPEN = (State.OPEN, State.RETURNED)
MOST_LISTED = 500


def pressed(urge_id: int, reader: User, now: datetime) -> Said | str:
    """The mail: what of it is still open in the reader's own units."""
    urge = db.session.get_one(Urge, urge_id)
    units = actor_for(reader, now).unit_ids
    rows = [
        urged
        for urged in db.session.scalars(_whole().where(UrgedAssignment.urge_id == urge.id))
        if urged.assignment.unit_id in units
        and urged.assignment.state in _OPEN
        and not urged.assignment.duty.plan.is_over
    ]
    if not rows:
        return N_("Nothing of it is open any more.")
    first = rows[0].assignment
    facts: Params = {
        "who": Bilingual(urge.user.name, urge.user.name_en),
        "num": len(rows),
        "number": max(urged.number for urged in rows),
    }
    return Said(
        NoticeKind.URGE,
        f"/assignments/{first.id}" if len(rows) == 1 else "/mine",
        Phrase(N_("[Urged, no. %(number)s] duties that are still open: %(num)s"), facts),
        Phrase(
            N_("%(who)s urges you to settle these, %(num)s in all. A short answer helps:"), facts
        ),
        first.duty.plan.zone,
        words=urge.words,
        lines=tuple(_line(urged) for urged in rows),
    )


def _line(urged: UrgedAssignment) -> Phrase:
    duty, unit = urged.assignment.duty, urged.assignment.unit
    return Phrase(
        N_("Row %(number)s, %(title)s (%(unit)s), due %(cutoff)s, urged %(times)s times"),
        {
            "number": duty.tasks[0].number,
            "title": Bilingual(duty.tasks[0].title, duty.tasks[0].title_en),
            "unit": Bilingual(unit.name, unit.name_en),
            "cutoff": duty.due_at,
            "times": urged.number,
        },
    )


@dataclass(frozen=True)
class Urgeable:
    """One open assignment that may be urged, `times` it was, and when last."""

    assignment: Assignment
    times: int
    last: datetime | None


def urgeable(plan: Plan, actor: Actor, now: datetime, *, overdue: bool) -> list[Urgeable]:
    """What the actor may urge in a plan, by unit, then by row; at most MOST_LISTED."""
    times, last = func.count(UrgedAssignment.id), func.max(Urge.at)
    statement = (
        select(Assignment, times, last)
        .join(Duty, Duty.id == Assignment.duty_id)
        .join(Unit, Unit.id == Assignment.unit_id)
        .outerjoin(UrgedAssignment, UrgedAssignment.assignment_id == Assignment.id)
        .outerjoin(Urge, Urge.id == UrgedAssignment.urge_id)
        .options(
            selectinload(Assignment.duty).selectinload(Duty.tasks), selectinload(Assignment.unit)
        )
        .where(Duty.plan_id == plan.id, urges(actor), Assignment.state.in_(_OPEN))
        .group_by(Assignment.id, Unit.position, Unit.id, Duty.id)
        .order_by(Unit.position, Unit.id, Duty.id)
        .limit(MOST_LISTED)
    )
    if overdue:
        statement = statement.where(Duty.due_at <= now)
    return [Urgeable(*row) for row in db.session.execute(statement)]


def of_assignment(assignment: Assignment) -> Sequence[UrgedAssignment]:
    """Every urge of one assignment, the newest first."""
    mine = _whole().where(UrgedAssignment.assignment_id == assignment.id)
    return db.session.scalars(mine.order_by(UrgedAssignment.number.desc())).all()


@dataclass(frozen=True)
class Mark:
    """The last urge of an assignment that is still open. `answer`: the unit's word, empty where
    there was none yet."""

    number: int
    opened: bool
    answer: str


def marks(plan_id: int, actor: Actor) -> dict[int, Mark]:
    """Of a plan's open assignments that were urged, as far as the actor sees them. One query."""
    rows = db.session.execute(
        select(
            UrgedAssignment.assignment_id,
            UrgedAssignment.number,
            UrgedAssignment.opened_at,
            UrgedAssignment.answer,
        )
        .join(Assignment, Assignment.id == UrgedAssignment.assignment_id)
        .join(Duty, Duty.id == Assignment.duty_id)
        .where(Duty.plan_id == plan_id, Assignment.state.in_(_OPEN), sees(actor))
        .order_by(UrgedAssignment.number)
    )
    return {
        assignment_id: Mark(number, opened_at is not None, answer)
        for assignment_id, number, opened_at, answer in rows
    }


def log(actor: Actor, number: int) -> Page[UrgedAssignment]:
    """A page of the log, newest first: all for who oversees, else what the actor pressed."""
    wanted = [] if can_oversee(actor) else [Urge.user_id == actor.user_id]
    count = select(func.count(UrgedAssignment.id)).join(Urge).where(*wanted)

    def read(limit: int, offset: int) -> Sequence[UrgedAssignment]:
        rows = _whole().join(Urge, Urge.id == UrgedAssignment.urge_id).where(*wanted)
        newest = rows.order_by(Urge.at.desc(), UrgedAssignment.id.desc())
        return db.session.scalars(newest.limit(limit).offset(offset)).all()

    return paging.page(number, db.session.scalar(count) or 0, read)


def every(actor: Actor) -> Sequence[UrgedAssignment]:
    """The whole log in order, for export."""
    wanted = [] if can_oversee(actor) else [Urge.user_id == actor.user_id]
    rows = _whole().join(Urge, Urge.id == UrgedAssignment.urge_id).where(*wanted)
    return db.session.scalars(rows.order_by(Urge.at, UrgedAssignment.id)).all()


def _whole() -> Select[UrgedAssignment]:
    return select(UrgedAssignment).options(
        joinedload(UrgedAssignment.urge).joinedload(Urge.user),
        joinedload(UrgedAssignment.answerer),
        joinedload(UrgedAssignment.assignment).options(
            joinedload(Assignment.unit),
            joinedload(Assignment.duty).options(selectinload(Duty.tasks), joinedload(Duty.plan)),
        ),
    )
