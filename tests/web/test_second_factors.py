"""The second step: asked of whoever has it, forced on whoever administers, good once a code."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests import cast
from tests.rehearsal import StandingClock
from tests.web import mails
from tests.web.duties import words
from tests.web.test_auth import NEW_PASSWORD, attempt, cookie, is_signed_in, with_cookie
from tests.web.test_password_links import ask, choose, letters, link_in
from tracker import clock
from tracker.db import db, transaction
from tracker.models.audit import AuditEvent
from tracker.models.org import Membership
from tracker.models.second_factor import RecoveryCode, SecondFactor
from tracker.models.session import LoginDelay, UserSession
from tracker.queries.sessions import holder
from tracker.services import second_factors, sessions

MakeApp = Callable[..., Flask]
SignIn = Callable[[FlaskClient, str], FlaskClient]
Post = Callable[..., TestResponse]
SALT = "a" * 64


class Telephone:
    """Whose clock is the machine's, and which a test may move."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = clock.real_now().replace(second=5, microsecond=0)
        monkeypatch.setattr(clock, "real_now", lambda: self.at)

    def later(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)

    def shows(self, base32: str, at: datetime | None = None) -> str:
        return pyotp.TOTP(base32).at(at or self.at)


@pytest.fixture
def telephone(monkeypatch: pytest.MonkeyPatch) -> Telephone:
    return Telephone(monkeypatch)


@pytest.fixture
def secret(app: Flask, telephone: Telephone) -> str:
    """The college's contact has a second factor; what their telephone keeps."""
    return give(app, "cs", telephone)


def give(app: Flask, name: str, telephone: Telephone) -> str:
    with transaction():
        user = cast.user(name)
        db.session.add(SecondFactor(user_id=user.id, salt=SALT, last_step=0, since=telephone.at))
        return second_factors.secret(app.config["SECRET_KEY"], user, SALT)


def send_code(client: FlaskClient, code: str) -> TestResponse:
    token = cast.csrf_token(client.get("/login/code"))
    return client.post("/login/code", data={"code": code, "csrf_token": token})


def shown_secret(page: TestResponse) -> str:
    return "".join(re.findall(r"<span>([A-Z2-7]{4})</span>", page.text))


def shown_codes(page: TestResponse) -> list[str]:
    return re.findall(r"<li><code>([a-z0-9-]{29})</code></li>", page.text)


def set_up(client: FlaskClient, telephone: Telephone, path: str = "/login/enrol") -> TestResponse:
    """From the page with the picture on."""
    page = client.get(path)
    code = telephone.shows(shown_secret(page))
    return client.post(path, data={"code": code, "csrf_token": cast.csrf_token(page)})


