"""What a command does with the database before anything else."""

from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError

from tracker import clock
from tracker.at_need import at_need
from tracker.config import Settings
from tracker.db import db, is_sqlite, transaction
from tracker.jobs import backups
from tracker.jobs.workers import workers_of
from tracker.services import rehearsal

flask_migrate = at_need("flask_migrate")
migration, script = at_need("alembic.migration"), at_need("alembic.script")


_LOCK_NOT_AVAILABLE = "55P03"
"""What PostgreSQL says where a lock took longer than `lock_timeout`."""


class Commands(AppGroup):
    """A database that cannot be reached, or that others keep busy, is told in a line, whichever
    command needed it."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except OperationalError as problem:
            if getattr(problem.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
                raise click.ClickException(
                    "Others held a table for too long. Nothing has changed: run it again."
                ) from problem
            if problem.statement is not None:
                raise
            raise unreachable(problem) from problem


def unreachable(problem: OperationalError) -> click.ClickException:
    """What to say where no connection could be made."""
    return click.ClickException(
        f"The database cannot be reached: {str(problem.orig).strip()}\n"
        "Is it running, and is TRACKER_DATABASE_URL right?"
    )


def upgrade() -> None:
    """Every table of this version, and the queue's where workers deliver. An SQLite file is copied
    first. Refuses a database of a later version."""
    current, scripts = _revisions()
    _refuse_later(current, scripts)
    if backups.needs_copy_before_upgrade(current, scripts.get_current_head()):
        kept = backups.before_upgrade(current_app.config["TRACKER"], str(current))
        click.echo(f"The tables are upgraded; as they were they are kept in {kept}.")
    flask_migrate.upgrade()
    if (workers := workers_of(current_app)) is not None:
        workers.prepare()


@click.command("upgrade")
def upgrade_tables() -> None:
    """Bring the tables up to this version, once, before the servers of several machines start."""
    upgrade()
    click.echo(f"The tables are those of this version ({_revisions()[0]}).")


@click.command("downgrade")
@click.argument("revision")
def downgrade_tables(revision: str) -> None:
    """Take the tables back to REVISION, that of the version before, before that one is started.

    An SQLite file is copied first. What only this version keeps is lost.
    """
    current, scripts = _revisions()
    _refuse_later(current, scripts)
    older = (
        {one.revision for one in scripts.iterate_revisions(current, "base")} if current else set()
    )
    if revision not in older - {current}:
        raise click.ClickException(
            f"{_standing(current)}; {revision} is no version before that. The "
            "old version's flask tracker doctor says which it wants."
        )
    if is_sqlite():
        kept = backups.before_upgrade(current_app.config["TRACKER"], str(current))
        click.echo(f"As they were the tables are kept in {kept}.")
    flask_migrate.downgrade(revision=revision)
    click.echo(f"The tables are those of {revision}: start the old version.")


def require_revision() -> None:
    """Refuse to work on tables that are not those of this version: who serves beside others leaves
    their upgrade to one command."""
    current, scripts = _revisions()
    _refuse_later(current, scripts)
    head = scripts.get_current_head()
    if current != head:
        raise click.ClickException(
            f"{_standing(current)}, this version wants {head}: run flask tracker "
            "upgrade once, or start flask tracker serve."
        )


def _revisions() -> tuple[str | None, Any]:
    with db.engine.connect() as connection:
        current = migration.MigrationContext.configure(connection).get_current_revision()
    return current, script.ScriptDirectory(current_app.extensions["migrate"].directory)


def _standing(current: str | None) -> str:
    return f"The database's tables are of {current}" if current else "The database has no tables"


def _refuse_later(current: str | None, scripts: Any) -> None:
    known = {one.revision for one in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise click.ClickException(
            f"The database's tables are of {current}, which this version does not know: they are "
            "of a later one. Start that, or restore a backup of this one."
        )


def follow_clock() -> None:
    """Campus time of a command: the running rehearsal's, or the rehearsal's first moment."""
    settings: Settings = current_app.config["TRACKER"]
    if settings.rehearsal:
        with transaction():
            rehearsal.start(settings.now or clock.real_now(), clock.real_now())
        rehearsal.follow()
    db.session.remove()  # A command that runs for days shall not sit in a transaction.
