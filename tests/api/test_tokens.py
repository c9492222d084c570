"""Tokens: what they may be used for, until when, and who withdraws them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import cast
from tests.api.conftest import Caller
from tests.web.duties import asks_first, words
from tracker import clock
from tracker.cli import tracker
from tracker.db import db, transaction
from tracker.domain.errors import InvalidInput, NotPermitted
from tracker.domain.scopes import Scope
from tracker.models.audit import AuditEvent
from tracker.models.second_factor import SecondFactor
from tracker.models.session import ApiToken, ApiUsage
from tracker.permissions import SYSTEM
from tracker.services import accounts, api_tokens

Api = Callable[[str], Caller]
Cell = Callable[[str, int], int]


@pytest.fixture
def limited(client: FlaskClient) -> Callable[..., Caller]:
    """`limited("cs", Scope.READ)`: a program whose token has these scopes only."""

    def caller(name: str, *may: Scope) -> Caller:
        with transaction():
            token = api_tokens.create(
                cast.user(name), SYSTEM, clock.now(), clock.real_now(), may=frozenset(may)
            )
        return Caller(client.application.test_client(use_cookies=False), token)

    return caller


def test_every_operation_states_its_scope_and_holds_to_it(
    client: FlaskClient, limited: Callable[..., Caller]
) -> None:
    """With every scope but the one that is asked: 403, and before anything is looked at."""
    document = client.get("/api/v1/openapi.json").get_json()
    without = {scope: limited("affairs", *(set(Scope) - {scope})) for scope in Scope}
    stated = set()
    for path, item in document["paths"].items():
        for method in {"get", "post"} & set(item):
            (scope,) = item[method]["x-scopes"]
            assert (method == "get") == (scope in ("read", "outbox")), path
            caller, url = without[Scope(scope)], path.removeprefix("/api/v1")
            for part in ("plan_id", "report_id", "assignment_id"):
                url = url.replace(f"{{{part}}}", "1")
            answer = caller.get(url) if method == "get" else caller.post(url, {"nonsense": 1})
            assert answer.status_code == 403, (path, answer.text)
            assert scope in answer.get_json()["message"]
            stated.add(scope)
    assert stated == {scope.value for scope in Scope}


def test_a_scope_gives_no_more_than_the_person_may_do(
    limited: Callable[..., Caller], cell: Cell
) -> None:
    everything = limited("president", *Scope)
    assert everything.get("/outbox").status_code == 200
    path = f"/assignments/{cell('cs', 1)}"
    assert everything.post(f"{path}/check-off").status_code == 403
    assert everything.post(f"{path}/verify").status_code == 403
    assert limited("cs", *Scope).get("/outbox").status_code == 403


def test_a_token_works_until_its_end(
    both_app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_now = clock.real_now()
    with transaction():
        token = api_tokens.create(
            cast.user("cs"), SYSTEM, clock.now(), real_now, expires_at=real_now + timedelta(days=1)
        )
    caller = Caller(client, token)
    assert caller.get("/plans").status_code == 200
    monkeypatch.setattr(clock, "real_now", lambda: real_now + timedelta(days=1))
    assert caller.get("/plans").status_code == 401


@pytest.mark.parametrize("days", [-1, 0, 4000])
def test_an_end_that_is_none_is_refused(app: Flask, days: int) -> None:
    real_now = clock.real_now()
    with pytest.raises(InvalidInput), transaction():
        api_tokens.create(
            cast.user("cs"),
            SYSTEM,
            clock.now(),
            real_now,
            expires_at=real_now + timedelta(days=days),
        )


def test_nobody_but_academic_affairs_makes_or_withdraws_another_s(app: Flask) -> None:
    now, real_now = clock.now(), clock.real_now()
    with pytest.raises(NotPermitted), transaction():
        api_tokens.create(cast.user("cs"), cast.actor("info"), now, real_now)
    with transaction():
        api_tokens.create(cast.user("cs"), cast.actor("affairs"), now, real_now)
        token = db.session.scalars(select(ApiToken)).one()
    with pytest.raises(NotPermitted), transaction():
        api_tokens.revoke(token, cast.actor("president"), now, real_now)


def test_the_page_shows_a_token_once_and_withdraws_it(
    client: FlaskClient, sign_in: Callable[..., FlaskClient], post: Callable[..., Any]
) -> None:
    sign_in(client, "cs")
    form = {"name": " 学院\n日报 ", "scope": ["read", "report"], "days": "30"}
    form |= {"current": cast.PASSWORD}
    made = post(client, "/account/tokens", form)
    (token,) = [word for word in words(made).split() if word.startswith("trk_") and "…" not in word]
    assert token not in client.get("/account/tokens").text
    assert "学院 日报" in client.get("/account/tokens").text
    caller = Caller(client, token)
    assert caller.get("/assignments", limit=1).status_code == 200
    assert caller.get("/outbox").status_code == 403
    row = db.session.scalars(select(ApiToken)).one()
    assert row.expires_at is not None
    assert timedelta(days=29) < row.expires_at - clock.real_now() <= timedelta(days=30)
    assert asks_first(client.get("/account/tokens").text, f"/account/tokens/{row.id}/revoke")
    for _twice in range(2):
        assert post(client, f"/account/tokens/{row.id}/revoke").status_code == 303
    assert caller.get("/plans").status_code == 401
    said = db.session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("token.%")))
    assert list(said) == ["token.created", "token.revoked"]


@pytest.mark.parametrize(
    "form",
    [
        {"name": "x", "days": "30"},
        {"name": "x", "scope": ["admin"], "days": "30"},
        {"name": "", "scope": ["read"], "days": "30"},
        {"name": "x", "scope": ["read"], "days": "31"},
        {"name": "x", "scope": ["read"]},
    ],
)
def test_a_token_that_is_not_told_whole_is_not_made(
    client: FlaskClient,
    sign_in: Callable[..., FlaskClient],
    post: Callable[..., Any],
    form: dict[str, Any],
) -> None:
    sign_in(client, "cs")
    form |= {"current": cast.PASSWORD}
    assert post(client, "/account/tokens", form).status_code == 422
    assert db.session.scalars(select(ApiToken)).all() == []


def test_disabling_its_person_ends_a_token_by_the_machine_s_clock(app: Flask) -> None:
    """Like every other end of it: the rehearsal's clock stands years away."""
    real_now = clock.real_now()
    with transaction():
        api_tokens.create(cast.user("cs"), SYSTEM, clock.now(), real_now)
        accounts.set_active(
            cast.user("cs"), cast.actor("affairs"), clock.now(), real_now, active=False
        )
    assert db.session.scalars(select(ApiToken.revoked_at)).all() == [real_now]


