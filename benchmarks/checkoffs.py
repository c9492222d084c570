"""Check-offs through the service against raw commits of one row, in turn, both synchronous=FULL: by
one client, and by several processes at once, each at a duty of a college of its own."""

import multiprocessing
import sqlite3
import time
from collections.abc import Callable
from datetime import datetime
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

from sqlalchemy import select

from benchmarks.campus import REAL_USE, ZONE, build
from benchmarks.clockwork import interleaved, line
from tracker import clock, config
from tracker.db import db, transaction
from tracker.domain.cutoffs import to_instant
from tracker.domain.vocabulary import DutyRole, Post, State, UnitKind
from tracker.factory import create_app
from tracker.models.assignment import Assignment
from tracker.models.org import Membership, Unit, User
from tracker.models.plan import Duty
from tracker.permissions import actor_for
from tracker.services import assignments

ROUNDS = 300
"""In a second, about."""

CLIENTS, TURNS = 8, 3
NOW = to_instant(datetime(2020, 2, 21, 9), ZONE)

Call = Callable[[], None]


def run(folder: Path, seconds: float) -> None:
    app = build(folder, 12)
    commit = _commit(folder)
    commit("CREATE TABLE tick (id INTEGER PRIMARY KEY, state TEXT)")
    with app.app_context():
        floor, ours = interleaved(int(seconds * ROUNDS), commit, _toggle(0))
        db.session.remove()
        db.engine.dispose()
    _tell("check-offs : raw one-row commits", 1 / ours.p50, 1 / floor.p50)
    _tell(f"check-offs of {CLIENTS} : as many raw", *_by_several(folder, seconds))


def _tell(what: str, ours: float, floor: float) -> None:
    """Both a second."""
    line(what, ours / floor, ">= 0.2 of bare", f"{ours:.0f}/s of {floor:.0f}/s")


def _commit(folder: Path) -> Callable[..., None]:
    """One row and its commit, by the driver alone."""
    raw = sqlite3.connect(folder / "raw.db", isolation_level=None, timeout=15)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")

    def commit(statement: str = "INSERT INTO tick (state) VALUES ('DONE')") -> None:
        raw.execute(statement)

    return commit


def _toggle(number: int) -> Call:
    """The contact of a college checks one duty off, or takes it back. Wants the application's
    context."""
    held = select(User, Unit.id).join(Membership, Membership.user_id == User.id).join(Unit)
    contacts = held.where(Membership.post == Post.CONTACT, Unit.kind == UnitKind.COLLEGE)
    user, unit_id = db.session.execute(contacts.order_by(Unit.id).offset(number)).first()  # type: ignore[misc]
    actor = actor_for(user, clock.now())
    duty = select(Assignment.id).join(Duty).where(Assignment.unit_id == unit_id)
    assignment_id = db.session.scalars(duty.where(Duty.role == DutyRole.URGE)).first()

    def toggle() -> None:
        with transaction():
            assignment = db.session.get_one(Assignment, assignment_id)
            step = assignments.check_off if assignment.state is State.OPEN else assignments.undo
            step(assignment, actor, NOW, seen_version=None)

    return toggle


def _by_several(folder: Path, seconds: float) -> tuple[float, float]:
    """Ours and raw commits, of all clients together, a second."""
    spawn = multiprocessing.get_context("spawn")
    counts: Queue[tuple[int, int]] = spawn.Queue()
    gate = spawn.Barrier(CLIENTS)
    clients = [
        spawn.Process(target=_client, args=(folder, number, seconds / TURNS, gate, counts))
        for number in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    made = [counts.get(timeout=3 * seconds + 60) for _client in clients]
    for client in clients:
        client.join()
    return sum(ours for ours, _ in made) / seconds, sum(raw for _, raw in made) / seconds


def _client(
    folder: Path, number: int, seconds: float, gate: Barrier, counts: "Queue[tuple[int, int]]"
) -> None:
    """All of them do the one, then all the other, and so on in turn."""
    ours = raw = 0
    with create_app(config.load(REAL_USE, folder)).app_context():
        toggle, commit = _toggle(number), _commit(folder)
        toggle()
        for _turn in range(TURNS):
            ours += _within(seconds, gate, toggle)
            raw += _within(seconds, gate, commit)
        db.session.remove()
    counts.put((ours, raw))


def _within(seconds: float, gate: Barrier, call: Call) -> int:
    """How many calls begin in the time, once all are at the gate."""
    gate.wait()
    end, count = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        call()
        count += 1
    return count
