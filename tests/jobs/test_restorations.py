"""Backup and restore, as on the day when it matters: nothing is lost, nobody is mailed twice."""

import json
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, make_url, select

from tests import cast, credentials
from tests.databases import in_app
from tests.machine import NO_DUMP, missing
from tests.receiver import receiving
from tests.rehearsal import StandingClock, settings_for
from tests.web import duties, mails
from tracker import clock
from tracker.db import Base, db, transaction
from tracker.domain.backups import BackupError, Manifest, to_json
from tracker.domain.signing_in import Way
from tracker.domain.vocabulary import NoticeKind, OutboxState, StepState
from tracker.factory import create_app
from tracker.jobs import backups, database_copies, restorations, ticks
from tracker.models.assignment import Assignment
from tracker.models.evidence import Evidence
from tracker.models.outbox import OutboxMessage
from tracker.models.reminder import ReminderStep
from tracker.models.second_factor import RecoveryCode, SecondFactor
from tracker.models.session import ApiToken
from tracker.permissions import SYSTEM
from tracker.queries import audit as records
from tracker.queries import restorations as puts
from tracker.services import (
    api_tokens,
    audit,
    calendar_feeds,
    evidence,
    evidence_files,
    notices,
    sessions,
    webhooks,
)

MakeApp = Callable[..., Flask]
HEAD = "0014"
CHANGED = frozenset({"restoration", "backup", "heartbeat", "relay", "user_session", "login_delay"})
CHANGED |= {"audit_event", "outbox_message", "reminder_step"}
"""Tables that a restore writes to, or empties."""


@pytest.fixture
def fresh(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], Flask]:
    """`fresh("sqlite")`: an application on an empty database and an empty folder."""

    def make(kind: str, **settings: str) -> Flask:
        folder = tmp_path / "fresh"
        url = f"sqlite:///{folder / 'tracker.db'}"
        if kind == "postgresql":
            if shutil.which("pg_dump") is None:
                missing(NO_DUMP)
            url = request.getfixturevalue("empty_postgres_url")
        folder.mkdir(exist_ok=True)
        return create_app(settings_for(folder, url, **settings))

    return make


def put_back(file: Path, app: Flask) -> restorations.Restored:
    return restorations.restore(file, app.config["TRACKER"], HEAD, create_app)


def prove(app: Flask) -> Path:
    """A file of proof with cs; where it lies."""
    folder = app.config["TRACKER"].evidence
    path = Path(folder.parent, "x.txt")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text("全部到位", encoding="utf-8")
    with path.open("rb") as stream:
        kept = evidence_files.keep(folder, "名单.txt", stream)
    with transaction():
        actor = cast.actor("cs")
        own = select(Assignment).where(Assignment.unit_id.in_(actor.unit_ids))
        assignment = db.session.scalars(own.order_by(Assignment.id)).all()[2]
        evidence.add_file(assignment, actor, clock.now(), kept)
    return Path(folder, kept.stored)


@contextmanager
def writing(app: Flask) -> Iterator[None]:
    """Somebody writes all the time."""
    stop, count = threading.Event(), [0]

    def write() -> None:
        with app.app_context():
            while not stop.is_set():
                with transaction():
                    audit.record(SYSTEM, clock.now(), "test.written", "plan", 0, n=count[0])
                count[0] += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert count[0] > 0


def letters(app: Flask) -> int:
    return len(list(app.config["TRACKER"].mailbox.glob("*.eml")))


def counts() -> dict[str, int]:
    return {
        name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for name, table in Base.metadata.tables.items()
    }


