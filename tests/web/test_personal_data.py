"""What is kept about a person: seen and taken along by who may, erased by academic affairs."""

import dataclasses
import json
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import cast, plans
from tests.rehearsal import StandingClock
from tests.web import mails
from tests.web.duties import words
from tracker.db import db, transaction
from tracker.domain.vocabulary import LifeStep
from tracker.jobs import housekeeping
from tracker.models.org import User
from tracker.models.purge import Purge
from tracker.services import plan_life

SignIn = Callable[[FlaskClient, str], FlaskClient]
Send = Callable[..., TestResponse]


def test_a_person_takes_along_what_is_kept_about_them_and_nobody_elses(
    client: FlaskClient, sign_in: SignIn, app: Flask
) -> None:
    own, other = cast.user("cs").id, cast.user("info").id
    sign_in(client, "cs")
    page = client.get(f"/people/{own}/data")
    assert page.status_code == 200
    assert "/erase" not in page.text
    answer = client.get(f"/people/{own}/data.json")
    assert json.loads(answer.data)["person"]["email"] == cast.email("cs")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert client.get(f"/people/{other}/data.json").status_code == 404


def test_its_way_back_is_the_page_that_leads_to_it(client: FlaskClient, sign_in: SignIn) -> None:
    own, other = cast.user("affairs").id, cast.user("info").id
    sign_in(client, "affairs")
    for user_id, back in ((own, "/account"), (other, f"/people/{other}")):
        assert (
            f'class="back no-print"><a href="{back}"' in client.get(f"/people/{user_id}/data").text
        )
        assert f'href="/people/{user_id}/data"' in client.get(back).text


def test_academic_affairs_erase_a_person_by_typing_the_address(
    client: FlaskClient, sign_in: SignIn, post: Send, app: Flask, at: StandingClock
) -> None:
    mails.tick(app, at, "2020-02-21T09:01")
    box = app.config["TRACKER"].mailbox
    address = f"To: {cast.email('cs')}".encode()
    assert any(address in path.read_bytes() for path in box.glob("*.eml"))
    user_id = cast.user("cs").id
    sign_in(client, "affairs")
    refused = post(client, f"/people/{user_id}/erase", {"email": "cs"})
    assert refused.status_code == 422
    assert "这不是" in words(refused) or "This is not" in words(refused)
    done = post(client, f"/people/{user_id}/erase", {"email": cast.email("cs")})
    assert done.status_code == 303
    assert f">{cast.email('cs')}<" not in client.get("/people").text
    for gone in (f"/people/{user_id}/data", f"/people/{user_id}"):
        assert client.get(gone).status_code == 404
    number = {"staff_number": "2019001"}
    assert post(client, f"/people/{user_id}/staff-number", number).status_code == 404
    assert not any(address in path.read_bytes() for path in box.glob("*.eml"))
    assert post(client, f"/people/{user_id}/enable").status_code == 409


def test_an_erased_person_is_signed_out_and_never_signs_in_again(
    client: FlaskClient, sign_in: SignIn, post: Send, app: Flask
) -> None:
    user_id = cast.user("cs").id
    theirs = sign_in(app.test_client(), "cs")
    sign_in(client, "affairs")
    post(client, f"/people/{user_id}/erase", {"email": cast.email("cs")})
    assert theirs.get("/mine").status_code == 302
    token = cast.csrf_token(theirs.get("/login"))
    alias = db.session.get_one(User, user_id).email
    for email in (cast.email("cs"), alias):
        form = {"email": email, "password": cast.PASSWORD, "csrf_token": token}
        assert theirs.post("/login", data=form).status_code in (401, 422)


def test_what_was_read_of_persons_is_listed_for_academic_affairs(
    client: FlaskClient, sign_in: SignIn, app: Flask
) -> None:
    user_id = cast.user("cs").id
    sign_in(client, "cs")
    client.get(f"/people/{user_id}/data.json")
    client.get(f"/people/{cast.user('info').id}/data.json")
    client.head(f"/people/{user_id}/data.json")
    housekeeping.clean(app.config["TRACKER"])
    sign_in(client, "affairs")
    page = client.get("/people/accesses?kind=PERSON&who=cs&day=2020-02-21")
    assert page.text.count(f"/people/{user_id}/data.json</code>") == 1
    assert f"/people/{cast.user('info').id}/" not in page.text
    for narrow in ("kind=CARE", "who=nobody", "day=2020-02-20"):
        assert "data.json</code>" not in client.get(f"/people/accesses?{narrow}").text
    for wrong in ("kind=x", "day=yesterday", "page=0", "page=x"):
        assert client.get(f"/people/accesses?{wrong}").status_code in (400, 404)


def test_the_command_line_exports_and_erases(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    said = run(args=["tracker", "person", "export", cast.email("cs")])
    assert json.loads(said.stdout)["person"]["email"] == cast.email("cs")
    wrong = run(args=["tracker", "person", "erase", cast.email("cs"), "--confirm", "x"])
    assert wrong.exit_code == 1
    done = run(args=["tracker", "person", "erase", cast.email("cs"), "--confirm", cast.email("cs")])
    assert done.exit_code == 0, done.output
    gone = run(args=["tracker", "person", "export", cast.email("cs")])
    assert gone.exit_code == 1
    none = run(args=["tracker", "person", "erase-student", "nobody", "--yes"])
    assert none.exit_code == 1


def test_a_plan_s_page_says_when_its_data_goes_and_afterwards_how_much_went(
    client: FlaskClient, sign_in: SignIn, app: Flask, at: StandingClock
) -> None:
    settings = app.config["TRACKER"]
    app.config["TRACKER"] = dataclasses.replace(settings, retention_months=6)
    with transaction():
        for step in (LifeStep.CLOSE, LifeStep.ARCHIVE):
            plan_life.take(plans.first(), step, cast.actor("affairs"), at.now())
        db.session.add(Purge(plan_id=plans.first_id(), noticed_at=at.now()))
    for who in ("affairs", "cs"):
        assert "8月21日08:00" in words(sign_in(client, who).get("/plans/1"))
    with transaction():
        db.session.get_one(Purge, plans.first_id()).purged_at = at.now()
        db.session.get_one(Purge, plans.first_id()).names = 4321
    said = words(sign_in(client, "cs").get("/plans/1"))
    assert "8月21日08:00" not in said
    assert "4321" in said