class TestSigningIn:
    def test_the_password_alone_opens_nothing(
        self, app: Flask, client: FlaskClient, secret: str, telephone: Telephone
    ) -> None:
        said = attempt(client, cast.email("cs"), cast.PASSWORD, next="/mine")
        assert said.location == "/login/code"
        assert not is_signed_in(client)
        opener = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        half = sessions.digest(opener.loads(cookie(client))["half"])
        assert holder(half, clock.now(), telephone.at) is None
        for path in ("/mine", "/board", "/account", "/api/v1/plans"):
            assert client.get(path).status_code in (302, 401)
        said = send_code(client, telephone.shows(secret))
        assert (said.status_code, said.location) == (303, "/mine")
        assert is_signed_in(client)
        assert client.get("/login/code").location == "/"

    def test_nor_does_the_cookie_of_the_first_step_after_the_second(
        self, app: Flask, client: FlaskClient, secret: str, telephone: Telephone
    ) -> None:
        attempt(client, cast.email("cs"), cast.PASSWORD)
        half = cookie(client)
        send_code(client, telephone.shows(secret))
        other = with_cookie(app, half)
        assert not is_signed_in(other)
        assert other.get("/login/code").location == "/login"

    def test_the_first_step_is_over_after_ten_minutes(
        self, client: FlaskClient, secret: str, telephone: Telephone
    ) -> None:
        attempt(client, cast.email("cs"), cast.PASSWORD)
        telephone.later(601)
        assert client.get("/login/code").location == "/login"

    @pytest.mark.parametrize("ago", [0, 30])
    def test_a_code_works_once(
        self, app: Flask, client: FlaskClient, secret: str, telephone: Telephone, ago: int
    ) -> None:
        code = telephone.shows(secret, telephone.at - timedelta(seconds=ago))
        for expected in (303, 422):
            fresh = app.test_client()
            attempt(fresh, cast.email("cs"), cast.PASSWORD)
            assert send_code(fresh, code).status_code == expected

    def test_after_a_code_none_of_before_it_works(
        self, app: Flask, client: FlaskClient, secret: str, telephone: Telephone
    ) -> None:
        earlier = telephone.shows(secret, telephone.at - timedelta(seconds=30))
        attempt(client, cast.email("cs"), cast.PASSWORD)
        send_code(client, telephone.shows(secret))
        other = app.test_client()
        attempt(other, cast.email("cs"), cast.PASSWORD)
        assert send_code(other, earlier).status_code == 422

    def test_of_two_who_send_the_same_code_at_once_one_gets_in(
        self, both_app: Flask, telephone: Telephone
    ) -> None:
        base32 = give(both_app, "cs", telephone)
        code, key = telephone.shows(base32), both_app.config["SECRET_KEY"]

        def use() -> bool:
            with both_app.app_context(), transaction():
                return second_factors.is_right(cast.user("cs"), code, key, telephone.at)

        with ThreadPoolExecutor(4) as people:
            done = [people.submit(use) for _ in range(4)]
            assert sorted(each.result() for each in done) == [False, False, False, True]

    @pytest.mark.parametrize("seconds", [-90, -60, 30, 60])
    def test_a_code_of_another_time_is_none(
        self, client: FlaskClient, secret: str, telephone: Telephone, seconds: int
    ) -> None:
        code = telephone.shows(secret, telephone.at + timedelta(seconds=seconds))
        attempt(client, cast.email("cs"), cast.PASSWORD)
        assert send_code(client, code).status_code == 422
        assert not is_signed_in(client)

    def test_it_may_be_typed_as_telephones_show_it_and_in_full_width(
        self, client: FlaskClient, secret: str, telephone: Telephone
    ) -> None:
        code = telephone.shows(secret)
        wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
        attempt(client, cast.email("cs"), cast.PASSWORD)
        assert send_code(client, f" {wide[:3]} {wide[3:]} ").status_code == 303

    def test_wrong_codes_wait_longer_and_longer_and_a_right_one_waits_too(
        self, app: Flask, client: FlaskClient, secret: str, telephone: Telephone
    ) -> None:
        attempt(client, cast.email("cs"), cast.PASSWORD)
        answers = [send_code(client, "000000").status_code for _ in range(6)]
        assert answers == [422, 422, 422, 422, 422, 429]
        assert send_code(client, telephone.shows(secret)).status_code == 429
        with transaction():
            db.session.query(LoginDelay).update({"next_try_at": telephone.at})
        assert send_code(client, telephone.shows(secret)).status_code == 303

    def test_a_disabled_person_s_first_step_leads_nowhere(
        self, client: FlaskClient, secret: str, telephone: Telephone
    ) -> None:
        attempt(client, cast.email("cs"), cast.PASSWORD)
        with transaction():
            cast.user("cs").is_active = False
        assert client.get("/login/code").location == "/login"

    def test_a_password_by_mail_does_not_go_round_it(
        self, app: Flask, client: FlaskClient, secret: str, at: StandingClock, telephone: Telephone
    ) -> None:
        ask(client, cast.email("cs"))
        mails.tick(app, at, "2020-02-21T08:01")
        (mail,) = letters(app, cast.email("cs"))
        said = choose(client, link_in(mail))
        assert (said.status_code, said.location) == (303, "/login/code")
        assert not is_signed_in(client)
        assert send_code(client, telephone.shows(secret)).status_code == 303


