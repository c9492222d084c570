"""What a person showed counts only while it still holds: between the check and the session that it
opens, the account may have changed."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests import cast
from tests.rehearsal import StandingClock
from tests.web.test_auth import NEW_PASSWORD, attempt, is_signed_in
from tests.web.test_password_links import NEW, choose, link
from tests.web.test_second_factors import Telephone, give, send_code, shown_secret, telephone
from tracker import clock
from tracker.db import db, transaction
from tracker.models.second_factor import SecondFactor
from tracker.models.session import ApiToken, UserSession
from tracker.services import accounts, password_links, personal_data, second_factors
from tracker.web import entering, proofs

SignIn = Callable[[FlaskClient, str], FlaskClient]
Post = Callable[..., TestResponse]
Meanwhile = Callable[[object, str, Callable[[], None]], threading.Thread]
_ = link, telephone

AHEAD = 0.5
"""Seconds that the other one has, unless they must wait for this one."""
OTHER = "另外一句足够长的新密码"


@pytest.fixture
def meanwhile(both_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """`meanwhile(accounts, "hash_password", act)`: as soon as the product has called that, somebody
    else does `act`, once; at the latest when the product lets them."""

    def arrange(module: object, name: str, act: Callable[[], None]) -> threading.Thread:
        original = getattr(module, name)

        def work() -> None:
            with both_app.app_context(), transaction():
                act()

        other = threading.Thread(target=work)

        def called(*args: Any, **kwargs: Any) -> Any:
            answer = original(*args, **kwargs)
            if other.ident is None:
                other.start()
                other.join(AHEAD)
            return answer

        monkeypatch.setattr(module, name, called)
        return other

    return arrange


def new_password() -> None:
    user = cast.user("cs")
    accounts.change_password(user, cast.actor("cs"), clock.now(), accounts.hash_password(OTHER))


def disable() -> None:
    affairs = cast.actor("affairs")
    accounts.set_active(cast.user("cs"), affairs, clock.now(), clock.real_now(), False)


def erase() -> None:
    user, affairs = cast.user("cs"), cast.actor("affairs")
    personal_data.erase(user, affairs, clock.now(), clock.real_now(), typed=user.email)


CHANGES = pytest.mark.parametrize("change", [new_password, disable, erase])


def open_sessions() -> int:
    return db.session.scalar(select(func.count(UserSession.id))) or 0


@CHANGES
def test_an_old_password_opens_nothing_where_the_account_changes_while_it_is_checked(
    both_app: Flask, client: FlaskClient, meanwhile: Meanwhile, change: Callable[[], None]
) -> None:
    meanwhile(accounts, "password_matches", change)
    answer = attempt(client, cast.email("cs"), cast.PASSWORD)
    assert answer.status_code == 409
    assert not is_signed_in(client)
    assert open_sessions() == 0


def test_nobody_slips_in_beside_a_telephone_that_is_set_up_at_that_moment(
    both_app: Flask, client: FlaskClient, telephone: Telephone, meanwhile: Meanwhile
) -> None:
    def set_up() -> None:
        user, key = cast.user("cs"), both_app.config["SECRET_KEY"]
        code = telephone.shows(second_factors.secret(key, user, "b" * 64))
        who = cast.actor("cs")
        second_factors.enrol(user, "b" * 64, code, key, who, clock.now(), telephone.at)

    other = meanwhile(second_factors, "step_for", set_up)
    attempt(client, cast.email("cs"), cast.PASSWORD)
    other.join()
    assert not is_signed_in(client)


@CHANGES
def test_nor_does_a_code_of_the_telephone(
    both_app: Flask,
    client: FlaskClient,
    telephone: Telephone,
    meanwhile: Meanwhile,
    change: Callable[[], None],
) -> None:
    base32 = give(both_app, "cs", telephone)
    attempt(client, cast.email("cs"), cast.PASSWORD)
    meanwhile(proofs, "code_problem", change)
    assert send_code(client, telephone.shows(base32)).status_code == 409
    assert not is_signed_in(client)
    assert open_sessions() == 0


@CHANGES
def test_nor_is_a_token_given_to_a_session_that_has_ended(
    both_app: Flask,
    client: FlaskClient,
    sign_in: SignIn,
    post: Post,
    meanwhile: Meanwhile,
    change: Callable[[], None],
) -> None:
    sign_in(client, "cs")
    meanwhile(proofs, "problem", change)
    data = {"name": "日报", "scope": "read", "days": "90", "current": cast.PASSWORD}
    assert post(client, "/account/tokens", data).status_code == 422
    assert db.session.scalars(select(ApiToken)).all() == []


def test_of_two_telephones_that_are_set_up_at_once_one_is(
    both_app: Flask,
    client: FlaskClient,
    sign_in: SignIn,
    post: Post,
    telephone: Telephone,
    meanwhile: Meanwhile,
) -> None:
    """Whoever had only the password, and waited with the page open, is not in with the owner."""
    key, salt = both_app.config["SECRET_KEY"], "b" * 64
    sign_in(client, "cs")
    assert post(client, "/account/second-factor", {"current": cast.PASSWORD}).status_code == 303

    def set_up_another() -> None:
        user, actor = cast.user("cs"), cast.actor("cs")
        code = telephone.shows(second_factors.secret(key, user, salt))
        second_factors.enrol(user, salt, code, key, actor, clock.now(), telephone.at)

    page = client.get("/login/enrol")
    meanwhile(entering, "wanted", set_up_another)
    data = {"code": telephone.shows(shown_secret(page)), "csrf_token": cast.csrf_token(page)}
    assert client.post("/login/enrol", data=data).status_code == 409
    assert open_sessions() == 0
    assert db.session.scalars(select(SecondFactor.salt)).all() == [salt]


@CHANGES
def test_nor_is_a_password_of_ones_own_changed_by_a_session_that_has_ended(
    both_app: Flask,
    client: FlaskClient,
    sign_in: SignIn,
    post: Post,
    meanwhile: Meanwhile,
    change: Callable[[], None],
) -> None:
    sign_in(client, "cs")
    meanwhile(accounts, "password_matches", change)
    data = {"current": cast.PASSWORD, "password": NEW_PASSWORD, "repeat": NEW_PASSWORD}
    assert post(client, "/account", data).status_code == 409
    assert not is_signed_in(client)
    assert open_sessions() == 0


@CHANGES
def test_a_link_that_two_use_at_once_works_once(
    both_app: Flask,
    client: FlaskClient,
    meanwhile: Meanwhile,
    at: StandingClock,
    change: Callable[[], None],
) -> None:
    key, user = both_app.config["SECRET_KEY"], cast.user("cs")
    address = password_links.address("", key, user, password_links.RESET, clock.real_now())
    meanwhile(accounts, "hash_password", change)
    assert choose(client, address).status_code == 410
    assert not is_signed_in(client)
    assert open_sessions() == 0
    if change is not erase:
        assert not accounts.password_matches(cast.user("cs"), NEW)
