"""Planning one step for everybody, alone and beside a million assignments of which none is due."""

import time
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, insert, literal, select

from benchmarks.campus import ZONE, build
from benchmarks.clockwork import line
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.domain.cutoffs import to_instant
from tracker.domain.vocabulary import Cadence, DutyRole, State, UnitKind
from tracker.jobs import ticks
from tracker.models.assignment import Assignment
from tracker.models.org import Unit
from tracker.models.outbox import OutboxMessage
from tracker.models.plan import Duty, DutyTask, Plan, Task

NOW = to_instant(datetime(2020, 2, 22, 18), ZONE)
LATER = datetime(2021, 2, 22)


def run(folder: Path, colleges: int, others: int) -> None:
    """A contact and a head in each college; `others`: assignments with a cut-off of next year."""
    taken = []
    for name, more in (("alone", 0), ("beside", others)):
        place = folder / name
        place.mkdir()
        app = build(place, colleges)
        settings: Settings = app.config["TRACKER"]
        with app.app_context():
            if more:
                _lay_out(more // colleges)
            begin = time.perf_counter()
            ticks.remind(settings, NOW)
            taken.append(time.perf_counter() - begin)
            people = db.session.scalar(select(func.count()).select_from(OutboxMessage))
            total = db.session.scalar(select(func.count()).select_from(Assignment))
            db.session.remove()
            db.engine.dispose()
    line(
        "one step planned : without the others",
        taken[1] / taken[0],
        "1.30",
        f"{people} digests in {taken[1]:.1f} s from {total} assignments, {taken[0]:.1f} s alone",
    )


def _lay_out(duties: int) -> None:
    """`duties` for every college, in the same plan, due next year."""
    due_at = to_instant(LATER, ZONE)
    with transaction():
        plan = db.session.get_one(Plan, 1)
        task = Task(
            plan_id=plan.id,
            number=99,
            title="明年",
            title_en="Next year",
            deadline_text="明年",
            closes=LATER,
        )
        db.session.add(task)
        db.session.flush()
        made = [
            Duty(
                plan_id=plan.id,
                unit_kind=UnitKind.COLLEGE,
                role=DutyRole.PERFORM,
                text=f"第{number}件",
                text_en="",
                cadence=Cadence.ONCE,
                reviewed=False,
                counted=False,
                due_at=due_at,
            )
            for number in range(duties)
        ]
        db.session.add_all(made)
        db.session.flush()
        db.session.add_all(DutyTask(duty_id=duty.id, task_id=task.id) for duty in made)
        db.session.flush()
        colleges = Unit.kind == UnitKind.COLLEGE
        for duty in made:
            rows = select(literal(duty.id), Unit.id, literal(State.OPEN.value), literal(1)).where(
                colleges
            )
            names = ["duty_id", "unit_id", "state", "version"]
            db.session.execute(insert(Assignment).from_select(names, rows, include_defaults=False))
