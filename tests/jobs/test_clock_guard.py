"""A clock that leaps ahead is not believed until something or somebody agrees with it."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import cast
from tracker import clock
from tracker.db import db, is_sqlite, transaction
from tracker.domain.errors import NotPermitted
from tracker.jobs.clock_guard import ClockGuard
from tracker.queries import heartbeat as signs
from tracker.services import heartbeat


class Clocks:
    """True time, and what the machine's clock makes of it."""

    def __init__(self) -> None:
        self.true = datetime(2026, 3, 1, tzinfo=UTC)
        self.ahead = timedelta(0)

    def real_now(self) -> datetime:
        return self.true + self.ahead

    def steady(self) -> float:
        return self.true.timestamp()

    def leap(self, **span: float) -> None:
        self.ahead += timedelta(**span)

    def wait(self, **span: float) -> None:
        self.true += timedelta(**span)


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()
    monkeypatch.setattr(clock, "real_now", clocks.real_now)
    monkeypatch.setattr(clock, "steady", clocks.steady)
    monkeypatch.setattr(signs, "database_now", lambda: clocks.true)
    return clocks


def test_time_that_passes_is_believed_and_so_is_a_clock_set_back(
    both_app: Flask, clocks: Clocks
) -> None:
    guard = ClockGuard()
    assert guard.allows()
    clocks.wait(days=3)
    assert guard.allows()
    clocks.leap(hours=-5)
    assert guard.allows()
    clocks.leap(hours=5)
    assert guard.allows()
    clocks.leap(minutes=9)
    assert guard.allows()
    assert signs.doubted_at() is None


def test_a_leap_ahead_stops_everything_and_is_over_when_it_is_undone(
    both_app: Flask, clocks: Clocks
) -> None:
    guard = ClockGuard()
    clocks.leap(minutes=11)
    assert not guard.allows()
    assert signs.doubted_at() is not None
    clocks.wait(hours=2)
    assert not guard.allows()
    clocks.leap(minutes=-11)
    assert guard.allows()
    assert signs.doubted_at() is None


def test_a_process_started_during_the_doubt_keeps_to_it(both_app: Flask, clocks: Clocks) -> None:
    guard = ClockGuard()
    clocks.leap(days=1)
    assert not guard.allows()
    another = ClockGuard()
    assert not another.allows()
    clocks.wait(minutes=30)
    clocks.leap(days=-1)
    assert another.allows()
    assert guard.allows()


def test_a_person_who_confirms_the_clock_lets_every_process_go_on(
    both_app: Flask, clocks: Clocks
) -> None:
    guard = ClockGuard()
    clocks.leap(hours=3)
    assert not guard.allows()
    with pytest.raises(NotPermitted), transaction():
        heartbeat.confirm(cast.actor("cs"), clock.now())
    with transaction():
        heartbeat.confirm(cast.actor("affairs"), clock.now())
    assert guard.allows()
    assert guard.allows()
    if is_sqlite():
        assert ClockGuard().allows()
    with transaction():
        heartbeat.confirm(cast.actor("affairs"), clock.now())
    clocks.leap(hours=3)
    assert not guard.allows()


def test_the_office_sees_the_doubt_and_ends_it_with_one_button(
    app: Flask, client: FlaskClient, sign_in, post, clocks: Clocks
) -> None:
    sign_in(client, "affairs")
    guard = ClockGuard()
    clocks.leap(hours=3)
    assert not guard.allows()
    assert "提醒已停止" in client.get("/board").text
    assert "服务器时钟突然向前跳变" in client.get("/reminders").text
    answer = post(client, "/reminders/clock", {})
    assert answer.status_code == 303
    assert "服务器时钟突然向前跳变" not in client.get("/reminders").text
    db.session.rollback()
    assert guard.allows()


def test_two_jobs_that_look_at_once_never_lift_the_doubt_between_them(
    app: Flask, clocks: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One reads that nothing is doubted; before it goes on, the other would note the leap."""
    guard, real = ClockGuard(), signs.doubted_at
    has_read, may_go_on = threading.Event(), threading.Event()
    clocks.leap(hours=5)
    answers: dict[str, bool] = {}

    def slowly() -> datetime | None:
        found = real()
        if threading.current_thread().name == "slow":
            db.session.rollback()
            has_read.set()
            may_go_on.wait(1)
        return found

    def look() -> None:
        with app.app_context():
            answers[threading.current_thread().name] = guard.allows()

    monkeypatch.setattr(signs, "doubted_at", slowly)
    slow, quick = (threading.Thread(target=look, name=name) for name in ("slow", "quick"))
    slow.start()
    has_read.wait(5)
    quick.start()
    quick.join(0.3)
    may_go_on.set()
    slow.join()
    quick.join()
    assert answers == {"slow": False, "quick": False}
    assert not guard.allows()
