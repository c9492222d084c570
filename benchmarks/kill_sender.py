"""One sender of the kill harness: plans and delivers without a pause until it is killed, or until
it reaches the step of its orders for the n-th time, where it kills itself."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from tracker import config
from tracker.db import db
from tracker.jobs import sender, ticks
from tracker.jobs.journal import JournalFile
from tracker.jobs.workers import EXTENSION, Workers
from tracker.mail.message import Mail
from tracker.mail.transport import BeforeData, Smtp
from tracker.queries import deliveries
from tracker.services import handovers, recovery, reminders

STEPS = {
    "planning": 1,  # Reminders and messages written, not committed.
    "planned": 1,  # Committed.
    "claiming": 3,
    "claimed": 3,
    "marking": 20,
    "marked": 20,  # HANDING_OVER committed for several, this one's recipient accepted.
    "begun": 20,  # The same and written down, DATA not begun.
    "accepted": 20,  # The relay has said 250, nothing noted yet.
    "answered": 20,  # Written down.
    "noting": 20,  # SENT written, not committed.
    "recovering": 1,
}
"""Where a sender may kill itself on purpose, and after how many times there at most."""


@dataclass(frozen=True)
class Orders:
    """`environ`: the product's settings; `lease` in seconds."""

    environ: dict[str, str]
    folder: Path
    lease: float
    log: Path
    die_at: str = ""
    die_after: int = 1


def work(orders: Orders) -> None:
    """Until death, its own or the harness's. Its first line in the log says that it is at work."""
    with orders.log.open("wb") as log:
        for stream in (1, 2):
            os.dup2(log.fileno(), stream)
    settings = config.load(orders.environ, orders.folder)
    handovers.LEASE = timedelta(seconds=orders.lease)
    _arm(orders.die_at, orders.die_after)
    app, nursery = bare_app(settings.database_url), os.getppid()
    if settings.engine == "procrastinate":
        workers = enlist(app, settings)
        ticks.transport_for = lambda _settings: _Transport(settings.smtp_url or "")
        sender.campus_now = _moment
        threading.Thread(target=_plan, args=[app, settings, workers, nursery], daemon=True).start()
        os.write(1, b"at work\n")
        workers.run(concurrency=2)
        return
    transport, owner = _Transport(settings.smtp_url or ""), ticks.worker_name()
    os.write(1, b"at work\n")
    with app.app_context():
        while os.getppid() == nursery:
            now = _moment(settings)
            ticks.remind(settings, now)
            ticks.deliver(settings, owner, transport, now)
            time.sleep(0.02)


def _plan(app: Flask, settings: config.Settings, workers: Workers, nursery: int) -> None:
    """What the heartbeat does where workers deliver. A failure is tried again, as there."""
    while os.getppid() == nursery:
        with app.app_context():
            try:
                ticks.remind(settings, _moment(settings))
                workers.requeue()
            except SQLAlchemyError:
                logging.exception("planning failed")
        time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGKILL)


def _moment(settings: config.Settings) -> datetime:
    return datetime.fromisoformat((settings.instance / "moment").read_text(encoding="ascii"))


def enlist(app: Flask, settings: config.Settings) -> Workers:
    """Give a bare application its queue."""
    workers = app.extensions[EXTENSION] = Workers(app, settings)
    return workers


def bare_app(database_url: str) -> Flask:
    """The database and nothing else: a killed sender shall be back soon."""
    app = Flask("kill")
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url
    db.init_app(app)
    return app


class _Fate:
    """Counts how often a step was reached."""

    def __init__(self) -> None:
        self.step, self.left = "", 0

    def reach(self, step: str) -> None:
        if step == self.step:
            self.left -= 1
            if self.left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


_fate = _Fate()


def _arm(step: str, after: int) -> None:
    _fate.step, _fate.left = step, after
    for owner, name, reached in (
        (reminders, "plan_chunk", "planning"),
        (ticks, "remind", "planned"),
        (handovers, "claim", "claiming"),
        (deliveries, "read", "claimed"),
        (handovers, "hand_over", "marking"),
        (deliveries, "changes_and_mark", "marked"),
        (JournalFile, "answer", "answered"),
        (handovers, "sent", "noting"),
        (recovery, "recover", "recovering"),
    ):
        setattr(owner, name, _deadly(getattr(owner, name), reached))


def _deadly(function: Callable[..., Any], step: str) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if result is None or result:  # A tick that found nothing to do reached nothing.
            _fate.reach(step)
        return result

    return run


class _Transport(Smtp):
    def send(self, mail: Mail, before_data: BeforeData) -> str:
        def mark() -> bool:
            ours = before_data()
            _fate.reach("begun")
            return ours

        reply = super().send(mail, mark)
        _fate.reach("accepted")
        return reply
