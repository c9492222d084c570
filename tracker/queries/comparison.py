"""A board beside itself at a past moment."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select

from tracker.db import db
from tracker.domain.comparison import Turn, turns
from tracker.domain.history import states_at
from tracker.domain.readiness import Inspection, inspection, light
from tracker.domain.vocabulary import DutyRole, Light, State
from tracker.models.assignment import Assignment, CheckIn
from tracker.models.plan import Duty, DutyTask, Task
from tracker.permissions import ONLOOKER
from tracker.queries import history
from tracker.queries.board import Board
from tracker.queries.cells import BoardCell


def since(board: Board, moment: datetime) -> dict[int, Turn]:
    """The cells of the board that showed another light at `moment` (aware), by assignment. They are
    judged by the cut-offs that hold now. Three queries."""
    recorded = history.changes(board.plan.id, ONLOOKER)
    states = states_at(recorded, moment)
    later = {change.assignment_id for change in recorded if change.at > moment}
    sources = _sources(board.plan.id, states)
    words = _words(board.plan.id, moment)

    def then(cell: BoardCell) -> Light:
        state = states.get(cell.assignment_id, State.OPEN)
        if cell.cadence.recurs:
            said = words.get(cell.assignment_id, 0)
            state = State.DONE if cell.check_ins and said == len(cell.check_ins) else state
        lacking = cell.light is Light.LACKING and cell.assignment_id not in later
        return light(
            cell.role,
            state,
            reviewed=cell.reviewed,
            due_at=cell.due_at,
            now=moment,
            sources=_inspected(cell, sources),
            lacking=lacking,
        )

    return turns((cell.assignment_id, then(cell), cell.light) for cell in board.cells)


def _inspected(cell: BoardCell, sources: Mapping[int, list[State]]) -> Inspection | None:
    if cell.role is not DutyRole.INSPECT:
        return None
    return inspection(state for number in cell.task_numbers for state in sources.get(number, ()))


def _sources(plan_id: int, states: Mapping[int, State]) -> Mapping[int, list[State]]:
    """Row number -> where its reviewed assignments stood."""
    rows = db.session.execute(
        select(Task.number, Assignment.id)
        .join(DutyTask, DutyTask.task_id == Task.id)
        .join(Duty, Duty.id == DutyTask.duty_id)
        .join(Assignment, Assignment.duty_id == Duty.id)
        .where(Task.plan_id == plan_id, Duty.reviewed)
    )
    found: dict[int, list[State]] = defaultdict(list)
    for number, assignment_id in rows:
        found[number].append(states.get(assignment_id, State.OPEN))
    return found


def _words(plan_id: int, moment: datetime) -> dict[int, int]:
    """Assignment id -> for how many days of a standing duty there was a word."""
    rows = db.session.execute(
        select(CheckIn.assignment_id, func.count())
        .join(Assignment, Assignment.id == CheckIn.assignment_id)
        .join(Duty, Duty.id == Assignment.duty_id)
        .where(Duty.plan_id == plan_id, CheckIn.at <= moment)
        .group_by(CheckIn.assignment_id)
    )
    return dict(rows.all())
