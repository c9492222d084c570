"""Unsubscribing stops information, never duties; one click needs no cookie."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import cast
from tests.rehearsal import StandingClock
from tests.web import mails
from tests.web.duties import words
from tests.web.test_mail_links import digest
from tracker import signing
from tracker.db import db

SignIn = Callable[[FlaskClient, str], FlaskClient]
Post = Callable[..., TestResponse]


def address_of(app: Flask, name: str) -> str:
    return "/u/" + signing.sign(app.config["SECRET_KEY"], "unsubscribe", [cast.user(name).id])


def paused(name: str) -> bool:
    db.session.rollback()
    return cast.user(name).information_paused


def test_every_mail_can_be_unsubscribed_from_with_one_click(
    app: Flask, client: FlaskClient, at: StandingClock
) -> None:
    """RFC 8058: a POST without cookie and form token, with exactly its one field."""
    mails.tick(app, at, "2020-02-21T09:00")
    mail = digest(app, "cs")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(mail["List-Unsubscribe"]).strip("<>").removeprefix("http://tracker.example")
    assert client.get(link).status_code == client.head(link).status_code == 200
    assert client.post(link).status_code == 400
    assert client.post(link, data={"List-Unsubscribe": "x"}).status_code == 400
    assert not paused("cs")
    assert client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert paused("cs")
    assert not paused("info")


def test_reminders_of_duties_keep_coming(
    app: Flask, client: FlaskClient, at: StandingClock
) -> None:
    client.post(address_of(app, "cs"), data={"List-Unsubscribe": "One-Click"})
    mails.tick(app, at, "2020-02-21T09:00")
    assert digest(app, "cs")["Subject"].startswith("【第1次提醒】")


def test_it_is_taken_back_on_the_same_page(app: Flask, client: FlaskClient) -> None:
    path = address_of(app, "cs")
    said = client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert "您将不再收到告知类邮件。" in words(said)
    token = cast.csrf_token(client.get(path))
    client.post(f"{path}/again", data={"csrf_token": token})
    assert not paused("cs")


def test_a_person_chooses_an_hour_on_the_account_page(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    sign_in(client, "cs")
    answer = post(client, "/account/mails", {"digest_hour": "8", "paused": "y"})
    page = client.get(answer.headers["Location"])
    assert "设置已保存" in words(page)
    assert '<option value="8" selected>' in page.text
    assert paused("cs")
    for hour in ("6", "22", "x", ""):
        refused = post(client, "/account/mails", {"digest_hour": hour})
        assert refused.status_code == 400
    assert paused("cs")


def test_a_forged_or_foreign_token_leads_nowhere(app: Flask, client: FlaskClient) -> None:
    act = signing.sign(app.config["SECRET_KEY"], "act", [cast.user("cs").id])
    for token in (act, "x", address_of(app, "cs")[3:-1]):
        assert client.get(f"/u/{token}").status_code == 404
        answer = client.post(f"/u/{token}", data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 404
