"""The whole database as one file, as of one moment, and back: SQLite by its backup interface,
PostgreSQL by its own programs, which are told where it is by the environment and never by their
arguments."""

import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, inspect, text

from tracker.at_need import at_need
from tracker.db import db, is_sqlite
from tracker.domain.backups import BackupError

try:
    pq, conninfo = at_need("psycopg.pq"), at_need("psycopg.conninfo")
except ImportError:  # An extra; without it there is no PostgreSQL to copy.
    pq = None

_VERSION_TABLE = "alembic_version"


@contextmanager
def snapshot(file: Path) -> Iterator[Connection]:
    """Write the database to `file` while others go on writing to it; the connection reads what is
    in the file. Raises BackupError."""
    if is_sqlite():
        copy_sqlite(Path(str(db.engine.url.database)), file)
        engine = create_engine(f"sqlite:///{file}")
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()
        return
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        name = connection.scalar(text("SELECT pg_export_snapshot()"))
        options = ["--format=custom", "--no-owner", "--no-privileges", "--compress=1"]
        _run(["pg_dump", *options, f"--snapshot={name}", f"--file={file}"], db.engine.url)
        yield connection


def copy_sqlite(source: Path, target: Path) -> None:
    """All pages in one go, from a reading transaction that keeps no writer waiting; looked through
    afterwards."""
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        said = copy.execute("PRAGMA integrity_check").fetchone()[0]
    if said != "ok":
        raise BackupError(f"The database itself is damaged: {said}. Restore an earlier backup.")


def is_empty(url: URL) -> bool:
    """Whether no table is there. Does not create an SQLite file where there is none."""
    if url.get_backend_name() == "sqlite":
        file = Path(str(url.database))
        if not file.exists() or not file.stat().st_size:
            return True
        with closing(sqlite3.connect(file)) as connection:
            return not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    with db.engine.connect() as connection:
        return not inspect(connection).get_table_names()


def load_postgresql(file: Path, url: URL) -> None:
    """Everything but the note of its revision: until `note_revision` no server starts on it, for
    none knows such tables. Raises BackupError."""
    listed = _run(["pg_restore", "--list", str(file)], url)
    kept = [
        line
        for line in listed.splitlines()
        if f" {_VERSION_TABLE} " not in f"{line} " or (" TABLE DATA " not in line)
    ]
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    with tempfile.NamedTemporaryFile("w", suffix=".list") as contents:
        contents.write("\n".join(kept))
        contents.flush()
        chosen = f"--use-list={contents.name}"
        _run(["pg_restore", *options, chosen, "--dbname", str(url.database), str(file)], url)


def note_revision(connection: Connection, revision: str) -> None:
    insert = text(f"INSERT INTO {_VERSION_TABLE} (version_num) VALUES (:revision)")
    connection.execute(insert, {"revision": revision})


def _run(command: list[str], url: URL) -> str:
    try:
        done = subprocess.run(
            command, env=_environment(url), capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise BackupError(
            f"{command[0]} is not there: install PostgreSQL's client programs, of the server's "
            "version or newer (Debian: postgresql-client)."
        ) from None
    if done.returncode:
        raise BackupError(f"{command[0]} failed: {done.stderr.strip()[:1000]}")
    return done.stdout


def _environment(url: URL) -> dict[str, str]:
    """Where the database is and with which password, as libpq reads it; its own names for what a
    URL may say."""
    more = {
        name: ",".join(value) if isinstance(value, tuple) else value
        for name, value in url.query.items()
    }
    told = url.translate_connect_args(username="user", database="dbname")
    given = {
        option.envvar.decode(): option.val.decode()
        for option in pq.Conninfo.parse(conninfo.make_conninfo(**{**told, **more}).encode())
        if option.envvar and option.val is not None
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    return {**kept, **given}
