"""One of several processes leads; when it dies another takes over within seconds."""

import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import create_engine, select, text

from tests.serving import Server
from tracker.db import db
from tracker.jobs.election import KEY, lock_of
from tracker.models.heartbeat import Heartbeat

MakeApp = Callable[..., Flask]
TAKEN_OVER_WITHIN = 5
"""Seconds (R3)."""


def test_never_two_hold_the_lock_and_it_is_free_when_its_holder_lets_go(both_urls: str) -> None:
    engines = [create_engine(both_urls) for _ in range(2)]
    first, second = (lock_of(engine) for engine in engines)
    assert (first.holds(), second.holds(), first.holds()) == (True, False, True)
    first.release()
    assert (second.holds(), first.holds()) == (True, False)
    second.release()
    for engine in engines:
        engine.dispose()


@pytest.mark.postgres
def test_whoever_loses_the_connection_to_the_database_leads_no_more(postgres_url: str) -> None:
    engines = [create_engine(postgres_url) for _ in range(2)]
    first, second = (lock_of(engine) for engine in engines)
    assert first.holds()
    ending = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_locks"
        " WHERE locktype = 'advisory' AND objid = :low AND database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with engines[1].connect() as connection:
        assert connection.scalar(ending, {"low": KEY & 0xFFFFFFFF}) == 1
    assert not first.holds()
    assert second.holds() != first.holds()
    for lock in (first, second):
        lock.release()
    for engine in engines:
        engine.dispose()


@pytest.mark.smtp
def test_when_the_leader_is_killed_another_takes_over_within_seconds(
    both_urls: str, make_app: MakeApp, serve: Callable[..., Server]
) -> None:
    app = make_app(both_urls)
    servers = {serve(both_urls) for _ in range(2)}
    for _ in range(2):
        leader, joining = _leader(app, servers), serve(both_urls)
        servers = (servers - {leader}) | {joining}
        leader.kill()
        died = time.monotonic()
        assert _leader(app, servers) in servers
        assert time.monotonic() - died < TAKEN_OVER_WITHIN


def _leader(app: Flask, servers: set[Server]) -> Server:
    """The one of these that leads, as soon as one does."""
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up:
        db.session.rollback()
        name = db.session.scalar(select(Heartbeat.leader)) or ""
        for server in servers:
            if f"-{server.process.pid}-" in name:
                return server
        time.sleep(0.05)
    raise AssertionError("nobody leads")
