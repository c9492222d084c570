"""A row as an editor meets it: the duties that cover it, and whether anybody reported on it."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from sqlalchemy import exists, select

from tracker.db import db
from tracker.domain.row_wordings import Wording
from tracker.domain.text import clean
from tracker.domain.vocabulary import State, UnitKind
from tracker.models.assignment import Assignment, CheckIn, CheckOff
from tracker.models.plan import Duty, DutyTask, Task


def duties_of(task: Task) -> Sequence[Duty]:
    """Those that cover the row, by kind of unit."""
    covering = select(DutyTask.duty_id).where(DutyTask.task_id == task.id)
    return db.session.scalars(select(Duty).where(Duty.id.in_(covering)).order_by(Duty.id)).all()


def cells_of(task: Task) -> Mapping[UnitKind, Duty]:
    """Of those, the ones that begin in the row: what is merged is changed where it begins."""
    return {duty.unit_kind: duty for duty in duties_of(task) if duty.tasks[0].id == task.id}


def is_reported(task: Task) -> bool:
    """Whether somebody said something of a duty of the row, or it was taken off a unit."""
    covering = select(DutyTask.duty_id).where(DutyTask.task_id == task.id)
    mine = select(Assignment.id).where(Assignment.duty_id.in_(covering))
    said = exists().where(CheckOff.assignment_id == Assignment.id)
    daily = exists().where(CheckIn.assignment_id == Assignment.id)
    touched = mine.where((Assignment.state != State.OPEN) | said | daily)
    return db.session.scalar(touched.limit(1)) is not None


def reread(task: Task) -> None:
    """The row and what covers it, as others left it. The caller holds the plan's row."""
    db.session.refresh(task)
    for duty in duties_of(task):
        db.session.refresh(duty)


def says(task: Task, wording: Wording) -> bool:
    """Whether the row reads so already. What a published plan keeps has no say."""
    draft = task.plan.published_at is None
    wanted = {kind: cell for kind, cell in wording.cells.items() if cell.text.strip()}
    held = {kind: (duty.role, duty.text) for kind, duty in cells_of(task).items()}
    return (
        clean(wording.title) == task.title
        and (not draft or clean(wording.deadline) == task.deadline_text)
        and (not draft or clean(wording.counts) == (task.counts or ""))
        and {kind: (cell.role, clean(cell.text)) for kind, cell in wanted.items()} == held
    )


def snapshot(task: Task) -> dict[str, object]:
    """What an editor may change of the row."""
    cells = {kind.value: [duty.role.value, duty.text] for kind, duty in cells_of(task).items()}
    return {
        "title": task.title,
        "deadline": task.deadline_text,
        "counts": task.counts,
        "cells": cells,
    }


def mark_of(task: Task) -> str:
    """The row as it reads, as 64 hex digits: other words, another mark."""
    said = json.dumps([snapshot(task), str(task.closes)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()
