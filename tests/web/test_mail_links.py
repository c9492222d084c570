"""The links of a digest: looking never acts, a tick needs its person or the plan's leave."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests import cast
from tests.plans import first as first_plan
from tests.rehearsal import StandingClock
from tests.web import duties, mails
from tests.web.duties import held, words
from tracker import clock, signing
from tracker.db import db, transaction
from tracker.domain.vocabulary import State
from tracker.models.audit import AuditEvent
from tracker.permissions import Actor
from tracker.services import accounts, plans
from tracker.services.mail_links import MailLink
from tracker.web import mail_links

SignIn = Callable[[FlaskClient, str], FlaskClient]
PLAIN, COUNTED = 13, 3


def path_for(app: Flask, number: int, name: str = "cs", code: str = "cs") -> str:
    facts = [held(number, code).id, cast.user(name).id]
    return "/a/" + signing.sign(app.config["SECRET_KEY"], "act", facts)


def allow(at: StandingClock) -> None:
    plan = first_plan()
    with transaction():
        plans.let_act_by_mail(plan, cast.actor("affairs"), at.now(), allowed=True)


def press(client: FlaskClient, path: str, suffix: str = "") -> TestResponse:
    """What the page's one button sends."""
    fields = fields_of(client.get(path))
    return client.post(path + suffix, data=fields, follow_redirects=True)


def fields_of(page: TestResponse) -> dict[str, str]:
    return dict(re.findall(r'name="(csrf_token|version)" value="([^"]*)"', page.text))


def state(number: int) -> State:
    db.session.rollback()
    return held(number, "cs").state


def digest(app: Flask, name: str) -> EmailMessage:
    found = [
        message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=policy.default)
        for path in app.config["TRACKER"].mailbox.glob("*.eml")
    ]
    return next(mail for mail in found if mail["To"] == cast.email(name))


def test_every_open_duty_of_a_mail_leads_to_a_page_that_only_shows(
    app: Flask, client: FlaskClient, at: StandingClock
) -> None:
    """B-35: a scanner fetches each link five times by GET and HEAD; then the human's POST works."""
    allow(at)
    mails.tick(app, at, "2020-02-22T09:00")
    body = digest(app, "cs").get_body(("html",))
    assert body is not None
    links = sorted(set(re.findall(r"http://tracker\.example(/a/[^\"]+)", body.get_content())))
    assert len(links) == 16
    before = mails.everything()
    for link in links:
        for _ in range(5):
            assert client.get(link).status_code == 200
            assert client.head(link).status_code == 200
    assert mails.everything() == before
    assert press(client, path_for(app, PLAIN)).status_code == 200
    assert state(PLAIN) is State.DONE


def test_without_the_plan_s_leave_the_token_alone_ticks_nothing(
    app: Flask, client: FlaskClient
) -> None:
    path = path_for(app, PLAIN)
    assert "登录后打开此职责" in words(client.get(path))
    token = cast.csrf_token(client.get("/login"))
    assert client.post(path, data={"csrf_token": token, "version": 1}).status_code == 403
    assert state(PLAIN) is State.OPEN


def test_whoever_is_signed_in_ticks_and_takes_it_back(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, "cs")
    path = path_for(app, PLAIN)
    assert "已报送完成" in words(press(client, path))
    assert state(PLAIN) is State.DONE
    assert "未完成" in words(press(client, path, "/undo"))
    assert state(PLAIN) is State.OPEN


def test_a_number_or_names_are_never_ticked_from_a_mail(
    app: Flask, client: FlaskClient, at: StandingClock
) -> None:
    allow(at)
    path = path_for(app, COUNTED)
    assert "此职责需填写数量" in words(client.get(path))
    token = cast.csrf_token(client.get("/login"))
    assert client.post(path, data={"csrf_token": token, "version": 1}).status_code == 403
    assert state(COUNTED) is State.OPEN


