"""What every answer tells the browser about itself."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import cast
from tests.databases import ROOT
from tests.web.duties import held_id

SignIn = Callable[[FlaskClient, str], FlaskClient]
Send = Callable[..., TestResponse]

PATHS = (
    "/login",
    "/nowhere",
    "/static/site.css",
    "/healthz",
    "/api/v1/plans",
    "/api/v1/openapi.json",
)


def test_on_https_every_answer_tells_the_browser_to_stay_there(
    make_app: Callable[..., Flask], sqlite_url: str
) -> None:
    client = make_app(sqlite_url, PUBLIC_URL="https://tracker.example").test_client()
    for path in PATHS:
        with client.get(path, base_url="https://tracker.example") as answer:
            said = answer.headers["Strict-Transport-Security"]
            assert said == "max-age=31536000; includeSubDomains", path


def test_no_answer_lets_another_site_read_it(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "cs")
    for path in (*PATHS, "/mine", "/board"):
        for method in ("GET", "OPTIONS"):
            with client.open(path, method=method, headers={"Origin": "https://x.example"}) as said:
                assert not [name for name, _ in said.headers if name.startswith("Access-Control")]


def test_no_page_stands_in_a_frame_of_another_site(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "affairs")
    for path in (*PATHS, "/mine", "/board", "/mailbox"):
        with client.get(path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in policy, path
            assert "base-uri 'none'" in policy


def test_every_text_names_its_characters(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "affairs")
    for path in (*PATHS, "/board", "/plans/1/board.csv", "/plans/1/missing.csv"):
        with client.get(path) as answer:
            kind = answer.headers["Content-Type"]
            assert "charset=utf-8" in kind or kind == "application/json", (path, kind)


def test_password_managers_are_told_which_field_is_which(
    client: FlaskClient, sign_in: SignIn
) -> None:
    login, account = client.get("/login").text, sign_in(client, "cs").get("/account").text
    assert 'autocomplete="current-password"' in login
    assert account.count('autocomplete="new-password"') == 2
    assert 'type="password"' in login
    assert account.count('autocomplete="current-password"') == 2
    assert account.count('type="password"') == 4


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/.git/config",
            "/static/../config.py",
            "/static/%2e%2e/config.py",
            "/static/",
            "/static",
        ),
        *("/tracker.db", "/instance/tracker.db", "/wsgi.py", "/pyproject.toml", "/evidence/"),
    ],
)
def test_nothing_but_the_static_folder_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_trace_is_not_answered(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "cs")
    for path in ("/mine", "/login", "/api/v1/plans", f"/assignments/{held_id(3, 'cs')}"):
        assert client.open(path, method="TRACE").status_code in (404, 405)


def test_signing_out_clears_what_the_browser_holds(
    client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    sign_in(client, "cs")
    answer = cast.post(client, "/logout")
    assert '"cache"' in answer.headers["Clear-Site-Data"]


def test_the_browser_is_given_nothing_to_keep_but_one_switch() -> None:
    kept = set()
    for script in (ROOT / "tracker" / "static").glob("*.js"):
        source = script.read_text(encoding="utf-8")
        kept |= set(re.findall(r"Storage\.setItem\(([^,]+),", source))
        assert "indexedDB" not in source
        assert "document.cookie" not in source
    assert kept == {'"slash"'}
