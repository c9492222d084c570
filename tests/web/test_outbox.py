"""The outbox as a page: every mail, what failed, and what a person decides about it."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.jobs import relay as relays
from tests.rehearsal import StandingClock
from tests.web import mails
from tests.web.duties import words
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.vocabulary import OutboxState
from tracker.jobs import ticks
from tracker.models.audit import AuditEvent
from tracker.models.outbox import OutboxMessage
from tracker.queries.outbox import needs_a_person
from tracker.services import restorations as decisions

SignIn = Callable[[FlaskClient, str], FlaskClient]
Post = Callable[..., TestResponse]


def rows(page: TestResponse) -> list[list[str]]:
    """The cells of every listed message."""
    table = re.search(r'<table class="stack outbox">.*?</table>', page.text, re.S)
    found = re.findall(r"<tr[^>]*>(.*?)</tr>", table[0], re.S)[1:] if table else []
    return [
        [
            " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
        ]
        for row in found
    ]


def audited(action: str) -> int:
    db.session.rollback()
    return len(db.session.scalars(select(AuditEvent).where(AuditEvent.action == action)).all())


class TestTheList:
    def test_each_message_says_to_whom_what_how_it_stands_when_and_how_often(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        mails.plan(at, "2020-02-21T09:00")
        sign_in(client, "affairs")
        (line,) = [row for row in rows(client.get("/outbox")) if row[0] == "计算机学院教学秘书"]
        assert line == ["计算机学院教学秘书", "尚未生成", "待发送", "2月21日09:00", "–", "0"]
        mails.tick(app, at, "2020-02-21T09:01")
        (line,) = [row for row in rows(client.get("/outbox")) if row[0] == "计算机学院教学秘书"]
        assert line[1:4] == ["【第1次提醒】22日24:00前还有1项", "已发送", "2月21日09:00"]
        assert re.fullmatch(r"\d+月\d+日\d\d:\d\d", line[4])
        assert line[5] == "1"

    def test_the_newest_stand_first_fifty_a_page(
        self, both_app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        """15 of the 21st, 15 and 27 of the 22nd."""
        for moment in ("2020-02-21T09:00", "2020-02-22T09:00", "2020-02-22T18:00"):
            mails.plan(at, moment)
        sign_in(client, "affairs")
        first, second = rows(client.get("/outbox")), rows(client.get("/outbox?page=2"))
        assert (len(first), len(second)) == (50, 7)
        dues = [row[3] for row in first + second]
        assert dues == sorted(dues, reverse=True)
        assert client.get("/outbox?page=3").status_code == 404

    def test_each_state_is_counted_and_a_link_shows_only_it(
        self, both_app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        mails.plan(at, "2020-02-21T09:00")
        mails.refuse("info")
        sign_in(client, "affairs")
        page = client.get("/outbox")
        assert '<a href="/outbox?state=DEAD">无法投递 <b>1</b></a>' in page.text
        assert '<a href="/outbox?state=CLAIMED">正在准备 <b>14</b></a>' in page.text
        assert "?state=SENT" not in page.text
        only = client.get("/outbox?state=DEAD")
        assert [row[0] for row in rows(only)] == ["信息工程学院教学秘书"]
        assert "没有状态为“已发送”的邮件。" in words(client.get("/outbox?state=SENT"))

    @pytest.mark.parametrize("state", ["dead", "", "LOST", "x" * 500, "<b>"])
    def test_an_unknown_state_is_refused_in_words(
        self, client: FlaskClient, sign_in: SignIn, state: str
    ) -> None:
        answer = sign_in(client, "affairs").get("/outbox", query_string={"state": state})
        assert answer.status_code == 400
        assert f"没有“{state[:40]}”这一筛选条件。" in words(answer)

    def test_an_empty_outbox_says_so(self, client: FlaskClient, sign_in: SignIn) -> None:
        assert "目前没有邮件。" in words(sign_in(client, "affairs").get("/outbox"))


class TestFailures:
    @pytest.mark.smtp
    def test_a_refused_address_stands_in_red_on_top_and_the_others_got_theirs(
        self,
        make_app: Callable[..., Flask],
        sqlite_url: str,
        sign_in: SignIn,
        at: StandingClock,
    ) -> None:
        """B-37. Against a real relay that refuses one of fifteen."""
        with relays.running() as relay:
            relay.answer("RCPT", "550 5.1.1 no such user", to="info@campus.example")
            app = make_app(sqlite_url, SMTP_URL=relay.url)
            at("2020-02-21T09:00")
            ticks.tick(app.config["TRACKER"], "test")
            assert len(relay.accepted) == 14
        page = sign_in(app.test_client(), "affairs").get("/outbox")
        alarm = re.search(r'<section class="alarm" role="alert">.*?</section>', page.text, re.S)
        assert alarm
        said = " ".join(re.sub(r"<[^>]+>", " ", alarm[0]).split())
        assert said.startswith("1封邮件需要人工处理")
        assert "信息工程学院教学秘书 无法投递 2月21日09:00： 550 5.1.1 no such user" in said
        assert needs_a_person() == 1

    def test_a_message_in_doubt_needs_a_person_too(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        mails.plan(at, "2020-02-21T09:00")
        mails.lose("cs")
        said = words(sign_in(client, "president").get("/outbox"))
        assert "1封邮件需要人工处理" in said
        assert "结果不明，待人工处理 2月21日09:00： 邮件服务器可能已收下" in said

    def test_many_failures_are_named_up_to_ten_and_counted_all(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        mails.plan(at, "2020-02-21T09:00")
        for message in db.session.scalars(select(OutboxMessage)):
            message.state = OutboxState.DEAD
        db.session.commit()
        said = words(sign_in(client, "affairs").get("/outbox"))
        assert "15封邮件需要人工处理" in said
        assert "共15封，此处列出最新的10封。" in said

    def test_where_all_is_well_nothing_is_red(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        mails.tick(app, at, "2020-02-21T09:00")
        assert 'class="alarm"' not in sign_in(client, "affairs").get("/outbox").text
        assert needs_a_person() == 0


class TestOneMessage:
    def test_it_shows_what_it_says_and_every_try_with_the_relay_s_answer(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        mails.plan(at, "2020-02-21T09:00")
        message_id = mails.lose("cs")
        said = words(sign_in(client, "affairs").get(f"/outbox/{message_id}"))
        assert "状态 结果不明，待人工处理" in said
        assert "计算机学院教学秘书 x@y" in said
        assert "第1次，截止时间22日24:00 截止日前1天09:00" in said
        assert "邮件内容 第一行 第二行" in said
        assert "结果不明，待人工处理 the line went dead" in said

    def test_the_rehearsal_s_own_mailbox_answers_in_the_reader_s_words(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        mails.tick(app, at, "2020-02-21T09:01")
        sent = select(OutboxMessage).where(OutboxMessage.state == OutboxState.SENT).limit(1)
        message = db.session.scalars(sent).one()
        said = words(sign_in(client, "affairs").get(f"/outbox/{message.id}"))
        assert f"已写入{message.message_id}.eml" in said
        assert f"邮件编号 {message.message_id}" in said
        assert "written to" not in said

    def test_a_message_without_a_try_says_when_it_is_written(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        mails.plan(at, "2020-02-21T09:00")
        said = words(sign_in(client, "affairs").get(f"/outbox/{mails.message_to('cs').id}"))
        assert "致计算机学院教学秘书的邮件" in said
        assert "发送时根据当时的未完成事项生成。" in said
        assert "投递记录 暂无。" in said

    def test_what_cannot_be_done_is_not_offered(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        mails.tick(app, at, "2020-02-21T09:00")
        page = sign_in(client, "affairs").get(f"/outbox/{mails.message_to('cs').id}")
        assert "确认重新发送" in page.text
        assert "可能收到两封" in page.text
        assert "确认作废" not in page.text
        page = sign_in(client, "president").get(f"/outbox/{mails.message_to('cs').id}")
        assert "确认重新发送" not in page.text


class TestDeciding:
    @pytest.fixture
    def dead(self, client: FlaskClient, at: StandingClock) -> int:
        mails.plan(at, "2020-02-21T09:00")
        return mails.refuse("cs")

    def test_sent_again_it_goes_out_with_the_same_message_id(
        self,
        both_app: Flask,
        client: FlaskClient,
        sign_in: SignIn,
        post: Post,
        at: StandingClock,
        dead: int,
    ) -> None:
        sign_in(client, "affairs")
        answer = post(client, f"/outbox/{dead}/resend")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/outbox/{dead}")
        assert "致计算机学院教学秘书的邮件将重新发送。" in words(client.get(f"/outbox/{dead}"))
        assert mails.state_of(dead) is OutboxState.DUE
        mails.tick(both_app, at, "2020-02-21T09:10")
        assert mails.state_of(dead) is OutboxState.SENT
        name = f"{mails.message_to('cs').message_id}.eml"
        assert (both_app.config["TRACKER"].mailbox / name).exists()
        assert audited("message.resent") == 1

    def test_discarded_it_never_goes_out(
        self,
        app: Flask,
        client: FlaskClient,
        sign_in: SignIn,
        post: Post,
        at: StandingClock,
        dead: int,
    ) -> None:
        sign_in(client, "affairs")
        answer = post(client, f"/outbox/{dead}/discard", follow_redirects=True)
        assert "致计算机学院教学秘书的邮件已作废。" in words(answer)
        mails.tick(app, at, "2020-02-21T09:10")
        assert mails.state_of(dead) is OutboxState.DISCARDED
        assert audited("message.discarded") == 1
        assert needs_a_person() == 0

    @pytest.mark.parametrize("decision", ["resend", "discard"])
    @pytest.mark.parametrize(
        ("who", "status"), [("president", 403), ("cs", 404), ("students", 404), ("cs.dean", 404)]
    )
    def test_nobody_but_academic_affairs_decides(
        self,
        client: FlaskClient,
        sign_in: SignIn,
        post: Post,
        dead: int,
        decision: str,
        who: str,
        status: int,
    ) -> None:
        sign_in(client, who)
        before = mails.everything()
        assert post(client, f"/outbox/{dead}/{decision}").status_code == status
        assert mails.everything() == before

    @pytest.mark.parametrize("decision", ["resend", "discard"])
    def test_a_decision_is_no_link_and_needs_the_form_s_token(
        self, client: FlaskClient, sign_in: SignIn, dead: int, decision: str
    ) -> None:
        sign_in(client, "affairs")
        before = mails.everything()
        assert client.get(f"/outbox/{dead}/{decision}").status_code == 405
        assert client.post(f"/outbox/{dead}/{decision}").status_code == 400
        client.get(f"/outbox/{dead}")
        assert mails.everything() == before

    def test_what_is_no_longer_possible_is_said_and_changes_nothing(
        self, client: FlaskClient, sign_in: SignIn, post: Post, dead: int
    ) -> None:
        """Two officers decide at once: the second hears how it stands."""
        sign_in(client, "affairs")
        post(client, f"/outbox/{dead}/discard")
        before = mails.everything()
        for decision, said in (
            ("discard", "只有待发送的邮件可以作废。"),
            ("resend", "该邮件正在发送或无需发送。"),
        ):
            answer = post(client, f"/outbox/{dead}/{decision}")
            assert answer.status_code == 409
            assert said in words(answer)
        assert mails.everything() == before


class TestWhoSeesIt:
    @pytest.mark.parametrize("who", ["cs", "cs.dean", "students", "network"])
    def test_the_outbox_is_not_for_units_and_says_so(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock, who: str
    ) -> None:
        mails.plan(at, "2020-02-22T18:00")
        sign_in(client, who)
        answer = client.get("/outbox")
        assert answer.status_code == 403
        assert "发件箱仅供可查看全部单位的人员查阅。" in words(answer)
        assert client.get(f"/outbox/{mails.message_to(who).id}").status_code == 404

    @pytest.mark.parametrize("name", ["0", "99999", str(2**63), "9" * 40])
    def test_a_number_that_names_no_message_is_not_found(
        self, client: FlaskClient, sign_in: SignIn, post: Post, name: str
    ) -> None:
        sign_in(client, "affairs")
        assert client.get(f"/outbox/{name}").status_code == 404
        assert post(client, f"/outbox/{name}/resend").status_code == 404

    def test_the_queries_do_not_grow_with_the_list(
        self,
        app: Flask,
        client: FlaskClient,
        sign_in: SignIn,
        at: StandingClock,
        count_queries: Callable[[], AbstractContextManager[list[str]]],
    ) -> None:
        sign_in(client, "affairs")
        counted = []
        for moment in ("2020-02-22T09:00", "2020-02-22T18:00"):
            mails.plan(at, moment)
            with count_queries() as queries:
                client.get("/outbox")
            counted.append(len(queries))
        assert counted[0] == counted[1]


class TestAfterARestore:
    @pytest.fixture
    def held(self, app: Flask, at: StandingClock) -> int:
        """As a restore at 10:00 leaves it; how many wait."""
        mails.plan(at, "2020-02-21T09:00")
        now = at("2020-02-21T10:00")
        with transaction():
            count = decisions.settle(clock.real_now(), now, clock.real_now())
        assert count == 15
        return count

    def test_it_says_so_and_lets_academic_affairs_decide_about_all(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, post: Post, held: int
    ) -> None:
        page = sign_in(client, "affairs").get("/outbox")
        assert 'id="restored"' in page.text
        assert "需要人工处理" not in page.text
        answer = post(client, "/outbox/held", {"decision": "discard"})
        assert answer.status_code == 303
        states = set(db.session.scalars(select(OutboxMessage.state)))
        assert states == {OutboxState.DISCARDED}
        assert audited("message.discarded") == held
        assert 'id="restored"' in client.get("/outbox").text

    def test_a_held_word_to_a_program_is_no_mail_that_needs_a_person(
        self, client: FlaskClient, sign_in: SignIn, held: int
    ) -> None:
        with transaction():
            waiting = db.session.scalars(select(OutboxMessage)).first()
            assert waiting is not None
            waiting.channel = "webhook"
        page = sign_in(client, "affairs").get("/outbox").text
        assert 'id="restored"' in page
        assert page.count('class="alarm"') == 1

    def test_sent_after_all_they_go_out_once(
        self,
        app: Flask,
        client: FlaskClient,
        sign_in: SignIn,
        post: Post,
        at: StandingClock,
        held: int,
    ) -> None:
        sign_in(client, "affairs")
        post(client, "/outbox/held", {"decision": "send"})
        mails.tick(app, at, "2020-02-21T10:05", "2020-02-21T10:10")
        folder = app.config["TRACKER"].mailbox
        assert len(list(folder.glob("*.eml"))) == held

    def test_whoever_only_looks_decides_nothing_and_nonsense_is_refused(
        self, client: FlaskClient, sign_in: SignIn, post: Post, held: int
    ) -> None:
        sign_in(client, "president")
        assert post(client, "/outbox/held", {"decision": "send"}).status_code == 403
        assert "/outbox/held" not in client.get("/outbox").text
        sign_in(client, "affairs")
        assert post(client, "/outbox/held", {"decision": "x"}).status_code == 400
        states = set(db.session.scalars(select(OutboxMessage.state)))
        assert states == {OutboxState.UNCERTAIN}