class TestWhoAdministers:
    @pytest.fixture
    def app(self, make_app: MakeApp, sqlite_url: str) -> Flask:
        return make_app(sqlite_url, TWO_FACTOR="required")

    def test_is_let_in_only_once_a_telephone_is_set_up(
        self, app: Flask, client: FlaskClient, telephone: Telephone
    ) -> None:
        said = attempt(client, cast.email("affairs"), cast.PASSWORD, next="/outbox")
        assert said.location == "/login/enrol"
        assert not is_signed_in(client)
        page = client.get("/login/enrol")
        assert len(shown_secret(page)) == 32
        assert "data:image/svg+xml" in page.text
        wrong = client.post(
            "/login/enrol", data={"code": "000000", "csrf_token": cast.csrf_token(page)}
        )
        assert wrong.status_code == 422
        assert shown_secret(wrong) == shown_secret(page)
        done = set_up(client, telephone)
        assert done.status_code == 200
        assert len(set(shown_codes(done))) == second_factors.RECOVERY_CODES
        assert 'href="/outbox"' in done.text
        assert is_signed_in(client)
        again = app.test_client()
        assert attempt(again, cast.email("affairs"), cast.PASSWORD).location == "/login/code"

    def test_cannot_switch_it_off(
        self, app: Flask, client: FlaskClient, post: Post, telephone: Telephone
    ) -> None:
        attempt(client, cast.email("affairs"), cast.PASSWORD)
        code, *_ = shown_codes(set_up(client, telephone))
        proof = {"current": cast.PASSWORD, "code": code}
        said = post(client, "/account/second-factor/off", proof)
        assert said.status_code == 409
        assert db.session.query(SecondFactor).count() == 1

    def test_whoever_the_site_says_is_forced(
        self, make_app: MakeApp, app: Flask, sqlite_url: str
    ) -> None:
        client = make_app(sqlite_url, TWO_FACTOR="everybody").test_client()
        for name in cast.CAST:
            assert attempt(client, cast.email(name), cast.PASSWORD).location == "/login/enrol"
            assert not is_signed_in(client)

    def test_others_are_not_forced(self, client: FlaskClient) -> None:
        for name in ("cs", "president", "network"):
            assert attempt(client, cast.email(name), cast.PASSWORD).location == "/"
            client.delete_cookie(client.application.config["SESSION_COOKIE_NAME"])

    def test_a_telephone_that_waits_to_be_set_up_is_forgotten_once_another_is(
        self, app: Flask, client: FlaskClient, telephone: Telephone
    ) -> None:
        """Whoever had only the password, and waited with the page open."""
        thief = app.test_client()
        for each in (thief, client):
            attempt(each, cast.email("affairs"), cast.PASSWORD)
        assert thief.get("/login/enrol").status_code == 200
        set_up(client, telephone)
        assert thief.get("/login/enrol").location == "/login"


def test_off_asks_nobody_and_shows_nothing(make_app: MakeApp, sqlite_url: str) -> None:
    client = make_app(sqlite_url, TWO_FACTOR="off").test_client()
    assert "两步验证" not in cast.sign_in(client, "affairs").get("/account").text
    assert cast.post(client, "/account/second-factor").status_code == 404


def test_whoever_wants_a_second_factor_may_think_again(client: FlaskClient, post: Post) -> None:
    cast.sign_in(client, "cs")
    post(client, "/account/second-factor", {"current": cast.PASSWORD})
    main = client.get("/login/enrol").text.partition("<main")[2]
    assert 'href="/account"' in main
    assert "请重新登录" not in main
    client.get("/account")
    assert is_signed_in(client)
    assert db.session.scalar(select(SecondFactor)) is None


