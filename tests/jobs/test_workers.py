"""TRACKER_ENGINE=procrastinate: job and row in one transaction, and the same steps after."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from tests import cast
from tests.databases import ROOT
from tests.jobs.relay import Relay
from tests.rehearsal import StandingClock
from tracker import clock
from tracker.config import SettingsError
from tracker.db import db, transaction
from tracker.domain.vocabulary import OutboxState
from tracker.jobs import ticks
from tracker.jobs.workers import Workers, workers_of
from tracker.models.outbox import OutboxMessage
from tracker.services import handovers, heartbeat, outbox
from tracker.services import relay as breaker

MakeApp = Callable[..., Flask]
pytestmark = [pytest.mark.postgres, pytest.mark.smtp]


@pytest.fixture
def campus_app(make_app: MakeApp, postgres_url: str) -> Flask:
    app = make_app(postgres_url, ENGINE="procrastinate")
    workers = workers_of(app)
    assert workers is not None
    workers.prepare()
    workers.prepare()  # Once is enough, twice does no harm.
    return app


def waiting() -> int:
    db.session.rollback()
    todo = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = 'mail'"
    return db.session.scalar(text(todo)) or 0


def messages() -> int:
    return db.session.scalar(select(func.count()).select_from(OutboxMessage)) or 0


def the(app: Flask) -> Workers:
    found = workers_of(app)
    assert found is not None
    return found


def test_a_planned_message_has_its_job_and_a_plan_undone_has_neither(
    campus_app: Flask, at: StandingClock
) -> None:
    now = at("2020-02-21T09:00")

    def plan_and_fail() -> None:
        with transaction():
            assert ticks.reminders.plan_chunk(now, clock.real_now())
            assert messages() > 0
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        plan_and_fail()
    assert (messages(), waiting()) == (0, 0)
    ticks.remind(campus_app.config["TRACKER"], now)
    assert messages() == waiting() > 10


def test_a_message_whose_job_was_lost_gets_another_and_never_two(
    campus_app: Flask, at: StandingClock
) -> None:
    ticks.remind(campus_app.config["TRACKER"], at("2020-02-21T09:00"))
    assert the(campus_app).requeue() == 0
    with transaction():
        db.session.execute(text("DELETE FROM procrastinate_jobs"))
    assert the(campus_app).requeue() == messages()
    assert the(campus_app).requeue() == 0


def test_what_a_person_sends_again_has_a_job_at_once(campus_app: Flask, at: StandingClock) -> None:
    now = at("2020-02-21T09:00")
    ticks.remind(campus_app.config["TRACKER"], now)
    with transaction():
        db.session.execute(update(OutboxMessage).values(state=OutboxState.DEAD))
        db.session.execute(text("DELETE FROM procrastinate_jobs"))
    assert the(campus_app).requeue() == 0
    with transaction():
        message = db.session.scalars(select(OutboxMessage).limit(1)).one()
        outbox.resend(message, cast.actor("affairs"), now, clock.real_now())
    assert waiting() == 1


def test_while_the_relay_rests_no_job_is_deferred(campus_app: Flask, at: StandingClock) -> None:
    ticks.remind(campus_app.config["TRACKER"], at("2020-02-21T09:00"))
    with transaction():
        db.session.execute(text("DELETE FROM procrastinate_jobs"))
        breaker.fail(clock.real_now(), "refused")
    assert the(campus_app).requeue() == 0


def test_workers_need_postgresql(make_app: MakeApp, sqlite_url: str) -> None:
    with pytest.raises(SettingsError, match="needs PostgreSQL"):
        make_app(sqlite_url, ENGINE="procrastinate")


@pytest.fixture
def start(tmp_path: Path, postgres_url: str, relay: Relay) -> Iterator[Callable[[], object]]:
    """`start()`: one more worker process on the test's database, its heart beating."""
    running: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        log = (tmp_path / f"worker-{len(running)}.log").open("wb")
        environ = {
            "PATH": "/usr/bin:/bin",
            "TEST_INSTANCE": str(tmp_path / "instance"),
            "TRACKER_DATABASE_URL": postgres_url,
            "TRACKER_ENGINE": "procrastinate",
            "TRACKER_NOW": "2020-02-22T17:59+08:00",
            "TRACKER_SMTP_URL": relay.url,
        }
        command = [sys.executable, "-m", "flask", "--app", "tests.wsgi", "tracker", "worker"]
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
        log.close()
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.wait()


def test_two_workers_on_one_database_mail_everybody_once_and_outlive_its_connections(
    campus_app: Flask, start: Callable[[], subprocess.Popen[bytes]], relay: Relay, tmp_path: Path
) -> None:
    """B-01, and the trap that a worker ends as if all were well when its database goes away."""
    first, second = start(), start()
    logs = [tmp_path / f"worker-{number}.log" for number in range(2)]
    _until(lambda: all("At work." in log.read_text() for log in logs), first, second)
    _until(lambda: len(relay.accepted) >= 12, first, second)
    with transaction():
        killed = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
        others = "current_database() AND pid <> pg_backend_pid()"
        db.session.execute(text(killed + others))
    with transaction():
        db.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.state == OutboxState.SENT)
            .values(state=OutboxState.DUE, next_try_at=clock.real_now())
        )
    _until(lambda: len(relay.accepted) >= 24, first, second)
    assert (first.poll(), second.poll()) == (None, None)
    first.send_signal(signal.SIGTERM)
    assert first.wait(20) == 0
    assert max(len(relay.to(one.to)) for one in relay.accepted) <= 4


def _until(happened: Callable[[], bool], *processes: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < give_up, [process.poll() for process in processes]
        time.sleep(0.1)


def test_a_claimed_message_is_not_anybody_s_while_its_lease_runs(
    campus_app: Flask, at: StandingClock
) -> None:
    ticks.remind(campus_app.config["TRACKER"], at("2020-02-21T09:00"))
    with transaction():
        (one,) = handovers.claim("a", clock.real_now(), 1)
        assert handovers.claim("b", clock.real_now(), 1, only=one) == []


def test_while_the_clock_is_in_doubt_no_worker_hands_anything_over(
    campus_app: Flask, at: StandingClock, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks.remind(campus_app.config["TRACKER"], at("2020-02-21T09:00"))
    workers, one = the(campus_app), db.session.scalars(select(OutboxMessage.id).limit(1)).one()
    with transaction():
        heartbeat.doubt(clock.now(), clock.real_now())
    real = clock.real_now
    monkeypatch.setattr(clock, "real_now", lambda: real() + timedelta(days=2))
    workers._deliver(one)
    db.session.rollback()
    assert db.session.get_one(OutboxMessage, one).state is OutboxState.DUE
