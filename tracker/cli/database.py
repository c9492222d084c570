"""What a command does with the database before anything else."""

import flask_migrate
from flask import current_app

from tracker import clock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.jobs.workers import workers_of
from tracker.services import rehearsal


def upgrade() -> None:
    """Every table of this version, and the queue's where workers deliver."""
    flask_migrate.upgrade()
    if (workers := workers_of(current_app)) is not None:
        workers.prepare()


def follow_clock() -> None:
    """Campus time of a command: the running rehearsal's, or the rehearsal's first moment."""
    settings: Settings = current_app.config["TRACKER"]
    if settings.rehearsal:
        with transaction():
            rehearsal.start(settings.now or clock.real_now(), clock.real_now())
        rehearsal.follow()
    db.session.remove()  # A command that runs for days shall not sit in a transaction.
