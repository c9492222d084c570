"""One assignment: who may do what with it, what is shown of it, and what a lost race looks like."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from tests import cast
from tests.rehearsal import StandingClock
from tests.web import duties
from tests.web.duties import held, held_id, words
from tracker.db import db, transaction
from tracker.domain.vocabulary import Health, Post, State, Verdict
from tracker.models.assignment import CheckIn, CheckOff, Review
from tracker.models.org import Membership, Unit, User
from tracker.models.session import UserSession
from tracker.queries.trail import trail

SignIn = Callable[[FlaskClient, str], FlaskClient]
Send = Callable[..., TestResponse]

VALID: dict[str, dict[str, Any]] = {
    "check-off": {"version": 1, "count": "9"},
    "undo": {"version": 2},
    "verify": {"version": 2},
    "send-back": {"version": 2, "reason": "名单不全"},
    "check-in": {"day": "2020-02-21", "health": "NORMAL"},
}


def url(number: int, code: str, step: str = "") -> str:
    return f"/assignments/{held_id(number, code)}" + (f"/{step}" if step else "")


class TestWhoMay:
    @pytest.mark.parametrize("step", VALID)
    def test_a_stranger_finds_nothing_and_changes_nothing(
        self, client: FlaskClient, sign_in: SignIn, post: Send, step: str
    ) -> None:
        """B-62. By guessing numbers, on every route."""
        duties.report("cs", 3, "cs", 143)
        before = duties.everything()
        sign_in(client, "info")
        assert client.get(url(3, "cs")).status_code == 404
        for number, code in ((3, "cs"), (1, "network"), (3, "students"), (3, "affairs")):
            assert post(client, url(number, code, step), VALID[step]).status_code == 404
        assert post(client, f"/assignments/99999/{step}", VALID[step]).status_code == 404
        assert post(client, f"/assignments/{2**70}/{step}", VALID[step]).status_code == 404
        assert duties.everything() == before

    @pytest.mark.parametrize("step", VALID)
    def test_who_sees_all_may_still_only_look(
        self, client: FlaskClient, sign_in: SignIn, post: Send, step: str
    ) -> None:
        duties.report("cs", 3, "cs", 143)
        before = duties.everything()
        sign_in(client, "president")
        page = client.get(url(3, "cs"))
        assert page.status_code == 200
        assert "<textarea" not in page.text
        assert post(client, url(3, "cs", step), VALID[step]).status_code == 403
        assert duties.everything() == before

    @pytest.mark.parametrize("step", VALID)
    def test_nobody_in_particular_is_sent_to_sign_in(
        self, client: FlaskClient, post: Send, step: str
    ) -> None:
        before = duties.everything()
        assert client.get(url(3, "cs")).location.startswith("/login")
        said = post(client, url(3, "cs", step), VALID[step])
        assert said.status_code == 400
        assert f'href="/login?next={url(3, "cs")}' in said.text
        assert duties.everything() == before

    @pytest.mark.parametrize("step", ["check-off", "undo"])
    def test_the_inspector_does_not_report_for_a_unit(
        self, client: FlaskClient, sign_in: SignIn, post: Send, step: str
    ) -> None:
        sign_in(client, "affairs")
        assert post(client, url(3, "cs", step), VALID[step]).status_code == 403

    @pytest.mark.parametrize("step", ["verify", "send-back"])
    def test_a_unit_does_not_verify_its_own_report(
        self, client: FlaskClient, sign_in: SignIn, post: Send, step: str
    ) -> None:
        """B-60. Neither the doer nor the doer's head."""
        duties.report("cs", 3, "cs", 143)
        before = duties.everything()
        for who in ("cs", "cs.dean"):
            sign_in(client, who)
            assert f"/{step}" not in client.get(url(3, "cs")).text
            said = post(client, url(3, "cs", step), VALID[step])
            assert said.status_code == 403
            assert "不得核验本单位的工作。" in said.text
        assert duties.everything() == before

    @pytest.mark.parametrize("step", ["verify", "send-back"])
    def test_an_inspector_who_is_also_a_doer_does_not_verify_that_unit(
        self, client: FlaskClient, sign_in: SignIn, post: Send, step: str
    ) -> None:
        """B-60. The same for the inspecting office, where its head holds a post in the college."""
        duties.report("cs", 3, "cs", 143)
        with transaction():
            user = db.session.scalars(select(User).where(User.email == "affairs@campus.example"))
            unit = db.session.scalars(select(Unit).where(Unit.code == "cs"))
            db.session.add(
                Membership(user_id=user.one().id, unit_id=unit.one().id, post=Post.DEPUTY)
            )
        before = duties.everything()
        sign_in(client, "affairs")
        assert post(client, url(3, "cs", step), VALID[step]).status_code == 403
        assert duties.everything() == before


