"""Forgotten passwords and invitations: once, for a time, and nobody learns who has an account."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests import cast
from tests.rehearsal import StandingClock
from tests.web import mails
from tests.web.duties import words
from tracker import clock
from tracker.db import db, transaction
from tracker.models.audit import AuditEvent
from tracker.models.org import User
from tracker.models.outbox import OutboxMessage
from tracker.services import accounts, password_links

SignIn = Callable[[FlaskClient, str], FlaskClient]
Post = Callable[..., TestResponse]
NEW = "这是一句足够长的新密码"


def send(client: FlaskClient, path: str, page: str, **fields: str) -> TestResponse:
    return client.post(path, data={"csrf_token": cast.csrf_token(client.get(page)), **fields})


def ask(client: FlaskClient, email: str) -> TestResponse:
    return send(client, "/password/forgot", "/password/forgot", email=email)


def choose(client: FlaskClient, link: str, password: str = NEW, repeat: str = NEW) -> TestResponse:
    return send(client, link, "/login", password=password, repeat=repeat)


def letters(app: Flask, email: str) -> list[EmailMessage]:
    found = [
        message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=policy.default)
        for path in app.config["TRACKER"].mailbox.glob("*.eml")
    ]
    return [mail for mail in found if mail["To"] == email and "密码" in mail["Subject"]]


def link_in(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    found = re.search(r"http://tracker\.example(/password/new/\S+)", str(body.get_content()))
    assert found
    return found[1]


@pytest.fixture
def link(app: Flask, client: FlaskClient, at: StandingClock) -> str:
    """What the mail to the college's contact leads to."""
    ask(client, cast.email("cs"))
    mails.tick(app, at, "2020-02-21T08:01")
    (mail,) = letters(app, cast.email("cs"))
    return link_in(mail)


def test_a_forgotten_password_is_set_anew_with_a_link_that_works_once(
    app: Flask, client: FlaskClient, sign_in: SignIn, link: str
) -> None:
    other = sign_in(app.test_client(), "cs")
    assert other.get("/mine").status_code == 200
    answer = choose(client, link)
    assert answer.status_code == 303
    assert client.get("/mine").status_code == 200
    assert other.get("/mine").status_code == 302
    again = choose(app.test_client(), link)
    assert again.status_code == 410
    fresh = app.test_client()
    signed = send(fresh, "/login", "/login", email=cast.email("cs"), password=NEW)
    assert signed.status_code == 303


def test_looking_at_the_link_never_uses_it_up(app: Flask, client: FlaskClient, link: str) -> None:
    """B-35."""
    before = mails.everything()
    for _ in range(5):
        assert client.get(link).status_code == client.head(link).status_code == 200
    assert mails.everything() == before
    assert choose(client, link).status_code == 303


