"""The page of a unit's posts: given, handed over and ended, and every slip said in words."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests import cast
from tests.web.duties import words
from tracker import clock
from tracker.db import db
from tracker.models.audit import AuditEvent
from tracker.models.org import Membership, User
from tracker.permissions import actor_for

SignIn = Callable[[FlaskClient, str], FlaskClient]
Send = Callable[..., TestResponse]


def membership_id(name: str) -> int:
    db.session.rollback()
    return cast.user(name).memberships[0].id


def units_of(email: str) -> set[str]:
    db.session.rollback()
    user = db.session.scalars(select(User).where(User.email == email)).one()
    held = actor_for(user, clock.now()).unit_ids
    return {each.unit.code for each in user.memberships if each.unit_id in held}


def count() -> tuple[int, int, int]:
    db.session.rollback()
    return tuple(  # type: ignore[return-value]
        db.session.scalar(select(func.count()).select_from(table))
        for table in (User, Membership, AuditEvent)
    )


def test_academic_affairs_hand_a_post_to_a_new_person_in_one_step(
    client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    sign_in(client, "affairs")
    new = {"email": "New@campus.example", "name": "新任秘书"}
    answer = post(
        client, f"/people/posts/{membership_id('cs')}/hand-over", new, follow_redirects=True
    )
    assert "已移交给新任秘书，待发邮件一并转交。" in words(answer)
    assert "新任秘书尚未设置密码，请在“人员”页发送邮件邀请。" in words(answer)
    assert units_of("new@campus.example") == {"cs"}
    assert units_of("cs@campus.example") == set()


def test_the_head_names_a_deputy_for_some_days(
    client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    sign_in(client, "cs.dean")
    days = {"post": "deputy", "email": "info@campus.example"}
    days |= {"starts_on": "2020-02-21", "ends_on": "2020-02-22"}
    answer = post(client, "/people/units/cs/posts", days, follow_redirects=True)
    assert "信息工程学院教学秘书已担任代理人。" in words(answer)
    assert "至22日24:00" in words(answer)
    assert units_of("info@campus.example") == {"cs", "info"}


def test_the_contact_sees_the_page_and_may_name_a_deputy_only(
    client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    page = sign_in(client, "cs").get("/people/units/cs")
    assert page.status_code == 200
    assert 'value="deputy"' in page.text
    assert 'value="lead"' not in page.text
    assert "/hand-over" not in page.text
    answer = post(
        client, "/people/units/cs/posts", {"post": "lead", "email": "info@campus.example"}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("who", "status"), [("info", 404), ("students", 404), ("network", 404), ("president", 200)]
)
def test_a_foreign_unit_s_posts_do_not_exist(
    client: FlaskClient, sign_in: SignIn, post: Send, who: str, status: int
) -> None:
    """B-62; the president looks and changes nothing."""
    before = membership_id("cs")
    sign_in(client, who)
    assert client.get("/people/units/cs").status_code == status
    refused = 403 if who == "president" else 404
    for url in (f"/people/posts/{before}/end", f"/people/posts/{before}/hand-over"):
        assert post(client, url, {"email": "law@campus.example"}).status_code == refused
    form = {"post": "deputy", "email": "law@campus.example"}
    assert post(client, "/people/units/cs/posts", form).status_code == refused
    assert units_of("cs@campus.example") == {"cs"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "请输入邮箱地址。"),
        ({"email": "nobody@campus.example"}, "请填写姓名以新增。"),
        ({"email": "no address", "name": "新任"}, "不是有效的邮箱地址"),
        ({"email": "law@campus.example", "post": "king"}, ""),
        ({"email": "law@campus.example", "starts_on": "明天"}, "请输入日期，例如2020-02-24。"),
        ({"email": "law@campus.example", "starts_on": "0001-01-01"}, "请输入日期"),
        ({"email": "law@campus.example", "ends_on": "9999-12-31"}, "请输入日期"),
        ({"email": "law@campus.example", "ends_on": "2020-02-20"}, "截止日期早于开始日期"),
        ({"email": "law@campus.example", "name": "x" * 200}, ""),
        ({"email": "x" * 300 + "@campus.example", "name": "新任"}, ""),
    ],
)
def test_what_cannot_be_taken_is_said_and_nothing_is_saved(
    client: FlaskClient, sign_in: SignIn, post: Send, data: dict[str, str], said: str
) -> None:
    sign_in(client, "affairs")
    before = count()
    answer = post(client, "/people/units/cs/posts", {"post": "deputy", **data})
    assert answer.status_code == 422
    assert said in words(answer)
    assert count() == before


def test_a_head_cannot_add_people(client: FlaskClient, sign_in: SignIn, post: Send) -> None:
    sign_in(client, "cs.dean")
    before = count()
    new = {"post": "deputy", "email": "new@campus.example", "name": "新人"}
    answer = post(client, "/people/units/cs/posts", new)
    assert answer.status_code == 422
    assert "new@campus.example还没有账号，请联系教务处。" in words(answer)
    assert count() == before


def test_said_twice_it_is_done_once(client: FlaskClient, sign_in: SignIn, post: Send) -> None:
    """B-17."""
    sign_in(client, "affairs")
    form = {"post": "deputy", "email": "law@campus.example"}
    assert post(client, "/people/units/cs/posts", form).status_code == 303
    before = count()
    assert post(client, "/people/units/cs/posts", form).status_code == 303
    assert count() == before
    end = f"/people/posts/{membership_id('cs')}/end"
    assert post(client, end).status_code == 303
    before = count()
    assert post(client, end).status_code == 303
    assert count() == before


def test_a_new_password_is_shown_once_and_works(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    sign_in(client, "affairs")
    answer = post(client, f"/people/{cast.user('cs').id}/password")
    password = answer.text.split("<code>")[1].split("</code>")[0]
    assert len(password) == 16
    assert password not in client.get("/people").text
    cast.sign_in(app.test_client(), "cs", password)
    assert (
        post(sign_in(client, "cs.dean"), f"/people/{cast.user('cs').id}/password").status_code
        == 403
    )


def test_a_vacant_post_is_red_on_the_unit_s_page(
    client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    """B-64."""
    sign_in(client, "affairs")
    post(client, f"/people/posts/{membership_id('cs')}/end")
    said = words(client.get("/people/units/cs"))
    assert "空缺 空缺期间提醒发给负责人" in said
    post(client, f"/people/posts/{membership_id('cs.dean')}/end")
    assert "本单位无人收到提醒。" in words(client.get("/people/units/cs"))
