"""A scratch campus of a given size, through the product's own seeding."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import flask_migrate
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tracker import clock, config
from tracker.db import db, transaction
from tracker.domain.cutoffs import to_instant
from tracker.domain.vocabulary import DutyRole, Post, State, UnitKind
from tracker.factory import create_app
from tracker.models.assignment import Assignment
from tracker.models.org import Membership, Unit, User
from tracker.models.plan import Duty
from tracker.permissions import SYSTEM, actor_for
from tracker.services import accounts, assignments, fanout, seeding

ZONE = "Asia/Shanghai"
PASSWORD = "rehearsal"
REAL_USE = {
    "TRACKER_HEARTBEAT": "0",
    "TRACKER_REHEARSAL": "0",
    "TRACKER_PUBLIC_URL": "http://localhost",
    "TRACKER_SMTP_URL": "smtp://127.0.0.1:1025",
    "TRACKER_MAIL_FROM": "tracker@campus.example",
    "TRACKER_TWO_FACTOR": "optional",
}


def build(folder: Path, colleges: int, database: str | None = None) -> Flask:
    """The seeded plan laid on `colleges` colleges, in real use: no rehearsal's clock is asked for
    the time, which is 21 February 2020, 08:00. On the empty database of that URL, by default on
    SQLite."""
    given = {"TRACKER_DATABASE_URL": database} if database else {}
    app = create_app(config.load({**REAL_USE, **given}, folder))
    now = to_instant(datetime(2020, 2, 21, 8), ZONE)
    clock.set_offset(now - clock.real_now())
    with app.app_context():
        flask_migrate.upgrade()
        with transaction():
            password = accounts.hash_password(PASSWORD)
            plan = seeding.seed(seeding.SEED_FOLDER, now, SYSTEM, password).plan
            for number in range(12, colleges):
                _college(number, now, password)
            db.session.flush()
            fanout.lay_out(plan, SYSTEM, now)
        db.session.remove()
    return app


def _college(number: int, now: datetime, password: str) -> None:
    unit = Unit(
        code=f"college{number}",
        kind=UnitKind.COLLEGE,
        name=f"第{number}学院",
        name_en=f"College {number}",
        position=100 + number,
    )
    db.session.add(unit)
    db.session.flush()
    for address, post in ((unit.code, Post.CONTACT), (f"{unit.code}.dean", Post.LEAD)):
        user = User(
            email=f"{address}@campus.example",
            name=address,
            name_en=address,
            password_hash=password,
            created_at=now,
        )
        db.session.add(user)
        db.session.flush()
        db.session.add(Membership(user_id=user.id, unit_id=unit.id, post=post))


def signed_in(app: Flask, account: str) -> FlaskClient:
    """A client with that account's session."""
    client = app.test_client()
    page = client.get("/login").get_data(as_text=True)
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    answer = client.post(
        "/login",
        data={
            "csrf_token": token,
            "email": f"{account}@campus.example",
            "password": PASSWORD,
        },
    )
    if answer.status_code != 303:
        raise RuntimeError(f"signing in as {account} answered {answer.status_code}")
    return client


@contextmanager
def standing() -> Iterator[None]:
    """Campus time stands still, so that no minute passes while something is measured."""
    moving, now = clock.now, clock.now()
    clock.now = lambda: now
    try:
        yield
    finally:
        clock.now = moving


def touch(app: Flask) -> None:
    """A college reports one duty, or takes the report back."""
    with app.app_context(), transaction():
        held = select(Assignment).join(Unit).join(Duty).where(Unit.code == "cs")
        plain = held.where(Duty.role == DutyRole.PERFORM, Duty.counted.is_(False))
        assignment = db.session.scalars(plain.order_by(Assignment.id)).first()
        assert assignment is not None
        clerk = db.session.scalars(select(User).where(User.email == "cs@campus.example")).one()
        act = assignments.undo if assignment.state is State.DONE else assignments.check_off
        act(assignment, actor_for(clerk, clock.now()), clock.now(), seen_version=None)
