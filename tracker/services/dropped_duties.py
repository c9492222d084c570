"""Duties that an amended notice no longer asks, and those that it asks again.

On every unit that has not been verified the duty is set to not applicable, its reports stay; should
it come back, they stand again. A draft, which nobody has seen, forgets what is dropped.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select

from tracker.db import db
from tracker.domain.notice_differences import Difference, KnownTask
from tracker.domain.vocabulary import State, Verdict
from tracker.models.assignment import Assignment, Review
from tracker.models.plan import CutoffMove, Duty, Plan, Task
from tracker.models.roster import RosterImport, RosterItem, RosterTally
from tracker.permissions import Actor
from tracker.services import assignments, check_offs

_EVENTS = {State.OPEN: "reopened", State.RETURNED: "returned_again", State.DONE: "stands_again"}


def drop(plan: Plan, found: Difference, actor: Actor, now: datetime, reason: str) -> None:
    for known in found.duties_dropped:
        duty = db.session.get_one(Duty, known.id)
        if plan.published_at is None:
            db.session.delete(duty)
            continue
        for assignment in _laid(duty, State.OPEN, State.RETURNED, State.DONE):
            assignments.change(
                assignment, actor, now, State.WAIVED, "waived", {"lacking": None}, reason=reason
            )
        duty.dropped_at = now
    db.session.flush()
    for row in found.rows_dropped:
        task = db.session.get_one(Task, row.id)
        if plan.published_at is None and not _is_referred_to(row):
            db.session.delete(task)
        else:
            task.dropped_at = now
    db.session.flush()


def _is_referred_to(row: KnownTask) -> bool:
    tables = (CutoffMove, RosterItem, RosterTally, RosterImport)
    return any(
        db.session.scalar(select(exists().where(table.task_id == row.id))) for table in tables
    )


def take_up_again(duty: Duty, actor: Actor, now: datetime) -> None:
    """What the amendment had set aside stands as it stood."""
    dropped_at, duty.dropped_at = duty.dropped_at, None
    for assignment in _laid(duty, State.WAIVED):
        if assignment.changed_at == dropped_at:
            state = _stood(assignment)
            assignments.change(assignment, actor, now, state, _EVENTS[state])


def _laid(duty: Duty, *states: State) -> Sequence[Assignment]:
    return db.session.scalars(
        select(Assignment).where(Assignment.duty_id == duty.id, Assignment.state.in_(states))
    ).all()


def _stood(assignment: Assignment) -> State:
    report = check_offs.latest(assignment)
    if report is None:
        return State.OPEN
    verdict = db.session.scalar(
        select(Review.verdict)
        .where(Review.check_off_id == report.id)
        .order_by(Review.id.desc())
        .limit(1)
    )
    return State.RETURNED if verdict is Verdict.RETURNED else State.DONE
