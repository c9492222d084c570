"""What is not well is named, with what to do; nothing is sent."""

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests import cast
from tests.databases import MIGRATIONS
from tests.rehearsal import StandingClock
from tests.web import mails
from tests.web.campus_servers import Cas, served
from tracker import at_need, clock
from tracker.db import db, transaction
from tracker.jobs.doctor import examine
from tracker.jobs.workers import workers_of
from tracker.models.assignment import Assignment
from tracker.models.evidence import Evidence
from tracker.services import restorations

MakeApp = Callable[..., Flask]
REAL = {"REHEARSAL": "0", "MAIL_FROM": "x@mail.example", "PUBLIC_URL": "https://tracker.example"}


def levels(app: Flask) -> dict[str, str]:
    found = examine(app.config["TRACKER"], str(MIGRATIONS))
    assert all(each.text for each in found)
    return {each.check: each.level for each in found}


def test_a_running_rehearsal_is_well_but_for_its_mail_server(
    both_app: Flask, at: StandingClock
) -> None:
    mails.tick(both_app, at, "2020-02-21T09:00")
    found = levels(both_app)
    assert found.pop("mail server") == "WARN"
    assert set(found.values()) == {"OK"}


def test_a_scheduler_that_never_ran_or_stands_still_fails(
    both_app: Flask, at: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert levels(both_app)["scheduler"] == "FAIL"
    mails.plan(at, "2020-02-21T09:00")
    later = clock.real_now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "real_now", lambda: later)
    found = levels(both_app)
    assert found["scheduler"] == "FAIL"
    assert found["queue"] == "FAIL"


def test_an_undeliverable_mail_is_a_warning(both_app: Flask, at: StandingClock) -> None:
    mails.plan(at, "2020-02-21T09:00")
    mails.refuse("cs")
    assert levels(both_app)["queue"] == "WARN"


@pytest.mark.parametrize(
    ("revision", "advice"), [("0001", "flask tracker upgrade"), ("9999", "the later version")]
)
def test_tables_of_another_version_fail(both_app: Flask, revision: str, advice: str) -> None:
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
    level, said = found(both_app, "database")
    assert level == "FAIL"
    assert said.count("upgrade") == (revision == "0001")
    assert advice in said


@pytest.mark.postgres
@pytest.mark.parametrize("there", [False, True])
def test_without_a_database_or_its_tables_it_is_said_once_what_comes_first(
    make_app: MakeApp, postgres_url: str, there: bool
) -> None:
    nowhere = "postgresql+psycopg://tracker:the-password@127.0.0.1:1/tracker"
    app = make_app(postgres_url if there else nowhere, LOG="text")
    if there:
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
            connection.execute(text("DROP TABLE heartbeat, outbox_message, evidence CASCADE"))
    first, *others = examine(app.config["TRACKER"], str(MIGRATIONS))
    assert (first.check, first.level) == ("database", "FAIL")
    assert ("flask tracker upgrade" if there else "TRACKER_DATABASE_URL") in first.text
    vain = [each.check for each in others if each.text.endswith("the database comes first")]
    assert {"clock", "scheduler", "queue", "proofs"} <= set(vain)
    assert "the-password" not in first.text


@pytest.mark.smtp
@pytest.mark.parametrize(
    ("relay", "address", "expected"),
    [
        ("smtp://127.0.0.1:1", "https://tracker.example", ("FAIL", "OK")),
        ("smtp://127.0.0.1:1", "http://tracker.example", ("FAIL", "WARN")),
    ],
)
def test_a_mail_server_that_does_not_answer_and_an_open_address_are_named(
    make_app: MakeApp, sqlite_url: str, relay: str, address: str, expected: tuple[str, str]
) -> None:
    app = make_app(sqlite_url, **{**REAL, "SMTP_URL": relay, "PUBLIC_URL": address})
    found = levels(app)
    assert (found["mail server"], found["public address"]) == expected


def test_an_office_account_of_the_rehearsal_is_named_in_real_use(
    make_app: MakeApp, sqlite_url: str
) -> None:
    app = make_app(sqlite_url, **REAL, SMTP_URL="smtp://127.0.0.1:1", DRY_RUN="1")
    assert levels(app)["office accounts"] == "FAIL"
    with transaction():
        cast.user("affairs").password_hash = None
    assert levels(app)["office accounts"] == "WARN"  # Only one person, and two factors not asked.


