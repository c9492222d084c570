"""Webhooks: what happened is told to a real server, once, or again with the same id."""

import hashlib
import hmac
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests import cast
from tests.jobs.conftest import Machine
from tests.receiver import Receiver, receiving
from tests.rehearsal import StandingClock
from tests.web import duties
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.vocabulary import LifeStep, NoticeKind, OutboxState
from tracker.jobs import ticks
from tracker.mail import webhooks as transport
from tracker.mail.webhooks import Hooks
from tracker.models.audit import AuditEvent
from tracker.models.notice import Notice
from tracker.models.outbox import DeliveryAttempt, OutboxMessage
from tracker.models.plan import Plan
from tracker.models.webhook import Webhook
from tracker.queries.notices import COMPOSERS
from tracker.services import plan_life, webhooks

EVENTS = ["assignment.checked_off", "assignment.verified", "assignment.sent_back"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@dataclass
class Desk:
    """The hook under test, and the steps of the heartbeat that concern it."""

    app: Flask
    machine: Machine
    hook_id: int
    secret: str

    @property
    def hook(self) -> Webhook:
        db.session.rollback()
        return db.session.get_one(Webhook, self.hook_id)

    def tell(self, **wait: float) -> int:
        self.machine.wait(**wait)
        return ticks.tell_hooks(
            self.app.config["TRACKER"], "test", ticks.hooks_of(self.app.config["TRACKER"])
        )

    def messages(self) -> list[OutboxMessage]:
        db.session.rollback()
        wanted = select(OutboxMessage).where(OutboxMessage.channel == "webhook")
        return list(db.session.scalars(wanted.order_by(OutboxMessage.id)))

    def message(self) -> OutboxMessage:
        (found,) = self.messages()
        return found

    def outcomes(self) -> list[str]:
        rows = select(DeliveryAttempt.outcome).where(
            DeliveryAttempt.message_id == self.message().id
        )
        return [each.value for each in db.session.scalars(rows.order_by(DeliveryAttempt.id))]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(clock, "real_now", machine.now)
    return machine


def open_desk(app: Flask, machine: Machine, url: str, events: list[str]) -> Desk:
    settings = app.config["TRACKER"]
    with transaction():
        hook = webhooks.add(
            cast.actor("affairs"),
            clock.now(),
            clock.real_now(),
            url=url,
            events=events,
            rehearsal=True,
        )
        return Desk(app, machine, hook.id, webhooks.secret_of(hook, settings.secret_key))


@pytest.fixture
def desk(request: pytest.FixtureRequest, machine: Machine, receiver: Receiver) -> Desk:
    name = "both_app" if "both_app" in request.fixturenames else "app"
    return open_desk(request.getfixturevalue(name), machine, receiver.url, EVENTS)


def test_what_happened_is_told_once_signed_and_without_anybody_s_words(
    both_app: Flask, desk: Desk, receiver: Receiver
) -> None:
    one = duties.report("cs", 3, "cs", 12, note="联系人电话13800000000")
    duties.verify("affairs", 3, "cs")
    assert desk.tell() == 2
    assert desk.tell() == 0
    first, second = receiver.heard
    assert first.path == "/hook?from=tracker"
    assert first.told == {
        "id": desk.messages()[0].message_id,
        "event": "assignment.checked_off",
        "at": "2020-02-21T08:00:00+08:00",
        "actor": cast.user("cs").name,
        "assignment": {
            **{"id": one, "plan": 1, "tasks": [3], "unit": "cs"},
            **{"from": "OPEN", "to": "DONE"},
        },
    }
    assert second.told["event"] == "assignment.verified"
    assert "13800000000" not in first.body.decode()
    assert cast.email("cs").encode() not in first.body
    said = dict(part.split("=", 1) for part in first.headers["Tracker-Signature"].split(","))
    signed = f"{said['t']}.".encode() + first.body
    mine = hmac.new(desk.secret.encode(), signed, hashlib.sha256).hexdigest()
    assert mine == said["v1"]
    assert abs(int(said["t"]) - clock.real_now().timestamp()) < 60
    assert first.headers["Tracker-Delivery"] == first.told["id"]
    assert {message.state for message in desk.messages()} == {OutboxState.SENT}


def test_only_what_it_asked_for_and_only_since_it_is_on(
    app: Flask, machine: Machine, receiver: Receiver
) -> None:
    duties.report("cs", 3, "cs", 12)
    desk = open_desk(app, machine, receiver.url, ["assignment.sent_back", "plan.closed"])
    duties.report("cs", 8, "cs", 12)
    with transaction():
        plan = db.session.get_one(Plan, 1)
        plan_life.take(plan, LifeStep.CLOSE, cast.actor("affairs"), clock.now())
    desk.tell()
    (heard,) = receiver.heard
    assert heard.told["event"] == "plan.closed"
    assert heard.told["plan"]["id"] == 1


def test_a_reminder_that_died_is_told_by_its_ids(
    app: Flask, machine: Machine, receiver: Receiver, at: StandingClock
) -> None:
    desk = open_desk(app, machine, receiver.url, ["reminder.dead"])
    ticks.remind(app.config["TRACKER"], at("2020-02-21T09:00"))
    with transaction():
        message = db.session.scalars(
            select(OutboxMessage).where(OutboxMessage.user_id == cast.user("cs").id)
        ).one()
        message.state = OutboxState.DEAD
        message.next_try_at = clock.real_now()
        dead = message.id
    desk.tell()
    desk.tell()
    (heard,) = receiver.heard
    assert heard.told["message"] == dead
    assert [set(each) for each in heard.told["reminders"]] == [{"id", "plan", "step", "number"}]
    assert b"campus.example" not in heard.body


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(500, "RETRY"), (503, "RETRY"), (429, "RETRY"), (0, "RETRY"), (400, "DEAD"), (410, "DEAD")],
)
def test_a_no_is_tried_again_or_final_and_stands_in_the_outbox(
    desk: Desk, receiver: Receiver, status: int, outcome: str
) -> None:
    receiver.status = status
    duties.report("cs", 3, "cs", 12)
    desk.tell()
    assert desk.message().state.value == outcome
    assert desk.message().reason
    assert desk.outcomes() == [outcome]
    assert desk.hook.failures == 1
    receiver.status = 200
    desk.tell(minutes=20)
    told = {heard.told["id"] for heard in receiver.heard}
    assert len(told) == 1
    assert len(receiver.heard) == (2 if outcome == "RETRY" else 1)
    assert desk.message().state.value == ("SENT" if outcome == "RETRY" else "DEAD")


