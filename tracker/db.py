"""The database: one session, one way to commit, and the pragmas that make SQLite trustworthy."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, CursorResult, Engine, Executable, MetaData, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase

LARGEST_ID = 2**31 - 1
"""Ids are four bytes on PostgreSQL: a larger number names nothing, and neither database is asked
for one."""

WRITES = "tracker_writes"
"""Execution option of a connection that is going to write; see `transaction` and migrations."""

_ALONE = "tracker_alone"
"""Execution option of a connection for one reading statement; see `glance`."""

START = 7_020_200_226
"""The turn of whatever processes do as they start, which may be several at once."""

_TURN = text("SELECT pg_advisory_xact_lock(:key)")

_UNIQUE_VIOLATION = "23505"
"""PostgreSQL's SQLSTATE; SQLite says it in words."""


class Base(DeclarativeBase):
    """Every table's base; constraints carry names so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(metadata=Base.metadata)


@contextmanager
def transaction() -> Iterator[None]:
    """The only place that commits. Ends the reading transaction of the request first, so that what
    was fetched is read again under the write lock; rolls back on any error.

    On SQLite it opens with BEGIN IMMEDIATE: a reader that turns writer half-way would meet
    "database is locked" without ever waiting (docs/decisions/0004).
    """
    db.session.rollback()
    db.session.connection(execution_options={WRITES: True})
    try:
        yield
        db.session.commit()
    except BaseException:
        let_go()
        raise


def let_go(_problem: BaseException | None = None) -> None:
    """End the session's transaction whatever has become of its connection: one that died in the
    middle of a request cannot even be rolled back, and what failed is told by whoever met it."""
    if not db.session.registry.has():
        return
    try:
        db.session.rollback()
    except DBAPIError:
        db.session().invalidate()


def is_lost_race(problem: IntegrityError) -> bool:
    """Two wrote the same at once and the database let only one of them; any other broken rule of
    the database is a fault of ours."""
    said = problem.orig
    return getattr(said, "sqlstate", None) == _UNIQUE_VIOLATION or (
        isinstance(said, sqlite3.IntegrityError) and "UNIQUE constraint failed" in str(said)
    )


def rows(statement: Executable, given: Mapping[str, object] | None = None) -> Sequence[Any]:
    """Plain columns in the session's transaction, past the object mapper: for what every request
    asks."""
    return db.session.connection().execute(statement, given or {}).all()


def glance(statement: Executable, given: Mapping[str, object] | None = None) -> Sequence[Any]:
    """`rows` of one statement that stands for itself, past the session too: no transaction is
    opened for it, which would cost as much as the statement. It sees what is committed."""
    with db.engine.connect() as connection:
        alone = connection.execution_options(**{_ALONE: True})
        return alone.execute(statement, given or {}).all()


def write(
    statement: Executable, given: Mapping[str, object] | Sequence[Mapping[str, object]]
) -> CursorResult[Any]:
    """One statement that writes, in the session's transaction and after what the session has still
    to write, past the object mapper: for what every check-off does. The statement is made once, at
    import. Objects that hold what it writes are the caller's to mend (docs/decisions/0036)."""
    db.session.flush()
    written = db.session.connection().execute(statement, given)
    return cast(CursorResult[Any], written)


def take_turn(key: int) -> None:
    """Wait until nobody else has the turn `key`, and keep it until the commit. SQLite's one writer
    has every turn."""
    if not is_sqlite():
        rows(_TURN, {"key": key})


@event.listens_for(Engine, "connect")
def _prepare(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # The driver's own BEGIN would come too late.
    connection.execute("PRAGMA busy_timeout = 15000")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA recursive_triggers = ON")  # Else REPLACE gets past "only grows".


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if connection.dialect.name == "sqlite" and _ALONE not in options:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITES) else "BEGIN")


def is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"
