"""Everything twice at once: servers, planners, senders, and clerks in between."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import func, select

from benchmarks import kill
from tests import cast
from tests.jobs.relay import Relay
from tests.rehearsal import StandingClock
from tests.serving import Server
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.vocabulary import DutyRole, OutboxState, State, UnitKind
from tracker.jobs import ticks
from tracker.mail.mailbox import Mailbox
from tracker.models.assignment import Assignment, CheckOff
from tracker.models.outbox import OutboxMessage
from tracker.models.plan import Duty
from tracker.permissions import SYSTEM, actor_for
from tracker.services import assignments, rehearsal, seeding

pytestmark = pytest.mark.smtp


class Browser:
    """Signed in on a real server, as academic affairs."""

    def __init__(self, server: Server) -> None:
        self.url = server.url
        self.opener: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))
        self.post("/login", page="/login", email=cast.email("affairs"), password=cast.PASSWORD)

    def post(self, path: str, *, page: str = "/account", **form: str) -> int:
        """The status after redirects."""
        html = self.opener.open(self.url + page).read().decode()
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)
        assert token
        data = urlencode({**form, "csrf_token": token[1]}).encode()
        try:
            with self.opener.open(self.url + path, data) as answer:
                return int(answer.status)
        except HTTPError as problem:
            with problem:
                return problem.code


def wait_until(happened: Callable[[], bool], seconds: float = 45) -> None:
    give_up = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < give_up, "it did not happen in time"
        time.sleep(0.1)


def test_two_servers_on_one_database_send_one_mail_a_person(
    both_urls: str, relay: Relay, serve: Callable[..., Server]
):
    """B-01: both start after 18:00 and plan at once; then both are told to go to 22:00, while both
    heartbeats run. 27 contacts and heads, one mail each a step."""
    with ThreadPoolExecutor(2) as pool:
        starts = [
            pool.submit(serve, both_urls, NOW="2020-02-22T18:00+08:00", SMTP_URL=relay.url)
            for _ in range(2)
        ]
        servers = [start.result() for start in starts]
        wait_until(lambda: len(relay.accepted) >= 27)
        browsers = list(pool.map(Browser, servers))
        moves = [
            pool.submit(browser.post, "/rehearsal/clock", to="2020-02-22T22:00")
            for browser in browsers
        ]
        assert 200 in [move.result() for move in moves]
        assert all(move.result() < 500 for move in moves)
    wait_until(lambda: len(relay.accepted) >= 2 * 27)
    time.sleep(6)  # Another beat of both.
    assert Counter(Counter(one.to for one in relay.accepted).values()) == {2: 27}
    assert len(set(relay.message_ids)) == 2 * 27
    assert not [server for server in servers if "Traceback" in server.log.read_text()]


@pytest.mark.postgres
def test_of_two_that_start_at_once_on_an_empty_database_the_second_waits_for_the_first(
    empty_postgres_url: str, make_app: Callable[..., Flask], at: StandingClock
) -> None:
    """Each would find neither a clock nor a plan and make them: the second would end there."""
    app, now = make_app(empty_postgres_url), at("2020-02-21T08:00")
    flask_migrate.upgrade()

    def start() -> bool:
        with own_context(app), transaction():
            rehearsal.start(now, clock.real_now())
            return seeding.seed(seeding.SEED_FOLDER, now, SYSTEM).created

    with ThreadPoolExecutor(1) as pool:
        with transaction():
            rehearsal.start(now, clock.real_now())
            second = pool.submit(start)
            assert wait([second], 0.5).not_done
            assert seeding.seed(seeding.SEED_FOLDER, now, SYSTEM).created
        assert not second.result()


@pytest.mark.parametrize("database", ["sqlite", pytest.param("pg", marks=pytest.mark.postgres)])
def test_two_planners_and_senders_without_any_lock_do_nothing_twice(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
):
    """B-01, B-08: two processes that do nothing but tick, over five steps."""
    url = f"sqlite:///{tmp_path / 'tracker.db'}"
    if database == "pg":
        url = request.getfixturevalue("empty_postgres_url")
    campaign = kill.Campaign(rounds=0, waves=5, crowd=20, lease=180)
    verdict = kill.run(campaign, url, tmp_path)
    assert verdict.problems == [], str(verdict)
    assert (verdict.inside, verdict.outside, verdict.lost) == (0, 0, 0)
    assert verdict.messages > 5 * 20


@contextmanager
def own_context(app: Flask) -> Iterator[None]:
    """A thread's own application context, as a beat or a request has one."""
    with app.app_context():
        yield


def test_clerks_tick_while_the_sender_is_at_work(app: Flask, at: Any, tmp_path: Path):
    """B-67: on SQLite, with 24 people ticking at once: no lost tick, nothing is locked, and every
    thread gives its connection back."""
    people = [name for name in _college_people() for _ in range(1)]
    at("2020-02-21T08:00")
    mailbox = Mailbox(tmp_path / "mailbox")

    def send(moments: list[str]) -> int:
        with own_context(app):
            handled = 0
            for moment in moments:
                ticks.remind(app.config["TRACKER"], at(moment))
                handled += ticks.deliver(app.config["TRACKER"], "sender", mailbox, at(moment))
            return handled

    def tick(name: str) -> int:
        with own_context(app):
            return _tick_half(name)

    moments = ["2020-02-21T09:00", "2020-02-22T09:00", "2020-02-22T18:00", "2020-02-22T22:00"]
    db.session.remove()
    with ThreadPoolExecutor(21) as pool:
        sending = pool.submit(send, moments)
        ticked = sum(pool.map(tick, people))
        assert sending.result() > 0
    done = db.session.scalars(
        select(Assignment.state).join(Duty).where(Assignment.unit_id.in_(_college_units()))
    ).all()
    assert ticked == 12 * 16
    assert set(done) <= {State.DONE, State.VERIFIED}
    assert db.session.scalar(select(func.count()).select_from(CheckOff)) == ticked
    under_way = select(OutboxMessage.id).where(
        OutboxMessage.state.not_in([OutboxState.SENT, OutboxState.SKIPPED])
    )
    assert db.session.scalars(under_way).all() == []
    db.session.remove()
    assert db.engine.pool.checkedout() == 0


def _college_units() -> list[int]:
    rows = (
        select(Assignment.unit_id).join(Duty).where(Duty.unit_kind == UnitKind.COLLEGE).distinct()
    )
    return list(db.session.scalars(rows))


def _college_people() -> list[str]:
    """Contact and head of every college."""
    units = set(_college_units())
    users = db.session.scalars(select(cast.User).order_by(cast.User.id))
    return [
        user.email.partition("@")[0]
        for user in users
        if units & {post.unit_id for post in user.memberships}
    ]


def _tick_half(name: str) -> int:
    """One of a college's two people ticks the odd rows, the other the even ones, one by one."""
    actor = actor_for(cast.user(name), clock.now())
    rows = select(Assignment.id).join(Duty).where(Assignment.unit_id.in_(actor.unit_ids))
    ids = db.session.scalars(rows.where(Duty.role != DutyRole.STANDBY).order_by(Assignment.id))
    mine = ids.all()[1::2] if name.endswith(".dean") else ids.all()[0::2]
    for assignment_id in mine:
        with transaction():
            assignment = db.session.get_one(Assignment, assignment_id)
            count = 0 if assignment.duty.counted else None
            assignments.check_off(
                assignment, actor, ticks.clock.now(), seen_version=None, count=count
            )
    return len(mine)
