"""Whatever goes wrong under /api/ is JSON with a message in the caller's language."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from tests.api.conftest import Caller
from tracker.api import fields, schemas
from tracker.api.fields import Arguments
from tracker.db import db
from tracker.models.assignment import Assignment, CheckOff
from tracker.queries import assignments as queries

Api = Callable[[str], Caller]
Cell = Callable[[str, int], int]

DEEP = b"[" * 200_000
ENDLESS = b'{"count": ' + b"9" * 10_000 + b"}"
CHECK_OFF: list[tuple[str, Any, int]] = [
    ("no JSON", b"{count: 1}", 400),
    ("nothing but a brace", b"{", 400),
    ("not UTF-8", b'{"note": "\xff\xfe"}', 400),
    ("two values", b'{"count": 1} {"count": 2}', 400),
    ("brackets without end", DEEP, 400),
    ("digits without end", ENDLESS, 400),
    ("too large", b'{"note": "' + b"x" * 2_000_000 + b'"}', 413),
    ("an array", [1, 2], 422),
    ("null", b"null", 422),
    ("a text", "done", 422),
    ("a number", 7, 422),
    ("no count where one is asked", {}, 422),
    ("count null where one is asked", {"count": None}, 422),
    ("count below zero", {"count": -1}, 422),
    ("count far too large", {"count": 10**30}, 422),
    ("count as large as a database's", {"count": 2**31}, 422),
    ("count a fraction", {"count": 1.5}, 422),
    ("count not a number", b'{"count": NaN}', 422),
    ("count infinite", b'{"count": 1e999}', 422),
    ("count true", {"count": True}, 422),
    ("count digits in a text", {"count": "12"}, 422),
    ("count an object", {"count": {"n": 1}}, 422),
    ("note a number", {"count": 1, "note": 5}, 422),
    ("note null", {"count": 1, "note": None}, 422),
    ("note a list", {"count": 1, "note": ["a"]}, 422),
    ("note with NUL", {"count": 1, "note": "a\0b"}, 422),
    ("note too long", {"count": 1, "note": "长" * 10_000}, 422),
    ("version a text", {"count": 1, "version": "1"}, 422),
    ("version zero", {"count": 1, "version": 0}, 422),
    ("version huge", {"count": 1, "version": 2**70}, 422),
    ("version true", {"count": 1, "version": True}, 422),
    ("version of another day", {"count": 1, "version": 99}, 409),
    ("a field nobody knows", {"count": 1, "state": "VERIFIED"}, 422),
    ("a field with half a character", b'{"count": 1, "\\ud800": 1}', 422),
    ("a field with NUL", {"count": 1, "\0": 1}, 422),
]


def _is_error(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/json"
    body: dict[str, Any] = answer.get_json()
    assert body["code"] == status
    assert body["status"]
    assert body["message"].strip()
    return body


@pytest.mark.parametrize(
    ("body", "status"), [case[1:] for case in CHECK_OFF], ids=[case[0] for case in CHECK_OFF]
)
def test_a_bad_body_is_refused_and_nothing_is_saved(
    both_app: Flask, api: Api, cell: Cell, body: Any, status: int
) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = api("cs").post(
        f"/assignments/{cell('cs', 3)}/check-off", data=data, content_type="application/json"
    )
    _is_error(answer, status)
    assert db.session.scalars(select(CheckOff)).all() == []
    assert set(db.session.scalars(select(Assignment.version))) == {1}


@pytest.mark.parametrize(
    ("row", "step", "body", "field"),
    [
        (1, "check-off", {"count": 1}, "count"),
        (3, "send-back", {}, "reason"),
        (3, "send-back", {"reason": None}, "reason"),
        (3, "send-back", {"reason": "\0"}, "reason"),
        (3, "send-back", {"reason": "x", "note": "y"}, "note"),
        (3, "verify", {"version": []}, "version"),
        (3, "verify", {"reason": "x"}, "reason"),
        (3, "undo", {"version": -1}, "version"),
        (3, "check-off", {"count": 1, "done_at": "2020-02-21"}, "done_at"),
        (3, "check-off", {"count": 1, "done_at": "2020-02-21T08:00:00"}, "done_at"),
        (3, "check-off", {"count": 1, "done_at": 1582243200}, "done_at"),
        (1, "check-in", {"health": "NORMAL"}, "day"),
        (1, "check-in", {"day": "2020-02-30", "health": "NORMAL"}, "day"),
        (1, "check-in", {"day": "22日", "health": "NORMAL"}, "day"),
        (1, "check-in", {"day": 20200222, "health": "NORMAL"}, "day"),
        (1, "check-in", {"day": "2020-02-21", "health": "fine"}, "health"),
        (1, "check-in", {"day": "2020-02-21", "health": ["NORMAL"]}, "health"),
        (1, "check-in", {"day": "2020-02-21"}, "health"),
    ],
)
def test_the_refusal_names_the_field_at_fault_in_the_caller_s_language(
    api: Api, cell: Cell, row: int, step: str, body: Any, field: str
) -> None:
    answer = api("cs").post(f"/assignments/{cell('cs', row)}/{step}", body)
    told = _is_error(answer, 422)
    assert told["field"] == field
    assert not told["message"].isascii()


def test_every_field_that_a_request_carries_speaks_both_languages() -> None:
    """The library's own fields refuse in English only."""
    carried = [
        (shape.__name__, name, field)
        for shape in vars(schemas).values()
        if isinstance(shape, type) and issubclass(shape, Arguments)
        for name, field in shape().fields.items()
    ]
    assert {each[1] for each in carried} >= {"cursor", "version", "done_at", "day"}
    foreign = [each[:2] for each in carried if type(each[2]).__module__ != fields.__name__]
    assert foreign == []


