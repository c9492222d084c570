"""Where there is nothing to show, and where something went wrong, a page says what to do next."""

import re
from collections.abc import Callable

import flask_migrate
import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import default_exceptions
from werkzeug.test import TestResponse

from tests import cast
from tests.databases import PUBLISHED, bare_app, in_app
from tests.web.duties import held, held_id, report, send_back, words
from tracker.db import db, transaction
from tracker.domain.errors import N_, IllegalStep
from tracker.domain.vocabulary import Post, UnitKind
from tracker.models.org import Membership, Unit, User
from tracker.web.errors import NEXT

SignIn = Callable[[FlaskClient, str], FlaskClient]
Send = Callable[..., TestResponse]

_EMPTY = re.compile(
    r'<(p|div|section) class="(?:empty|board-nothing|message-page)[^"]*".*?</\1>', re.DOTALL
)
UNITS = (
    ("affairs", UnitKind.ACADEMIC_AFFAIRS, "教务处"),
    ("cs", UnitKind.COLLEGE, "计算机学院"),
)
_WAYS_ON = re.compile(r"<a [^>]*href=|<button")


def dead_ends(page: TestResponse) -> list[str]:
    """What says that nothing is there and leads nowhere."""
    assert page.status_code == 200, page.request.path
    return [found[0] for found in _EMPTY.finditer(page.text) if not _WAYS_ON.search(found[0])]


@pytest.fixture
def units_only(make_app: Callable[..., Flask], tmp_path) -> FlaskClient:
    """A new database: an office, a college, a person in each, one without a post, no notice."""
    url = f"sqlite:///{tmp_path / 'new.db'}"
    with in_app(bare_app(url)):
        flask_migrate.upgrade()
        with transaction():
            office, college = (
                Unit(code=code, kind=kind, name=name, name_en=code, position=position)
                for position, (code, kind, name) in enumerate(UNITS)
            )
            db.session.add_all([office, college])
            for name, unit in (("affairs", office), ("cs", college), ("nobody", None)):
                user = User(
                    email=cast.email(name),
                    name=name,
                    name_en=name,
                    password_hash=cast.PASSWORD_HASH,
                    created_at=PUBLISHED,
                )
                db.session.add(user)
                if unit is not None:
                    db.session.add(Membership(user=user, unit=unit, post=Post.CONTACT))
    return make_app(url).test_client()


def test_with_nothing_but_units_every_page_says_what_comes_next(
    units_only: FlaskClient, sign_in: SignIn
) -> None:
    everywhere = ("/mine", "/board", "/plans", "/reminders", "/mailbox", "/urges", "/account")
    for who, said, paths in (
        (
            "affairs",
            "由教务处导入通知，核对后发布",
            ("/outbox", "/people", "/units/cs", "/workdays"),
        ),
        ("cs", "本单位在现行方案中没有职责", ("/units/cs",)),
        ("nobody", "请联系教务处添加", ()),
    ):
        client = sign_in(units_only, who)
        for path in (*everywhere, *paths):
            assert dead_ends(client.get(path, follow_redirects=True)) == [], (who, path)
        assert said in words(client.get("/board"))
    assert "您未在任何单位任职" not in words(sign_in(units_only, "affairs").get("/mine"))


def test_an_empty_list_leads_on(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    """Nothing overdue, nothing waiting, nothing in a state, no mail to somebody, no names."""
    sign_in(client, "affairs")
    roster = f"/rosters/{held(3, 'cs').duty.tasks[0].id}"
    for path in (
        "/board?show=overdue",
        "/board?show=waiting",
        "/outbox",
        "/mailbox?to=x@campus.example",
        "/urges",
        f"/plans/{held(3, 'cs').duty.plan_id}/urge?show=overdue",
        roster,
    ):
        assert dead_ends(client.get(path)) == [], path
    assert dead_ends(sign_in(client, "president").get(roster)) == []


def test_every_refusal_says_what_to_do_and_offers_help(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, "cs")
    seen = {
        404: client.get("/nowhere"),
        403: client.get("/people"),
        405: client.get("/logout"),
        400: client.post("/mine/check-off"),
        413: client.post("/language", data={"locale": "x" * 1_100_000}),
        422: post(client, "/language", {"locale": "fr"}),
        409: post(client, f"/assignments/{held_id(15, 'cs')}/undo", {"version": 1}),
    }
    for status, failure in ((500, ValueError("broken")), (503, _silent())):
        monkeypatch.setitem(app.view_functions, "help.contents", _failing(failure))
        seen[status] = client.get("/help")
    monkeypatch.setitem(app.view_functions, "help.contents", lambda: abort(429))
    seen[429] = client.get("/help")
    assert set(seen) == set(NEXT)
    for status, answer in seen.items():
        assert answer.status_code == status
        main = answer.text[answer.text.index("<main") :]
        assert 'href="/help"' in main, status
        assert 'href="/"' in main, status


@pytest.mark.parametrize("status", [404, 409, 413, 429, 500, 503])
def test_whatever_went_wrong_what_was_typed_is_given_back(
    app: Flask,
    client: FlaskClient,
    sign_in: SignIn,
    post: Send,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    """In place of the page with the form, "back" would lead away from both."""
    sign_in(client, "cs")
    failures: dict[int, Exception] = {409: IllegalStep(N_("Cancel")), 500: ValueError()}
    failures[503] = _silent()
    failure = failures.get(status) or default_exceptions[status]()
    monkeypatch.setitem(app.view_functions, "assignments.check_off", _failing(failure))
    answer = post(
        client,
        f"/assignments/{held_id(3, 'cs')}/check-off",
        {"note": "两个群待建<b>", "password": "a password nobody should read"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == status
    assert "两个群待建&lt;b&gt;" in answer.text
    assert "a password nobody should read" not in answer.text
    assert "后退" not in words(answer)


def _silent() -> OperationalError:
    return OperationalError("select", None, RuntimeError("gone"))


def _failing(problem: Exception) -> Callable[..., None]:
    def fail(**_of_the_address: object) -> None:
        raise problem

    return fail


def test_the_reason_of_a_return_stays_when_proof_is_added(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    """The box shows what the inspector wrote, not whatever happened last."""
    report("cs", 3, "cs", 135)
    send_back("affairs", 3, "cs", "还差2门课")
    url = f"/assignments/{held_id(3, 'cs')}"
    sign_in(client, "cs")
    assert post(client, f"{url}/evidence", {"link": "https://x.example/a"}).status_code == 303
    box = re.search(r'<div class="returned">.*?</div>', client.get(url).text, re.DOTALL)
    assert box
    assert "还差2门课" in box[0]
    assert "教务处负责人" in box[0]
