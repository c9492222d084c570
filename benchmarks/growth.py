"""`python -m benchmarks.growth`: pages and a quiet tick of one plan, alone and beside a thousand
plans with a million assignments in the same database, in turn in one run."""

import argparse
import logging
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, insert, select

from benchmarks.campus import ZONE, build, signed_in, standing
from benchmarks.clockwork import interleaved, line
from benchmarks.databases import analyse, empty_databases
from tracker.db import db, transaction
from tracker.domain.cutoffs import to_instant
from tracker.domain.vocabulary import Cadence, DutyRole, State, UnitKind
from tracker.jobs import ticks
from tracker.models.assignment import Assignment
from tracker.models.org import Unit
from tracker.models.plan import Duty, DutyTask, Plan, Task
from tracker.services import plan_rows

NOW = to_instant(datetime(2020, 2, 21, 8), ZONE)
LATER = datetime(2021, 2, 22)
IN_FORCE = 20
"""Of the other plans; the rest is of earlier years and archived."""
UNITS, ROWS = 50, 20


def run(folder: Path, others: int, rounds: int, urls: Sequence[str | None]) -> None:
    """`others`: how many assignments there are besides; `urls`: of two empty databases, by default
    SQLite's."""
    alone, beside = (
        build(_made(folder / name), 12, url) for name, url in zip("ab", urls, strict=True)
    )
    with beside.app_context():
        _lay_out(others // (UNITS * ROWS))
        total = db.session.scalar(select(func.count()).select_from(Assignment))
        plans = db.session.scalar(select(func.count()).select_from(Plan))
        analyse()
        db.session.remove()
    engine = "SQLite" if urls[1] is None else "PostgreSQL"
    print(f"{engine}: beside {plans} plans, {total} assignments")
    for account, path in (("cs", "/mine"), ("affairs", "/board"), ("affairs", "/reminders")):
        _pages(account, path, alone, beside, rounds)
    _ticks(alone, beside, rounds)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _pages(account: str, path: str, alone: Flask, beside: Flask, rounds: int) -> None:
    few, many = signed_in(alone, account), signed_in(beside, account)
    with standing():
        one, other = interleaved(rounds, lambda: few.get(path), lambda: many.get(path))
    goal = "1.25" if path != "/reminders" else "told"
    line(
        f"{path} beside the others : alone", other.p50 / one.p50, goal, f"{other.p50 * 1e3:.2f} ms"
    )


def _ticks(alone: Flask, beside: Flask, rounds: int) -> None:
    """After one that has planned whatever was due."""

    def quiet(app: Flask) -> None:
        with app.app_context():
            ticks.tick(app.config["TRACKER"], "benchmark")
            db.session.remove()

    with standing():
        one, other = interleaved(rounds, lambda: quiet(alone), lambda: quiet(beside))
    line(
        "a quiet tick beside the others : alone",
        other.p50 / one.p50,
        "1.30",
        f"{other.p50 * 1e3:.2f} ms",
    )


def _lay_out(plans: int) -> None:
    """Those of earlier years on our own colleges and others, those in force on another
    university's, due next year."""
    with transaction():
        ours = list(db.session.scalars(select(Unit.id).where(Unit.kind == UnitKind.COLLEGE)))
        theirs = _elsewhere()
    for number in range(plans):
        archived = number >= IN_FORCE
        with transaction():
            _plan(number, [*ours, *theirs][:UNITS] if archived else theirs, archived)


def _elsewhere() -> list[int]:
    """The colleges of another university."""
    roof = Unit(
        code="elsewhere",
        kind=UnitKind.UNIVERSITY,
        name="另一所大学",
        name_en="Another university",
        position=5000,
    )
    db.session.add(roof)
    db.session.flush()
    rows = [
        {
            "code": f"elsewhere{number}",
            "kind": UnitKind.COLLEGE,
            "name": f"第{number}学院",
            "name_en": f"College {number}",
            "position": 5000 + number,
            "parent_id": roof.id,
        }
        for number in range(UNITS)
    ]
    db.session.execute(insert(Unit), rows)
    return list(db.session.scalars(select(Unit.id).where(Unit.parent_id == roof.id)))


def _plan(number: int, units: list[int], archived: bool) -> None:
    issued = NOW - timedelta(days=400 if archived else 5)
    plan = Plan(
        code=f"other-{number}",
        title=f"第{number}号通知",
        title_en=f"Notice {number}",
        issuer="教务处",
        issued_on=issued.date(),
        launches_on=date(2021, 2, 22),
        zone=ZONE,
        published_at=issued,
        closed_at=issued + timedelta(days=30) if archived else None,
        archived_at=issued + timedelta(days=60) if archived else None,
    )
    db.session.add(plan)
    db.session.flush()
    tasks = [_row(plan, row) for row in range(1, ROWS + 1)]
    duties = [_duty(plan, row) for row in range(1, ROWS + 1)]
    db.session.add_all([*tasks, *duties])
    db.session.flush()
    links = [
        {"duty_id": duty.id, "task_id": task.id} for duty, task in zip(duties, tasks, strict=True)
    ]
    db.session.execute(insert(DutyTask), links)
    db.session.execute(insert(Assignment), [_held(duty, unit) for duty in duties for unit in units])
    plan_rows.copy_ladder(db.session.get_one(Plan, 1), plan, NOW)
    db.session.flush()
    db.session.expunge_all()


def _row(plan: Plan, number: int) -> Task:
    return Task(
        plan_id=plan.id,
        number=number,
        title=f"第{number}项",
        title_en=f"Row {number}",
        deadline_text="22日前",
        closes=LATER,
    )


def _duty(plan: Plan, number: int) -> Duty:
    return Duty(
        plan_id=plan.id,
        unit_kind=UnitKind.COLLEGE,
        role=DutyRole.PERFORM,
        text=f"做好第{number}项",
        text_en=f"Do row {number}",
        cadence=Cadence.ONCE,
        reviewed=False,
        counted=False,
        due_at=to_instant(LATER, ZONE),
    )


def _held(duty: Duty, unit: int) -> Mapping[str, Any]:
    return {"duty_id": duty.id, "unit_id": unit, "state": State.OPEN, "version": 1}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--others", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--server", help="URL of a PostgreSQL server; by default SQLite")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder, empty_databases(given.server, 2) as urls:
        run(Path(folder), given.others, given.rounds, urls)


if __name__ == "__main__":
    main()
