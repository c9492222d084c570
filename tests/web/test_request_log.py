"""What is written down about requests, and what never is (S7)."""

import io
import json
import logging
import re
import zipfile
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, make_url, text
from werkzeug.test import TestResponse

from tests import cast, plans
from tests.rehearsal import StandingClock
from tests.web import mails
from tests.web.duties import held, held_id
from tracker import clock, logs
from tracker.db import db, transaction
from tracker.domain.rosters import Listed
from tracker.jobs import ticks
from tracker.models.outbox import Relay
from tracker.permissions import SYSTEM
from tracker.services import api_tokens, confirm_links, roster_imports

MakeApp = Callable[..., Flask]
PLANTED = {
    "password": "planted-Passwort-7Q",
    "wrong password": "planted-wrong-9Z",
    "signing key": "planted signing key of 32 letters",
    "metrics token": "planted token of the metrics",
    "database password": "planted-db-word",
    "relay password": "planted-relay-word",
    "evidence": "planted words inside a proof",
    "note": "planted words of a note",
}


@pytest.fixture
def written() -> Iterator[Callable[[Flask], io.StringIO]]:
    """`written(app)`: everything that is logged from now on, at DEBUG, as text and as JSON."""
    root, streams = logging.getLogger(), []
    level, handlers = root.level, []

    def listen(app: Flask) -> io.StringIO:
        stream = io.StringIO()
        settings = app.config["TRACKER"]
        for kind in (logs.TextFormatter, logs.JsonFormatter):
            handler = logging.StreamHandler(stream)
            handler.setFormatter(kind(logs.Redactor(logs.secrets_of(settings))))
            handlers.append(handler)
            root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        logs.quieten()
        streams.append(stream)
        return stream

    yield listen
    root.setLevel(level)
    for handler in handlers:
        root.removeHandler(handler)


def events(stream: io.StringIO) -> list[dict[str, object]]:
    lines = stream.getvalue().splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def test_a_request_is_one_line_with_its_route_status_duration_and_id(
    app: Flask, client: FlaskClient, written: Callable[[Flask], io.StringIO]
) -> None:
    stream = written(app)
    answer = client.get("/assignments/123456?q=planted")
    (event,) = [each for each in events(stream) if each["logger"] == "tracker.requests"]
    assert event["route"] == "/assignments/<int:assignment_id>"
    assert (event["method"], event["status"]) == ("GET", answer.status_code)
    assert event["request"] == answer.headers["X-Request-ID"]
    assert isinstance(event["milliseconds"], float)
    assert "user" not in event
    assert "planted" not in stream.getvalue()
    assert "123456" not in stream.getvalue()


def test_who_signed_in_who_could_not_and_who_was_refused_is_in_the_log(
    app: Flask, client: FlaskClient, written: Callable[[Flask], io.StringIO]
) -> None:
    """By number, never by address."""
    stream = written(app)
    form = {"email": cast.email("cs"), "csrf_token": cast.csrf_token(client.get("/login"))}
    client.post("/login", data={**form, "password": "not this one"})
    cast.sign_in(client, "cs")
    client.get("/outbox")
    found = [
        (each["route"], each["status"], each.get("user"))
        for each in events(stream)
        if each["logger"] == "tracker.requests" and each["route"] != "none"
    ]
    mine = cast.user("cs").id
    assert ("/login", 303, mine) in found
    assert ("/outbox", 403, mine) in found
    assert [
        user
        for route, status, user in found
        if route == "/login" and status != 303 and status != 200
    ] == [None]
    assert cast.email("cs") not in stream.getvalue()


def test_the_id_is_our_own_unless_a_proxy_is_trusted(make_app: MakeApp, sqlite_url: str) -> None:
    sent = {"X-Request-ID": "0123456789abcdef0123"}
    own = make_app(sqlite_url).test_client().get("/healthz", headers=sent)
    assert re.fullmatch(r"[0-9a-f]{16}", own.headers["X-Request-ID"])
    behind = make_app(sqlite_url, PROXIES="1").test_client()
    assert behind.get("/healthz", headers=sent).headers["X-Request-ID"] == sent["X-Request-ID"]
    forged = behind.get("/healthz", headers={"X-Request-ID": "x y 'forged' <b> and so on"})
    assert "forged" not in forged.headers["X-Request-ID"]


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/plans"])
def test_a_failure_shows_the_id_under_which_the_log_has_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch, path: str, written: Callable[[Flask], io.StringIO]
) -> None:
    stream = written(app)

    def fail(*_args: object, **_options: object) -> None:
        raise RuntimeError("a fault of ours")

    for way in ("execute", "scalar", "connection"):
        monkeypatch.setattr(db.session, way, fail)
    answer = app.test_client().get(path, headers={"Authorization": "Bearer trk_planted"})
    assert answer.status_code == 500
    reference = answer.headers["X-Request-ID"]
    assert reference in answer.text
    failed = [each for each in events(stream) if "trace" in each]
    assert [each["request"] for each in failed] == [reference]
    assert "a fault of ours" not in answer.text


_RESET = re.compile(r"/password/new/([\w.%-]{40,})")


def plant(app: Flask, client: FlaskClient, at: StandingClock) -> dict[str, str]:
    """Every kind of secret, in use; those that the product makes are added to PLANTED."""
    with transaction():
        affairs, now = cast.actor("affairs"), at.now()
        listed = [Listed("A1", "高等数学", "cs", "", "")]
        task = held(3, "cs").duty.tasks[0]
        brought = roster_imports.preview(task, None, affairs, now, source="x", listed=listed)
        roster_imports.confirm(brought, affairs, now, leave_doubtful=False)
        confirm = confirm_links.issue(held(3, "cs"), cast.actor("cs"), now).token
        api = api_tokens.create(cast.user("cs"), SYSTEM, now, clock.real_now())
    cast.sign_in(client, "cs")
    passwords = {"current": cast.PASSWORD, "password": PLANTED["password"]}
    again = {"repeat": PLANTED["password"]}
    assert cast.post(client, "/account", passwords | again).status_code == 303
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    return {**PLANTED, "confirm link": confirm, "API token": api, "session": cookie.value}


