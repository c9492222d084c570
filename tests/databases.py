"""Databases for tests: migrated and seeded once, copied for each test."""

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import flask_migrate
import psycopg
from flask import Flask
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from tests.cast import PASSWORD_HASH
from tracker.db import db, transaction
from tracker.extensions import migrate
from tracker.permissions import SYSTEM
from tracker.services.seeding import SEED_FOLDER, seed

ROOT = Path(__file__).parent.parent
MIGRATIONS = ROOT / "migrations"
PUBLISHED = datetime.fromisoformat("2020-02-20T08:00+08:00")
_MAY_CREATE = text("SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user")


def bare_app(url: str, migrations: Path = MIGRATIONS) -> Flask:
    """Nothing but the database and its migrations."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    migrate.init_app(app, db, directory=str(migrations))
    return app


@contextmanager
def in_app(app: Flask) -> Iterator[Flask]:
    """The app's context, and no connection left behind."""
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def fill(url: str) -> None:
    """Empty to head, then the first plan with every rehearsal account."""
    with in_app(bare_app(url)):
        flask_migrate.upgrade()
        with transaction():
            seed(SEED_FOLDER, PUBLISHED, SYSTEM, password_hash=PASSWORD_HASH)


def find_postgres() -> URL | None:
    """A server on which databases may be created. One that TEST_DATABASE_URL names must answer:
    whoever set it did not want another one."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        url = make_url(given).set(drivername="postgresql+psycopg")
        _require_create(url)
        return url
    local = URL.create("postgresql+psycopg", "postgres", None, "127.0.0.1", 5432, "postgres")
    socket = {"host": "/var/run/postgresql"}
    for url in (
        local,
        local.set(password="postgres"),
        URL.create("postgresql+psycopg", database="postgres", query=socket),
        URL.create("postgresql+psycopg", "postgres", database="postgres", query=socket),
    ):
        try:
            _require_create(url)
        except (OperationalError, PermissionError):
            continue
        return url
    return None


def _require_create(url: URL) -> None:
    engine = create_engine(url, connect_args={"connect_timeout": 3})
    try:
        with engine.connect() as connection:
            if not connection.scalar(_MAY_CREATE):
                raise PermissionError(f"the role of {url!r} may not create databases")
    finally:
        engine.dispose()


@contextmanager
def postgres_database(server: URL) -> Iterator[URL]:
    """A database of its own, dropped afterwards whoever is still connected."""
    name = _create(server, "template0")
    try:
        yield server.set(database=name)
    finally:
        _drop(server, name)


class Rewound:
    """A database like `template`, rewound before each test to the rows that it began with: making
    and dropping one costs a server ten times as long. One whose tables are no longer the
    template's is dropped, and the next test has a new one."""

    def __init__(self, server: URL, template: str) -> None:
        self._server, self._template = server, template
        self._name: str | None = None
        self._start: Start | None = None

    def take(self) -> URL:
        """As the next test finds it. The last one's application may have been alive until now;
        whoever is still connected is sent away."""
        if self._start is not None:
            with self._connected() as connection:
                connection.execute(_SEND_AWAY)
                rewound = self._start.restore(connection)
            if not rewound:
                self.close()
        if self._start is None:
            self._name = _create(self._server, self._template)
            with self._connected() as connection:
                self._start = Start.read(connection)
        return self._server.set(database=self._name)

    def close(self) -> None:
        if self._name is not None:
            _drop(self._server, self._name)
        self._name = self._start = None

    def _connected(self) -> psycopg.Connection[Any]:
        url = self._server.set(drivername="postgresql", database=self._name)
        return psycopg.connect(in_full(url))


_SEND_AWAY = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""
_SHAPE = """SELECT 'column', table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema = 'public' UNION ALL
SELECT 'trigger', tgrelid::regclass::text, tgname, tgenabled::text FROM pg_trigger
WHERE NOT tgisinternal UNION ALL
SELECT 'index', tablename, indexname, '' FROM pg_indexes WHERE schemaname = 'public' UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname, '' FROM pg_constraint WHERE conrelid > 0
ORDER BY 1, 2, 3"""
_SEQUENCES = """SELECT format('%I.%I', schemaname, sequencename), start_value, last_value
FROM pg_sequences ORDER BY 1"""


@dataclass(frozen=True)
class Start:
    """What a database holds before a test. `tables`: those that others refer to first; `rows`: of
    each, as COPY gives them; `marks`: the count of its rows and the newest writer; `sequences`:
    name, first value, last one or None."""

    shape: list[Any]
    tables: list[str]
    rows: dict[str, bytes]
    marks: dict[str, Any]
    sequences: list[Any]

    @classmethod
    def read(cls, connection: psycopg.Connection[Any]) -> "Start":
        tables = ["alembic_version", *(table.name for table in db.metadata.sorted_tables)]
        return cls(
            connection.execute(_SHAPE).fetchall(),
            tables,
            {name: _copied(connection, name) for name in tables},
            _marks(connection, tables),
            connection.execute(_SEQUENCES).fetchall(),
        )

    def restore(self, connection: psycopg.Connection[Any]) -> bool:
        """False, and nothing done, where the tables are others now."""
        if connection.execute(_SHAPE).fetchall() != self.shape:
            return False
        marks = _marks(connection, self.tables)
        changed = {name for name in self.tables if marks[name] != self.marks[name]}
        for table in db.metadata.sorted_tables:  # Who refers to a changed one goes along.
            if changed & {key.column.table.name for key in table.foreign_keys}:
                changed.add(table.name)
        rewound = [name for name in self.tables if name in changed]
        for name in rewound:
            connection.execute(f'ALTER TABLE "{name}" DISABLE TRIGGER USER')
        for name in reversed(rewound):
            connection.execute(f'DELETE FROM "{name}"')
        for name in rewound:
            with connection.cursor().copy(f'COPY "{name}" FROM STDIN') as copy:
                copy.write(self.rows[name])
            connection.execute(f'ALTER TABLE "{name}" ENABLE TRIGGER USER')
        for name, first, last in self.sequences:
            said = "SELECT setval(%s::regclass, %s, %s)"
            connection.execute(said, (name, first if last is None else last, last is not None))
        self.marks.update(_marks(connection, self.tables))
        return True


def _copied(connection: psycopg.Connection[Any], table: str) -> bytes:
    with connection.cursor().copy(f'COPY "{table}" TO STDOUT') as copy:
        return b"".join(bytes(block) for block in copy)


def _marks(connection: psycopg.Connection[Any], tables: Sequence[str]) -> dict[str, Any]:
    counted = " UNION ALL ".join(
        f"SELECT '{name}', count(*), max(xmin::text::bigint) FROM \"{name}\"" for name in tables
    )
    return {name: mark for name, *mark in connection.execute(counted).fetchall()}


def _create(server: URL, template: str) -> str:
    name = f"tracker_test_{os.getpid()}_{secrets.token_hex(4)}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
    return name


def _drop(server: URL, name: str) -> None:
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(server: URL, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()


def in_full(url: URL) -> str:
    """With its password, as settings take it."""
    return url.render_as_string(hide_password=False)
