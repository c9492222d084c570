"""A unit's page: what its head reads on a phone before the president asks."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from flask import Flask
from flask.testing import FlaskClient

from tests import cast
from tests.rehearsal import StandingClock
from tests.web import duties
from tests.web.duties import held, words
from tracker import clock
from tracker.db import transaction
from tracker.domain.vocabulary import GroupPart
from tracker.services import work_groups

SignIn = Callable[[FlaskClient, str], FlaskClient]
Counting = Callable[[], AbstractContextManager[list[str]]]


def page(client: FlaskClient) -> str:
    answer = client.get("/units/cs")
    assert answer.status_code == 200
    return words(answer)


def test_a_head_lands_on_the_units_page_and_a_contact_on_the_duties(both_app: Flask) -> None:
    head = cast.sign_in(both_app.test_client(), "cs.dean")
    assert head.get("/").location == "/unit"
    assert head.get("/unit").location == "/units/cs"
    assert "本单位" in words(head.get("/mine"))
    contact = cast.sign_in(both_app.test_client(), "cs")
    assert contact.get("/").location == "/mine"
    assert "本单位" not in words(contact.get("/mine"))
    assert cast.sign_in(both_app.test_client(), "president").get("/unit").location == "/board"


def test_red_cells_come_first_with_their_reason(both_app: Flask, at: StandingClock) -> None:
    duties.report("cs", 3, "cs", 12)
    duties.send_back("affairs", 3, "cs", "缺一个群")
    at("2020-02-23T00:00")
    said = page(cast.sign_in(both_app.test_client(), "cs.dean"))
    red = said.partition("先处理这些")[2].partition("上次查看以来")[0]
    assert red.startswith(" 2 ")
    assert "第1项" in red
    assert "缺一个群" in red
    assert "已逾期" in red


def test_the_number_is_what_the_board_says_of_the_unit(both_app: Flask, at: StandingClock) -> None:
    duties.report("cs", 11, "cs")
    duties.report("cs", 16, "cs")
    said = page(cast.sign_in(both_app.test_client(), "cs.dean"))
    assert "已办结1项，共16项" in said or "已办结2项，共16项" in said
    board = words(cast.sign_in(both_app.test_client(), "affairs").get("/board?unit=cs"))
    settled = said.partition("已办结")[2].partition("项")[0]
    assert f"{settled}/16" in board


def test_what_others_did_since_the_last_visit_is_told_once(
    both_app: Flask, at: StandingClock
) -> None:
    head = cast.sign_in(both_app.test_client(), "cs.dean")
    assert "第一次" in page(head)
    duties.report("cs", 3, "cs", 12)
    duties.report("law", 3, "law", 9)
    at("2020-02-21T12:00")
    said = page(head)
    assert "自2月21日08:00起" in said
    assert said.count("报送完成") == 1
    at("2020-02-21T12:20")
    assert "报送完成" in page(head)
    at("2020-02-21T20:00")
    assert "以来没有变化" in page(head)


def test_what_is_new_to_one_reader_is_not_what_another_one_saw_in_the_same_browser(
    both_app: Flask, at: StandingClock
) -> None:
    client = cast.sign_in(both_app.test_client(), "cs")
    page(client)
    assert "第一次" in page(cast.sign_in(client, "cs.dean"))


def test_ones_own_doings_are_no_news(both_app: Flask, at: StandingClock) -> None:
    head = cast.sign_in(both_app.test_client(), "cs.dean")
    page(head)
    duties.report("cs.dean", 3, "cs", 12)
    at("2020-02-21T12:00")
    assert "以来没有变化" in page(head)


def test_a_quarter_is_told_and_no_other_unit_is_named(both_app: Flask, at: StandingClock) -> None:
    duties.report("cs", 11, "cs")
    said = page(cast.sign_in(both_app.test_client(), "cs.dean"))
    assert "在同类单位中位居前列" in said
    assert "法学院" not in said
    office = cast.sign_in(both_app.test_client(), "affairs")
    assert "同类单位" not in words(office.get("/units/affairs"))


def test_the_working_group_and_who_hears_next_stand_on_it(
    both_app: Flask, at: StandingClock
) -> None:
    with transaction():
        work_groups.add(
            held(1, "cs"), cast.actor("cs"), clock.now(), part=GroupPart.HEAD, people="李院长"
        )
    said = page(cast.sign_in(both_app.test_client(), "cs.dean"))
    assert "李院长" in said
    assert "下一次提醒将于2月21日09:00发出" in said


def test_a_units_page_takes_the_same_few_queries_however_much_happened(
    both_app: Flask, at: StandingClock, count_queries: Counting
) -> None:
    head = cast.sign_in(both_app.test_client(), "cs.dean")
    page(head)
    with count_queries() as few:
        head.get("/units/cs")
    for number in (3, 8, 9, 10):
        duties.report("cs", number, "cs", 5)
    with count_queries() as more:
        head.get("/units/cs")
    assert len(more) == len(few)
    assert len(few) <= 20
