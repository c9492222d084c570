"""What rosters say: how many of whom are done, and who is missing."""

from collections.abc import Mapping

from sqlalchemy import select

from tracker.db import db
from tracker.domain.progress import Progress
from tracker.domain.vocabulary import UnitKind
from tracker.models.assignment import Assignment
from tracker.models.plan import Task
from tracker.models.roster import RosterTally

Tallies = Mapping[int, Mapping[int, Progress]]
"""Task id -> unit id -> its items; a task that is not in it has no roster."""


def tallies(plan_id: int) -> Tallies:
    """One query, whatever the number of items."""
    rows = db.session.execute(
        select(RosterTally.task_id, RosterTally.unit_id, RosterTally.done, RosterTally.total)
        .join(Task, Task.id == RosterTally.task_id)
        .where(Task.plan_id == plan_id)
    )
    found: dict[int, dict[int, Progress]] = {}
    for task_id, unit_id, done, total in rows:
        found.setdefault(task_id, {})[unit_id] = Progress(done, total)
    return found


def in_scope(units: Mapping[int, Progress], kind: UnitKind, unit_id: int) -> Progress:
    """The items a unit's duty is about, of one row's tallies: a college's own, an office's all."""
    if kind is UnitKind.COLLEGE:
        return units.get(unit_id, Progress(0, 0))
    return Progress(
        sum(each.done or 0 for each in units.values()),
        sum(each.total or 0 for each in units.values()),
    )


def progress_of(assignment: Assignment) -> Progress | None:
    """Of the items that a counted assignment is about; None where its row has no roster."""
    duty = assignment.duty
    if not duty.counted:
        return None
    rows = db.session.execute(
        select(RosterTally.unit_id, RosterTally.done, RosterTally.total).where(
            RosterTally.task_id == duty.tasks[0].id
        )
    )
    units = {unit_id: Progress(done, total) for unit_id, done, total in rows}
    return in_scope(units, assignment.unit.kind, assignment.unit_id) if units else None
