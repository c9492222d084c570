"""Databases for tests: migrated and seeded once, copied for each test."""

import os
import secrets
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import flask_migrate
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


class Copies:
    """Databases like `template`: the next is made while a test works with the last, for a server
    spends a third of a second waiting for itself over each."""

    def __init__(self, server: URL, template: str) -> None:
        self._server, self._template = server, template
        self._thread = ThreadPoolExecutor(1)
        self._next = self._ask()

    def take(self) -> URL:
        made, self._next = self._next, self._ask()
        return self._server.set(database=made.result())

    def drop(self, url: URL) -> None:
        """Soon, whoever is still connected."""
        self._thread.submit(_drop, self._server, str(url.database))

    def close(self) -> None:
        """Drop the one that nobody took, and wait for what was asked."""
        self.drop(self._server.set(database=self._next.result()))
        self._thread.shutdown()

    def _ask(self) -> Future[str]:
        return self._thread.submit(_create, self._server, self._template)


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