class TestReporting:
    def test_a_double_click_is_harmless(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        """B-17. The same form twice: one report, n of N counted once, the second answer is no
        error."""
        sign_in(client, "cs")
        data = {"version": 1, "count": "143", "note": "全部建成"}
        answers = [post(client, url(3, "cs", "check-off"), data) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 303]
        assert db.session.query(CheckOff).count() == 1
        assert (held(3, "cs").count, held(3, "cs").version) == (143, 2)

    def test_the_second_of_two_people_is_told_and_loses_nothing(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        """B-55. Both values on one page, the note kept, nothing overwritten."""
        duties.report("cs.dean", 3, "cs", 140, "院长已核对")
        before = duties.everything()
        sign_in(client, "cs")
        data = {"version": 1, "count": "143", "note": "秘书统计<三门>补建"}
        said = post(client, url(3, "cs", "check-off"), data)
        assert said.status_code == 409
        seen = words(said)
        for expected in (
            "您填写的内容未保存",
            "待核验",
            "已建群的课程 140",
            "计算机学院院长，2月21日08:00",
            "院长已核对",
            "已建群的课程 143",
            "秘书统计<三门>补建",
        ):
            assert expected in seen
        assert duties.everything() == before

    def test_where_it_is_still_possible_one_tap_tries_again(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        """B-55. Sent back meanwhile: the report can be made again, by the version now shown."""
        duties.report("cs.dean", 3, "cs", 140)
        duties.send_back("affairs", 3, "cs", "少三门课")
        sign_in(client, "cs")
        said = post(
            client, url(3, "cs", "check-off"), {"version": 1, "count": "143", "note": "补建三门"}
        )
        assert said.status_code == 409
        assert "少三门课" in said.text
        assert 'name="version" value="3"' in said.text
        assert 'name="count" value="143"' in said.text
        assert "补建三门</textarea>" in said.text
        again = {"version": 3, "count": "143", "note": "补建三门"}
        assert post(client, url(3, "cs", "check-off"), again).status_code == 303

    def test_the_reader_of_a_race_page_is_told_in_english_too(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        duties.report("cs.dean", 11, "cs")
        sign_in(client, "cs")
        said = post(
            client,
            url(11, "cs", "check-off"),
            {"version": 1},
            headers={"Accept-Language": "en"},
        )
        assert "Your entry is not saved." in said.text
        assert "Dean, School of Computer Science, 21 Feb 08:00" in said.text

    def test_an_undo_of_what_was_verified_meanwhile_is_a_lost_race(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        duties.report("cs", 3, "cs", 143)
        duties.verify("affairs", 3, "cs")
        sign_in(client, "cs")
        said = post(client, url(3, "cs", "undo"), {"version": 2})
        assert said.status_code == 409
        assert "按当前状态，无法再进行此操作。" in said.text
        assert held(3, "cs").state is State.VERIFIED

    def test_silence_is_not_zero_but_zero_is_a_report(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        sign_in(client, "cs")
        said = post(client, url(3, "cs", "check-off"), {"version": 1, "count": " "})
        assert said.status_code == 422
        assert "请填写数量；没有的填0（零报告）。" in said.text
        assert (
            post(client, url(3, "cs", "check-off"), {"version": 1, "count": "0"}).status_code == 303
        )
        assert held(3, "cs").count == 0

    @pytest.mark.parametrize("target", ["/board?show=all", "/mine#d3"])
    def test_it_goes_back_to_where_it_came_from(
        self, client: FlaskClient, sign_in: SignIn, post: Send, target: str
    ) -> None:
        sign_in(client, "cs")
        said = post(client, url(11, "cs", "check-off"), {"version": 1, "next": target})
        assert said.location == target

    @pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil", ""])
    def test_it_never_goes_elsewhere(
        self, client: FlaskClient, sign_in: SignIn, post: Send, target: str
    ) -> None:
        sign_in(client, "cs")
        said = post(client, url(11, "cs", "check-off"), {"version": 1, "next": target})
        assert said.location == url(11, "cs")


class TestReviewing:
    def test_a_return_needs_a_reason_keeps_the_attempt_and_goes_back_to_the_unit(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        """B-61."""
        duties.report("cs", 3, "cs", 140, "第一次报送")
        before = duties.everything()
        sign_in(client, "affairs")
        for reason in ("", "  \n ", "\u200b"):
            said = post(client, url(3, "cs", "send-back"), {"version": 2, "reason": reason})
            assert said.status_code == 422
            assert "请写明退回原因" in said.text
        assert duties.everything() == before
        said = post(client, url(3, "cs", "send-back"), {"version": 2, "reason": "少三门课"})
        assert said.status_code == 303
        sign_in(client, "cs")
        assert "少三门课" in duties.card(client.get("/mine"), held_id(3, "cs"))
        duties.report("cs", 3, "cs", 143, "补齐后报送")
        story = words(client.get(url(3, "cs")))
        order = ["补齐后报送", "少三门课", "第一次报送"]
        assert [story.index(text) for text in order] == sorted(story.index(text) for text in order)
        assert "已建群的课程 140" in story
        attempts = db.session.query(CheckOff).order_by(CheckOff.id).all()
        assert [(row.count, row.undone_at) for row in attempts] == [(140, None), (143, None)]
        assert db.session.query(Review).one().verdict is Verdict.RETURNED

    def test_verify_and_then_send_back_after_all(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        duties.report("cs", 3, "cs", 143)
        sign_in(client, "affairs")
        page = client.get(url(3, "cs"))
        assert "核验通过" in page.text
        assert post(client, url(3, "cs", "verify"), {"version": 2}).status_code == 303
        page = client.get(url(3, "cs"))
        assert "已核验：课程建群" in page.text
        assert ">核验通过</button>" not in page.text
        data = {"version": 3, "reason": "抽查发现缺课"}
        assert post(client, url(3, "cs", "send-back"), data).status_code == 303
        assert held(3, "cs").state is State.RETURNED

    def test_a_report_taken_back_meanwhile_is_not_verified(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        """B-55."""
        duties.report("cs", 3, "cs", 143)
        sign_in(client, "cs")
        post(client, url(3, "cs", "undo"), {"version": 2})
        sign_in(client, "affairs")
        said = post(client, url(3, "cs", "send-back"), {"version": 2, "reason": "数字不对"})
        assert said.status_code == 409
        assert "撤回报送" in said.text
        assert "数字不对</textarea>" in said.text
        assert held(3, "cs").state is State.OPEN

    @pytest.mark.parametrize(("number", "step"), [(11, "verify"), (11, "send-back")])
    def test_a_row_without_an_inspector_has_no_second_step(
        self, client: FlaskClient, sign_in: SignIn, post: Send, number: int, step: str
    ) -> None:
        duties.report("cs", number, "cs")
        sign_in(client, "affairs")
        assert "核验通过" not in client.get(url(number, "cs")).text
        assert post(client, url(number, "cs", step), VALID[step]).status_code == 403


class TestStandingDuty:
    def test_every_day_has_its_word_and_a_correction_keeps_the_old_one_in_the_story(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, post: Send, at: StandingClock
    ) -> None:
        sign_in(client, "network")
        to = url(1, "network", "check-in")
        data = {"day": "2020-02-20", "health": "TROUBLE", "note": "出口带宽不足"}
        assert post(client, to, data).status_code == 303
        data = {"day": "2020-02-20", "health": "RECOVERED", "note": "已扩容"}
        assert post(client, to, data).status_code == 303
        assert db.session.query(CheckIn).one().health is Health.RECOVERED
        story = trail(held(1, "network"), at.now())
        assert [event.health for event in story.events] == [Health.TROUBLE, Health.RECOVERED]
        assert story.missing_days == (date(2020, 2, 21),)
        page = words(client.get(url(1, "network")))
        assert "出口带宽不足" in page
        assert "已扩容" in page

    def test_trouble_needs_words(self, client: FlaskClient, sign_in: SignIn, post: Send) -> None:
        sign_in(client, "network")
        before = duties.everything()
        said = post(
            client, url(1, "network", "check-in"), {"day": "2020-02-21", "health": "TROUBLE"}
        )
        assert said.status_code == 422
        assert "请说明障碍情况。" in said.text
        assert duties.everything() == before


class TestThePage:
    def test_both_languages_keep_the_notice_s_own_words(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        sign_in(client, "cs")
        chinese = words(client.get(url(3, "cs")))
        assert "确保全部建立，并检查" in chinese
        assert "Make sure" not in chinese
        english = words(client.get(url(3, "cs"), headers={"Accept-Language": "en-GB"}))
        assert "确保全部建立，并检查" in english
        assert "Make sure all are created, and check" in english
        assert "20日—23日" in english

    def test_what_people_type_is_shown_as_text(self, client: FlaskClient, sign_in: SignIn) -> None:
        duties.report("cs", 11, "cs", note="<script>alert(1)</script>\u202e反转")
        sign_in(client, "cs")
        page = client.get(url(11, "cs"))
        assert "&lt;script&gt;alert(1)&lt;/script&gt;反转" in page.text
        assert "<bdi>&lt;script&gt;" in page.text

    def test_an_inspection_says_where_its_reports_stand(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        """B-70. It has no button of its own."""
        duties.report("cs", 8, "cs", 5)
        sign_in(client, "affairs")
        page = client.get(url(8, "affairs"))
        assert "1份报送待核验" in page.text
        assert "check-off" not in page.text


@pytest.mark.parametrize("cookie_is_left", [False, True])
def test_who_was_signed_out_meanwhile_gets_back_what_was_typed(
    app: Flask, cookie_is_left: bool
) -> None:
    """Without its cookie, or with one whose session has run out."""
    client = cast.sign_in(app.test_client(), "cs")
    assignment_id = held_id(3, "cs")
    typed = {
        "count": "12",
        "note": "两个群待建<b>",
        "password": "a password nobody should read",
        "csrf_token": cast.csrf_token(client.get("/mine")) if cookie_is_left else "old",
    }
    if cookie_is_left:
        with transaction():
            db.session.execute(delete(UserSession))
    else:
        client.delete_cookie(app.config["SESSION_COOKIE_NAME"])
    answer = client.post(f"/assignments/{assignment_id}/check-off", data=typed)
    assert answer.status_code == 400
    assert "两个群待建&lt;b&gt;" in answer.text
    assert "a password nobody should read" not in answer.text
    assert f"/login?next=/assignments/{assignment_id}" in answer.text
