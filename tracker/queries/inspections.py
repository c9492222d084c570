"""What an inspection waits for: the reviewed reports of its row on its own campus."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import ColumnElement, func, select, true

from tracker.db import db
from tracker.domain.readiness import Inspection, inspection
from tracker.domain.vocabulary import State
from tracker.models.assignment import Assignment
from tracker.models.org import Unit
from tracker.models.plan import Duty, DutyTask

Reviewed = Mapping[tuple[int, int | None], list[State]]
"""(task id, campus) -> the states of the row's reviewed assignments there."""


def reviewed_states(
    of_rows: ColumnElement[bool], unit_ids: Collection[int] | None = None
) -> Reviewed:
    """`of_rows`: a condition on DutyTask or Duty; `unit_ids`: of these units only, where there may
    be a million of others. One query."""
    of_units = true() if unit_ids is None else Assignment.unit_id.in_(sorted(unit_ids))
    statement = (
        select(DutyTask.task_id, Unit.parent_id, Assignment.state, func.count())
        .join(Duty, Duty.id == DutyTask.duty_id)
        .join(Assignment, Assignment.duty_id == Duty.id)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(Duty.reviewed, of_rows, of_units)
        .group_by(DutyTask.task_id, Unit.parent_id, Assignment.state)
    )
    states: dict[tuple[int, int | None], list[State]] = defaultdict(list)
    for task_id, campus, state, times in db.session.execute(statement):
        states[task_id, campus] += [state] * times
    return states


def inspection_of(task_ids: Iterable[int], campus: int | None, states: Reviewed) -> Inspection:
    """Of a duty that inspects these rows on one campus."""
    return inspection(state for task_id in task_ids for state in states.get((task_id, campus), ()))
