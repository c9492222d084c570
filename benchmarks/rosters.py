"""Taking a list of a university's size, and what rosters cost the board."""

import time
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, select, update

from benchmarks.campus import ZONE, build, signed_in
from benchmarks.clockwork import interleaved, line
from tracker.db import db, transaction
from tracker.domain.cutoffs import to_instant
from tracker.domain.rosters import Listed
from tracker.domain.vocabulary import UnitKind
from tracker.models.org import Unit, User
from tracker.models.plan import Duty, Plan, Task
from tracker.models.roster import RosterItem
from tracker.permissions import SYSTEM, actor_for
from tracker.services import fanout, roster_imports, rosters

COLLEGES, NAMES, ROWS = 32, 8785, 20


def run(folder: Path, rounds: int) -> None:
    app = build(folder, COLLEGES)
    client = signed_in(app, "affairs")
    now = to_instant(datetime(2020, 2, 21, 9), ZONE)

    def board() -> float:
        return interleaved(rounds, lambda: client.get("/board"))[0].p50

    with app.app_context():
        tasks = _count_every_row(now)
        bare, took = _bare(tasks[0]), _bring(tasks[0], now)
    detail = f"{NAMES / took:.0f} rows/s of {NAMES / bare:.0f}, {took:.1f} s in all"
    line("list of 8,785 names : bare inserts", took / bare, "told", detail)
    one = board()
    with app.app_context():
        for task_id in tasks[1:]:
            _bring(task_id, now)
    all_rows = board()
    line(f"/board with {len(tasks)} rosters : with one", all_rows / one, "<= 1.1", "")
    with app.app_context():
        _tick_half(tasks, now)
    line("/board, half of the names ticked : none", board() / all_rows, "<= 1.1", "")


def _count_every_row(now: datetime) -> list[int]:
    """Every row of the notice counts something, and four more rows of colleges' work do."""
    with transaction():
        plan = db.session.get_one(Plan, 1)
        db.session.execute(update(Task).values(counts="学生", counts_en="students"))
        db.session.execute(
            update(Duty).where(Duty.unit_kind == UnitKind.COLLEGE).values(counted=True)
        )
        model = db.session.scalars(select(Duty).where(Duty.unit_kind == UnitKind.COLLEGE)).first()
        assert model is not None
        for number in range(17, ROWS + 1):
            task = Task(
                plan=plan,
                number=number,
                title=f"第{number}项",
                title_en=f"Row {number}",
                deadline_text="20日—23日",
                closes=datetime(2020, 2, 24),
                counts="学生",
                counts_en="students",
            )
            same = ("unit_kind", "role", "text", "text_en", "cadence", "reviewed", "due_at")
            values = {name: getattr(model, name) for name in same}
            db.session.add(Duty(plan=plan, counted=True, tasks=[task], group_parts="", **values))
        db.session.flush()
        fanout.lay_out(plan, SYSTEM, now)
        rows = select(Task.id).where(Task.plan_id == plan.id)
        return list(db.session.scalars(rows.order_by(Task.number)))


def _listed() -> list[Listed]:
    colleges = select(Unit.code).where(Unit.kind == UnitKind.COLLEGE)
    codes = list(db.session.scalars(colleges))
    return [
        Listed(f"2019{n:06}", f"学生{n}号", codes[n % len(codes)], f"第{n % 300}班", str(n))
        for n in range(NAMES)
    ]


def _bare(task_id: int) -> float:
    """The same number of rows of the same shape, rolled back."""
    rows = [
        {"task_id": task_id, "unit_id": 1, "key": str(n), "label": "x", "detail": "", "search": "x"}
        for n in range(NAMES)
    ]
    begin = time.perf_counter()
    db.session.execute(insert(RosterItem), rows)
    db.session.rollback()
    return time.perf_counter() - begin


def _bring(task_id: int, now: datetime) -> float:
    listed = _listed()
    found = select(User).where(User.email == "affairs@campus.example")
    actor = actor_for(db.session.scalars(found).one(), now)
    begin = time.perf_counter()
    with transaction():
        task = db.session.get_one(Task, task_id)
        shown = roster_imports.preview(task, None, actor, now, source="bench", listed=listed)
    with transaction():
        roster_imports.confirm(shown, actor, now, leave_doubtful=False)
    return time.perf_counter() - begin


def _tick_half(task_ids: list[int], now: datetime) -> None:
    """By the colleges' contacts, as they would."""
    people = db.session.scalars(select(User).where(User.is_observer.is_(False)))
    actors = [actor_for(user, now) for user in people]
    keys = [f"2019{n:06}" for n in range(NAMES // 2)]
    for actor in actors:
        if not any(kind is UnitKind.COLLEGE for _, kind, _ in actor.posts):
            continue
        for task_id in task_ids:
            with transaction():
                rosters.tick(db.session.get_one(Task, task_id), actor, now, keys)