@pytest.mark.parametrize("shown", [{}, {"current": "x"}, {"current": cast.PASSWORD, "code": "1"}])
def test_a_session_alone_makes_no_token(
    client: FlaskClient,
    sign_in: Callable[..., FlaskClient],
    post: Callable[..., Any],
    shown: dict[str, str],
) -> None:
    """It would be a way in that outlives the session for a year, past the second factor."""
    sign_in(client, "cs")
    if "code" in shown:
        with transaction():
            of_cs = {"user_id": cast.user("cs").id, "salt": "a", "last_step": 0}
            db.session.add(SecondFactor(**of_cs, since=clock.real_now()))
    form = {"name": "x", "scope": ["read"], "days": "30", **shown}
    refused = post(client, "/account/tokens", form)
    assert (refused.status_code, 'aria-invalid="true"' in refused.text) == (422, True)
    assert db.session.scalars(select(ApiToken)).all() == []


def test_the_command_line_makes_lists_and_withdraws(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.cli.api_tokens.upgrade", lambda: None)
    run = app.test_cli_runner().invoke
    made = run(tracker, ["token", "create", cast.email("cs"), "--scope", "read", "--name", "报表"])
    assert made.exit_code == 0, made.output
    token = made.output.strip()
    assert Caller(client, token).get("/plans").status_code == 200
    plain = run(tracker, ["token", "create", cast.email("cs")]).output.strip()
    assert Caller(client, plain).post("/assignments/1/check-off").status_code == 404
    listed = run(tracker, ["token", "list"]).output
    assert "报表" in listed
    assert "works" in listed
    assert token not in listed
    number = listed.split()[0]
    assert run(tracker, ["token", "revoke", number]).exit_code == 0
    assert "withdrawn" in run(tracker, ["token", "list"]).output
    assert Caller(client, token).get("/plans").status_code == 401
    for wrong in (["--scope", "admin"], ["--expires", "2020-01-01"], ["--expires", "soon"]):
        assert run(tracker, ["token", "create", cast.email("cs"), *wrong]).exit_code != 0


def test_last_use_is_noted_and_costs_at_most_a_write_a_portion(
    both_app: Flask, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = clock.real_now()
    monkeypatch.setattr(clock, "real_now", lambda: moment)
    cs = api("cs")
    usage = select(ApiUsage.last_used_at, ApiUsage.taken)
    assert db.session.execute(usage).one() == (None, 0)
    for _look in range(3):
        cs.get("/term")
    assert db.session.execute(usage).one() == (moment, 60)