def test_a_campus_server_that_does_not_answer_is_named(make_app: MakeApp, sqlite_url: str) -> None:
    oidc = {"OIDC_CLIENT_ID": "x", "OIDC_CLIENT_SECRET": "x"}
    for given in (
        {"CAS_URL": "http://127.0.0.1:1/cas"},
        {"OIDC_ISSUER": "http://127.0.0.1:1", **oidc},
    ):
        assert levels(make_app(sqlite_url, **given))["campus sign-on"] == "FAIL"
    campus = Cas()
    with served(campus) as origin:
        assert levels(make_app(sqlite_url, CAS_URL=origin + "/cas"))["campus sign-on"] == "OK"


def test_the_command_ends_with_1_where_something_fails(app: Flask) -> None:
    answer = app.test_cli_runner().invoke(args=["tracker", "doctor", "--json"])
    assert answer.exit_code == 1
    found = {each["check"]: each["level"] for each in json.loads(answer.output)}
    assert found["scheduler"] == "FAIL"
    plain = app.test_cli_runner().invoke(args=["tracker", "doctor"])
    assert "flask tracker serve" in plain.output


def test_what_root_has_left_in_the_folder_is_named(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = app.config["TRACKER"].instance
    for name in ("tracker.db-wal", "notes.txt"):
        (folder / name).touch()
    names = ("tracker.db-wal", "notes.txt")
    monkeypatch.setattr(os, "access", lambda path, _mode: not str(path).endswith(names))
    level, said = found(app, "folder")
    assert level == "FAIL"
    assert said.startswith("tracker.db-wal in ")


def test_a_file_that_is_no_database_is_told_in_a_line(make_app: MakeApp, tmp_path: Path) -> None:
    (tmp_path / "junk.db").write_bytes(b"no database" * 100)
    level, said = found(make_app(f"sqlite:///{tmp_path}/junk.db", LOG="text"), "database")
    assert level == "FAIL"
    assert "not a database" in said
    assert "\n" not in said


def test_missing_and_orphaned_proofs_are_told_apart(app: Flask) -> None:
    """A file just written has no row yet: it is no orphan."""
    folder = app.config["TRACKER"].evidence
    assert found(app, "proofs") == ("OK", "none yet")
    (folder / "ab").mkdir(parents=True)
    orphan = folder / "ab" / ("0" * 32)
    orphan.write_bytes(b"x")
    assert found(app, "proofs")[0] == "OK"
    os.utime(orphan, (0, 0))
    level, said = found(app, "proofs")
    assert (level, "ab/000" in said) == ("WARN", True)
    with transaction():
        assignment = db.session.scalars(select(Assignment).limit(1)).one()
        given = {"assignment_id": assignment.id, "user_id": cast.user("cs").id, "at": clock.now()}
        db.session.add(Evidence(**given, name="x", stored="cd/gone", sha256="0" * 64, size=1))
    level, said = found(app, "proofs")
    assert (level, "cd/gone" in said) == ("FAIL", True)


def test_an_old_key_an_open_key_and_old_backups_are_named(
    make_app: MakeApp, sqlite_url: str
) -> None:
    app = make_app(sqlite_url, **REAL, SMTP_URL="smtp://127.0.0.1:1", SECRET_KEY="")
    key = app.config["TRACKER"].instance / "secret_key"
    assert found(app, "key")[0] == "OK"
    os.utime(key, (0, 0))
    assert found(app, "key")[0] == "WARN"
    key.chmod(0o644)
    assert "chmod 600" in found(app, "key")[1]
    given = make_app(sqlite_url, **REAL, SMTP_URL="smtp://127.0.0.1:1", SECRET_KEY="x" * 40)
    assert "TRACKER_SECRET_KEY" in found(given, "key")[1]
    assert found(app, "backup")[0] == "WARN"
    with transaction():
        restorations.note_backup(clock.real_now(), 1 << 20)
    assert found(app, "backup")[0] == "OK"
    with transaction():
        restorations.note_backup(clock.real_now() - timedelta(days=2), 1 << 20)
    assert "48 hours" in found(app, "backup")[1]


@pytest.mark.postgres
def test_workers_that_are_not_there_are_missed(make_app: MakeApp, postgres_url: str) -> None:
    app = make_app(postgres_url, ENGINE="procrastinate")
    workers = workers_of(app)
    assert workers is not None
    workers.prepare()
    assert found(app, "workers")[0] == "FAIL"


def found(app: Flask, check: str) -> tuple[str, str]:
    every = examine(app.config["TRACKER"], str(MIGRATIONS))
    (it,) = [each for each in every if each.check == check]
    return it.level, it.text


def test_a_package_that_is_damaged_is_named_before_somebody_needs_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert found(app, "packages")[0] == "OK"
    (tmp_path / "damaged.py").write_text("import nothing_of_this_name")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(at_need, "_stood_for", set())
    at_need.at_need("damaged")
    level, said = found(app, "packages")
    assert (level, "damaged (ModuleNotFoundError" in said) == ("FAIL", True)
