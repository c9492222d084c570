"""`python -m benchmarks.campuses`: the plan laid on universities with their colleges, step by step
on one database, and the board of one of them alone and among all the others."""

import argparse
import logging
import resource
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from benchmarks.campus import ZONE, build
from benchmarks.clockwork import Timing, interleaved, line
from benchmarks.databases import analyse
from tracker.actors import looking_at
from tracker.db import db, transaction
from tracker.domain.cutoffs import to_instant
from tracker.domain.vocabulary import UnitKind
from tracker.models.assignment import Assignment
from tracker.models.org import Unit
from tracker.models.plan import Plan
from tracker.permissions import ONLOOKER, SYSTEM
from tracker.queries.board import board
from tracker.queries.campuses import campuses
from tracker.services import fanout

NOW = to_instant(datetime(2020, 2, 22, 18), ZONE)
OFFICES = (UnitKind.ACADEMIC_AFFAIRS, UnitKind.STUDENT_AFFAIRS, UnitKind.NETWORK_CENTRE)
ROUNDS = 60


def run(folder: Path, steps: Sequence[int], colleges: int, database: str | None = None) -> None:
    """`steps`: how many universities there are in the end of each, the first one alone."""
    app = build(folder, 12, database)
    with app.app_context():
        seen, laid = [], []
        for before, after in pairwise((0, *steps)):
            _universities(before, after, colleges)
            begin = time.perf_counter()
            with transaction():
                added = fanout.lay_out(db.session.get_one(Plan, 1), SYSTEM, NOW)
            laid.append((time.perf_counter() - begin) / added)
            analyse()
            seen.append(_board())
        total = db.session.scalar(select(func.count()).select_from(Assignment))
        begin = time.perf_counter()
        campuses(db.session.get_one(Plan, 1), NOW, 1)
        above = time.perf_counter() - begin
        db.session.remove()
        db.engine.dispose()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    line(
        f"an assignment laid : when {steps[-2]} have theirs",
        laid[-1] / laid[-2],
        "1.30",
        f"{laid[-1] * 1e6:.0f} us each, {total} in all; memory at most {peak} MB",
    )
    line(
        f"a university's board : beside {steps[-1] - 1} others",
        seen[-1].p50 / seen[0].p50,
        "1.30",
        f"{seen[-1].p50 * 1e3:.1f} ms, alone {seen[0].p50 * 1e3:.1f} ms; all of them, a page of"
        f" the least ready: {above:.1f} s",
    )


def _board() -> Timing:
    """Of the first university, whatever else there is."""
    first = db.session.scalars(select(Unit).where(Unit.code == "university0")).one()
    looker = looking_at(ONLOOKER, first)
    return interleaved(ROUNDS, lambda: board(1, looker, NOW))[0]


def _universities(before: int, after: int, colleges: int) -> None:
    names = [f"university{number}" for number in range(before, after)]
    with transaction():
        db.session.execute(insert(Unit), [_unit(name, UnitKind.UNIVERSITY, None) for name in names])
        found = select(Unit.code, Unit.id).where(Unit.code.in_(names))
        for name, unit_id in db.session.execute(found).all():
            kinds = [*OFFICES, *[UnitKind.COLLEGE] * colleges]
            units = [_unit(f"{name}-{at}", kind, unit_id) for at, kind in enumerate(kinds)]
            db.session.execute(insert(Unit), units)


def _unit(code: str, kind: UnitKind, parent_id: int | None) -> dict[str, Any]:
    names = {"code": code, "name": code, "name_en": code, "position": 1000}
    return {**names, "kind": kind, "parent_id": parent_id}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--universities", type=int, default=3000)
    parser.add_argument("--colleges", type=int, default=20)
    parser.add_argument("--database", help="an empty one; by default SQLite")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    steps = (1, given.universities // 3, given.universities)
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder), steps, given.colleges, given.database)


if __name__ == "__main__":
    main()
