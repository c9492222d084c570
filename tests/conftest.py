"""Fixtures that every test may ask for. Helpers that are plain functions stand beside this file:
`cast` (accounts), `databases`, `serving` (a real server and a guarded browser)."""

import gc
import shutil
import smtplib
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import URL, Engine, event

from tests import cast, databases, machine
from tests.applications import Applications
from tests.rehearsal import StandingClock, settings_for
from tracker import clock
from tracker.permissions import Actor

pytest_plugins = ["tests.serving"]

hypothesis.settings.register_profile(
    "house",
    deadline=None,  # Two cores shared with a browser: a slow example is no fault.
    derandomize=machine.ON_CI,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("house")

gc.disable()  # Until all is collected: next to nothing of it is garbage.

_APPLICATIONS = Applications()
_NOT_QUERIES = ("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    machine.report(terminalreporter)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    first = ("slow", "smtp", "browser")
    items.sort(key=lambda item: not any(item.get_closest_marker(name) for name in first))


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> StandingClock:
    """`at("2020-02-22T18:00")`."""
    standing = StandingClock()
    monkeypatch.setattr(clock, "now", standing.now)
    monkeypatch.setattr(clock, "set_offset", standing.set_offset)
    return standing


@pytest.fixture(autouse=True)
def no_smtp(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches a mail server unless it says so with `@pytest.mark.smtp`."""

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("this test opened an SMTP connection: mark it with smtp")

    if request.node.get_closest_marker("smtp") is None:
        monkeypatch.setattr(smtplib.SMTP, "connect", refuse)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "tracker.db"
    databases.fill(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _sqlite_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sqlite")


@pytest.fixture
def sqlite_url(_sqlite_folder: Path, sqlite_template: Path) -> str:
    """A seeded SQLite database, at the same address for every test and new for each."""
    for left in _sqlite_folder.iterdir():
        left.unlink()
    return f"sqlite:///{shutil.copy(sqlite_template, _sqlite_folder / 'tracker.db')}"


@pytest.fixture(scope="session")
def _found_postgres() -> URL | None:
    return databases.find_postgres()


@pytest.fixture
def postgres_server(_found_postgres: URL | None) -> URL:
    """A server on which this run may create databases."""
    return _found_postgres or machine.missing(machine.NO_POSTGRES)


@pytest.fixture(scope="session")
def _postgres_copy(_found_postgres: URL) -> Iterator[databases.Rewound]:
    with databases.postgres_database(_found_postgres) as url:
        databases.fill(databases.in_full(url))
        assert url.database is not None
        copy = databases.Rewound(_found_postgres, url.database)
        yield copy
        copy.close()


@pytest.fixture
def postgres_url(postgres_server: URL, request: pytest.FixtureRequest) -> str:
    """A seeded PostgreSQL database of this test's own."""
    copy: databases.Rewound = request.getfixturevalue("_postgres_copy")
    return databases.in_full(copy.take())


@pytest.fixture
def empty_postgres_url(postgres_server: URL) -> Iterator[str]:
    with databases.postgres_database(postgres_server) as url:
        yield databases.in_full(url)


@pytest.fixture
def make_app(tmp_path: Path, at: StandingClock) -> Iterator[Callable[..., Flask]]:
    """`make_app(url, SMTP_URL=...)`: an application whose context the test holds until it ends.
    Requests of its test client run in contexts of their own (see `cast.Client`)."""
    with ExitStack() as held, _APPLICATIONS.lending() as lend:

        def make(url: str, **settings: str) -> Flask:
            return held.enter_context(
                databases.in_app(lend(settings_for(tmp_path, url, **settings), plain=not settings))
            )

        yield make


@pytest.fixture
def app(make_app: Callable[..., Flask], sqlite_url: str) -> Flask:
    """The seeded rehearsal application on SQLite, 2020-02-21 08:00 campus time."""
    return make_app(sqlite_url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def both_app(request: pytest.FixtureRequest) -> Flask:
    """`app` on SQLite and once more on PostgreSQL. The database is asked for first, so that it is
    dropped last, after the application let go of it."""
    url = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    app: Flask = request.getfixturevalue("make_app")(url)
    return app


@pytest.fixture
def client(request: pytest.FixtureRequest) -> FlaskClient:
    """A browser without JavaScript for the test's `both_app`, else its `app`."""
    name = "both_app" if "both_app" in request.fixturenames else "app"
    app: Flask = request.getfixturevalue(name)
    return app.test_client()


@pytest.fixture
def sign_in() -> Callable[..., FlaskClient]:
    """`sign_in(client, "cs")`."""
    return cast.sign_in


@pytest.fixture
def post() -> Callable[..., Any]:
    """`post(client, "/assignments/1/check-off", {"version": 1})`, with the form's token."""
    return cast.post


@pytest.fixture
def actor() -> Callable[[str], Actor]:
    """`actor("cs")`, in the test's application."""
    return cast.actor


@pytest.fixture
def count_queries() -> Callable[[], AbstractContextManager[list[str]]]:
    """`with count_queries() as queries: ...; assert len(queries) == 5`."""
    return _count_queries


@contextmanager
def _count_queries() -> Iterator[list[str]]:
    statements: list[str] = []
    here = threading.get_ident()  # Databases for the next tests are made in another thread.

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        ours = threading.get_ident() == here
        if ours and not statement.lstrip().upper().startswith(_NOT_QUERIES):
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)