class TestRecoveryCodes:
    @pytest.fixture
    def codes(self, client: FlaskClient, post: Post, telephone: Telephone) -> list[str]:
        """Of the college's contact, who set up a telephone because they wanted to."""
        cast.sign_in(client, "cs")
        said = post(client, "/account/second-factor", {"current": cast.PASSWORD})
        assert said.location == "/login/enrol"
        return shown_codes(set_up(client, telephone))

    def test_each_works_once_and_only_hashes_are_kept(self, app: Flask, codes: list[str]) -> None:
        assert len(codes) == 10
        kept = " ".join(str(row) for row in db.session.execute(select(RecoveryCode.code_hash)))
        assert not any(code in kept or code.replace("-", "") in kept for code in codes)
        for expected in (303, 422):
            fresh = app.test_client()
            attempt(fresh, cast.email("cs"), cast.PASSWORD)
            assert send_code(fresh, codes[3].upper().replace("-", " ")).status_code == expected
        assert second_factors.codes_left(cast.user("cs")) == 9

    def test_new_ones_take_the_place_of_the_old(
        self, app: Flask, client: FlaskClient, post: Post, codes: list[str]
    ) -> None:
        proof = {"current": cast.PASSWORD, "code": codes[0]}
        new = shown_codes(post(client, "/account/second-factor/codes", proof))
        assert not set(new) & set(codes)
        fresh = app.test_client()
        attempt(fresh, cast.email("cs"), cast.PASSWORD)
        assert send_code(fresh, codes[1]).status_code == 422
        assert send_code(fresh, new[1]).status_code == 303

    def test_somebody_else_s_is_no_use(
        self, app: Flask, codes: list[str], telephone: Telephone
    ) -> None:
        give(app, "info", telephone)
        client = app.test_client()
        attempt(client, cast.email("info"), cast.PASSWORD)
        assert send_code(client, codes[0]).status_code == 422


def cast_by_code(app: Flask, secret: str, telephone: Telephone) -> FlaskClient:
    """Another browser of the same person, with the code of this moment."""
    client = app.test_client()
    attempt(client, cast.email("cs"), cast.PASSWORD)
    assert send_code(client, telephone.shows(secret)).status_code == 303
    return client


class TestChangingIt:
    @pytest.mark.parametrize("path", ["", "/codes", "/off"])
    def test_needs_the_password_and_a_code_again(
        self,
        app: Flask,
        client: FlaskClient,
        post: Post,
        secret: str,
        telephone: Telephone,
        path: str,
    ) -> None:
        attempt(client, cast.email("cs"), cast.PASSWORD)
        send_code(client, telephone.shows(secret))
        telephone.later(30)
        code = telephone.shows(secret)
        url = f"/account/second-factor{path}"
        for proof in (
            {},
            {"current": cast.PASSWORD},
            {"code": code},
            {"current": "wrong", "code": code},
            {"current": cast.PASSWORD, "code": "000000"},
        ):
            assert post(client, url, proof).status_code == 422
        other = cast_by_code(app, secret, telephone)
        assert post(client, url, {"current": cast.PASSWORD, "code": code}).status_code == 422
        telephone.later(30)
        proof = {"current": cast.PASSWORD, "code": telephone.shows(secret)}
        assert post(client, url, proof).status_code in (200, 303)
        assert is_signed_in(client)
        assert is_signed_in(other) is (path != "/off")

    def test_another_telephone_ends_the_first_one_s_codes(
        self, app: Flask, client: FlaskClient, post: Post, secret: str, telephone: Telephone
    ) -> None:
        attempt(client, cast.email("cs"), cast.PASSWORD)
        send_code(client, telephone.shows(secret))
        old = with_cookie(app, cookie(client))
        telephone.later(30)
        post(
            client,
            "/account/second-factor",
            {"current": cast.PASSWORD, "code": telephone.shows(secret)},
        )
        set_up(client, telephone)
        assert is_signed_in(client)
        assert not is_signed_in(old)
        telephone.later(30)
        fresh = app.test_client()
        attempt(fresh, cast.email("cs"), cast.PASSWORD)
        assert send_code(fresh, telephone.shows(secret)).status_code == 422

    def test_the_secret_is_nowhere_in_the_database(
        self, app: Flask, client: FlaskClient, secret: str
    ) -> None:
        assert db.session.scalars(select(SecondFactor.salt)).all() == [SALT]
        assert len(secret) == 32
        user = cast.user("cs")
        others = {
            second_factors.secret("another key", user, SALT),
            second_factors.secret(app.config["SECRET_KEY"], user, "b" * 64),
            second_factors.secret(app.config["SECRET_KEY"], cast.user("info"), SALT),
        }
        assert secret not in others
        assert len(others) == 3


