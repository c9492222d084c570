"""The pages of urging: choose red cells, see who gets what, send; the answer comes back."""

import re
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.rehearsal import StandingClock
from tests.web import duties
from tests.web.duties import held, held_id, words
from tracker.queries.urges import of_assignment

SignIn = Callable[[FlaskClient, str], FlaskClient]
Post = Callable[..., TestResponse]


def test_from_the_board_to_the_answer(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post, at: StandingClock
) -> None:
    at("2020-02-23T09:30")
    sign_in(client, "affairs")
    board = client.get("/board")
    assert 'href="/plans/1/urge?show=overdue"' in board.text
    chosen = client.get("/plans/1/urge?show=overdue&pick=all")
    ids = re.findall(r'name="id" value="(\d+)" checked', chosen.text)
    assert len(ids) == 13
    preview = client.get("/urges/preview", query_string={"id": ids})
    assert "收件人： 计算机学院教学秘书" in words(preview)
    assert "邮件将在一分钟内发出" in words(preview)
    sent = post(client, "/urges", {"id": ids, "words": "请于今日办结"})
    assert sent.status_code == 303
    said = words(client.get("/urges"))
    assert "已催办13项。" in said
    assert "未反应" in said
    clerk = sign_in(app.test_client(), "cs")
    page = clerk.get(f"/assignments/{held_id(1, 'cs')}")
    assert "已催办1次" in words(page)
    assert "请于今日办结" in words(page)
    assert of_assignment(held(1, "cs"))[0].opened_at is None
    urged_id = of_assignment(held(1, "cs"))[0].id
    post(clerk, f"/assignments/{held_id(1, 'cs')}/urges/open")
    post(clerk, f"/urged/{urged_id}/answer", {"words": "=今晚办结"})
    log = words(client.get("/urges"))
    assert "已回复 =今晚办结" in log
    export = client.get("/urges.csv")
    assert export.data.startswith(b"\xef\xbb\xbf")
    assert "'=今晚办结" in export.text


def test_at_night_the_preview_says_when_it_goes_out(
    app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
) -> None:
    at("2020-02-22T22:30")
    sign_in(client, "affairs")
    preview = client.get("/urges/preview", query_string={"id": [held_id(3, "cs")]})
    assert "邮件将于7:00发出" in words(preview)


def test_within_the_cooldown_it_is_left_out_and_said(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    sign_in(client, "affairs")
    ids = [held_id(3, "cs"), held_id(8, "cs")]
    post(client, "/urges", {"id": ids[:1]})
    preview = client.get("/urges/preview", query_string={"id": ids})
    assert "另有1项两小时内已催办" in words(preview)
    again = post(client, "/urges", {"id": ids[:1]})
    assert "未发送" in words(client.get(again.headers["Location"]))


def test_an_office_urges_from_its_own_rows_and_a_college_has_nothing_to_urge(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, "students")
    said = words(client.get("/plans/1/urge"))
    assert "授课教师将课程电子教学材料进行共享" in said
    college = sign_in(app.test_client(), "cs")
    assert "没有可催办的未完成项。" in words(college.get("/plans/1/urge"))
    assert "/urge" not in college.get("/board").text


def test_too_long_a_word_is_refused_and_kept(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    sign_in(client, "affairs")
    answer = post(client, "/urges", {"id": [held_id(3, "cs")], "words": "长" * 201})
    assert answer.status_code == 422
    assert "最多200字。" in words(answer)
    assert not of_assignment(held(3, "cs"))
    assert post(client, "/urges", {"id": ["x"]}).status_code == 400


def test_the_cell_itself_shows_the_urge_and_what_came_back(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post, at: StandingClock
) -> None:
    at("2020-02-23T09:30")
    sign_in(client, "affairs")
    post(client, "/urges", {"id": [held_id(1, "cs"), held_id(1, "info")], "words": ""})
    board = words(client.get("/board"))
    assert "计算机学院第1项“成立校区与学院层面工作组”：已逾期，已催办1次" in board
    clerk = sign_in(app.test_client(), "cs")
    post(clerk, f"/assignments/{held_id(1, 'cs')}/urges/open")
    assert "催1 已阅" in words(client.get("/board"))
    urged_id = of_assignment(held(1, "cs"))[0].id
    post(clerk, f"/urged/{urged_id}/answer", {"words": "今晚八点前办结"})
    board = words(client.get("/board"))
    assert "催1 已答" in board
    assert "已催办1次，答复：今晚八点前办结" in board
    assert "信息工程学院第1项“成立校区与学院层面工作组”：已逾期，已催办1次 " in board
    assert "今晚八点前办结" in clerk.get("/board").text
    assert "今晚八点前办结" not in sign_in(app.test_client(), "info").get("/board").text
    duties.report("cs", 1, "cs")
    assert "催1 已答" not in words(client.get("/board"))
