"""The campus's own sign-on over CAS: it says who somebody is, and nobody else can."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests import cast
from tests.web import campus_servers
from tests.web.campus_servers import Cas
from tests.web.duties import words
from tests.web.test_auth import ELSEWHERE, is_signed_in
from tracker import clock
from tracker.db import db, transaction
from tracker.models.org import Membership, User
from tracker.models.session import UserSession
from tracker.services import campus_server

MakeApp = Callable[..., Flask]
NUMBER = "2019001"
VALIDATE = "/cas/serviceValidate"
NOBODY = "未能登录"


@pytest.fixture(scope="module")
def _server() -> Iterator[Cas]:
    cas = Cas()
    with campus_servers.served(cas):
        yield cas


@pytest.fixture
def campus(_server: Cas) -> Cas:
    _server.wrong.clear()
    _server.asked.clear()
    _server.attributes = {}
    return _server


@pytest.fixture
def app(make_app: MakeApp, sqlite_url: str, campus: Cas) -> Flask:
    app = make_app(sqlite_url, CAS_URL=f"{campus.origin}/cas")
    with transaction():
        cast.user("cs").staff_number = NUMBER
    return app


def leave(client: FlaskClient, target: str = "") -> str:
    """The service that the browser is sent away with."""
    away = client.get("/sign-on", query_string={"next": target} if target else {})
    assert away.status_code == 302, away.text
    return parse_qs(urlsplit(away.location).query)["service"][0]


def come_back(client: FlaskClient, service: str, **given: str) -> TestResponse:
    parts = urlsplit(service)
    assert parts.netloc == "tracker.example"
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | given
    return client.get(parts.path, query_string=query)


def sign_on(client: FlaskClient, campus: Cas, name: str = NUMBER, target: str = "") -> TestResponse:
    service = leave(client, target)
    return come_back(client, service, ticket=campus.give(name, service))


def assert_refused(client: FlaskClient, said: TestResponse, status: int = 403) -> None:
    assert said.status_code == status
    assert not is_signed_in(client)
    assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0


def test_whoever_the_campus_names_by_staff_number_is_in(client: FlaskClient, campus: Cas) -> None:
    away = client.get("/sign-on")
    assert away.location.startswith(f"{campus.origin}/cas/login?service=")
    said = sign_on(client, campus, target="/mine")
    assert (said.status_code, said.location) == (303, "/mine")
    assert cast.email("cs") in client.get("/account").text
    assert campus.asked == [VALIDATE]


def test_the_page_offers_the_campus_first_and_the_password_after_it(
    client: FlaskClient, campus: Cas
) -> None:
    page = client.get("/login?next=/mine").text
    assert page.index("统一身份认证登录") < page.index('name="password"')
    assert 'href="/sign-on?next=/mine"' in page
    campus.wrong[VALIDATE] = lambda: (503, b"", {})
    cast.sign_in(client, "cs")
    assert is_signed_in(client)


def test_nobody_is_sent_to_the_campus_unasked(client: FlaskClient, campus: Cas) -> None:
    for path in ("/", "/mine", "/board"):
        assert client.get(path).location.startswith("/login")
    assert campus.asked == []


def test_without_a_campus_server_there_is_no_button_and_no_way(
    make_app: MakeApp, sqlite_url: str
) -> None:
    client = make_app(sqlite_url).test_client()
    assert "统一身份认证" not in client.get("/login").text
    assert client.get("/sign-on").status_code == client.get("/sign-on/back").status_code == 404


def test_nobody_is_added_and_no_right_is_given(client: FlaskClient, campus: Cas) -> None:
    """Whatever roles the campus tells of."""
    campus.attributes = {"role": "admin", "isObserver": "true"}
    before = [db.session.scalar(select(func.count()).select_from(m)) for m in (User, Membership)]
    said = sign_on(client, campus, "2019999")
    assert_refused(client, said)
    assert "2019999" in words(said)
    sign_on(client, campus)
    after = [db.session.scalar(select(func.count()).select_from(m)) for m in (User, Membership)]
    assert after == before
    assert client.get("/people").status_code == 403


def test_a_disabled_person_meets_the_same_page_as_an_unknown_one(
    client: FlaskClient, campus: Cas
) -> None:
    unknown = sign_on(client, campus, "2019999")
    with transaction():
        cast.user("cs").is_active = False
    disabled = sign_on(client, campus)
    assert_refused(client, disabled)
    assert words(disabled) == words(unknown).replace("2019999", NUMBER)


def test_a_name_that_is_no_staff_number_is_nobody_s(client: FlaskClient, campus: Cas) -> None:
    """Not even of those who have none."""
    for name in ("", " ", "2019001' OR 1=1 --", "2019001\u200b", "x" * 300, "%", "None"):
        answer = campus_servers.success(name, {})
        campus.wrong[VALIDATE] = lambda answer=answer: (200, answer, {})  # type: ignore[misc]
        assert_refused(client, sign_on(client, campus))


def test_a_ticket_works_once_in_the_browser_that_asked_for_it(
    app: Flask, client: FlaskClient, campus: Cas
) -> None:
    service = leave(client)
    ticket = campus.give(NUMBER, service)
    other = app.test_client()
    assert_refused(other, come_back(other, service, ticket=ticket))
    assert come_back(client, service, ticket=ticket).status_code == 303
    cast.post(client, "/logout")
    again = come_back(client, service, ticket=ticket)
    assert again.status_code == 403
    new = leave(client)
    assert_refused(client, come_back(client, new, ticket=ticket))


def test_the_campus_is_asked_about_nothing_that_this_browser_did_not_begin(
    client: FlaskClient, campus: Cas
) -> None:
    """Else somebody could sign us in as themselves, or have us ask again and again."""
    service = leave(client)
    ticket = campus.give(NUMBER, service)
    for given in ({"state": "x" * 43}, {"state": ""}, {"state": "ä"}):
        assert_refused(client, come_back(client, service, ticket=ticket, **given))
    assert campus.asked == []


def test_a_ticket_of_another_service_is_refused(client: FlaskClient, campus: Cas) -> None:
    service = leave(client)
    for of in ("http://other.example/", service + "x", service.partition("?")[0]):
        said = come_back(client, service, ticket=campus.give(NUMBER, of))
        assert_refused(client, said)
        service = leave(client)


def test_what_is_no_ticket_is_not_even_asked_about(client: FlaskClient, campus: Cas) -> None:
    for ticket in (
        "",
        "x",
        "PT-1-abc",
        "ST-",
        "ST-1&service=x",
        "ST-1 x",
        "ST-" + "1" * 300,
        "ST-１",
    ):
        assert_refused(client, come_back(client, leave(client), ticket=ticket))
    assert campus.asked == []


def test_the_way_back_is_open_for_ten_minutes(
    client: FlaskClient, campus: Cas, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = leave(client)
    at = clock.real_now()
    monkeypatch.setattr(clock, "real_now", lambda: at.replace(year=at.year + 1))
    assert come_back(client, service, ticket=campus.give(NUMBER, service)).status_code == 403
    assert campus.asked == []


NS = f'xmlns:cas="{campus_servers.CAS}"'
HIDDEN = [
    campus_servers.success("mallory", {"user": NUMBER}),
    campus_servers.success("mallory", {}, before=f"<cas:user>{NUMBER}</cas:user>"),
    campus_servers.success("mallory", {}, after=f"<cas:user>{NUMBER}</cas:user>"),
    campus_servers.success(
        "mallory", {}, before=f"<cas:attributes><cas:user>{NUMBER}</cas:user></cas:attributes>"
    ),
    campus_servers.success(f"mallory</cas:user><cas:user>{NUMBER}", {}),
    campus_servers.success(NUMBER, {}, after="<cas:proxies><cas:proxy>x</cas:proxy></cas:proxies>"),
    f"<cas:serviceResponse {NS}><cas:authenticationFailure code='X'><cas:user>{NUMBER}</cas:user>"
    "</cas:authenticationFailure></cas:serviceResponse>".encode(),
    campus_servers.success(NUMBER, {}).replace(campus_servers.CAS.encode(), b"http://evil.example"),
    b'<!DOCTYPE x [<!ENTITY n "2019001">]>' + campus_servers.success("X", {}).replace(b"X", b"&n;"),
    *(b"", b"yes\n2019001\n", b"<html><body>2019001</body></html>", b"\xff\xfe<", b"[]"),
]


def test_a_name_anywhere_but_in_its_place_names_nobody(client: FlaskClient, campus: Cas) -> None:
    """Attributes are what people write about themselves."""
    for answer in HIDDEN:
        campus.wrong[VALIDATE] = lambda answer=answer: (200, answer, {})  # type: ignore[misc]
        said = sign_on(client, campus)
        assert said.status_code in (403, 503), answer
        assert_refused(client, said, said.status_code)


class TestByAddress:
    @pytest.fixture
    def app(self, make_app: MakeApp, sqlite_url: str, campus: Cas) -> Flask:
        return make_app(sqlite_url, CAS_URL=f"{campus.origin}/cas/", SIGN_ON_BY="email")

    def test_the_attribute_that_holds_it_names_the_person(
        self, client: FlaskClient, campus: Cas
    ) -> None:
        campus.attributes = {"mail": cast.email("cs").upper(), "name": "张三"}
        assert sign_on(client, campus, "zhangsan").status_code == 303
        assert cast.email("cs") in client.get("/account").text

    def test_without_it_the_name_alone_is_nobody_s(self, client: FlaskClient, campus: Cas) -> None:
        assert_refused(client, sign_on(client, campus, cast.email("cs")))


class TestAServerInTrouble:
    def assert_down(self, client: FlaskClient, said: TestResponse) -> None:
        assert_refused(client, said, 503)
        assert "统一身份认证暂时无法连接" in words(said)
        assert "本系统的密码" in words(said)

    def test_down_is_said_and_the_password_works(self, make_app: MakeApp, sqlite_url: str) -> None:
        client = make_app(sqlite_url, CAS_URL="http://127.0.0.1:1/cas").test_client()
        self.assert_down(client, come_back(client, leave(client), ticket="ST-1"))
        cast.sign_in(client, "cs")
        assert is_signed_in(client)

    def test_slow_is_down(
        self, client: FlaskClient, campus: Cas, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def sleep() -> Any:
            time.sleep(0.3)
            return 200, campus_servers.success(NUMBER, {}), {}

        monkeypatch.setattr(campus_server, "TIMEOUT", (1, 0.1))
        campus.wrong[VALIDATE] = sleep
        self.assert_down(client, sign_on(client, campus))

    @pytest.mark.parametrize("limit", ["LARGEST", "LONGEST"])
    def test_without_end_is_down(
        self, client: FlaskClient, campus: Cas, monkeypatch: pytest.MonkeyPatch, limit: str
    ) -> None:
        monkeypatch.setattr(campus_server, limit, 0)
        self.assert_down(client, sign_on(client, campus))

    def test_no_redirect_is_followed_and_no_proxy_is_asked(
        self, client: FlaskClient, campus: Cas, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        assert sign_on(client, campus).status_code == 303
        cast.post(client, "/logout")
        to = {"Location": f"{campus.origin}/elsewhere"}
        campus.wrong[VALIDATE] = lambda: (302, campus_servers.success(NUMBER, {}), to)
        self.assert_down(client, sign_on(client, campus))
        assert "/elsewhere" not in campus.asked

    @pytest.mark.parametrize("status", [404, 500])
    def test_an_error_is_down(self, client: FlaskClient, campus: Cas, status: int) -> None:
        campus.wrong[VALIDATE] = lambda: (status, b"not here", {})
        self.assert_down(client, sign_on(client, campus))


def test_coming_back_never_sends_anybody_elsewhere(app: Flask, campus: Cas) -> None:
    for target in ELSEWHERE[::4]:
        client = app.test_client()
        said = sign_on(client, campus, target=target)
        assert (said.status_code, said.location) == (303, "/"), target
        assert client.get("/sign-on", query_string={"next": target}).location == "/"


def test_whoever_planted_a_cookie_holds_nothing_after_coming_back(
    client: FlaskClient, campus: Cas
) -> None:
    service = leave(client)
    name = client.application.config["SESSION_COOKIE_NAME"]
    planted = client.get_cookie(name)
    assert planted is not None
    come_back(client, service, ticket=campus.give(NUMBER, service))
    other = client.application.test_client()
    other.set_cookie(name, planted.value)
    assert not is_signed_in(other)


def test_many_forged_tickets_from_one_address_wait(client: FlaskClient, campus: Cas) -> None:
    for _ in range(52):
        service = leave(client)
        said = come_back(client, service, ticket="ST-forged")
    assert said.status_code == 429
    assert len(campus.asked) <= 50


def test_signing_out_ends_our_session_and_says_that_the_campus_s_goes_on(
    client: FlaskClient, campus: Cas
) -> None:
    sign_on(client, campus)
    cast.post(client, "/logout")
    assert not is_signed_in(client)
    assert "统一身份认证可能仍处于登录状态" in words(client.get("/login"))
    assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0