class TestReset:
    def person(self, name: str) -> str:
        return f"/people/{cast.user(name).id}"

    def test_somebody_else_does_it_with_a_reason_and_the_person_hears_of_it(
        self,
        app: Flask,
        client: FlaskClient,
        post: Post,
        secret: str,
        at: StandingClock,
        telephone: Telephone,
    ) -> None:
        theirs = app.test_client()
        attempt(theirs, cast.email("cs"), cast.PASSWORD)
        send_code(theirs, telephone.shows(secret))
        cast.sign_in(client, "affairs")
        url = f"{self.person('cs')}/second-factor/reset"
        assert (
            post(client, url).status_code == post(client, url, {"reason": " "}).status_code == 422
        )
        said = post(client, url, {"reason": "当面核对工作证"})
        assert said.status_code == 303
        assert not is_signed_in(theirs)
        assert db.session.query(SecondFactor).count() == 0
        event = db.session.scalars(
            select(AuditEvent).where(AuditEvent.action == "user.second_factor_reset")
        ).one()
        assert event.detail == {"reason": "当面核对工作证"}
        mails.tick(app, at, "2020-02-21T08:01")
        (mail,) = [path.read_bytes() for path in app.config["TRACKER"].mailbox.glob("*.eml")]
        assert b"To: cs@campus.example" in mail
        assert post(client, url, {"reason": "再次"}).status_code == 409

    def test_nobody_does_it_for_themselves(
        self, app: Flask, client: FlaskClient, post: Post, telephone: Telephone
    ) -> None:
        cast.sign_in(client, "affairs")
        give(app, "affairs", telephone)
        url = f"{self.person('affairs')}/second-factor/reset"
        assert post(client, url, {"reason": "手机丢了"}).status_code == 409
        assert "另一位人员" in words(client.get(self.person("affairs")))
        assert db.session.query(SecondFactor).count() == 1

    def test_the_command_line_does_it_too(self, app: Flask, secret: str) -> None:
        run = app.test_cli_runner().invoke
        command = ["tracker", "user", "reset-two-factor"]
        said = run(args=[*command, cast.email("cs"), "--reason", "came to the office"])
        assert said.exit_code == 0, said.output
        assert db.session.query(SecondFactor).count() == 0
        assert run(args=[*command, "nobody@x.example", "--reason", "x"]).exit_code == 1


def test_a_post_that_administers_needs_it_from_the_next_sign_in_on(
    make_app: MakeApp, sqlite_url: str
) -> None:
    app = make_app(sqlite_url, TWO_FACTOR="required")
    with transaction():
        office = cast.user("affairs").memberships[0]
        user_id = cast.user("cs").id
        db.session.add(Membership(user_id=user_id, unit_id=office.unit_id, post=office.post))
    client = app.test_client()
    assert attempt(client, cast.email("cs"), cast.PASSWORD).location == "/login/enrol"
    assert db.session.query(UserSession).filter(UserSession.waits_for.is_(None)).count() == 0


def test_the_new_password_page_leads_to_the_second_step(
    app: Flask, client: FlaskClient, post: Post, secret: str, telephone: Telephone
) -> None:
    """Of a password that academic affairs gave."""
    office = cast.sign_in(app.test_client(), "affairs")
    page = post(office, f"/people/{cast.user('cs').id}/password")
    given = page.text.split("<code>")[1].split("</code>")[0]
    said = attempt(client, cast.email("cs"), given)
    assert said.location.startswith("/password/new/")
    assert choose(client, said.location, NEW_PASSWORD, NEW_PASSWORD).location == "/login/code"
    assert not is_signed_in(client)
