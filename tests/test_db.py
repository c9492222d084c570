"""The session when its database goes away."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask, Response
from sqlalchemy import Engine, create_engine, event, select, text, update

from tests import plans
from tracker.db import db, glance, rows, transaction
from tracker.models.plan import Plan

pytestmark = pytest.mark.postgres
MakeApp = Callable[..., Flask]


def lose_connection() -> None:
    """As an immediate restart of the server does to whoever is in the middle."""
    pid = db.session.scalar(text("SELECT pg_backend_pid()"))
    engine = create_engine(db.engine.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    engine.dispose()


@contextmanager
def said() -> Iterator[list[str]]:
    """Every statement that is sent, BEGIN too."""
    statements: list[str] = []

    def note(*given: Any) -> None:
        statements.append(given[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_a_connection_lost_after_the_answer_was_made_spoils_no_answer(
    make_app: MakeApp, postgres_url: str
) -> None:
    app = make_app(postgres_url, DAILY_CAP="19")  # One of its own: it is added to.
    lost = [True]

    @app.after_request
    def lose(response: Response) -> Response:
        if lost.pop():
            lose_connection()
        lost.append(False)
        return response

    client = app.test_client()
    assert [client.get("/healthz").status_code for _ in range(3)] == [200, 200, 200]


def test_a_connection_lost_in_a_transaction_leaves_the_first_error_to_be_told(
    make_app: MakeApp, postgres_url: str
) -> None:
    make_app(postgres_url)

    def fail() -> None:
        with transaction():
            lose_connection()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert db.session.scalar(text("SELECT 1")) == 1


def test_a_glance_opens_no_transaction_and_sees_what_is_committed(both_app: Flask) -> None:
    """Not what the session holds besides: a poll asks for what others may have changed."""
    changes = select(Plan.changes).where(Plan.id == plans.first().id)
    (before,) = rows(changes)[0]
    with transaction():
        db.session.execute(update(Plan).values(changes=Plan.changes + 1))
        with said() as statements:
            assert glance(changes)[0][0] == before
    assert [each[:6] for each in statements] == ["SELECT"]
    assert glance(changes)[0][0] == before + 1