def test_a_backup_under_load_comes_back_whole_and_mails_nobody(
    both_app: Flask, fresh: Callable[..., Flask], at: StandingClock
) -> None:
    """R8. Backed up at 12:00 with mails waiting; 18:00 has gone out since; restored at 20:00."""
    kind = db.engine.dialect.name
    mails.tick(both_app, at, "2020-02-22T09:00")
    mails.plan(at, "2020-02-22T12:00")
    with transaction():
        notices.tell(NoticeKind.TROUBLE, 1, [cast.user("cs").id], clock.now())
        api_tokens.create(cast.user("cs"), SYSTEM, clock.now(), clock.real_now())
        db.session.execute(
            OutboxMessage.__table__.update()
            .where(OutboxMessage.id.in_(select(OutboxMessage.id).limit(3)))
            .values(state="DUE")
        )
    cast.sign_in(both_app.test_client(), "cs")
    proof = prove(both_app)
    with writing(both_app):
        file, manifest = backups.make(both_app.config["TRACKER"])
    assert file.stat().st_mode & 0o777 == 0o600
    assert manifest.missing == ()
    db.session.remove()

    app = fresh(kind)
    at("2020-02-22T20:00")
    with in_app(app):
        done = put_back(file, app)
        assert done.manifest.counts == manifest.counts
        found = counts()
        same = set(manifest.counts) & set(found) - CHANGED
        assert {name: found[name] for name in same} == {
            name: manifest.counts[name] for name in same
        }
        assert found["audit_event"] == manifest.counts["audit_event"] + 1
        assert found["user_session"] == found["login_delay"] == 0
        assert db.session.scalar(select(func.count()).where(ApiToken.revoked_at.is_(None))) == 0
        kept = Path(app.config["TRACKER"].evidence, proof.relative_to(proof.parents[1]))
        assert kept.read_bytes() == proof.read_bytes()
        verdict = records.verify()
        assert (verdict.broken, verdict.forged) == (None, None)
        assert records.holds(manifest.audit_head)
        assert done.held == puts.count_held() >= 4
        for moment in ("2020-02-22T20:01", "2020-02-22T20:30", "2020-02-22T21:59"):
            mails.tick(app, at, moment)
        assert letters(app) == 0
        mails.tick(app, at, "2020-02-22T22:00")
        assert letters(app) > 0


def test_the_steps_between_are_decided_and_none_is_planned(
    app: Flask, fresh: Callable[..., Flask], at: StandingClock
) -> None:
    """Also those of days: nobody gets a late digest of what was sent before the disk broke."""
    file, _manifest = backups.make(app.config["TRACKER"])
    again = fresh("sqlite")
    at("2020-02-24T10:00")
    with in_app(again):
        put_back(file, again)
        mails.tick(again, at, "2020-02-24T10:01")
        states = set(db.session.scalars(select(ReminderStep.state).distinct()))
        assert states == {StepState.PASSED_OVER}
        sent = select(func.count()).where(OutboxMessage.state == OutboxState.SENT)
        assert db.session.scalar(sent) == 0
        assert letters(again) == 0


def test_no_way_in_of_before_comes_back_to_life(
    app: Flask, fresh: Callable[..., Flask], at: StandingClock
) -> None:
    """Whatever table it is in: a credential of a new kind is either ended or named here."""
    user, now, real_now = cast.user("cs"), clock.now(), clock.real_now()
    with transaction():
        api_tokens.create(user, SYSTEM, now, real_now)
        calendar_feeds.make(user, None, SYSTEM, now)
        sessions.open_session(user, real_now, timedelta(hours=1), Way.PASSWORD, "")
        db.session.add(SecondFactor(user_id=user.id, salt="a", last_step=0, since=real_now))
        db.session.add(RecoveryCode(user_id=user.id, code_hash="a"))
    file, _manifest = backups.make(app.config["TRACKER"])
    again = fresh("sqlite")
    with in_app(again):
        put_back(file, again)
        steps = db.session.scalars(select(SecondFactor.last_step)).all()
        assert steps[0] * 30 >= real_now.timestamp() - 30
        for name in credentials.tables() - {"second_factor", "recovery_code"}:
            table = Base.metadata.tables[name]
            left = select(func.count()).select_from(table)
            if "revoked_at" in table.columns:
                left = left.where(table.c.revoked_at.is_(None))
            assert db.session.scalar(left) == 0, name


