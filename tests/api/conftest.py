"""Programs that call the API, one token a member of the cast."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests import cast
from tracker import clock
from tracker.db import db, transaction
from tracker.models.assignment import Assignment
from tracker.models.org import Unit
from tracker.models.plan import DutyTask, Task
from tracker.permissions import SYSTEM
from tracker.services import api_tokens


@dataclass(frozen=True)
class Caller:
    """`get("/plans", limit=1)`, `post("/assignments/1/verify", {"version": 1})`."""

    client: FlaskClient
    token: str

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self.headers)

    def post(self, path: str, json: Any = None, **more: Any) -> TestResponse:
        if "data" not in more:
            more["json"] = json if json is not None else {}
        headers = {**self.headers, **more.pop("headers", {})}
        return self.client.post(f"/api/v1{path}", headers=headers, **more)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture
def api(client: FlaskClient) -> Callable[[str], Caller]:
    """`api("cs")`: a program with a token of that account and no cookie."""

    def caller(name: str) -> Caller:
        with transaction():
            token = api_tokens.create(cast.user(name), SYSTEM, clock.now(), clock.real_now())
        return Caller(client.application.test_client(use_cookies=False), token)

    return caller


@pytest.fixture
def cell(client: FlaskClient) -> Callable[[str, int], int]:
    """`cell("cs", 3)`: the id of the assignment of a unit in a row."""

    def find(code: str, row: int) -> int:
        statement = (
            select(Assignment.id)
            .join(Unit, Unit.id == Assignment.unit_id)
            .join(DutyTask, DutyTask.duty_id == Assignment.duty_id)
            .join(Task, Task.id == DutyTask.task_id)
            .where(Unit.code == code, Task.number == row)
        )
        return db.session.scalars(statement).one()

    return find