def test_nobody_listens(desk: Desk, machine: Machine) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with transaction():
            desk.hook.url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        duties.report("cs", 3, "cs", 12)
        desk.tell()
    assert (desk.message().state, desk.message().attempts) == (OutboxState.RETRY, 0)
    assert "no connection" in (desk.message().reason or "")


@pytest.mark.parametrize(
    "drip_after",
    [
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 500\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n",
    ],
    ids=["in its headers", "in its body", "in a body with which it closes", "until it closes"],
)
def test_an_answer_that_drips_is_broken_off(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, drip_after: bytes
) -> None:
    monkeypatch.setattr(transport, "CONNECT_TIMEOUT", 0.1)
    monkeypatch.setattr(transport, "DEADLINE", 0.2)
    receiver.drip, receiver.drip_after = 0.05, drip_after
    duties.report("cs", 3, "cs", 12)
    began = time.monotonic()
    desk.tell()
    assert time.monotonic() - began < 5
    assert desk.message().state is OutboxState.RETRY
    assert "no answer" in (desk.message().reason or "")


def test_a_redirect_is_not_followed(desk: Desk, receiver: Receiver) -> None:
    receiver.status, receiver.headers = 307, {"Location": receiver.url + "&again=1"}
    duties.report("cs", 3, "cs", 12)
    desk.tell()
    assert len(receiver.heard) == 1
    assert desk.message().state is OutboxState.DEAD
    assert "redirect" in (desk.message().reason or "")


