"""The campus's own sign-on over OpenID Connect: a token is believed that is signed by the server of
the settings, for us, for this sign-in, now; and no other."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import OctKey
from werkzeug.test import TestResponse

from tests import cast
from tests.web import campus_servers
from tests.web.campus_servers import KEY, OTHER_KEY, Oidc
from tests.web.test_sign_on import assert_refused
from tracker import clock
from tracker.db import transaction

MakeApp = Callable[..., Flask]
NUMBER = "2019001"


@pytest.fixture(scope="module")
def _server() -> Iterator[Oidc]:
    oidc = Oidc()
    with campus_servers.served(oidc):
        yield oidc


@pytest.fixture
def campus(_server: Oidc) -> Oidc:
    _server.wrong.clear()
    _server.asked.clear()
    _server.claims, _server.metadata, _server.token = {}, {}, _server.sign
    _server.now = int(clock.real_now().timestamp())
    return _server


def make(make_app: MakeApp, url: str, campus: Oidc, **more: str) -> Flask:
    return make_app(
        url,
        OIDC_ISSUER=campus.origin,
        OIDC_CLIENT_ID=campus.client_id,
        OIDC_CLIENT_SECRET=campus.client_secret,
        **more,
    )


@pytest.fixture
def app(make_app: MakeApp, sqlite_url: str, campus: Oidc) -> Flask:
    app = make(make_app, sqlite_url, campus)
    with transaction():
        cast.user("cs").staff_number = NUMBER
    return app


def leave(client: FlaskClient, target: str = "") -> dict[str, str]:
    """What the browser is sent away with."""
    away = client.get("/sign-on", query_string={"next": target} if target else {})
    assert away.status_code == 302, away.text
    return {name: values[0] for name, values in parse_qs(urlsplit(away.location).query).items()}


def come_back(client: FlaskClient, asked: Mapping[str, str], **given: str) -> TestResponse:
    query = {"state": asked["state"], **given}
    return client.get(urlsplit(asked["redirect_uri"]).path, query_string=query)


def sign_on(client: FlaskClient, campus: Oidc, name: str = NUMBER, **given: str) -> TestResponse:
    asked = leave(client)
    return come_back(client, asked, code=campus.give(name, asked), **given)


def test_whoever_the_token_names_is_in(client: FlaskClient, campus: Oidc) -> None:
    asked = leave(client, "/mine")
    assert asked["redirect_uri"] == "http://tracker.example/sign-on/back"
    assert (asked["response_type"], asked["scope"]) == ("code", "openid")
    assert asked["code_challenge_method"] == "S256"
    said = come_back(client, asked, code=campus.give(NUMBER, asked), iss=campus.origin)
    assert (said.status_code, said.location) == (303, "/mine")
    assert cast.email("cs") in client.get("/account").text


def test_state_nonce_and_verifier_are_new_each_time_and_the_last_two_never_leave_us(
    app: Flask, client: FlaskClient
) -> None:
    asked = [leave(client) for _ in range(3)]
    for name in ("state", "nonce", "code_challenge"):
        assert len({each[name] for each in asked}) == 3
        assert all(len(each[name]) >= 43 for each in asked)
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    opener = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    assert cookie is not None
    assert asked[-1]["nonce"] not in json.dumps(opener.loads(cookie.value))


WRONG_CLAIMS: list[dict[str, Any]] = [
    {"iss": "https://evil.example"},
    {"iss": None},
    {"aud": "another"},
    {"aud": ["another"]},
    {"aud": None},
    {"aud": ["tracker", "another"]},
    {"aud": ["tracker", "another"], "azp": "another"},
    {"azp": "another"},
    {"nonce": "another"},
    {"nonce": None},
    {"exp": 1},
    {"exp": None},
    {"nbf": 9999999999},
    {"iat": 9999999999},
    {"sub": None},
    {"sub": ""},
    {"sub": ["2019001"]},
    {"sub": 2019001},
    {"sub": "2019999"},
    {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
]


def test_a_token_with_a_wrong_word_names_nobody(client: FlaskClient, campus: Oidc) -> None:
    for claims in WRONG_CLAIMS:
        campus.claims = claims
        said = sign_on(client, campus)
        assert said.status_code == 403, claims
        assert_refused(client, said)


def _unsigned(claims: dict[str, Any]) -> str:
    parts = ({"alg": "none", "kid": "one"}, claims)
    return (
        ".".join(
            base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts
        )
        + "."
    )


def _shared_secret(claims: dict[str, Any]) -> str:
    """Signed with what everybody may read: the public key taken for a shared secret."""
    key = OctKey.import_key(base64.b64encode(KEY.as_pem(private=False)))
    return jwt.encode({"alg": "HS256", "kid": "one"}, claims, key, algorithms=["HS256"])


def _changed(campus: Oidc, claims: dict[str, Any]) -> str:
    head, _body, signature = campus.sign(claims).split(".")
    body = base64.urlsafe_b64encode(json.dumps({**claims, "sub": NUMBER}).encode()).decode()
    return f"{head}.{body.rstrip('=')}.{signature}"


@pytest.mark.parametrize(
    "kind", ["other key", "unsigned", "shared", "changed", "type", "jwk", "no"]
)
def test_a_token_that_the_campus_did_not_sign_for_this_names_nobody(
    client: FlaskClient, campus: Oidc, kind: str
) -> None:
    public = OTHER_KEY.as_dict(private=False)
    forged: dict[str, Callable[[dict[str, Any]], str]] = {
        "other key": lambda claims: campus.sign(claims, OTHER_KEY),
        "unsigned": _unsigned,
        "shared": _shared_secret,
        "changed": lambda claims: _changed(campus, claims),
        "type": lambda claims: campus.sign(claims, typ="at+jwt"),
        "jwk": lambda claims: campus.sign(claims, OTHER_KEY, jwk=public),  # type: ignore[arg-type]
        "no": lambda _claims: "",
    }
    campus.token = forged[kind]
    assert_refused(client, sign_on(client, campus, "mallory" if kind == "changed" else NUMBER))


def test_a_code_works_once_in_the_browser_that_asked_for_it(
    app: Flask, client: FlaskClient, campus: Oidc
) -> None:
    asked = leave(client)
    code = campus.give(NUMBER, asked)
    other = app.test_client()
    assert_refused(other, come_back(other, asked, code=code))
    theirs = leave(other)
    assert_refused(other, come_back(other, theirs, code=campus.give(NUMBER, asked)))
    assert come_back(client, asked, code=code).status_code == 303
    cast.post(client, "/logout")
    assert come_back(client, asked, code=code).status_code == 403
    assert_refused(client, come_back(client, leave(client), code=code))


def test_a_wrong_way_back_signs_nobody_in(client: FlaskClient, campus: Oidc) -> None:
    for given in (
        {"state": "x" * 43},
        {"state": ""},
        {"iss": "https://evil.example"},
        {"error": "access_denied"},
        {"code": ""},
        {"code": "forged"},
        {"id_token": "x", "code": ""},
    ):
        asked = leave(client)
        code = campus.give(NUMBER, asked)
        said = come_back(client, asked, **{"code": code, **given})
        assert said.status_code == 403, given
        assert_refused(client, said)


def test_a_server_that_speaks_of_another_is_not_used(client: FlaskClient, campus: Oidc) -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"authorization_endpoint": "https://evil.example/authorize"},
        {"token_endpoint": None},
    )
    for metadata in wrong:
        campus.metadata = metadata
        assert client.get("/sign-on").status_code == 503, metadata


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri"])
def test_neither_code_nor_keys_go_to_or_come_from_elsewhere(
    client: FlaskClient, campus: Oidc, name: str
) -> None:
    asked = leave(client)
    campus.metadata = {name: "http://127.0.0.1:1/"}
    assert_refused(client, come_back(client, asked, code=campus.give(NUMBER, asked)), 503)


def test_a_server_that_is_down_is_said_to_be(
    make_app: MakeApp, sqlite_url: str, campus: Oidc, client: FlaskClient
) -> None:
    for path in ("/.well-known/openid-configuration", "/token", "/keys"):
        campus.wrong = {path: lambda: (500, b"", {})}
        if path.startswith("/."):
            assert client.get("/sign-on").status_code == 503
            continue
        assert_refused(client, sign_on(client, campus), 503)
    campus.wrong = {"/token": lambda: (200, b"<html>", {})}
    assert_refused(client, sign_on(client, campus), 503)


def test_by_address_only_a_verified_one_counts(
    make_app: MakeApp, sqlite_url: str, campus: Oidc
) -> None:
    client = make(make_app, sqlite_url, campus, SIGN_ON_BY="email").test_client()
    for verified in (None, False, "true"):
        campus.claims = {"email": cast.email("cs"), "email_verified": verified}
        assert_refused(client, sign_on(client, campus, "x"))
    campus.claims = {"email": cast.email("cs"), "email_verified": True}
    assert sign_on(client, campus, "x").status_code == 303


class TestTheSecondFactor:
    """Of an account that administers."""

    @pytest.mark.parametrize(
        ("trusted", "amr", "enough"),
        [
            ("0", ["pwd", "otp"], False),
            ("1", ["pwd", "otp"], True),
            ("1", ["mfa"], True),
            ("1", ["pwd"], False),
            ("1", None, False),
            ("1", "otp", False),
        ],
    )
    def test_the_campus_s_counts_where_we_are_told_so_and_it_says_so(
        self,
        make_app: MakeApp,
        sqlite_url: str,
        campus: Oidc,
        trusted: str,
        amr: object,
        enough: bool,
    ) -> None:
        more = {"SIGN_ON_IS_TWO_FACTOR": trusted, "TWO_FACTOR": "required"}
        client = make(make_app, sqlite_url, campus, **more).test_client()
        with transaction():
            cast.user("affairs").staff_number = NUMBER
        campus.claims = {"amr": amr}
        said = sign_on(client, campus)
        if amr == "otp":  # Not even well-formed.
            assert said.status_code == 403
            return
        assert said.location == ("/" if enough else "/login/enrol")
        assert (client.get("/people").status_code == 200) is enough
