"""The rehearsal's clock: seen by everybody, moved by academic affairs, forward only."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from tests import plans
from tests.rehearsal import StandingClock
from tests.web import mails
from tests.web.duties import words
from tracker import clock
from tracker.db import db, transaction
from tracker.models.audit import AuditEvent
from tracker.queries import ladder
from tracker.services import rehearsal

SignIn = Callable[[FlaskClient, str], FlaskClient]
Post = Callable[..., TestResponse]
CLOCK = "/rehearsal/clock"


def bar(page: TestResponse) -> str:
    return words(page).partition("演练模式 ")[2].partition(" 任务分解跟踪 ")[0]


class TestTheBar:
    def test_everybody_reads_the_campus_time(self, client: FlaskClient, sign_in: SignIn) -> None:
        assert bar(client.get("/login")) == "校园时间 2020年2月21日（周五）08:00"
        page = sign_in(client, "cs").get("/mine")
        assert bar(page) == "校园时间 2020年2月21日（周五）08:00 信箱"
        english = client.get("/mine", headers={"Accept-Language": "en"})
        assert "Campus time Fri 21 Feb 2020 08:00" in words(english)

    def test_academic_affairs_see_the_buttons_and_where_the_next_step_leads(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        page = sign_in(client, "affairs").get("/reminders")
        assert "前进1小时 前进到下一次提醒：21日09:00（今天）" in bar(page)
        assert 'min="2020-02-21T08:00" value="2020-02-21T09:00"' in page.text

    @pytest.mark.parametrize("who", ["cs", "cs.dean", "students", "president"])
    def test_nobody_else_is_offered_a_button(
        self, client: FlaskClient, sign_in: SignIn, who: str
    ) -> None:
        assert CLOCK not in sign_in(client, who).get("/reminders").text

    def test_in_real_use_there_is_no_bar_and_no_clock(
        self, make_app: Callable[..., Flask], sqlite_url: str, sign_in: SignIn, post: Post
    ) -> None:
        app = make_app(
            sqlite_url,
            REHEARSAL="0",
            SMTP_URL="smtp://127.0.0.1:9",
            MAIL_FROM="tracker@campus.example",
            TWO_FACTOR="off",
        )
        client = sign_in(app.test_client(), "affairs")
        assert "rehearsal" not in client.get("/reminders").text
        assert post(client, CLOCK, {"to": "hour"}).status_code == 404

    def test_where_no_step_is_ahead_there_is_no_button_for_it(
        self, client: FlaskClient, sign_in: SignIn, post: Post, at: StandingClock
    ) -> None:
        with transaction():
            plans.first().archived_at = at.now()
        sign_in(client, "affairs")
        assert "前进到下一次提醒" not in bar(client.get("/reminders"))
        answer = post(client, CLOCK, {"to": "next"})
        assert answer.status_code == 422
        assert "后续没有提醒。" in words(answer)

    def test_a_silent_database_leaves_the_bar_without_a_next_step(
        self, client: FlaskClient, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The page that tells of the trouble has the bar too and must not fail on it."""

        def silent(_now: object) -> None:
            raise OperationalError("SELECT", {}, Exception("disk I/O error"))

        sign_in(client, "affairs")
        monkeypatch.setattr(ladder, "next_moment", silent)
        page = client.get("/reminders")
        assert page.status_code == 200
        assert "前进1小时 前进到 前往" in bar(page)


