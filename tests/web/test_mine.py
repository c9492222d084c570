"""A unit's page: the piles, the ways to tick, and what stands in the way of a mistake."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from werkzeug.test import TestResponse

from tests import plans
from tests.rehearsal import StandingClock
from tests.serving import enter
from tests.web import duties
from tests.web.duties import held, held_id, words
from tracker.db import db, transaction
from tracker.domain.vocabulary import Health, Phase, Pile, Post, State
from tracker.models.assignment import Assignment, CheckOff
from tracker.models.org import Membership, Unit, User
from tracker.models.plan import Plan
from tracker.permissions import Actor
from tracker.queries.mine import mine
from tracker.services import check_ins
from tracker.services import plans as services

Actors = Callable[[str], Actor]
SignIn = Callable[[FlaskClient, str], FlaskClient]
Send = Callable[..., TestResponse]
Counting = Callable[[], AbstractContextManager[list[str]]]


def piles(actor: Actor, at: StandingClock) -> dict[Pile, list[int]]:
    """Row numbers by pile, of an actor with one unit; a merged cell by its first row."""
    (unit,) = mine(actor.unit_ids, at.now()).units
    return {
        pile: [card.task_numbers[0] for card in cards]
        for pile, cards in unit.piles.items()
        if cards
    }


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("cs", {Pile.DO: [1, 2, 3, 8, 9, 10, 11, 15, 16], Pile.URGE: [4, 5, 6, 7, 12, 13, 14]}),
        (
            "students",
            {
                Pile.DO: [2, 3, 4, 5, 6, 7],
                Pile.URGE: [1, 9, 12],
                Pile.INFORMATION: [10, 11, 13, 14, 15, 16],
            },
        ),
        (
            "affairs",
            {
                Pile.DO: [1, 13, 14],
                Pile.URGE: [2, 16],
                Pile.WAITING: [3, 4, 5, 6, 7, 8, 9, 10, 12, 15],
                Pile.INFORMATION: [11],
            },
        ),
        ("network", {Pile.DO: [1]}),
    ],
)
def test_the_verbs_of_the_notice_decide_the_piles(
    app: Flask, actor: Actors, at: StandingClock, who: str, expected: dict[Pile, list[int]]
) -> None:
    assert piles(actor(who), at) == expected


@pytest.mark.parametrize(("who", "most"), [("cs", 3), ("affairs", 3), ("network", 3)])
def test_the_piles_take_a_fixed_number_of_queries(
    app: Flask, actor: Actors, at: StandingClock, count_queries: Counting, who: str, most: int
) -> None:
    person = actor(who)
    with count_queries() as queries:
        mine(person.unit_ids, at.now())
    assert len(queries) == most


def test_the_page_itself_asks_nothing_more(
    client: FlaskClient, sign_in: SignIn, count_queries: Counting
) -> None:
    """Three for the piles, one for trouble, one for the record's head; no page needs less."""
    sign_in(client, "cs")
    with count_queries() as queries:
        assert client.get("/mine").status_code == 200
    others = ("rehearsal_clock", "user_session", "FROM membership")
    own = [query for query in queries if not any(name in query for name in others)]
    assert len(own) == 5


def test_a_card_says_what_when_and_how_it_stands(
    client: FlaskClient, sign_in: SignIn, at: StandingClock
) -> None:
    sign_in(client, "cs")
    page = client.get("/mine")
    assert "还有16项未完成，最近截止：22日24:00（明天）" in words(page)
    card = duties.card(page, held_id(1, "cs"))
    for said in ("第1项", "22日24:00（明天）截止", "通知原文：22日结束前", "未完成", ">未<"):
        assert said in card
    assert "书记牵头成立纪律检查组" in card
    assert "已建群的课程" in duties.card(page, held_id(3, "cs"))
    at("2020-02-23T00:00")
    page = client.get("/mine")
    assert "还有16项未完成，最近截止：23日24:00（今天） 其中1项已逾期" in words(page)
    assert "已逾期" in duties.card(page, held_id(1, "cs"))


def test_the_english_page_shows_the_original_words_too(
    client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, "cs")
    page = client.get("/mine", headers={"Accept-Language": "en"})
    assert "16 duties are still open, next cut-off: 22 Feb 24:00 (tomorrow)" in words(page)
    card = duties.card(page, held_id(3, "cs"))
    assert "Make sure all are created, and check" in card
    assert "确保全部建立，并检查" in card


def test_only_counted_duties_ask_for_a_number(client: FlaskClient, sign_in: SignIn) -> None:
    """Rows 2, 3, 8, 9, 10 and 12 of a college count something; student affairs' row 2 has the
    notice's 160 for a target."""
    sign_in(client, "cs")
    page = client.get("/mine")
    asking = {
        number
        for number in range(1, 17)
        if 'name="count"' in duties.card(page, held_id(number, "cs"))
    }
    assert asking == {2, 3, 8, 9, 10, 12}
    sign_in(client, "students")
    assert "/ 160" in duties.card(client.get("/mine"), held_id(2, "students"))