@pytest.mark.parametrize("hours", [2, 24])
def test_a_link_is_good_for_two_hours(
    client: FlaskClient, link: str, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = clock.real_now() + timedelta(hours=hours)
    monkeypatch.setattr(clock, "real_now", lambda: later)
    page = client.get(link)
    assert page.status_code == 410
    assert "链接已失效" in words(page)
    assert choose(client, link).status_code == 410


def test_the_answer_is_the_same_for_whoever_asks(
    app: Flask, client: FlaskClient, at: StandingClock
) -> None:
    """Unknown, disabled, known: one page, one status; only one mail."""
    with transaction():
        cast.user("info").is_active = False
    said = {
        (answer.status_code, re.sub(r'value="[^"]*"', "", answer.text))
        for answer in (
            ask(client, address)
            for address in (cast.email("cs"), "nobody@campus.example", cast.email("info"))
        )
    }
    assert len(said) == 1
    mails.tick(app, at, "2020-02-21T08:01")
    assert len(letters(app, cast.email("cs"))) == 1
    assert not letters(app, cast.email("info"))


def test_asked_again_and_again_one_mail_goes_out_and_then_there_is_a_wait(
    app: Flask, client: FlaskClient, at: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = clock.real_now().replace(minute=1)
    monkeypatch.setattr(clock, "real_now", lambda: moment)
    answers = [ask(client, cast.email("cs")).status_code for _ in range(8)]
    assert answers[0] == 200
    assert answers[-1] == 429
    mine = select(func.count()).where(OutboxMessage.kind == "reset")
    assert db.session.scalar(mine) == 1


def test_the_link_carries_our_address_whatever_host_was_asked(
    app: Flask, client: FlaskClient, at: StandingClock
) -> None:
    token = cast.csrf_token(client.get("/password/forgot"))
    client.post(
        "/password/forgot",
        data={"csrf_token": token, "email": cast.email("cs")},
        headers={"X-Forwarded-Host": "evil.example"},
    )
    mails.tick(app, at, "2020-02-21T08:01")
    (mail,) = letters(app, cast.email("cs"))
    assert link_in(mail)
    assert b"evil.example" not in mail.as_bytes()


def test_no_trace_of_the_link_is_kept(app: Flask, client: FlaskClient, link: str) -> None:
    token = link.rpartition("/")[2]
    rows = db.session.scalars(select(OutboxMessage)).all()
    kept = " ".join(f"{row.subject} {row.lines} {row.reason}" for row in rows)
    events = db.session.scalars(select(AuditEvent)).all()
    assert token not in kept + " ".join(str(event.detail) for event in events)
    page = client.get(link)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("password", "repeat", "complaint"),
    [
        ("短", "短", "密码长度须为10至128个字符。"),
        (NEW, "另一句足够长的新密码", "两次输入的新密码不一致。"),
        ("1234567890", "1234567890", "该密码过于简单"),
    ],
)
def test_a_poor_password_is_refused_and_the_link_stays_good(
    client: FlaskClient, link: str, password: str, repeat: str, complaint: str
) -> None:
    answer = choose(client, link, password, repeat)
    assert answer.status_code == 422
    assert complaint in words(answer)
    assert choose(client, link).status_code == 303


def test_a_forged_link_leads_nowhere(client: FlaskClient, link: str) -> None:
    for path in (mails.forged(link), "/password/new/x", link.replace("/new/", "/new/x")):
        assert client.get(path).status_code == 404


class TestInvitation:
    def newcomer(self, at: StandingClock) -> int:
        with transaction():
            user = accounts.add_user(
                cast.actor("affairs"), at.now(), email="new@campus.example", name="新教学秘书"
            )
            return user.id

    def test_a_person_without_a_password_is_invited_and_signs_in(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, post: Post, at: StandingClock
    ) -> None:
        """An invitation waits for no quiet hours' end: somebody stands beside the telephone."""
        user_id = self.newcomer(at)
        sign_in(client, "affairs")
        assert "邮件邀请" in words(client.get("/people"))
        answer = post(client, f"/people/{user_id}/invite")
        assert "邀请邮件将发送给新教学秘书" in words(client.get(answer.headers["Location"]))
        mails.tick(app, at, "2020-02-21T23:30")
        (mail,) = [
            message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=policy.default)
            for path in app.config["TRACKER"].mailbox.glob("*.eml")
            if b"new@campus.example" in path.read_bytes()
        ]
        assert mail["Subject"] == "【邀请】任务分解跟踪账号"
        fresh = app.test_client()
        assert choose(fresh, link_in(mail)).status_code == 303
        assert fresh.get("/mine").status_code == 200
        assert post(client, f"/people/{user_id}/invite").status_code == 409

    def test_twice_within_ten_minutes_is_once(
        self,
        app: Flask,
        client: FlaskClient,
        sign_in: SignIn,
        post: Post,
        at: StandingClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        user_id = self.newcomer(at)
        moment = clock.real_now().replace(minute=1)
        monkeypatch.setattr(clock, "real_now", lambda: moment)
        sign_in(client, "affairs")
        for _ in range(2):
            answer = post(client, f"/people/{user_id}/invite")
        assert "十分钟内已邀请过" in words(client.get(answer.headers["Location"]))
        mine = select(func.count()).where(OutboxMessage.kind == "invitation")
        assert db.session.scalar(mine) == 1

    def test_of_two_who_press_at_once_one_sends_and_the_other_is_told(
        self, both_app: Flask, at: StandingClock
    ) -> None:
        user_id = self.newcomer(at)
        moment = clock.real_now().replace(minute=1)
        db.session.remove()
        ready = threading.Barrier(2)

        def press() -> bool:
            with both_app.app_context():
                user = db.session.get_one(User, user_id)
                actor = cast.actor("affairs")
                ready.wait(timeout=10)
                with transaction():
                    return password_links.invite(user, actor, at.now(), moment)

        with ThreadPoolExecutor(2) as pool:
            pressed = [pool.submit(press) for _ in range(2)]
            assert sorted(each.result() for each in pressed) == [False, True]
