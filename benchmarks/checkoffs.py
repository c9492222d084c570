"""Check-offs through the service against raw commits of one row, in turn, both synchronous=FULL."""

import sqlite3
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from benchmarks.campus import ZONE, build
from benchmarks.clockwork import interleaved, line
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.cutoffs import to_instant
from tracker.domain.vocabulary import DutyRole, State
from tracker.models.assignment import Assignment
from tracker.models.org import User
from tracker.models.plan import Duty
from tracker.permissions import actor_for
from tracker.services import assignments

ROUNDS = 300
"""In a second, about."""


def run(folder: Path, seconds: float) -> None:
    raw = sqlite3.connect(folder / "raw.db", isolation_level=None)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute("CREATE TABLE tick (id INTEGER PRIMARY KEY, state TEXT)")
    app = build(folder, 12)
    now = to_instant(datetime(2020, 2, 21, 9), ZONE)
    with app.app_context():
        user = db.session.scalars(select(User).where(User.email == "cs@campus.example")).one()
        actor = actor_for(user, clock.now())
        duty = (
            select(Assignment.id)
            .join(Duty)
            .where(Assignment.unit_id.in_(actor.unit_ids), Duty.role == DutyRole.URGE)
        )
        assignment_id = db.session.scalars(duty).first()

        def toggle() -> None:
            with transaction():
                assignment = db.session.get_one(Assignment, assignment_id)
                if assignment.state is State.OPEN:
                    assignments.check_off(assignment, actor, now, seen_version=None)
                else:
                    assignments.undo(assignment, actor, now, seen_version=None)

        def commit() -> None:
            raw.execute("INSERT INTO tick (state) VALUES ('DONE')")

        floor, ours = interleaved(int(seconds * ROUNDS), commit, toggle)
    line(
        "check-offs : raw one-row commits",
        floor.p50 / ours.p50,
        ">= 0.2 of bare",
        f"{1 / ours.p50:.0f}/s of {1 / floor.p50:.0f}/s",
    )
