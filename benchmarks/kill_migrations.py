"""`python -m benchmarks.kill_migrations`: an upgrade killed at every statement, on both engines.

Each time a process is forked that kills itself before its n-th statement; afterwards the database
is as it was before, or, where the commit was through, as it is to be.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
from flask import Flask
from sqlalchemy import Engine, create_engine, event, inspect, make_url, text

from tracker.db import db
from tracker.extensions import migrate

MIGRATIONS = Path(__file__).parent.parent / "migrations"
State = tuple[frozenset[str], tuple[str, ...]]
"""Names of tables with their columns, and the noted revisions."""


def _upgrade(url: str, to: str) -> None:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    migrate.init_app(app, db, directory=str(MIGRATIONS))
    with app.app_context():
        flask_migrate.upgrade(revision=to)
        db.engine.dispose()


def doomed(url: str, to: str, fatal: int) -> int:
    """Upgrade in a process that kills itself before its statement number `fatal`; how many it
    carried out, all of them where it lived."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        _be_doomed(url, to, fatal, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as told:
        count = len(told.read())
    _pid, status = os.waitpid(child, 0)
    if not (os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0):
        raise RuntimeError(f"the upgrade to {to} failed by itself")
    return count


def _be_doomed(url: str, to: str, fatal: int, writer: int) -> None:
    done = 0

    def count(*_args: object) -> None:
        nonlocal done
        if done == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        done += 1
        os.write(writer, b".")

    try:
        event.listen(Engine, "before_cursor_execute", count)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        _upgrade(url, to)
        os._exit(0)
    finally:
        os._exit(1)


def state(url: str) -> State:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            look = inspect(connection)
            names = look.get_table_names()
            noted: Sequence[str] = ()
            if "alembic_version" in names:
                noted = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
            shapes = {
                f"{name}.{column['name']}"
                for name in names
                for column in look.get_columns(name)
                if name != "alembic_version"
            }
            return frozenset(shapes), tuple(noted)
    finally:
        engine.dispose()


def between(
    make: Callable[[], str], start: str | None, to: str, chosen: Callable[[int], Sequence[int]]
) -> tuple[int, list[int]]:
    """How many statements were killed, and those after which the database was neither old nor new.
    `make` gives the URL of an empty database; `chosen`: which of so many statements."""

    def prepared() -> str:
        url = make()
        if start is not None:
            doomed(url, start, -1)
        return url

    url = prepared()
    old = state(url)
    total = doomed(url, to, -1)
    new, wrong = state(url), []
    fatal = chosen(total)
    url = prepared()
    for number in fatal:
        doomed(url, to, number)
        found = state(url)
        if found == new:
            url = prepared()
        elif found[0] != old[0] or found[1] != old[1]:
            wrong.append(number)
            url = prepared()
    return len(fatal), wrong


@contextmanager
def databases(folder: Path, server: str | None) -> Iterator[Callable[[], str]]:
    """Empty ones, of SQLite or on that server; dropped in the end."""
    made: list[str] = []

    def administer(statement: str) -> None:
        engine = create_engine(str(server), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def make() -> str:
        if server is None:
            made.append(f"{len(made)}.db")
            return f"sqlite:///{folder / made[-1]}"
        made.append(f"tracker_kill_{os.getpid()}_{len(made)}")
        administer(f"CREATE DATABASE {made[-1]} TEMPLATE template0 ENCODING 'UTF8'")
        url = make_url(server).set(database=made[-1])
        return url.render_as_string(hide_password=False)

    try:
        yield make
    finally:
        for name in made if server else ():
            administer(f"DROP DATABASE {name} WITH (FORCE)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--server", help="URL of a PostgreSQL server; by default SQLite")
    parser.add_argument("--from", dest="start", help="revision to start from; by default none")
    parser.add_argument("--to", default="head")
    parser.add_argument("--sample", type=int, help="so many statements by chance; by default all")
    given = parser.parse_args()

    def chosen(total: int) -> Sequence[int]:
        every = range(total)
        return every if given.sample is None else sorted(random.sample(every, given.sample))

    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as name, databases(Path(name), given.server) as make:
        killed, wrong = between(make, given.start, given.to, chosen)
    kind = "postgresql" if given.server else "sqlite"
    print(
        f"{kind}, {given.start or 'empty'} to {given.to}: killed before {killed} statements in "
        f"{time.perf_counter() - begin:.0f} s, {len(wrong)} times neither old nor new {wrong[:5]}"
    )
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