def test_a_webhook_tells_a_number_that_comes_again_under_another_id(
    app: Flask, fresh: Callable[..., Flask], at: StandingClock
) -> None:
    """Its receiver throws away what it heard before: after a restore the record's numbers come a
    second time, with other events. An event of before the backup keeps its id."""
    with receiving() as receiver:
        with transaction():
            webhooks.add(
                cast.actor("affairs"),
                clock.now(),
                clock.real_now(),
                url=receiver.url,
                events=["assignment.checked_off"],
                rehearsal=True,
            )
        duties.report("cs", 3, "cs", 12)
        file, _manifest = backups.make(app.config["TRACKER"])
        for unit, row in (("info", 3), ("cs", 8), ("info", 8)):
            duties.report(unit, row, unit, 12)
        _tell(app)
        known = [heard.headers["Tracker-Delivery"] for heard in receiver.heard]
        receiver.heard.clear()
        again = fresh("sqlite")
        with in_app(again):
            put_back(file, again)
            at("2020-02-21T09:00")
            for unit, row in (("info", 8), ("cs", 8), ("info", 3)):
                duties.report(unit, row, unit, 12)
            _tell(again)
        told = [heard.headers["Tracker-Delivery"] for heard in receiver.heard]
    assert len(known) == len(told) == 4
    assert set(known) & set(told) == {known[0]} == {told[0]}


def _tell(app: Flask) -> None:
    settings = app.config["TRACKER"]
    ticks.tell_hooks(settings, "test", ticks.hooks_of(settings))


