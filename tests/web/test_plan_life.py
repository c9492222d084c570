"""The list of notices, and what academic affairs do from it."""

import re
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests import cast, plans
from tests.web.duties import held_id, report, words
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.vocabulary import Phase
from tracker.models.assignment import Assignment
from tracker.models.org import Unit
from tracker.models.plan import Plan
from tracker.queries import people
from tracker.services import reviews

SignIn = Callable[[FlaskClient, str], FlaskClient]
Post = Callable[..., TestResponse]


def test_a_phase_is_opened_from_the_list_and_stands_on_the_board_and_at_the_unit(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    week = plans.phase(Phase.FIRST_WEEK).id
    page = sign_in(client, "affairs").get("/plans")
    assert f'action="/plans/{week}/life"' in page.text
    answer = post(client, f"/plans/{week}/life", {"step": "publish"})
    assert (answer.status_code, answer.location) == (303, f"/plans/{week}")
    board = client.get("/board").text
    assert f'href="/board?plan={week}"' in board
    assert 'href="/plans/1"' in board
    sign_in(client, "cs")
    assert "做好平稳推进网络教学至第二周末的全面准备" in client.get("/mine").text
    assert f'href="/plans/{week}"' in client.get("/plans").text
    assert client.get(f"/board?plan={week}").status_code == 200


def test_a_closed_notice_is_read_and_takes_nothing(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    assignment = held_id(13, "cs")
    sign_in(client, "affairs")
    assert post(client, "/plans/1/life", {"step": "close"}).status_code == 303
    sign_in(client, "cs")
    for path in ("/plans/1", "/board?plan=1", f"/assignments/{assignment}", "/mine", "/plans"):
        assert client.get(path).status_code == 200
    assert "check-off" not in client.get(f"/assignments/{assignment}").text
    answer = post(client, f"/assignments/{assignment}/check-off", {"version": 1})
    assert answer.status_code == 409


def test_a_closed_notice_offers_no_further_mails(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    office = sign_in(client, "affairs")
    assert "每晚21:30发送汇总" in words(office.get("/plans/1"))
    post(office, "/plans/1/life", {"step": "close"})
    assert "每晚21:30发送汇总" not in words(office.get("/plans/1"))


def test_a_template_is_discarded_as_a_template(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    office = sign_in(client, "affairs")
    said = words(post(office, "/plans/1/template", follow_redirects=True))
    assert "删除模板" in said
    assert "草稿" not in said


def test_a_copy_is_previewed_before_it_is_made(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    asked = {"title": "秋季学期", "launches_on": "2020-09-07"}
    page = sign_in(client, "affairs").get("/plans/1/copy", query_string=asked)
    assert "2020年9月5日结束前" in page.text
    assert "24日" in page.text.split('id="dated"')[1]
    answer = post(client, "/plans/1/copy", asked)
    made = db.session.scalars(select(Plan).where(Plan.title == "秋季学期")).one()
    assert answer.location == f"/plans/{made.id}"
    assert "秋季学期" in words(client.get("/plans"))
    assert client.get("/plans/1/copy?launches_on=soon").status_code == 422


def test_a_row_of_a_draft_is_corrected_on_its_page(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    week = plans.phase(Phase.FIRST_WEEK).id
    sign_in(client, "affairs")
    row = {"title": "课堂评估", "deadline": "3月1日", "text_college": "完成评估"}
    row |= {"role_college": "PERFORM"}
    assert post(client, f"/plans/{week}/rows/1", row).status_code == 303
    assert "课堂评估" in client.get(f"/plans/{week}").text
    page = post(client, f"/plans/{week}/rows/1", row | {"deadline": "尽快"})
    assert page.status_code == 422
    assert 'id="deadline-problem"' in page.text
    assert client.get(f"/plans/{week}/rows/99").status_code == 404


def test_of_two_clerks_on_one_row_the_later_sees_both_wordings_and_overwrites_nothing(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    """B-17 for the very same words."""
    here = f"/plans/{plans.first_id()}/rows/3"
    seen = re.search(r'name="seen" value="(\w+)"', sign_in(client, "affairs").get(here).text)
    assert seen is not None
    first = {"title": "课程建群", "text_college": "确保全部建立，并检查", "role_college": "PERFORM"}
    first |= {"text_student_affairs": "确保全部建立", "role_student_affairs": "PERFORM"}
    first |= {"text_academic_affairs": "检查", "role_academic_affairs": "INSPECT"}
    first |= {"seen": seen[1], "title": "课程建群到位"}
    for _ in range(2):
        assert post(client, here, first).status_code == 303
    page = post(client, here, first | {"title": "课程全部建群"})
    assert page.status_code == 409
    assert {"课程建群到位", "课程全部建群"} <= set(re.findall(r"课程\w+", page.text))
    assert "现为： 课程建群到位" in words(page)
    assert plans.first_row(3).title == "课程建群到位"
    again = re.search(r'name="seen" value="(\w+)"', page.text)
    assert again is not None
    mine = first | {"title": "课程全部建群", "seen": again[1]}
    assert post(client, here, mine).status_code == 303
    assert plans.first_row(3).title == "课程全部建群"


def test_a_unit_that_joins_is_asked_at_once(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    sign_in(client, "affairs")
    unit = {"name": "机器人学院", "code": "robotics", "kind": "college"}
    assert post(client, "/units/new", unit).location == "/people/units/robotics"
    assert db.session.scalars(select(Unit).where(Unit.code == "robotics")).one().position > 1
    assert post(client, "/units/new", unit | {"code": "new"}).status_code == 422
    assert "机器人学院" in client.get("/board").text


def test_a_unit_added_by_mistake_is_taken_back_until_something_hangs_on_it(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    sign_in(client, "affairs")
    unit = {"name": "机器人学院", "code": "robotics", "kind": "college"}
    post(client, "/units/new", unit)
    assert "/units/robotics/remove" in client.get("/people/units/robotics").text
    for _ in range(2):
        assert post(client, "/units/robotics/remove", {}).location == "/people"
    assert "机器人学院" not in client.get("/board").text
    assert client.get("/units/robotics").status_code == 404
    assert "/units/cs/remove" not in client.get("/people/units/cs").text
    assert post(client, "/units/cs/remove", {}).status_code == 409
    post(client, "/units/new", unit)
    report("affairs", 16, "affairs")  # of another unit: no matter
    assignment = held_id(16, "robotics")
    with transaction():
        waive = cast.actor("affairs")
        reviews.waive(
            db.session.get_one(Assignment, assignment),
            *(waive, clock.now()),
            seen_version=None,
            reason="尚未招生",
        )
    assert post(client, "/units/robotics/remove", {}).status_code == 409


def test_a_university_is_added_and_units_under_it_and_beside_it_are_reached(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    sign_in(client, "affairs")
    east = {"name": "东海大学", "code": "east", "kind": "university"}
    assert post(client, "/units/new", east).status_code == 303
    college = {"name": "东海计算机学院", "code": "east-cs", "kind": "college", "parent": "east"}
    assert post(client, "/units/new", college | {"parent": "west"}).status_code == 422
    assert post(client, "/units/new", college | {"parent": "cs"}).status_code == 422
    assert post(client, "/units/new", east | {"code": "e2", "parent": "east"}).status_code == 422
    assert post(client, "/units/new", college).status_code == 303
    above = client.get("/board").text
    assert "东海大学" in above
    assert "2个岗位空缺" in words(client.get("/people")), "those of the college, none of its roof"
    assert people.vacancies(clock.now()) == 2
    assert "空缺" not in words(client.get("/people/units/east"))
    assert "无人收到" not in words(client.get("/people/units/east"))
    assert "东海大学 ：" not in words(client.get("/people"))
    assert 'href="/units/cs"' in above
    assert 'href="/units/east-cs"' not in above
    assert "东海计算机学院" in client.get("/board?under=east").text


def test_the_menu_marks_where_a_page_belongs(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    def marked(address: str) -> str:
        menu = re.search(r'href="([^"]+)"[^>]*aria-current="page"', client.get(address).text)
        return menu[1] if menu else ""

    sign_in(client, "affairs")
    found = {
        address: marked(address)
        for address in ("/units/new", "/units/cs", f"/assignments/{held_id(3, 'cs')}")
    }
    assert list(found.values()) == ["/people", "/board", "/board"]
    sign_in(client, "cs.dean")
    assert marked("/units/cs") == "/unit"
    assert marked(f"/assignments/{held_id(3, 'cs')}") == "/mine"
