"""The word of a standing duty for a day, a week or a month."""

from datetime import date, datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain import lifecycle, text
from tracker.domain.cutoffs import to_wall
from tracker.domain.errors import N_, IllegalStep, InvalidInput
from tracker.domain.standing import asked_days, report_days, report_spans
from tracker.domain.vocabulary import Audience, Health, NoticeKind, State
from tracker.models.assignment import Assignment, CheckIn
from tracker.models.org import Unit
from tracker.models.plan import Duty
from tracker.permissions import Actor, require_act
from tracker.queries.holders import holders, reached
from tracker.services import assignments, notices
from tracker.services.assignments import Beside


def check_in(
    assignment: Assignment,
    actor: Actor,
    now: datetime,
    *,
    day: date,
    health: Health,
    note: str = "",
) -> None:
    """A standing duty's word for the report due on `day`, once its day, week or month has come;
    said again, it replaces that word. Trouble needs a note. With every report said the duty is
    done, unless it goes on until its plan is closed."""
    require_act(actor, assignment)
    note = text.optional("note", note, assignments.NOTE_MAX)
    days = _require_day(assignment.duty, day, now)
    if health is Health.TROUBLE and not note:
        raise InvalidInput("note", N_("Say what the trouble is."))
    assignments.lock(assignment)
    lifecycle.require_asked(assignment.state)
    said = {
        row.day: row
        for row in db.session.scalars(select(CheckIn).where(CheckIn.assignment_id == assignment.id))
    }
    row = said.get(day)
    if row is not None and (row.health, row.note, row.user_id) == (health, note, actor.user_id):
        return
    if row is None:
        row = CheckIn(assignment_id=assignment.id, day=day)
        db.session.add(row)
    assert actor.user_id is not None  # Whoever may act is a person.
    row.health, row.note, row.user_id, row.at = health, note, actor.user_id, now
    whole = {*said, day} == set(days) and not assignment.duty.open_ended
    state = State.DONE if whole else State.OPEN
    detail = {"day": day.isoformat(), "health": health, "note": note}
    beside: Beside = {"count": len({*said, day})}
    assignments.change(assignment, actor, now, state, "checked_in", beside, **detail)
    if health is Health.TROUBLE:
        notices.tell(NoticeKind.TROUBLE, row.id, _concerned(assignment, now), now)


def _concerned(assignment: Assignment, now: datetime) -> list[int]:
    """Academic affairs, and the contacts of every unit of the campus with a duty in the plan, by
    id."""
    units = select(Assignment.unit_id).join(Duty, Duty.id == Assignment.duty_id)
    others = units.join(Unit, Unit.id == Assignment.unit_id).where(
        Duty.plan_id == assignment.duty.plan_id,
        Assignment.unit_id != assignment.unit_id,
        Unit.parent_id.is_not_distinct_from(assignment.unit.parent_id),
    )
    contacts = reached(
        list(db.session.scalars(others.distinct())), frozenset({Audience.CONTACTS}), now
    )
    affairs = [holder.user_id for holder in holders(now) if holder.is_affairs]
    return sorted({*contacts, *affairs})


def _require_day(duty: Duty, day: date, now: datetime) -> list[date]:
    """All report days of a standing duty, `day` being one whose time has come."""
    if not duty.cadence.recurs:
        raise IllegalStep(N_("This duty is reported once, not again and again."))
    today = to_wall(now, duty.plan.zone).date()
    days = report_days(duty, duty.plan.zone)
    if day not in days:
        raise InvalidInput("day", N_("%(day)s is not a day of this duty."), day=day.isoformat())
    if day not in asked_days(report_spans(duty, duty.plan.zone), today):
        raise InvalidInput("day", N_("%(day)s has not come yet."), day=day.isoformat())
    return days
