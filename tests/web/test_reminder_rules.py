"""The pages of the ladder and of the working-day calendar."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.plans import first_rule
from tests.rehearsal import StandingClock
from tests.web.duties import words
from tracker.db import db
from tracker.models.reminder import ReminderRule

SignIn = Callable[[FlaskClient, str], FlaskClient]
Post = Callable[..., TestResponse]
EVENING = {"days": "0", "side": "before", "at": "20:00", "audience": ["contacts", "leads"]}


def rules() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(ReminderRule)) or 0


def shown(page: TestResponse) -> dict[str, Any]:
    found = re.search(r'name="shown" value="(\w+)"', page.text)
    assert found, "no preview on the page"
    return {"shown": found[1]}


def test_what_a_rule_would_do_is_shown_before_it_is_saved(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    sign_in(client, "affairs")
    before = rules()
    page = post(client, "/plans/1/rules/new", EVENING)
    assert page.status_code == 200
    assert "22日20:00（明天） ：27人" in words(page)
    assert "尚未保存" in words(page)
    assert rules() == before
    assert post(client, "/plans/1/rules/new", EVENING | shown(page)).status_code == 303
    assert rules() == before + 1
    assert "20:00 联系人、负责人" in words(client.get("/reminders"))


def test_other_values_than_those_shown_are_shown_first(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    sign_in(client, "affairs")
    before = rules()
    page = post(client, "/plans/1/rules/new", EVENING)
    later = post(client, "/plans/1/rules/new", EVENING | shown(page) | {"at": "21:00"})
    assert "22日21:00（明天）" in words(later)
    assert rules() == before


def test_a_rule_is_changed_and_ended(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post, at: StandingClock
) -> None:
    sign_in(client, "affairs")
    rule_id = first_rule("D 18:00").id
    page = client.get(f"/rules/{rule_id}")
    assert 'value="18:00"' in page.text
    page = post(client, f"/rules/{rule_id}", EVENING | {"at": "19:00"})
    assert "22日18:00（明天）" in words(page)
    assert "22日19:00（明天）" in words(page)
    at("2020-02-21T08:10")
    post(client, f"/rules/{rule_id}", EVENING | {"at": "19:00"} | shown(page))
    said = words(client.get("/reminders"))
    assert "19:00 联系人、负责人" in said
    assert "18:00 联系人、负责人" not in said
    new_id = db.session.scalars(select(func.max(ReminderRule.id))).one()
    assert "规则已停用" in words(
        client.get(post(client, f"/rules/{new_id}/end", {}).headers["Location"])
    )
    assert "19:00 联系人、负责人" not in words(client.get("/reminders"))


@pytest.mark.parametrize(
    ("spoilt", "complaint"),
    [
        ({"days": "61"}, "请填写0至60的整数。"),
        ({"days": "x"}, "请填写0至60的整数。"),
        ({"at": "25:00"}, "不是有效的时间值。"),
        ({"audience": []}, "请至少选择一类人员。"),
        ({"audience": ["everybody"]}, "请从所列选项中选择。"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_beside_its_field(
    app: Flask,
    client: FlaskClient,
    sign_in: SignIn,
    post: Post,
    spoilt: dict[str, Any],
    complaint: str,
) -> None:
    sign_in(client, "affairs")
    before = rules()
    page = post(client, "/plans/1/rules/new", EVENING | spoilt)
    assert page.status_code == 422
    assert complaint in words(page)
    assert rules() == before


def test_a_year_without_entries_is_called_unknown(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    sign_in(client, "affairs")
    assert "尚未登记2027年的节假日" in words(client.get("/workdays?year=2027"))
    known = words(client.get("/workdays"))
    assert "2020年1月27日 春节放假" in known
    answer = post(client, "/workdays", {"day": "2027-01-01", "why": "元旦"})
    assert answer.headers["Location"].endswith("/workdays?year=2027")
    assert "2027年1月1日 元旦" in words(client.get("/workdays?year=2027"))
    post(client, "/workdays/forget", {"day": "2027-01-01"})
    assert "尚未登记2027年的节假日" in words(client.get("/workdays?year=2027"))
    assert post(client, "/workdays", {"day": "31.1."}).status_code == 422
    assert client.get("/workdays?year=1").status_code == 400