def test_somebody_else_who_is_signed_in_never_acts_as_the_mail_s_reader(
    app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
) -> None:
    allow(at)
    for name in ("info", "affairs", "cs.dean"):
        browser = sign_in(app.test_client(), name)
        token = cast.csrf_token(browser.get("/account"))
        answer = browser.post(path_for(app, PLAIN), data={"csrf_token": token, "version": 1})
        assert answer.status_code == 403
    assert state(PLAIN) is State.OPEN


def test_a_tick_by_mail_is_recorded_as_the_person_s(
    app: Flask, client: FlaskClient, at: StandingClock
) -> None:
    allow(at)
    press(client, path_for(app, PLAIN))
    press(client, path_for(app, PLAIN))
    events = db.session.scalars(
        select(AuditEvent).where(AuditEvent.subject_id == held(PLAIN, "cs").id)
    ).all()
    said = [(event.action, event.user_id) for event in events if event.subject == "assignment"]
    who = cast.user("cs").id
    assert said == [("assignment.checked_off", who), ("assignment.ticked_by_mail", who)]


def test_of_two_ticks_at_once_one_is_recorded(
    both_app: Flask, at: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(at)
    path = path_for(both_app, PLAIN)
    clients = [both_app.test_client() for _ in range(2)]
    sent = [fields_of(client.get(path)) for client in clients]
    db.session.remove()
    ready, decide = threading.Barrier(2), mail_links._actor

    def decide_together(link: MailLink) -> Actor | None:
        actor = decide(link)
        ready.wait(timeout=10)
        return actor

    monkeypatch.setattr(mail_links, "_actor", decide_together)
    with ThreadPoolExecutor(2) as pool:
        pressed = [
            pool.submit(client.post, path, data=fields)
            for client, fields in zip(clients, sent, strict=True)
        ]
        assert [each.result().status_code for each in pressed] == [303, 303]
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.action.endswith("_by_mail")))
    assert len(events.all()) == 1


@pytest.mark.parametrize("why", ["a week later", "archived", "disabled", "no post"])
def test_a_link_that_is_over_shows_no_more_and_does_nothing(
    app: Flask, client: FlaskClient, at: StandingClock, why: str
) -> None:
    allow(at)
    path, token = path_for(app, PLAIN), cast.csrf_token(client.get("/login"))
    with transaction():
        if why == "archived":
            first_plan().archived_at = at.now()
        elif why == "disabled":
            user, affairs = cast.user("cs"), cast.actor("affairs")
            accounts.set_active(user, affairs, at.now(), clock.real_now(), False)
        elif why == "no post":
            db.session.delete(cast.user("cs").memberships[0])
    if why == "a week later":
        at("2020-03-02T00:00")
    page = client.get(path)
    assert page.status_code == 410
    assert "链接已失效" in words(page)
    assert "授课地点" not in words(page)
    assert client.post(path, data={"csrf_token": token, "version": 1}).status_code in (403, 410)
    assert state(PLAIN) is State.OPEN


def test_a_forged_token_leads_nowhere(app: Flask, client: FlaskClient) -> None:
    real = path_for(app, PLAIN)
    other_purpose = signing.sign(app.config["SECRET_KEY"], "unsubscribe", [1, 1])
    other_key = signing.sign("another key altogether", "act", [held(PLAIN, "cs").id, 1])
    for path in (mails.forged(real), real + "x", "/a/x", f"/a/{other_purpose}", f"/a/{other_key}"):
        assert client.get(path).status_code == 404


def test_the_page_leaks_its_address_to_nobody(app: Flask, client: FlaskClient) -> None:
    page = client.get(path_for(app, PLAIN))
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"


def test_a_plain_report_from_elsewhere_is_shown_not_repeated(
    app: Flask, client: FlaskClient, at: StandingClock
) -> None:
    allow(at)
    path = path_for(app, PLAIN)
    stale = client.get(path)
    duties.report("cs", PLAIN, "cs")
    fields = dict(re.findall(r'name="(csrf_token|version)" value="([^"]*)"', stale.text))
    answer = client.post(path, data=fields)
    assert answer.status_code == 303
    assert "已报送完成" in words(client.get(path))