def test_a_name_that_has_moved_into_a_private_network_is_not_called(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fine when it was added; when it is called the name stands for this machine (rebinding)."""
    port = int(receiver.url.split(":")[2].split("/")[0])
    with transaction():
        desk.hook.url = f"https://rebound.example:{port}/"
    real = socket.getaddrinfo

    def resolve(host: str, *rest: Any, **more: Any) -> Any:
        return real("127.0.0.1" if host == "rebound.example" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    duties.report("cs", 3, "cs", 12)
    desk.tell()
    assert receiver.heard == []
    assert desk.message().state is OutboxState.DEAD
    assert "not called" in (desk.message().reason or "")


def test_a_hook_that_fails_rests_and_no_other_waits_for_it(
    desk: Desk, receiver: Receiver, machine: Machine, app: Flask
) -> None:
    receiver.status = 503
    with receiving() as other:
        open_desk(app, machine, other.url, EVENTS)
        for row in (3, 8):
            duties.report("cs", row, "cs", 12)
        duties.verify("affairs", 3, "cs")
        desk.tell()
        assert len(receiver.heard) == 1
        assert len(other.heard) == 3
        desk.tell()
        assert len(receiver.heard) == 1
    waits = [message for message in desk.messages() if message.state is OutboxState.RETRY]
    assert len(waits) == 3
    receiver.status = 200
    for _beat in range(3):
        desk.tell(minutes=15)
    assert {heard.told["event"] for heard in receiver.heard} == set(EVENTS[:2])
    assert desk.hook.failures == 0
    assert {message.state for message in desk.messages()} == {OutboxState.SENT}


def test_after_days_of_failure_it_is_switched_off_and_academic_affairs_are_told(
    both_app: Flask, desk: Desk, receiver: Receiver, at: StandingClock
) -> None:
    receiver.status = 500
    duties.report("cs", 3, "cs", 12)
    for _try in range(5):
        desk.tell(hours=1)
    assert desk.hook.disabled_at is None
    desk.tell(days=3)
    assert desk.hook.disabled_at is not None
    duties.verify("affairs", 3, "cs")
    calls = len(receiver.heard)
    desk.tell(hours=1)
    assert len(receiver.heard) == calls
    assert desk.message().state is OutboxState.SKIPPED
    assert desk.message().reason == "The webhook is switched off."
    notices = db.session.scalars(select(Notice).where(Notice.kind == NoticeKind.HOOK_OFF)).all()
    assert cast.user("affairs").id in {notice.user_id for notice in notices}
    said = COMPOSERS[NoticeKind.HOOK_OFF](notices[0].about_id, cast.user("affairs"), at.now())
    assert not isinstance(said, str)
    assert "500" in said.words
    with transaction():
        webhooks.enable(desk.hook, cast.actor("affairs"), at.now(), clock.real_now())
    receiver.status = 200
    duties.report("cs", 8, "cs", 12)
    desk.tell(hours=1)
    assert receiver.heard[-1].told["assignment"]["tasks"] == [8]


def _die_in_hand_over(app: Flask, url: str) -> None:
    """The receiver has it, and the sender is killed before it hears the answer."""
    real = transport._read

    def die(status: int, said: bytes) -> str:
        os.kill(os.getpid(), signal.SIGKILL)
        return real(status, said)

    transport._read = die
    with app.app_context():
        db.engine.dispose(close=False)
        settings = app.config["TRACKER"]
        ticks.tell_hooks(settings, "killed", ticks.hooks_of(settings))


def test_a_sender_killed_in_the_hand_over_sends_once_more_with_the_same_id(
    both_app: Flask, desk: Desk, receiver: Receiver
) -> None:
    duties.report("cs", 3, "cs", 12)
    db.session.remove()
    doomed = multiprocessing.get_context("fork").Process(
        target=_die_in_hand_over, args=[both_app, receiver.url]
    )
    doomed.start()
    doomed.join(30)
    assert doomed.exitcode == -signal.SIGKILL
    assert desk.message().state is OutboxState.HANDING_OVER
    assert desk.tell() == 0
    assert desk.tell(minutes=4) == 1
    assert desk.message().state is OutboxState.SENT
    assert desk.outcomes() == ["UNCERTAIN", "SENT"]
    first, second = receiver.heard
    assert first.body == second.body
    assert first.headers["Tracker-Delivery"] == second.headers["Tracker-Delivery"]


def test_a_dry_run_calls_nobody(
    make_app: Callable[..., Flask], sqlite_url: str, machine: Machine, receiver: Receiver
) -> None:
    desk = open_desk(make_app(sqlite_url, DRY_RUN="1"), machine, receiver.url, EVENTS)
    duties.report("cs", 3, "cs", 12)
    desk.tell()
    assert receiver.heard == []
    assert desk.message().state is OutboxState.SKIPPED


def test_a_ping_goes_out_once_a_minute_and_its_fate_stands_on_the_page(
    desk: Desk,
    receiver: Receiver,
    client: FlaskClient,
    sign_in: Callable[..., FlaskClient],
    post: Callable[..., Any],
) -> None:
    sign_in(client, "affairs")
    for _click in range(2):
        assert post(client, f"/webhooks/{desk.hook_id}/ping").status_code == 303
    desk.tell()
    (heard,) = receiver.heard
    assert heard.told["event"] == heard.headers["Tracker-Event"] == "ping"
    page = client.get(f"/webhooks/{desk.hook_id}").text
    assert f"/outbox/{desk.message().id}" in page
    assert client.get(f"/outbox/{desk.message().id}").status_code == 200
    pinged = select(func.count()).where(AuditEvent.action == "webhook.pinged")
    assert db.session.scalar(pinged) == 1


def test_a_secret_is_shown_once_and_kept_nowhere(
    app: Flask,
    client: FlaskClient,
    sign_in: Callable[..., FlaskClient],
    post: Callable[..., Any],
    receiver: Receiver,
) -> None:
    sign_in(client, "affairs")
    form = {"url": receiver.url, "event": ["plan.closed"]}
    made = post(client, "/webhooks", form)
    assert "whsec_" in made.text
    hook = db.session.scalars(select(Webhook)).one()
    secret = webhooks.secret_of(hook, app.config["TRACKER"].secret_key)
    assert secret in made.text
    assert secret not in client.get(f"/webhooks/{hook.id}").text
    assert secret not in "".join(str(value) for value in vars(hook).values())
    again = post(client, "/webhooks", form)
    assert again.status_code == 422
    assert db.session.scalar(select(func.count()).select_from(Webhook)) == 1


@pytest.mark.parametrize("url", ["http://office.example/", "https://10.0.0.1/", "nonsense", ""])
def test_an_address_that_may_not_be_called_is_refused_on_the_page(
    client: FlaskClient, sign_in: Callable[..., FlaskClient], post: Callable[..., Any], url: str
) -> None:
    sign_in(client, "affairs")
    answer = post(client, "/webhooks", {"url": url, "event": ["plan.closed"]})
    assert answer.status_code == 422
    assert db.session.scalars(select(Webhook)).all() == []


def test_tls_is_checked(desk: Desk, receiver: Receiver) -> None:
    """A receiver that speaks no TLS, or shows no certificate that we trust, is told nothing."""
    hooks = Hooks(lambda: 0.0, rehearsal=True)
    with transaction():
        desk.hook.url = receiver.url.replace("http://", "https://")
    duties.report("cs", 3, "cs", 12)
    ticks.tell_hooks(desk.app.config["TRACKER"], "test", hooks)
    assert receiver.heard == []
    assert desk.message().state is OutboxState.RETRY
