"""A request that is sent again with its key acts once and gets the first answer."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from tests.api.conftest import Caller
from tracker import clock
from tracker.db import db, transaction
from tracker.models.assignment import Assignment, CheckOff
from tracker.models.audit import AuditEvent
from tracker.models.idempotency import FirstAnswer

Api = Callable[[str], Caller]
Cell = Callable[[str, int], int]
KEY = {"Idempotency-Key": "0d9f3c1e-2020-0222"}


def count(model: type[Any]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_first_answer_is_given_again_and_nothing_done_twice(
    both_app: Flask, api: Api, cell: Cell
) -> None:
    """Even where the second would be refused by itself, and where it was undone since."""
    cs, path = api("cs"), f"/assignments/{cell('cs', 3)}"
    first = cs.post(f"{path}/check-off", {"count": 12}, headers=KEY)
    assert first.status_code == 200
    assert "Idempotent-Replayed" not in first.headers
    assert cs.post(f"{path}/undo", {}).status_code == 200
    again = cs.post(f"{path}/check-off", {"count": 12}, headers=KEY)
    assert (again.status_code, again.get_json()) == (200, first.get_json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert count(CheckOff) == 1
    assert cs.get(path).get_json()["state"] == "OPEN"


def test_a_refusal_is_a_first_answer_too(both_app: Flask, api: Api, cell: Cell) -> None:
    cs, affairs, one = api("cs"), api("affairs"), cell("cs", 3)
    refused = affairs.post(f"/assignments/{one}/verify", {}, headers=KEY)
    assert refused.status_code == 409
    assert cs.post(f"/assignments/{one}/check-off", {"count": 12}).status_code == 200
    again = affairs.post(f"/assignments/{one}/verify", {}, headers=KEY)
    assert (again.status_code, again.get_json()) == (409, refused.get_json())
    assert db.session.get_one(Assignment, one).state == "DONE"


@pytest.mark.parametrize("other", ["body", "address"])
def test_a_key_stands_for_one_request_only(
    both_app: Flask, api: Api, cell: Cell, other: str
) -> None:
    cs, path = api("cs"), f"/assignments/{cell('cs', 3)}/check-off"
    assert cs.post(path, {"count": 12}, headers=KEY).status_code == 200
    if other == "body":
        answer = cs.post(path, {"count": 13}, headers=KEY)
    else:
        answer = cs.post(path.replace("check-off", "undo"), {"count": 12}, headers=KEY)
    assert answer.status_code == 422
    if other == "body":
        assert answer.get_json()["field"] == "Idempotency-Key"
    assert count(CheckOff) == 1


def test_a_key_is_its_person_s_own(api: Api, cell: Cell) -> None:
    rows = {name: f"/assignments/{cell(name, 3)}/check-off" for name in ("cs", "info")}
    for name, path in rows.items():
        answer = api(name).post(path, {"count": 12}, headers=KEY)
        assert answer.status_code == 200
        assert answer.get_json()["unit"] == name
    assert count(CheckOff) == 2


def test_what_was_never_begun_is_no_first_answer(api: Api, cell: Cell) -> None:
    """404, a body that cannot be read, a bad field: mended, the same key may be used."""
    cs, path = api("cs"), f"/assignments/{cell('cs', 3)}/check-off"
    assert cs.post(f"/assignments/{2**31 - 1}/check-off", {}, headers=KEY).status_code == 404
    assert cs.post(path, {"nonsense": 1}, headers=KEY).status_code == 422
    assert count(FirstAnswer) == 0
    assert cs.post(path, {"count": 12}, headers=KEY).status_code == 200


@pytest.mark.parametrize("key", ["", " ", "a b", "\xe9", "x" * 256])
def test_a_key_that_is_none_is_refused(api: Api, cell: Cell, key: str) -> None:
    path = f"/assignments/{cell('cs', 3)}/check-off"
    answer = api("cs").post(path, {"count": 12}, headers={"Idempotency-Key": key})
    assert answer.status_code == 422
    assert answer.get_json()["field"] == "Idempotency-Key"
    assert count(CheckOff) == 0


def test_a_first_answer_is_kept_for_a_day_and_swept(both_app: Flask, api: Api, cell: Cell) -> None:
    cs, path = api("cs"), f"/assignments/{cell('cs', 3)}/check-off"
    cs.post(path, {"count": 12}, headers=KEY)
    for age, status in ((timedelta(hours=23, minutes=59), 200), (timedelta(hours=24), 409)):
        with transaction():
            db.session.execute(update(FirstAnswer).values(created_at=clock.real_now() - age))
        assert cs.post(path, {"count": 12}, headers=KEY).status_code == status
    assert count(FirstAnswer) == 1


@pytest.mark.parametrize("status", [200, 409])
def test_at_the_same_moment_there_is_one_effect_and_one_answer(
    both_app: Flask, client: FlaskClient, api: Api, cell: Cell, status: int
) -> None:
    """Eight threads, each with its own connection. Row 1 is not counted; an unreported duty cannot
    be verified."""
    who, row, step = ("cs", 1, "check-off") if status == 200 else ("affairs", 3, "verify")
    caller, one = api(who), cell("cs", row)
    answers, begin = list[Any](), threading.Barrier(8)

    def ask() -> None:
        mine = Caller(both_app.test_client(use_cookies=False), caller.token)
        begin.wait()
        answers.append(mine.post(f"/assignments/{one}/{step}", {}, headers=KEY))

    before = count(AuditEvent)
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {status}
    assert len({answer.text for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert count(AuditEvent) - before == (status == 200)
    assert count(FirstAnswer) == 1


def test_every_unsafe_operation_takes_a_key(client: FlaskClient, api: Api, cell: Cell) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    affairs, seen = api("affairs"), 0
    bodies = {
        "check-in": {"day": "2020-02-21", "health": "NORMAL"},
        **{step: {"reason": "材料有误"} for step in ("send-back", "waive", "reopen")},
    }
    for path, item in document["paths"].items():
        for method in set(item) & {"post", "put", "patch", "delete"}:
            named = [each.get("name") for each in item[method].get("parameters", [])]
            assert "Idempotency-Key" in named, path
            url = path.removeprefix("/api/v1").replace("{assignment_id}", str(cell("cs", 5)))
            key = {"Idempotency-Key": path}
            body = bodies.get(path.rpartition("/")[2], {})
            first, again = (affairs.post(url, body, headers=key) for _ in range(2))
            assert first.status_code in (200, 403, 409), (path, first.text)
            assert again.headers["Idempotent-Replayed"] == "true", path
            assert again.get_json() == first.get_json()
            seen += 1
    assert seen >= 7
