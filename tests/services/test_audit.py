"""The record: chained at commit, only growing, and read back as it was written."""

import threading
from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DatabaseError

from tracker import clock
from tracker.db import db, is_sqlite, transaction
from tracker.domain.audit import GENESIS
from tracker.models.audit import AuditEvent
from tracker.permissions import SYSTEM
from tracker.queries import audit as records
from tracker.services import audit

Command = Callable[..., Result]


@pytest.fixture
def command(both_app: Flask) -> Command:
    """`command("verify-audit")`."""
    return lambda *words: both_app.test_cli_runner().invoke(args=["tracker", *words])


def note(times: int = 1) -> None:
    with transaction():
        for number in range(times):
            audit.record(
                SYSTEM, clock.now(), "test.noted", "test", number, who="院长", list=[1, "二"]
            )


def _note_and_fail() -> None:
    audit.record(SYSTEM, clock.now(), "test.noted", "test", 1)
    db.session.execute(text("SELECT nothing FROM nowhere"))


def count() -> int:
    """Of what is committed by now."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(AuditEvent)) or 0


def tamper(statement: str) -> None:
    """As somebody with the database's own password would, past the triggers."""
    with transaction():
        if is_sqlite():
            for verb in ("update", "delete"):
                db.session.execute(text(f"DROP TRIGGER audit_event_no_{verb}"))
        else:
            db.session.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
        db.session.execute(text(statement))


def test_every_event_follows_from_the_one_before_it(both_app: Flask) -> None:
    note(3)
    note(2)
    verdict = records.verify()
    assert verdict.broken is None
    assert verdict.events == count() > 5
    assert verdict.head == records.head() != GENESIS


def test_what_is_rolled_back_leaves_no_event(both_app: Flask) -> None:
    before = count()
    with pytest.raises(DatabaseError), transaction():
        _note_and_fail()
    note()
    assert count() == before + 1


@pytest.mark.parametrize(
    "statement",
    [
        update(AuditEvent).values(actor="nobody"),
        delete(AuditEvent),
        text("UPDATE audit_event SET at = at WHERE id = 1"),
    ],
    ids=["update", "delete", "an update that changes nothing"],
)
def test_an_event_is_never_changed_or_deleted(both_app: Flask, statement: object) -> None:
    with pytest.raises(DatabaseError, match="only grows"), transaction():
        db.session.execute(statement)  # type: ignore[call-overload]


@pytest.mark.postgres
def test_the_record_cannot_be_emptied(make_app: Callable[[str], Flask], postgres_url: str) -> None:
    make_app(postgres_url)
    with pytest.raises(DatabaseError, match="only grows"), transaction():
        db.session.execute(text("TRUNCATE audit_event CASCADE"))


def test_verify_audit_says_that_the_record_is_whole(command: Command) -> None:
    note(2)
    said = command("verify-audit")
    assert said.exit_code == 0
    assert f"{count()} events, unbroken. Head: {records.head()}" in said.output


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor = 'nobody' WHERE id = {id}",
        "UPDATE audit_event SET at = '2020-02-22 10:00:00' WHERE id = {id}",
        "UPDATE audit_event SET subject_id = 77 WHERE id = {id}",
        "UPDATE audit_event SET detail = '{{}}' WHERE id = {id}",
        "DELETE FROM audit_event WHERE id = {id} - 1",
    ],
)
def test_verify_audit_names_the_first_broken_event(command: Command, statement: str) -> None:
    note(6)
    broken = db.session.scalar(select(func.max(AuditEvent.id))) - 2
    tamper(statement.format(id=broken))
    said = command("verify-audit")
    assert said.exit_code == 1
    assert f"Event {broken} " in said.output


def test_a_cut_off_end_shows_against_the_noted_head_only(command: Command) -> None:
    note(4)
    noted = records.head()
    tamper("DELETE FROM audit_event WHERE id = (SELECT max(id) FROM audit_event)")
    assert command("verify-audit").exit_code == 0
    said = command("verify-audit", "--head", noted)
    assert said.exit_code == 1
    assert "cut off" in said.output


def test_a_head_that_was_noted_stays_in_the_growing_record(command: Command) -> None:
    note()
    noted = records.head()
    note(3)
    assert command("verify-audit", "--head", noted).exit_code == 0


def test_writers_at_the_same_time_make_one_chain(both_app: Flask) -> None:
    before, failures = count(), []

    def write() -> None:
        with both_app.app_context():
            try:
                for _ in range(15):
                    note(2)
            except Exception as problem:  # Threads keep their troubles to themselves.
                failures.append(problem)
            finally:
                db.session.remove()

    writers = [threading.Thread(target=write) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    assert count() == before + 6 * 15 * 2
    assert records.verify().broken is None
