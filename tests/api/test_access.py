"""Who may call: bearer tokens of active people, and nothing else."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import cast
from tests.api.conftest import Caller
from tracker import clock
from tracker.db import db, transaction
from tracker.models.session import ApiToken
from tracker.services import accounts, sessions

Api = Callable[[str], Caller]
HEADERS = [
    None,
    "",
    "Bearer",
    "Bearer ",
    "Bearer trk_wrong",
    "Bearer trk_\xff",
    "Bearer " + "x" * 10_000,
    "Basic Y3M6cmVoZWFyc2Fs",
    "Token trk_wrong",
    "trk_wrong",
    "Bearer a=b, c=d",
]


@pytest.mark.parametrize("header", HEADERS)
def test_without_a_valid_token_every_call_is_a_json_401(
    client: FlaskClient, header: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header}
    for method, path in (
        ("GET", "/plans"),
        ("GET", "/plans/1/board"),
        ("GET", "/assignments"),
        ("GET", "/assignments/1"),
        ("POST", "/assignments/1/check-off"),
        ("GET", "/reminders"),
        ("GET", "/outbox"),
    ):
        answer = client.open(f"/api/v1{path}", method=method, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.get_json()["code"] == 401


def test_the_session_cookie_of_a_signed_in_person_is_no_credential(
    client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    """So a foreign page that makes a browser POST here achieves nothing."""
    sign_in(client, "cs")
    assert client.get("/account").status_code == 200
    assert client.get("/api/v1/assignments").status_code == 401
    assert client.post("/api/v1/assignments/1/check-off", json={}).status_code == 401


def test_a_token_works_beside_any_cookie_and_without_a_csrf_token(
    client: FlaskClient, sign_in: Callable[..., FlaskClient], api: Api
) -> None:
    sign_in(client, "info")
    mine = client.get("/api/v1/assignments", headers=api("cs").headers).get_json()["items"]
    assert {each["unit"] for each in mine} == {"cs"}
    path = f"/api/v1/assignments/{mine[0]['id']}/check-off"
    assert client.post(path, json={}, headers=api("cs").headers).status_code == 200


def test_a_token_dies_with_the_account_and_when_it_is_revoked(both_app: Flask, api: Api) -> None:
    cs, info = api("cs"), api("info")
    with transaction():
        accounts.set_active(
            cast.user("cs"), cast.actor("affairs"), clock.now(), clock.real_now(), False
        )
        digest = sessions.digest(info.token)
        row = db.session.scalars(select(ApiToken).where(ApiToken.token_hash == digest)).one()
        row.revoked_at = clock.real_now()
    assert cs.get("/plans").status_code == 401
    assert info.get("/plans").status_code == 401
    with transaction():
        accounts.set_active(
            cast.user("cs"), cast.actor("affairs"), clock.now(), clock.real_now(), True
        )
    assert cs.get("/plans").status_code == 401


def test_only_the_hash_of_a_token_is_kept(api: Api) -> None:
    token = api("cs").token
    kept = db.session.scalars(select(ApiToken.token_hash)).all()
    assert token.startswith("trk_")
    assert kept == [sessions.digest(token)]
    assert token not in kept