@pytest.mark.parametrize("path", ["/plans", "/assignments", "/reminders", "/outbox"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "-5"),
        ("limit", "many"),
        ("limit", ""),
        ("limit", "1.0"),
        ("limit", "٣"),
        ("limit", "9" * 5000),
        ("cursor", "abc"),
        ("cursor", "-1"),
        ("cursor", str(2**63)),
        ("cursor", "1 OR 1=1"),
        ("cursor", "\0"),
        ("colour", "red"),
    ],
)
def test_a_bad_page_is_refused(api: Api, path: str, name: str, value: str) -> None:
    assert _is_error(api("affairs").get(path, **{name: value}), 422)["field"] == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mine", "2"),
        ("mine", "yes"),
        ("plan", "2"),
        ("plan", "x"),
        ("plan", str(2**40)),
        ("unit", "nowhere"),
        ("unit", ""),
        ("unit", "\0"),
        ("unit", "学" * 2000),
        ("state", "open"),
        ("state", "1"),
        ("role", "BOSS"),
    ],
)
def test_a_filter_value_that_is_not_known_is_refused(
    both_app: Flask, api: Api, name: str, value: str
) -> None:
    assert _is_error(api("affairs").get("/assignments", **{name: value}), 422)["field"] == name


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nothing",
        "/plans/",
        "/plans/0",
        "/plans/-1",
        "/plans/x",
        "/plans/1/nothing",
        f"/plans/{2**31}/board",
        f"/assignments/{2**63}",
        f"/assignments/{'9' * 5000}",
        "/assignments/1%00",
        "/assignments/１",
    ],
)
def test_an_address_that_is_not_there_is_a_json_404(both_app: Flask, api: Api, path: str) -> None:
    answer = api("affairs").get(path)
    if path != "/assignments/１":  # Digits of another script are digits.
        _is_error(answer, 404)


def test_other_methods_and_types_are_refused_in_json_too(api: Api, cell: Cell) -> None:
    cs = api("cs")
    one = f"/assignments/{cell('cs', 1)}"
    assert _is_error(cs.post("/plans"), 405)
    assert "GET" in cs.post("/plans").headers["Allow"]
    assert _is_error(cs.get(f"{one}/check-off"), 405)
    for content_type in ("application/x-www-form-urlencoded", "text/plain", "", None):
        _is_error(cs.post(f"{one}/check-off", data=b"note=x", content_type=content_type), 415)
    assert cs.get(one).get_json()["version"] == 1


def test_a_step_that_needs_nothing_takes_an_empty_body(api: Api, cell: Cell) -> None:
    answer = api("cs").post(f"/assignments/{cell('cs', 1)}/check-off", data=b"")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("languages", "message"),
    [
        ("zh-CN,zh;q=0.9", "页面不存在，或您无权查看。"),
        ("en-GB,en;q=0.9", "There is nothing here, or it is not yours to see."),
        ("fr,en;q=0.5", "There is nothing here, or it is not yours to see."),
        ("fr", "页面不存在，或您无权查看。"),
        (None, "页面不存在，或您无权查看。"),
    ],
)
def test_messages_come_in_the_language_that_is_asked_for(
    client: FlaskClient, languages: str | None, message: str
) -> None:
    """B-39."""
    headers = {"Accept-Language": languages} if languages else {}
    assert client.get("/api/v1/nothing", headers=headers).get_json()["message"] == message


def test_a_fault_of_ours_is_json_with_a_reference_and_no_detail(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("secret detail")

    cs = api("cs")
    monkeypatch.setattr(queries, "find", broken)
    body = _is_error(cs.get("/assignments/1"), 500)
    assert "secret" not in json.dumps(body)


def test_a_database_that_does_not_answer_is_a_503_that_says_when_to_come_back(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any) -> None:
        raise OperationalError("SELECT secret", {}, Exception("database is locked"))

    cs = api("cs")
    monkeypatch.setattr(queries, "find", busy)
    answer = cs.get("/assignments/1")
    assert "secret" not in json.dumps(_is_error(answer, 503))
    assert answer.headers["Retry-After"]


def test_pages_keep_their_own_errors(client: FlaskClient) -> None:
    assert client.get("/apiary").mimetype == "text/html"


@pytest.mark.parametrize("where", ["api", "pages"])
@pytest.mark.parametrize(
    ("statement", "status"),
    [
        ("INSERT INTO duty_task SELECT duty_id, task_id FROM duty_task", 409),
        ("UPDATE duty SET plan_id = 99999", 500),
        ("UPDATE plan SET title = NULL", 500),
    ],
)
def test_only_a_lost_race_is_called_one(
    both_app: Flask,
    api: Api,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    where: str,
    statement: str,
    status: int,
) -> None:
    def broken(*_: Any) -> None:
        db.session.execute(text(statement))

    cs = api("cs")
    if where == "api":
        monkeypatch.setattr(queries, "find", broken)
        answer = cs.get("/assignments/1")
    else:
        monkeypatch.setitem(both_app.view_functions, "plans.index", broken)
        answer = client.get("/plans")
    assert answer.status_code == status
    traces = [record for record in caplog.records if record.exc_info]
    assert bool(traces) == (status == 500)