def walk(client: FlaskClient, made: dict[str, str]) -> list[TestResponse]:
    """What is sent with the secrets in it; the answers that are errors."""
    token = cast.csrf_token(client.get("/account"))
    form = {"csrf_token": token, "version": 1, "note": made["note"]}
    bearer = {"Authorization": f"Bearer {made['API token']}"}
    proof = {"files": (io.BytesIO(made["evidence"].encode()), "x.txt"), "csrf_token": token}
    plan, duty, plain = plans.first_id(), held_id(3, "cs"), held_id(11, "cs")
    stranger = client.application.test_client()
    login = {"email": cast.email("info"), "csrf_token": cast.csrf_token(stranger.get("/login"))}
    answers = [
        stranger.post("/login", data={**login, "password": made["wrong password"]}),
        stranger.get(f"/c/{made['confirm link']}"),
        stranger.post(f"/c/{made['confirm link']}", data={**login, "key": made["wrong password"]}),
        stranger.get("/metrics", headers={"Authorization": f"Bearer {made['metrics token']}"}),
        client.post(f"/assignments/{duty}/evidence", data=proof),
        client.post(f"/assignments/{plain}/check-off", data=form),
        client.post(f"/assignments/{plain}/check-off", data={**form, "csrf_token": "x"}),
        client.get("/mine"),
        client.get(f"/plans/{plan}/board.csv"),
        client.get("/api/v1/assignments?mine=1", headers=bearer),
        client.post(f"/api/v1/assignments/{plain}/check-off", json={"note": 1}, headers=bearer),
        client.get("/api/v1/plans", headers={"Authorization": f"Bearer {made['password']}"}),
    ]
    return [answer for answer in answers if answer.status_code >= 400]


def break_things() -> None:
    """A rule of the database that our code does not know, and a table that is gone."""
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE check_off ADD CHECK (note IS NULL) NOT VALID"))
        connection.execute(text("ALTER TABLE login_delay RENAME TO lost"))


def exported(app: Flask, folder: Path) -> str:
    """Every export, unpacked."""
    found = []
    for kind in ("csv", "json", "xlsx"):
        file = folder / f"board.{kind}"
        args = ["tracker", "export", "--format", kind, str(file)]
        assert app.test_cli_runner().invoke(args=args).exit_code == 0
        found.append(file.read_bytes())
    with zipfile.ZipFile(folder / "board.xlsx") as packed:
        found.extend(packed.read(name) for name in packed.namelist())
    return b"".join(found).decode("utf-8", "replace")


@pytest.mark.postgres
@pytest.mark.smtp
def test_nobodys_secret_is_in_a_log_an_error_page_an_export_or_anothers_mail(
    make_app: MakeApp,
    postgres_url: str,
    at: StandingClock,
    tmp_path: Path,
    written: Callable[[Flask], io.StringIO],
) -> None:
    """S7, with the logs at DEBUG."""
    url = make_url(postgres_url).set(password=PLANTED["database password"])
    given = {"SECRET_KEY": PLANTED["signing key"], "METRICS_TOKEN": PLANTED["metrics token"]}
    address = url.render_as_string(hide_password=False)
    relay = f"smtp://tracker:{PLANTED['relay password']}@127.0.0.1:1"
    unreachable = make_app(address, **given, SMTP_URL=relay)
    stream = written(unreachable)
    at("2020-02-21T09:00")
    ticks.tick(unreachable.config["TRACKER"], "test")
    with transaction():
        db.session.execute(delete(Relay))
    app = make_app(address, **given)
    client = app.test_client()
    made = plant(app, client, at)
    forgot = {"email": cast.email("cs.dean")}
    stranger = app.test_client()
    forgot["csrf_token"] = cast.csrf_token(stranger.get("/password/forgot"))
    stranger.post("/password/forgot", data=forgot)
    mails.tick(app, at, "2020-02-21T09:05")
    letters = [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in app.config["TRACKER"].mailbox.glob("*.eml")
    ]
    bodies = {mail: mail.as_bytes().decode() + _plain(mail) for mail in letters}
    (link,) = {link for body in bodies.values() for link in _RESET.findall(body)}
    stranger.get(f"/password/new/{link}")
    errors = walk(client, made)
    break_things()
    errors += walk(client, made)
    assert {400, 401, 500} <= {answer.status_code for answer in errors}
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE lost RENAME TO login_delay"))
    everywhere = {
        "log": stream.getvalue(),
        "error pages": "".join(answer.text for answer in errors),
        "exports": exported(app, tmp_path),
        "mails": "".join(bodies.values()),
    }
    secrets = {**made, "reset link": link}
    mine = {("error pages", "confirm link")}  # Whoever holds it is told where to go back to.
    mine |= {("mails", "reset link"), ("exports", "note"), ("error pages", "note")}
    found = {
        (where, name)
        for where, said in everywhere.items()
        for name, secret in secrets.items()
        if secret in said
    }
    assert found - mine == set()
    assert sum(link in body for body in bodies.values()) == 1
    for name in ("cs", "affairs"):
        assert cast.email(name) not in everywhere["log"]


def _plain(mail: EmailMessage) -> str:
    return "".join(
        str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text"
    )
