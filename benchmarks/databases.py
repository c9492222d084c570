"""Empty databases to measure on, and the statistics that a planner has after a minute of rest."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import create_engine, make_url

from tracker.db import db


@contextmanager
def empty_databases(server: str | None, count: int) -> Iterator[Sequence[str | None]]:
    """URLs of `count` new databases on a PostgreSQL server, dropped afterwards; without a server
    None for each, which is SQLite's in the folder of its application."""
    if server is None:
        yield [None] * count
        return
    url = make_url(server)
    names = [f"benchmark_{secrets.token_hex(4)}" for _number in range(count)]
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for name in names:
                connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
        yield [url.set(database=name).render_as_string(hide_password=False) for name in names]
    finally:
        with engine.connect() as connection:
            for name in names:
                connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        engine.dispose()


def analyse() -> None:
    """What autovacuum does a minute after so much was written."""
    with db.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
