"""Whoever is told about others' duties is told what was tried before."""

from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

from flask import Flask
from flask.testing import FlaskClient

from tests import cast
from tests.rehearsal import StandingClock
from tests.web import mails
from tests.web.duties import words

SignIn = Callable[[FlaskClient, str], FlaskClient]


def text_to(app: Flask, name: str) -> str:
    """The newest mail's plain text."""
    found = [
        message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=policy.default)
        for path in app.config["TRACKER"].mailbox.glob("*.eml")
    ]
    mine = sorted(
        (mail for mail in found if mail["To"] == cast.email(name)),
        key=lambda mail: mail["Date"].datetime,
    )
    body = mine[-1].get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_a_head_and_academic_affairs_read_how_often_the_contact_was_reminded(
    both_app: Flask, at: StandingClock
) -> None:
    """Before 22日24:00 the contact gets D-1 09:00 and D 09:00; the head comes in at D 18:00. After
    D 18:00, D 22:00 and D+1 08:00 academic affairs read of five at D+1 14:00."""
    steps = ("2020-02-21T09:00", "2020-02-22T09:00", "2020-02-22T18:00")
    mails.tick(both_app, at, *steps)
    assert "联系人" not in text_to(both_app, "cs")
    assert "计算机学院：联系人已收到2次提醒，最近一次为2月22日09:00" in text_to(both_app, "cs.dean")
    mails.tick(both_app, at, "2020-02-22T22:00", "2020-02-23T08:00", "2020-02-23T14:00")
    told = text_to(both_app, "affairs")
    assert "计算机学院（联系人已收到5次提醒，最近一次为2月23日08:00）" in told


def test_who_will_be_told_by_tonight_stands_on_the_page(
    app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
) -> None:
    at("2020-02-22T17:00")
    sign_in(client, "affairs")
    said = words(client.get("/reminders?by=2020-02-22T20:00"))
    assert "共27人：" in said
    assert "计算机学院院长" in said.partition("即将发送")[0]
    assert "届时不会通知任何人" in words(client.get("/reminders?by=2020-02-22T17:59"))
    assert client.get("/reminders?by=tonight").status_code == 400
    sign_in(app.test_client(), "cs")
    assert "共27人" not in words(
        sign_in(app.test_client(), "cs").get("/reminders?by=2020-02-22T20:00")
    )
