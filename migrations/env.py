"""How a migration reaches the database: on our engine, in one transaction, one process at a time.

Flask-Migrate's own template asks Flask-SQLAlchemy for a getter that is deprecated; this one takes
`db.engine` and is otherwise what both databases need so that an upgrade that is killed half-way
leaves the old schema, never something between.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, TypeDecorator, text

import tracker.models  # noqa: F401 - fills the metadata
from tracker.db import WRITES, Base, db

_LOCK = 7_020_200_224
"""Key of PostgreSQL's advisory lock: whoever holds it migrates, the others wait."""


@contextmanager
def _foreign_keys_off(connection: Connection) -> Iterator[None]:
    """SQLite alters a table by copying it and dropping the old one; with foreign keys on, the drop
    would delete from every table that refers to it. The pragma counts only outside a transaction,
    so it goes past SQLAlchemy, which would begin one."""
    raw = connection.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        yield
        return
    raw.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys = ON")


def _require_whole_references(connection: Connection) -> None:
    """What the switched-off foreign keys would have refused, before it is committed."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise CommandError(f"the migration would leave broken references: {broken[:5]}")


def _plain_type(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column types as what they are in the database: a revision must still run when
    `tracker.models` has moved on."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def _migrate(connection: Connection) -> None:
    """All revisions in one transaction. SQLite's BEGIN IMMEDIATE makes a second process wait (see
    `tracker.db`), PostgreSQL's advisory lock does; both then find the new revision and have
    nothing to do. Alembic takes SQLite for a database that cannot roll back DDL: with its default
    a normal run under our BEGIN would commit nothing and say so to nobody."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=_plain_type,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        context.run_migrations()
        _require_whole_references(connection)


if context.is_offline_mode():
    raise CommandError("migrations read the database they change: --sql is not supported")

with (
    db.engine.connect().execution_options(**{WRITES: True}) as _connection,
    _foreign_keys_off(_connection),
):
    _migrate(_connection)
