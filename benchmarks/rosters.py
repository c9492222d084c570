"""A university's names: a list brought, against the same rows in one executemany; the board over
them, against the same board without any; and a board that is all ticked against one that is not."""

import sqlite3
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import insert, select

from benchmarks.campus import build, signed_in
from benchmarks.clockwork import interleaved, line
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.rosters import Listed
from tracker.domain.vocabulary import UnitKind
from tracker.models.org import Unit, User
from tracker.models.plan import Duty, DutyTask, Plan, Task
from tracker.models.roster import RosterImport, RosterItem
from tracker.permissions import SYSTEM, actor_for
from tracker.services import fanout, roster_imports, rosters

NAMES, ROWS, COLLEGES = 8785, 20, 32
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑曾单"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚英华玉萍红玲芬燕"
_TABLE = """CREATE TABLE item (id INTEGER PRIMARY KEY, task INT, unit TEXT, key TEXT, label TEXT,
detail TEXT, search TEXT, UNIQUE (task, key))"""


def run(folder: Path, rounds: int) -> None:
    places = [folder / name for name in ("import", "plain", "open", "done")]
    for place in places:
        place.mkdir()
    _import(places[0], 3 if rounds < 100 else 9)
    plain, untouched, done = (_campus(place) for place in places[1:])
    _fill(untouched, None)
    _fill(done, clock.now())
    bare, names, settled = (signed_in(app, "affairs") for app in (plain, untouched, done))
    empty, full, ticked = interleaved(
        rounds, *(lambda page=page: page.get("/board") for page in (bare, names, settled))
    )
    size = f"{ROWS} rows x {COLLEGES} colleges x {NAMES} names"
    line("/board : the same without names", full.p50 / empty.p50, "<= 1.2", size)
    line("/board all ticked : nothing ticked", ticked.p50 / full.p50, "<= 1.1", "")
    _page(done, signed_in(done, "students"), max(5, rounds // 10))


def _listed(codes: Sequence[str]) -> list[Listed]:
    return [
        Listed(
            f"2020{number:05}",
            _SURNAMES[number % 22] + _GIVEN[number % 28] + _GIVEN[number // 28 % 28],
            codes[number % len(codes)],
            f"计科18{number % 90:02}班",
            "",
        )
        for number in range(NAMES)
    ]


def _import(folder: Path, rounds: int) -> None:
    """Preview and confirmation, from an empty roster each time."""
    app = build(folder, COLLEGES)
    raw = sqlite3.connect(folder / "raw.db", isolation_level=None)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")
    with app.app_context():
        affairs = db.session.scalars(select(User).where(User.email == "affairs@campus.example"))
        actor, now = actor_for(affairs.one(), clock.now()), clock.now()
        listed = _listed(_codes())
        task_id = db.session.scalars(select(Task.id).where(Task.number == 5)).one()

        def ours() -> None:
            task = db.session.get_one(Task, task_id)
            with transaction():
                kept = roster_imports.preview(task, None, actor, now, source="", listed=listed).id
            with transaction():
                imported = db.session.get_one(RosterImport, kept)
                roster_imports.confirm(imported, actor, now, leave_doubtful=False)

        taken, floor = [], []
        for _ in range(rounds):
            with transaction():
                db.session.execute(RosterItem.__table__.delete())
            begin = time.perf_counter()
            ours()
            taken.append(time.perf_counter() - begin)
            columns = (RosterItem.task_id, RosterItem.unit_id, RosterItem.key, RosterItem.label)
            rows = db.session.execute(select(*columns, RosterItem.detail, RosterItem.search)).all()
            raw.execute("DROP TABLE IF EXISTS item")
            raw.execute(_TABLE)
            begin = time.perf_counter()
            raw.execute("BEGIN IMMEDIATE")
            raw.executemany("INSERT INTO item VALUES (NULL, ?, ?, ?, ?, ?, ?)", rows)
            raw.execute("COMMIT")
            floor.append(time.perf_counter() - begin)
    line(
        "names imported : raw executemany",
        min(floor) / min(taken),
        ">= 0.03",
        f"{NAMES / min(taken):.0f}/s of {NAMES / min(floor):.0f}/s, preview and pinyin included",
    )


def _campus(folder: Path) -> Flask:
    """Rows like the notice's third until there are ROWS that count."""
    app = build(folder, COLLEGES)
    with app.app_context(), transaction():
        plan = db.session.scalars(select(Plan)).one()
        model = db.session.scalars(select(Task).where(Task.number == 3)).one()
        duties = db.session.scalars(
            select(Duty).join(DutyTask).where(DutyTask.task_id == model.id, Duty.counted)
        ).all()
        counted = sum(task.counts is not None for task in plan.tasks)
        for number in range(17, 17 + ROWS - counted):
            task = _like(model, number=number)
            db.session.add(task)
            db.session.flush()
            for duty in duties:
                more = _like(duty)
                db.session.add(more)
                db.session.flush()
                db.session.add(DutyTask(duty_id=more.id, task_id=task.id))
        db.session.flush()
        fanout.lay_out(plan, SYSTEM, clock.now())
    return app


def _like(row: Task | Duty, **other: int) -> Task | Duty:
    columns = {column.key for column in row.__table__.columns} - {"id"}
    return type(row)(**{name: getattr(row, name) for name in columns} | other)


def _codes() -> list[str]:
    colleges = select(Unit.code).where(Unit.kind == UnitKind.COLLEGE).order_by(Unit.id)
    return list(db.session.scalars(colleges))


def _fill(app: Flask, done_at: datetime | None) -> None:
    """NAMES names in every row that counts, ticked or not."""
    with app.app_context(), transaction():
        units = dict(db.session.execute(select(Unit.code, Unit.id)).all())
        listed = _listed(_codes())
        for task in db.session.scalars(select(Task).where(Task.counts.is_not(None))).all():
            items = [
                {
                    "task_id": task.id,
                    "unit_id": units[row.unit_code],
                    "key": row.key,
                    "label": row.label,
                    "detail": row.detail,
                    "search": row.label,
                    "done_at": done_at,
                    "ticked_at": done_at,
                }
                for row in listed
            ]
            db.session.execute(insert(RosterItem), items)
            rosters.count_anew(task)


def _page(app: Flask, page, rounds: int) -> None:
    """A search over all names of one row, the page of a whole roster."""
    with app.app_context():
        task_id = db.session.scalars(select(Task.id).where(Task.number == 5)).one()
    found, first = interleaved(
        rounds,
        lambda: page.get(f"/rosters/{task_id}?show=all&q=王"),
        lambda: page.get(f"/rosters/{task_id}?show=all"),
    )
    line("names found : first page of them", found.p50 / first.p50, "<= 2", f"{first.p50:.3f} s")
