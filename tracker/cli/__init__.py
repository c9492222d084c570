"""`flask tracker ...`: what an administrator types."""

import gc
import sys
from pathlib import Path
from urllib.parse import urlsplit

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from tracker import clock, logs
from tracker.at_need import at_need
from tracker.cli.api_tokens import api_token_group
from tracker.cli.audit import verify_audit
from tracker.cli.backups import backup, restore
from tracker.cli.beginnings import add_user, unit_group
from tracker.cli.database import (
    Commands,
    downgrade_tables,
    follow_clock,
    upgrade,
    upgrade_tables,
)
from tracker.cli.doctor import doctor
from tracker.cli.export import export
from tracker.cli.notice_imports import import_notice
from tracker.cli.personal_data import person_group
from tracker.cli.rehearse import rehearse
from tracker.cli.sign_in import bring_staff_numbers, reset_two_factor, sign_out
from tracker.cli.worker import worker
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.domain.errors import SeedError
from tracker.jobs import housekeeping, schedule, ticks
from tracker.jobs.clock_guard import ClockGuard
from tracker.models.org import User
from tracker.permissions import SYSTEM
from tracker.services import accounts, seeding

waitress = at_need("waitress")

REHEARSAL_PASSWORD = "rehearsal"
MOST_BYTES = 64 * 1024 * 1024
"""Of any request: beyond it the server hangs up. Each form has its own, smaller limit."""

tracker = Commands("tracker", help="The responsibility-matrix tracker.")
user_group = AppGroup("user", help="Accounts.")
tracker.add_command(user_group)
tracker.add_command(unit_group)
tracker.add_command(api_token_group)
tracker.add_command(backup)
tracker.add_command(restore)
tracker.add_command(upgrade_tables)
tracker.add_command(downgrade_tables)
for command in (add_user, reset_two_factor, sign_out, bring_staff_numbers):
    user_group.add_command(command)
tracker.add_command(doctor)
tracker.add_command(verify_audit)
tracker.add_command(export)
tracker.add_command(import_notice)
tracker.add_command(worker)
tracker.add_command(person_group)
tracker.add_command(rehearse)


def _settings() -> Settings:
    return current_app.config["TRACKER"]


@tracker.command()
@click.option("--folder", type=click.Path(path_type=Path), default=seeding.SEED_FOLDER)
def seed(folder: Path) -> None:
    """Load a seed folder and publish its plan; a second time changes nothing."""
    upgrade()
    follow_clock()
    click.echo(_seed(folder))


def _seed(folder: Path) -> str:
    """One sentence on what was loaded. In rehearsal every person gets the rehearsal password."""
    password_hash = accounts.hash_password(REHEARSAL_PASSWORD) if _settings().rehearsal else None
    try:
        with transaction():
            result = seeding.seed(folder, clock.now(), SYSTEM, password_hash)
            code, count, phases = result.plan.code, result.assignments, result.phases
    except SeedError as problem:
        raise click.ClickException(str(problem)) from problem
    if result.created:
        return f"Plan {code} is published: {count} duties laid on its units."
    if phases:
        return f"Plan {code} was there already; {phases} phases were added as drafts."
    return f"Plan {code} was there already; nothing changed."


@tracker.command()
def tick() -> None:
    """Plan what is due and deliver what is queued, once."""
    guard = ClockGuard()
    planned, handled = ticks.tick(_settings(), ticks.worker_name(), guard.allows)
    housekeeping.clean(_settings(), allows=guard.allows)
    click.echo(f"{planned} planned, {handled} messages handled.")


@tracker.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port", default=5000, envvar="PORT", show_default=True, type=click.IntRange(1, 65535)
)
def serve(host: str, port: int) -> None:
    """Upgrade the database, seed a rehearsal, start the heartbeat and the web server."""
    settings = _settings()
    logs.configure(settings)
    upgrade()
    follow_clock()
    if settings.rehearsal:
        click.echo(_seed(seeding.SEED_FOLDER))
    server = waitress.create_server(
        current_app._get_current_object(),  # type: ignore[attr-defined]
        host=host,
        port=port,
        threads=8,
        ident=None,
        max_request_body_size=MOST_BYTES,
        clear_untrusted_proxy_headers=not settings.proxies,
    )
    if settings.heartbeat:
        schedule.start(current_app._get_current_object(), settings)  # type: ignore[attr-defined]
    _greet(settings, host, port)
    gc.freeze()  # What is loaded stays as long as the process: no collection need walk it.
    server.run()


def _greet(settings: Settings, host: str, port: int) -> None:
    click.echo(f"\nOpen http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/")
    if settings.rehearsal:
        wall = clock.now().astimezone(settings.now.tzinfo if settings.now else None)
        click.echo(f"Rehearsal: campus time is {wall:%Y-%m-%d %H:%M}; mails land in /mailbox.")
        if urlsplit(settings.public_url).port != port:
            click.echo(f"Links in mails lead to {settings.public_url}: is PORT={port} meant?")
        click.echo(f"Accounts, all with the password {REHEARSAL_PASSWORD!r}:")
        for user in db.session.scalars(select(User).order_by(User.id)):
            click.echo(f"  {user.email:28} {user.name} / {user.name_en}")
    db.session.remove()
    sys.stdout.flush()