class TestMoving:
    def test_to_the_next_reminder_its_mails_are_there_on_return(
        self, client: FlaskClient, sign_in: SignIn, post: Post
    ) -> None:
        sign_in(client, "affairs")
        answer = post(client, CLOCK, {"to": "next", "next": "/mailbox"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/mailbox")
        page = client.get("/mailbox")
        assert "演练时间已调至2月21日09:00。" in words(page)
        assert "共15封" in words(page)
        assert "2020年2月21日（周五）09:00" in bar(page)

    def test_one_hour_on(
        self, client: FlaskClient, sign_in: SignIn, post: Post, at: StandingClock
    ) -> None:
        before = at.now()
        post(sign_in(client, "affairs"), CLOCK, {"to": "hour"})
        assert timedelta(0) <= at.now() - before - timedelta(hours=1) < timedelta(minutes=1)

    def test_to_a_moment_of_one_s_own(
        self, client: FlaskClient, sign_in: SignIn, post: Post
    ) -> None:
        sign_in(client, "affairs")
        answer = post(client, CLOCK, {"to": "2020-02-22T22:00"}, follow_redirects=True)
        assert "演练时间已调至2月22日22:00。" in words(answer)
        said = words(client.get("/reminders"))
        assert "2月22日22:00 计算机学院院长 22日24:00 截止日当天22:00 第1次 已发送" in said

    def test_every_process_lives_the_hour_that_the_database_says(
        self, client: FlaskClient, sign_in: SignIn, at: StandingClock, actor: Callable[..., object]
    ) -> None:
        """Another process moved the clock: the next page here shows it."""
        with transaction():
            rehearsal.move(
                at.now() + timedelta(days=1), actor("affairs"), at.now(), clock.real_now()
            )
        at("2020-02-21T08:00")
        assert "2020年2月22日（周六）08:0" in bar(client.get("/login"))

    def test_it_stands_in_the_record(
        self, client: FlaskClient, sign_in: SignIn, post: Post
    ) -> None:
        post(sign_in(client, "affairs"), CLOCK, {"to": "2020-02-22T22:00"})
        (event,) = db.session.scalars(
            select(AuditEvent).where(AuditEvent.action == "rehearsal.clock_moved")
        )
        assert event.detail["to"] == "2020-02-22T14:00:00+00:00"


class TestRefusals:
    @pytest.mark.parametrize(
        ("to", "said"),
        [
            ("", "请输入日期和时间"),
            ("soon", "请输入日期和时间"),
            ("2020-02-30T09:00", "请输入日期和时间"),
            ("0001-01-01T00:00", "请输入日期和时间"),
            ("99999-01-01T00:00", "请输入日期和时间"),
            ("2020-02-21T07:59", "演练时间只能向前调整。"),
            ("2020-02-21T08:00", "演练时间只能向前调整。"),
            ("9999-12-31T23:59", "一次最多前进60天。"),
            ("2020-04-30T08:00", "一次最多前进60天。"),
        ],
    )
    def test_a_moment_that_cannot_be_is_said_and_nothing_moves(
        self,
        client: FlaskClient,
        sign_in: SignIn,
        post: Post,
        at: StandingClock,
        to: str,
        said: str,
    ) -> None:
        sign_in(client, "affairs")
        before, now = mails.everything(), at.now()
        answer = post(client, CLOCK, {"to": to})
        assert answer.status_code == 422
        assert said in words(answer)
        assert (mails.everything(), at.now()) == (before, now)

    @pytest.mark.parametrize("who", ["cs", "cs.dean", "students", "network", "president"])
    def test_nobody_but_academic_affairs_moves_it(
        self, client: FlaskClient, sign_in: SignIn, post: Post, at: StandingClock, who: str
    ) -> None:
        sign_in(client, who)
        before, now = mails.everything(), at.now()
        for to in ("hour", "next", "2020-02-22T22:00"):
            answer = post(client, CLOCK, {"to": to})
            assert answer.status_code == 403
            assert "仅教务处可以操作。" in words(answer)
        assert (mails.everything(), at.now()) == (before, now)

    def test_it_is_no_link_and_needs_a_session_and_the_form_s_token(
        self, client: FlaskClient, sign_in: SignIn, post: Post, at: StandingClock
    ) -> None:
        now = at.now()
        assert 'href="/login?next=/' in post(client, CLOCK, {"to": "hour"}).text
        sign_in(client, "affairs")
        assert client.get(CLOCK).status_code == 405
        assert client.post(CLOCK, data={"to": "hour"}).status_code == 400
        assert at.now() == now

    @pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil"])
    def test_it_leads_nowhere_else(
        self, client: FlaskClient, sign_in: SignIn, post: Post, target: str
    ) -> None:
        answer = post(sign_in(client, "affairs"), CLOCK, {"to": "hour", "next": target})
        assert answer.headers["Location"] == "/"
