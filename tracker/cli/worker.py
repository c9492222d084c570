"""`flask tracker worker`: delivers mails, on as many machines as there are."""

import click
from flask import Flask, current_app

from tracker import logs
from tracker.cli.database import follow_clock, require_revision
from tracker.jobs import schedule
from tracker.jobs.workers import workers_of


@click.command()
@click.option("--concurrency", default=2, show_default=True, type=click.IntRange(1, 32))
def worker(concurrency: int) -> None:
    """Deliver mails until told to stop, and stand ready to keep the timetable.

    Needs TRACKER_ENGINE=procrastinate. `concurrency`: mails handed over at once by this process.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    workers = workers_of(app)
    if workers is None:
        raise click.ClickException("Workers are for TRACKER_ENGINE=procrastinate.")
    logs.configure(app.config["TRACKER"])
    require_revision()
    workers.prepare()
    follow_clock()
    if app.config["TRACKER"].heartbeat:
        schedule.start(app, app.config["TRACKER"])
    click.echo("At work.")
    workers.run(concurrency)