class TestRefusals:
    def test_a_place_that_is_not_empty(self, app: Flask, fresh: Callable[..., Flask]) -> None:
        file, _manifest = backups.make(app.config["TRACKER"])
        with pytest.raises(BackupError, match="not empty"):
            put_back(file, app)
        again = fresh("sqlite")
        Path(again.config["TRACKER"].evidence, "ab").mkdir(parents=True)
        with in_app(again), pytest.raises(BackupError, match="not empty"):
            put_back(file, again)

    @pytest.mark.parametrize("damage", ["cut", "flipped", "swapped", "empty", "foreign"])
    def test_a_damaged_file_leaves_nothing(
        self, app: Flask, fresh: Callable[..., Flask], damage: str
    ) -> None:
        prove(app)
        file, _manifest = backups.make(app.config["TRACKER"])
        whole = bytearray(file.read_bytes())
        if damage == "cut":
            whole = whole[: len(whole) // 2]
        elif damage == "flipped":
            middle = len(whole) // 2
            whole[middle : middle + 40] = bytes(byte ^ 0xFF for byte in whole[middle : middle + 40])
        elif damage == "empty":
            whole = bytearray()
        elif damage == "foreign":
            whole = bytearray(b"PK no zip of ours" * 9)
        else:
            whole = whole.replace("全部到位".encode(), "全部缺席".encode())
        file.write_bytes(whole)
        again = fresh("sqlite")
        with in_app(again):
            with pytest.raises(BackupError, match="damaged"):
                put_back(file, again)
            assert not Path(make_url(again.config["SQLALCHEMY_DATABASE_URI"]).database).exists()
            assert not list(again.config["TRACKER"].instance.glob("evidence/*"))

    @pytest.mark.parametrize(
        "name", ["evidence/../../x", "/etc/x", "evidence/aa/..", "tracker.db", "evidence/aa/b.php"]
    )
    def test_a_name_that_leads_elsewhere(
        self, app: Flask, fresh: Callable[..., Flask], name: str
    ) -> None:
        file, manifest = backups.make(app.config["TRACKER"])
        part = {"name": name, "size": 1, "sha256": "0" * 64}
        _rewrite(file, manifest, parts=[*map(vars, manifest.parts), part], also=name)
        again = fresh("sqlite")
        with in_app(again), pytest.raises(BackupError, match="none of ours"):
            put_back(file, again)

    def test_another_version_another_format_and_another_kind_of_database(
        self, app: Flask, fresh: Callable[..., Flask]
    ) -> None:
        file, manifest = backups.make(app.config["TRACKER"])
        again = fresh("sqlite")
        for change, said in (
            ({"revision": "0009"}, "install the version that made it"),
            ({"format": 2}, "does not know"),
            ({"engine": "postgresql"}, "same kind"),
        ):
            _rewrite(file, manifest, **change)
            with in_app(again), pytest.raises(BackupError, match=said):
                put_back(file, again)


def _rewrite(file: Path, manifest: Manifest, also: str | None = None, **change: object) -> None:
    """The backup with another manifest, and with another member `also`."""
    with zipfile.ZipFile(file) as packed:
        database = packed.read("database")
    told = {**json.loads(to_json(manifest)), **change}
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("database", database)
        if also:
            packed.writestr(also, "x")
        packed.writestr("manifest.json", json.dumps(told))


def test_the_commands_say_what_they_did_and_what_to_do(
    app: Flask, fresh: Callable[..., Flask], tmp_path: Path
) -> None:
    run = app.test_cli_runner().invoke
    made = run(args=["tracker", "backup", "--to", str(tmp_path / "b.zip")])
    assert made.exit_code == 0, made.output
    assert "read back" in made.output
    twice = run(args=["tracker", "backup", "--to", str(tmp_path / "b.zip")])
    assert (twice.exit_code, "not overwritten" in twice.output) == (1, True)
    nowhere = run(args=["tracker", "backup", "--to", str(tmp_path / "no" / "b.zip")])
    assert (nowhere.exit_code, "There is no folder" in nowhere.output) == (1, True)
    again = fresh("sqlite")
    command = ["tracker", "restore", str(tmp_path / "b.zip")]
    with in_app(again):
        restored = again.test_cli_runner().invoke(args=command)
    assert restored.exit_code == 0, restored.output
    assert "nothing was sent" in restored.output
    assert "TRACKER_SECRET_KEY" in restored.output
    refused = run(args=command)
    assert (refused.exit_code, "not empty" in refused.output) == (1, True)


def test_links_of_earlier_mails_end_with_the_key_of_the_folder(
    app: Flask, fresh: Callable[..., Flask]
) -> None:
    file, _manifest = backups.make(app.config["TRACKER"])
    again = fresh("sqlite", SECRET_KEY="")
    kept = again.config["TRACKER"].instance / "secret_key"
    assert kept.exists()
    with in_app(again):
        put_back(file, again)
    assert not kept.exists()
    with zipfile.ZipFile(file) as packed:
        assert again.config["TRACKER"].secret_key.encode() not in b"".join(
            packed.read(name) for name in packed.namelist()
        )


@pytest.mark.postgres
def test_postgresql_is_told_its_password_by_the_environment_only(
    make_app: MakeApp, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = make_url(postgres_url).set(password="planted in the address")
    app = make_app(url.render_as_string(hide_password=False))
    seen: list[tuple[list[str], dict[str, str]]] = []
    real = subprocess.run

    def run(command: list[str], **options: object) -> object:
        seen.append((command, options["env"]))  # type: ignore[arg-type]
        return real(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(database_copies.subprocess, "run", run)
    backups.make(app.config["TRACKER"])
    ((command, environ),) = seen
    assert environ["PGPASSWORD"] == "planted in the address"
    assert "planted" not in " ".join(command)


def test_proof_that_is_not_there_is_named_and_hinders_nothing(app: Flask) -> None:
    prove(app).unlink()
    _file, manifest = backups.make(app.config["TRACKER"])
    stored = db.session.scalars(select(Evidence.stored)).one()
    assert manifest.missing == (stored,)