def test_reading_is_not_doing_and_standing_by_is_nothing(
    client: FlaskClient, sign_in: SignIn, at: StandingClock
) -> None:
    """B-70. A MONITOR's button says 已阅; a stand-by has no button and is never overdue."""
    at("2020-02-25T08:00")
    sign_in(client, "students")
    page = client.get("/mine")
    assert ">已阅</button>" in duties.card(page, held_id(11, "students"))
    standby = duties.card(page, held_id(14, "students"))
    assert "<button" not in standby
    assert "已逾期" not in standby
    assert "截止" not in standby


def test_one_tap_ticks_and_one_tap_takes_back(
    client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    sign_in(client, "cs")
    url = f"/assignments/{held_id(11, 'cs')}"
    back = f"/mine#d{held_id(11, 'cs')}"
    said = post(client, f"{url}/check-off", {"version": 1, "next": back})
    assert (said.status_code, said.location) == (303, back)
    page = client.get("/mine")
    assert "已报送：授课教师授课地点" in words(page)
    assert "撤回" in duties.card(page, held_id(11, "cs"))
    post(client, f"{url}/undo", {"version": 2})
    assert held(11, "cs").state is State.OPEN


def test_a_verified_duty_cannot_be_taken_back(
    client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    duties.report("cs", 3, "cs", 143)
    duties.verify("affairs", 3, "cs")
    sign_in(client, "cs")
    card = duties.card(client.get("/mine"), held_id(3, "cs"))
    assert "撤回" not in card
    assert "已办结" in card
    assert post(client, f"/assignments/{held_id(3, 'cs')}/undo", {"version": 3}).status_code == 409


def test_a_returned_duty_comes_first_with_who_when_and_why(
    client: FlaskClient, sign_in: SignIn
) -> None:
    duties.report("cs", 15, "cs")
    duties.send_back("affairs", 15, "cs", "缺少<督导组>名单")
    sign_in(client, "cs")
    page = client.get("/mine")
    first = re.search(r'<article[^>]*id="d(\d+)"', page.text)
    assert first is not None
    assert int(first[1]) == held_id(15, "cs")
    card = duties.card(page, held_id(15, "cs"))
    assert "教务处负责人于2月21日08:00退回" in card
    assert "缺少&lt;督导组&gt;名单" in card
    assert ">完成</button>" in card


def test_an_inspector_is_told_how_many_reports_wait(client: FlaskClient, sign_in: SignIn) -> None:
    duties.report("cs", 8, "cs", 12)
    duties.report("info", 8, "info", 9)
    sign_in(client, "affairs")
    card = duties.card(client.get("/mine"), held_id(8, "affairs"))
    assert "2份报送待您核验" in card
    assert "已核验0/12" in card
    assert "show=waiting" in card


def test_an_inspection_is_finished_when_every_report_is_verified(
    app: Flask, actor: Actors, at: StandingClock
) -> None:
    """B-70. It cannot be ticked; it settles by itself."""
    duties.report("students", 4, "students", 30)
    assert 4 in piles(actor("affairs"), at)[Pile.DO]
    duties.verify("affairs", 4, "students")
    assert piles(actor("affairs"), at)[Pile.FINISHED] == [4]


def test_the_standing_duty_shows_its_days(
    client: FlaskClient, sign_in: SignIn, actor: Actors, at: StandingClock, post: Send
) -> None:
    sign_in(client, "network")
    assert "还有1项未完成" in words(client.get("/mine"))
    url = f"/assignments/{held_id(1, 'network')}/check-in"
    for day in ("2020-02-20", "2020-02-21"):
        assert post(client, url, {"day": day, "health": "NORMAL"}).status_code == 303
    page = client.get("/mine")
    assert "目前没有需要您处理的事项。" in words(page)
    card = duties.card(page, held_id(1, "network"))
    assert card.count("health-NORMAL") == 2
    assert card.count("health-AHEAD") == 2
    at("2020-02-22T09:00")
    assert "还有1项未完成" in words(client.get("/mine"))


def test_a_person_with_two_units_finds_them_apart(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with transaction():
        user = db.session.query(User).filter_by(email="cs@campus.example").one()
        info = db.session.query(Unit).filter_by(code="info").one()
        db.session.add(Membership(user_id=user.id, unit_id=info.id, post=Post.DEPUTY))
    sign_in(client, "cs")
    page = client.get("/mine")
    assert "还有32项未完成" in words(page)
    assert page.text.count('class="unit"') == 2
    assert "计算机学院" in page.text
    assert "信息工程学院" in page.text


def test_who_holds_no_post_is_shown_the_way_to_the_board(
    client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, "president")
    page = client.get("/mine")
    assert "您未在任何单位任职" in page.text
    assert "<article" not in page.text


class TestTickingInPlace:
    """With htmx the answer is the card alone and the summary line; without it a redirect."""

    htmx = {"HX-Request": "true"}  # noqa: RUF012 - not changed

    def test_the_answer_is_the_changed_card(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        sign_in(client, "cs")
        url = f"/assignments/{held_id(3, 'cs')}/check-off"
        said = post(client, url, {"version": 1, "count": "１４３"}, headers=self.htmx)
        assert said.status_code == 200
        assert "<html" not in said.text
        assert "143" in duties.card(said, held_id(3, "cs"))
        assert 'id="mine-summary" role="status" hx-swap-oob="true"' in said.text
        assert "还有15项未完成" in words(said)

    def test_what_cannot_be_taken_comes_back_in_the_card(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        sign_in(client, "cs")
        url = f"/assignments/{held_id(3, 'cs')}/check-off"
        data = {"version": 1, "count": "12a", "note": "尚缺<两门>"}
        said = post(client, url, data, headers=self.htmx)
        assert said.status_code == 422
        card = duties.card(said, held_id(3, "cs"))
        assert "“12a”不是整数" in card
        assert 'value="12a"' in card
        assert "尚缺&lt;两门&gt;" in card

    def test_a_lost_race_is_a_whole_page(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        duties.report("cs.dean", 11, "cs")
        sign_in(client, "cs")
        url = f"/assignments/{held_id(11, 'cs')}/check-off"
        said = post(client, url, {"version": 1, "note": "x"}, headers=self.htmx)
        assert said.status_code == 409
        assert "<html" in said.text


class TestSeveralAtOnce:
    def ids(self, *numbers: int) -> list[int]:
        return [held_id(number, "cs") for number in numbers]

    def data(self, *numbers: int, note: str = "", **counts: Any) -> dict[str, Any]:
        """A bulk form as the page sends it; `c3="12"` is row 3's number."""
        data: dict[str, Any] = {"id": self.ids(*numbers), "note": note}
        for number in numbers:
            data[f"{held_id(number, 'cs')}-version"] = held(number, "cs").version
            if f"c{number}" in counts:
                data[f"{held_id(number, 'cs')}-count"] = counts[f"c{number}"]
        return data

    def test_the_chosen_ones_stand_on_one_page(self, client: FlaskClient, sign_in: SignIn) -> None:
        sign_in(client, "cs")
        page = client.get("/mine/check-off", query_string={"id": self.ids(1, 3, 4)})
        assert page.status_code == 200
        assert page.text.count('name="id"') == 3
        assert page.text.count("-count") >= 1
        assert page.text.count("<textarea") == 1

    def test_six_with_one_note(self, client: FlaskClient, sign_in: SignIn, post: Send) -> None:
        sign_in(client, "cs")
        data = self.data(1, 3, 4, 5, 13, 16, note="已在院务会落实", c3="25")
        said = post(client, "/mine/check-off", data)
        assert (said.status_code, said.location) == (303, "/mine")
        assert "已报送6项。" in words(client.get("/mine"))
        notes = db.session.query(CheckOff).all()
        assert {row.note for row in notes} == {"已在院务会落实"}
        assert len(notes) == 6
        assert held(3, "cs").count == 25

    def test_sent_twice_it_counts_once(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        """B-17."""
        sign_in(client, "cs")
        data = self.data(1, 3, note="一次", c3="25")
        for _ in range(2):
            assert post(client, "/mine/check-off", data).status_code == 303
        assert db.session.query(CheckOff).count() == 2

    def test_plans_are_taken_in_order_whatever_the_order_of_their_duties(
        self,
        client: FlaskClient,
        sign_in: SignIn,
        post: Send,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Else two bulk ticks over the same two plans could each wait for the other's."""
        with transaction():
            db.session.query(Plan).update({"published_at": plans.first().published_at})
            other = plans.phase(Phase.FIRST_WEEK)
            held(1, "cs").duty.plan_id = other.id
        first, second = held_id(1, "cs"), held_id(5, "cs")
        assert first < second
        assert other.id > plans.first_id()
        taken: list[int] = []
        enter = services.enter_of
        monkeypatch.setattr(services, "enter_of", lambda duty: (taken.append(duty), enter(duty)))
        sign_in(client, "cs")
        chosen = {"id": [first, second], f"{first}-version": 1, f"{second}-version": 1}
        assert post(client, "/mine/check-off", {**chosen, "note": ""}).status_code == 303
        assert taken == [held(5, "cs").duty_id, db.session.get_one(Assignment, first).duty_id]

    def test_one_missing_number_saves_none(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        sign_in(client, "cs")
        before = duties.everything()
        said = post(client, "/mine/check-off", self.data(1, 3, 9, note="已办", c9="7"))
        assert said.status_code == 422
        assert "请填写数量；没有的填0（零报告）。" in words(said)
        assert 'value="7"' in said.text
        assert "已办</textarea>" in said.text
        assert duties.everything() == before

    def test_a_lost_race_saves_none_and_tells_which(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        """B-55."""
        sign_in(client, "cs")
        data = self.data(1, 3, 4, note="已办", c3="25")
        duties.report("cs.dean", 4, "cs", note="院长已督促")
        before = duties.everything()
        said = post(client, "/mine/check-off", data)
        assert said.status_code == 409
        assert "您查看期间，他人已更新下列标出的事项" in words(said)
        assert "计算机学院院长，2月21日08:00" in words(said)
        assert "已办</textarea>" in said.text
        assert duties.everything() == before
        again = {name: value for name, value in data.items() if name != "id"}
        said = post(client, "/mine/check-off", {**again, "id": self.ids(1, 3)})
        assert said.status_code == 303

    def test_a_change_that_leaves_it_open_is_shown_before_it_is_sent_again(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        """B-55. The page that comes back goes by the version it shows."""
        sign_in(client, "cs")
        data = self.data(15, note="已办")
        duties.report("cs.dean", 15, "cs")
        duties.send_back("affairs", 15, "cs", "缺名单")
        said = post(client, "/mine/check-off", data)
        assert said.status_code == 409
        assert "已退回" in words(said)
        version = held(15, "cs").version
        assert f'name="{held_id(15, "cs")}-version" value="{version}"' in said.text

    def test_nothing_chosen_is_said_kindly(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        sign_in(client, "cs")
        assert client.get("/mine/check-off").location == "/mine"
        assert "请先勾选要报送的任务。" in words(client.get("/mine"))
        said = post(client, "/mine/check-off", {"offered": self.ids(1)})
        assert said.status_code == 422
        assert "请至少选择一项。" in said.text

    def test_what_cannot_be_ticked_is_named_and_left_out(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        duties.report("cs", 11, "cs")
        sign_in(client, "cs")
        page = client.get("/mine/check-off", query_string={"id": self.ids(1, 11)})
        assert page.text.count('name="id"') == 1
        assert "不在本次报送之列" in page.text

    def test_a_foreign_duty_does_not_exist(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        """B-62."""
        sign_in(client, "cs")
        foreign = held_id(11, "info")
        ids = [*self.ids(11), foreign]
        before = duties.everything()
        assert client.get("/mine/check-off", query_string={"id": ids}).status_code == 404
        data = {**self.data(11), "id": ids, f"{foreign}-version": 1}
        assert post(client, "/mine/check-off", data).status_code == 404
        assert duties.everything() == before

    def test_who_may_only_look_may_not_tick(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        before = duties.everything()
        for who in ("affairs", "president"):
            sign_in(client, who)
            assert post(client, "/mine/check-off", self.data(11)).status_code == 403
        assert duties.everything() == before


def test_a_trouble_day_is_seen_by_word_and_sign(
    client: FlaskClient, sign_in: SignIn, actor: Actors, at: StandingClock
) -> None:
    """B-66."""
    with transaction():
        check_ins.check_in(
            held(1, "network"),
            actor("network"),
            at.now(),
            day=at.now().date(),
            health=Health.TROUBLE,
            note="出口<带宽>拥塞",
        )
    sign_in(client, "network")
    card = duties.card(client.get("/mine"), held_id(1, "network"))
    assert "有障碍" in card
    assert "出口&lt;带宽&gt;拥塞" in card


@pytest.mark.browser
def test_a_tick_that_no_answer_came_to_says_so_and_keeps_what_was_typed(
    browser: Browser, served: str
) -> None:
    context = browser.new_context(base_url=served, locale="zh-CN")
    page = enter(context.new_page(), "cs")
    card = page.locator(f"#d{held_id(16, 'cs')}")
    card.locator("summary").click()
    card.locator("textarea").fill("已联系全部教师")
    context.set_offline(True)
    for _press in range(2):
        card.get_by_role("button", name="完成").click()
        expect(card.get_by_role("alert")).to_have_text(
            "服务器没有答复，请检查网络后再点一次，不会重复计入。"
        )
    context.set_offline(False)
    card.get_by_role("button", name="完成").click()
    expect(card).to_contain_text("已办结")
    expect(card).to_contain_text("已联系全部教师")
    expect(card.get_by_role("alert")).to_have_count(0)
    context.close()
