"""`python -m benchmarks.rush`: many people at once; accepted is compared with stored.

Processes check off and take back the same few duties, and tick the same names of a roster, each on
the version it saw. Every answer is noted: accepted, or a conflict that a person would be shown;
anything else is a failure.
"""

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import create_engine, func, select

from benchmarks.campus import build
from tracker import clock, config
from tracker.db import db, transaction
from tracker.domain.errors import IllegalStep, StaleVersion
from tracker.domain.rosters import Listed
from tracker.domain.vocabulary import DutyRole, Post, State, UnitKind
from tracker.factory import create_app
from tracker.models.assignment import Assignment, CheckOff
from tracker.models.audit import AuditEvent
from tracker.models.org import Unit, User
from tracker.models.plan import Duty, Plan, Task
from tracker.models.roster import RosterItem, RosterTally
from tracker.permissions import Actor, actor_for
from tracker.queries import audit as records
from tracker.services import accounts, assignments, posts, roster_imports, rosters

CELLS, NAMES = 40, 4000
ROW = 3
"""The row whose roster is ticked: 课程建群."""


def _actor(number: int) -> Actor:
    """Each process is a person of its own, a deputy in every college."""
    found = select(User).where(User.email == f"rush{number}@campus.example")
    return actor_for(db.session.scalars(found).one(), clock.now())


def _cells() -> list[int]:
    wanted = (
        select(Assignment.id)
        .join(Duty)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(Duty.role == DutyRole.URGE, Unit.kind == UnitKind.COLLEGE, ~Duty.counted)
        .order_by(Assignment.id)
        .limit(CELLS)
    )
    return list(db.session.scalars(wanted))


def _task() -> Task:
    running = Plan.parent_id.is_(None)  # Its later phases have such a row too.
    return db.session.scalars(select(Task).join(Plan).where(running, Task.number == ROW)).one()


def _toggle(actor: Actor, cell: int, word: str) -> str:
    """One person's look and step: the version is the one of the look."""
    db.session.rollback()
    assignment = db.session.get_one(Assignment, cell)
    seen, is_open = assignment.version, assignment.state is State.OPEN
    db.session.rollback()
    try:
        with transaction():
            fresh = db.session.get_one(Assignment, cell)
            if is_open:
                now = clock.now()
                assignments.check_off(fresh, actor, now, seen_version=seen, note=word)
            else:
                assignments.undo(fresh, actor, clock.now(), seen_version=seen)
    except (StaleVersion, IllegalStep):
        return "conflict"
    return "checked off" if is_open else "taken back"


def _tick(actor: Actor, key: str) -> Iterator[str]:
    with transaction():
        ticked = rosters.tick(_task(), actor, clock.now(), [key])
    yield "ticked" if ticked.done else "already ticked"


def _work(settings: config.Settings, number: int, count: int, report: Path) -> None:
    """One process: half check-offs, half ticks."""
    app, chance, tally = create_app(settings), random.Random(number), Counter[str]()
    slowest = 0.0
    with app.app_context():
        cells, actor = _cells(), _actor(number)
        keys = list(db.session.scalars(select(RosterItem.key)))
        for step in range(count):
            begin = time.perf_counter()
            try:
                if step % 2:
                    tally[_toggle(actor, chance.choice(cells), f"{number}/{step}")] += 1
                else:
                    tally.update(_tick(actor, chance.choice(keys)))
            except Exception as failure:
                tally[f"FAILED {type(failure).__name__}: {failure}"[:200]] += 1
            slowest = max(slowest, time.perf_counter() - begin)
        db.session.remove()
    report.write_text(json.dumps({"tally": tally, "slowest": slowest}), encoding="utf-8")


def _prepare(settings: config.Settings, processes: int) -> None:
    """The people and the names."""
    app = create_app(settings)
    with app.app_context():
        affairs = db.session.scalars(select(User).where(User.email == "affairs@campus.example"))
        actor = actor_for(affairs.one(), clock.now())
        colleges = db.session.scalars(select(Unit).where(Unit.kind == UnitKind.COLLEGE)).all()
        listed = [
            Listed(f"K{number:04}", f"课程{number}", colleges[number % len(colleges)].code, "", "")
            for number in range(NAMES)
        ]
        with transaction():
            shown = roster_imports.preview(
                _task(), None, actor, clock.now(), source="rush", listed=listed
            )
            roster_imports.confirm(shown, actor, clock.now(), leave_doubtful=False)
            for number in range(processes):
                _person(number, colleges, actor)
        db.session.remove()


def _person(number: int, colleges: Sequence[Unit], actor: Actor) -> None:
    email = f"rush{number}@campus.example"
    user = accounts.add_user(actor, clock.now(), email=email, name=email)
    for college in colleges:
        posts.give(user, college, Post.DEPUTY, actor, clock.now())


def _verdict(settings: config.Settings, said: Counter[str]) -> list[str]:
    """What does not agree with what the processes were told."""
    app = create_app(settings)
    with app.app_context():

        def count(*wanted: object) -> int:
            return db.session.scalar(select(func.count()).where(*wanted)) or 0

        pairs = {
            "reports stored": (count(CheckOff.id > 0), said["checked off"]),
            "reports taken back": (count(CheckOff.undone_at.is_not(None)), said["taken back"]),
            "names ticked": (count(RosterItem.done_at.is_not(None)), said["ticked"]),
            "names in the tallies": (
                db.session.scalar(select(func.sum(RosterTally.done))) or 0,
                said["ticked"],
            ),
            "events of reports": (
                count(AuditEvent.action.in_(["assignment.checked_off", "assignment.undone"])),
                said["checked off"] + said["taken back"],
            ),
        }
        wrong = [f"{what}: {a} != {b}" for what, (a, b) in pairs.items() if a != b]
        if records.verify().broken is not None:
            wrong.append("the record is broken")
        db.session.remove()
        db.engine.dispose()
    return wrong + [what for what in said if what.startswith("FAILED")]


def run(folder: Path, count: int, processes: int, database: str | None) -> int:
    """Exit status: 0 where accepted is stored and nobody met anything but a conflict."""
    build(folder, 12, database)
    settings = config.load(_environment(database), folder)
    _prepare(settings, processes)
    reports = [folder / f"{number}.json" for number in range(processes)]
    spawn = multiprocessing.get_context("spawn")
    workers = [
        spawn.Process(target=_work, args=(settings, number, count // processes, report))
        for number, report in enumerate(reports)
    ]
    begin = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    took = time.perf_counter() - begin
    said, slowest = Counter[str](), 0.0
    for report in reports:
        each = json.loads(report.read_text(encoding="utf-8"))
        said.update(each["tally"])
        slowest = max(slowest, each["slowest"])
    wrong = _verdict(settings, said)
    kind = settings.database_url.partition(":")[0]
    words = ", ".join(f"{what} {times}" for what, times in sorted(said.items()))
    print(
        f"{kind}: {sum(said.values())} steps of {processes} processes in {took:.0f} s, slowest "
        f"{slowest:.1f} s: {words}; {'; '.join(wrong) or 'accepted = stored'}"
    )
    return bool(wrong)


def _environment(database: str | None) -> dict[str, str]:
    given = {"TRACKER_HEARTBEAT": "0"}
    return given | ({"TRACKER_DATABASE_URL": database} if database else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--database", help="URL of an empty database; by default SQLite")
    given = parser.parse_args()
    if given.database:
        create_engine(given.database).connect().close()
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(run(Path(folder), given.count, given.processes, given.database))


if __name__ == "__main__":
    main()
