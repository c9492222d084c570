"""The page of the ladder: what it will send, to whom and why, and what became of what it sent."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests import cast, plans
from tests.rehearsal import StandingClock
from tests.web import duties, mails
from tests.web.duties import words
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.digests import Section
from tracker.domain.vocabulary import LifeStep
from tracker.jobs import ticks
from tracker.models.heartbeat import Heartbeat
from tracker.models.outbox import OutboxMessage
from tracker.models.plan import Plan
from tracker.models.reminder import Reminder
from tracker.permissions import Actor
from tracker.queries.reminders import sends
from tracker.services import accounts, plan_copies, plan_life
from tracker.services.plan_copies import Wish

SignIn = Callable[[FlaskClient, str], FlaskClient]
Actors = Callable[[str], Actor]
Counting = Callable[[], AbstractContextManager[list[str]]]

COLLEGES = "cs info auto marine naval materials civil science economics languages law sports"


def the_plan() -> Plan:
    return plans.first()


def send(page: TestResponse, moment: str) -> str:
    """One coming send, in words."""
    found = re.search(rf'<li class="send[^"]*" id="at-{moment}">.*?\n    </li>', page.text, re.S)
    assert found, f"no send at {moment}"
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[0])).split())


def lines_of(section: Section) -> int:
    return sum(len(lines) for _pile, lines in section.own) + section.late_count


def moments(page: TestResponse) -> list[str]:
    return re.findall(r'id="at-2020-02-(\d\dT\d\d:\d\d)"', page.text)


def ledger(page: TestResponse) -> list[list[str]]:
    """The cells of every line of the ledger."""
    part = page.text.partition('id="ledger"')[2]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", part, re.S)[1:]
    return [
        [
            " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
        ]
        for row in rows
    ]


class TestWhatComes:
    def test_the_first_line_says_what_happens_next(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        sign_in(client, "affairs")
        said = words(client.get("/reminders"))
        assert "下一次提醒：21日09:00（今天），将发给15人。" in said
        mails.tick(app, at, "2020-02-21T09:00", "2020-02-22T09:00")
        said = words(client.get("/reminders"))
        assert "下一次提醒：22日18:00（今天），将发给27人。" in said

    def test_the_rules_stand_there_in_plain_words(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        said = words(sign_in(client, "cs").get("/reminders"))
        for rule in (
            "截止日前1天 09:00 联系人",
            "截止日当天 09:00 联系人 18:00 联系人、负责人",
            "22:00 联系人、负责人 最后提醒，免打扰时段（22:00至次日7:00）也会发送。",
            "14:00 负责人、教务处 同时向教务处通报逾期单位。",
            "截止日后2天 08:00 联系人、负责人 此后每天提醒，直至全部办结。",
        ):
            assert rule in said

    def test_each_send_names_its_moment_its_rules_and_its_people(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        page = sign_in(client, "affairs").get("/reminders")
        said = send(page, "2020-02-22T22:00")
        assert said.startswith("22日22:00（明天）")
        assert "22日24:00截止 截止日当天22:00，发给联系人、负责人 免打扰时段照发" in said
        assert "发给27人" in said
        assert "计算机学院院长 计算机学院负责人 22日24:00截止的1项" in said
        assert "教务处负责人 教务处联系人 、 教务处负责人" in said

    def test_two_rules_of_one_moment_make_one_mail_a_person(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        """22日09:00 is the last day of row 1 and the day before the others': 15 contacts."""
        said = send(sign_in(client, "affairs").get("/reminders"), "2020-02-22T09:00")
        assert "22日24:00截止 截止日当天09:00" in said
        assert "23日24:00截止 截止日前1天09:00" in said
        assert "发给15人" in said
        assert "计算机学院联系人 22日24:00截止的1项；23日24:00截止的15项" in said

    def test_a_rule_that_repeats_is_told_once(self, client: FlaskClient, sign_in: SignIn) -> None:
        """25日08:00 is the first morning on which both cut-offs repeat; later ones say the same."""
        page = sign_in(client, "affairs").get("/reminders")
        expected = ["21T09:00", "22T09:00", "22T18:00", "22T22:00", "23T08:00", "23T09:00"]
        expected += ["23T14:00", "23T18:00", "23T22:00", "24T08:00", "24T14:00", "25T08:00"]
        assert moments(page) == expected
        assert send(page, "2020-02-25T08:00").count("此后每天") == 2

    def test_the_next_send_lists_each_person_s_duties_and_any_other_on_request(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        sign_in(client, "affairs")
        page = client.get("/reminders")
        assert "第1项 成立校区与学院层面工作组" in send(page, "2020-02-21T09:00")
        assert "第2项" not in send(page, "2020-02-22T09:00")
        page = client.get("/reminders?at=2020-02-23T14:00")
        said = send(page, "2020-02-23T14:00")
        assert "14个单位22日24:00截止的14项逾期" in said
        assert "逾期单位 学工处 ： 第1项 网络中心 ： 第1—16项 计算机学院 ： 第1项" in said

    def test_a_standing_duty_and_waiting_reports_are_asked_for_in_their_own_words(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        duties.report("cs", 3, "cs", 143)
        sign_in(client, "affairs")
        said = send(client.get("/reminders?at=2020-02-22T09:00"), "2020-02-22T09:00")
        assert "每日报告" in said
        assert "20日、21日、22日未报告" in said
        assert "课程建群 检查：1份报送待您核验" in said

    def test_a_college_is_never_told_that_others_reports_wait_for_it(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        duties.report("info", 3, "info", 143)
        said = send(sign_in(client, "cs").get("/reminders"), "2020-02-22T09:00")
        assert "第3项 课程建群" in said
        assert "待您核验" not in said

    def test_what_was_asked_for_may_have_gone_out_meanwhile(
        self, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        at("2020-02-22T10:00")
        page = sign_in(client, "affairs").get("/reminders?at=2020-02-22T09:00")
        assert page.status_code == 200
        assert moments(page)[0] == "22T18:00"

    def test_the_forecast_is_what_then_happens(
        self, both_app: Flask, actor: Actors, at: StandingClock
    ) -> None:
        """With some duties reported and one account gone: for every send, exactly the people it
        named get a mail, with exactly as many lines as it said."""
        duties.report("cs", 1, "cs")
        duties.report("students", 2, "students", 160)
        duties.report("info", 3, "info", 120)
        with transaction():
            accounts.set_active(
                cast.user("law"), actor("affairs"), at.now(), clock.real_now(), False
            )
        forecast = sends([the_plan()], actor("affairs"), at.now())
        assert len(forecast) == 12
        for each in forecast:
            foretold = {
                addressee.user.email: sum(map(lines_of, addressee.sections))
                for addressee in each.addressees
            }
            at(each.moment)
            ticks.tick(both_app.config["TRACKER"], "test")
            written = db.session.scalars(
                select(OutboxMessage).where(OutboxMessage.due_at == each.moment)
            )
            said = {mail.to_address: len((mail.lines or "").split("\n")) for mail in written}
            assert said == foretold, each.moment

    def test_who_has_settled_everything_is_told_that_nothing_comes(
        self, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        at("2020-03-20T10:00")
        with transaction():
            the_plan().archived_at = at.now()
        said = words(sign_in(client, "cs").get("/reminders"))
        assert "后续没有发给您的提醒" in said
        said = words(sign_in(client, "affairs").get("/reminders"))
        assert "后续没有提醒" in said


class TestWhoSeesWhat:
    def test_a_college_sees_its_own_sends_only(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        """B-62."""
        mails.tick(app, at, "2020-02-21T09:00", "2020-02-22T09:00")
        said = words(sign_in(client, "cs").get("/reminders"))
        assert "您的下一次提醒：22日18:00（今天），届时已全部完成则不发送。" in said
        assert "收件缘由：您任 计算机学院联系人" in said
        assert "第1项 成立校区与学院层面工作组" in said
        assert "第16项 网络技术障碍" in said
        for stranger in ("信息工程学院", "教务处负责人", "计算机学院院长"):
            assert stranger not in said
        assert len(ledger(client.get("/reminders"))) == 3

    def test_a_head_is_not_told_of_sends_to_contacts(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        page = sign_in(client, "cs.dean").get("/reminders")
        assert moments(page)[:3] == ["22T18:00", "22T22:00", "23T08:00"]
        assert "您的下一次提醒：22日18:00（明天）" in words(page)

    @pytest.mark.parametrize("who", ["affairs", "president"])
    def test_who_oversees_sees_everybody(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock, who: str
    ) -> None:
        mails.tick(app, at, "2020-02-21T09:00")
        page = sign_in(client, who).get("/reminders")
        assert {line[1] for line in ledger(page)} >= {"计算机学院教学秘书", "网络中心负责人"}
        assert "信息工程学院院长" in words(page)

    def test_a_stranger_signs_in_first(self, client: FlaskClient) -> None:
        assert client.get("/reminders").headers["Location"] == "/login?next=/reminders"

    def test_looking_changes_nothing(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        sign_in(client, "affairs")
        mails.tick(app, at, "2020-02-21T09:00")
        at("2020-02-22T18:00")
        before = mails.everything()
        client.get("/reminders")
        client.get("/reminders?at=2020-02-23T18:00")
        assert mails.everything() == before


class TestTheLedger:
    def test_it_says_what_went_to_whom_and_which_one_it_was(
        self, both_app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        """B-44: numbered by cut-off. The newest stands first."""
        mails.tick(both_app, at, "2020-02-21T09:00", "2020-02-22T09:00")
        page = sign_in(client, "cs").get("/reminders")
        assert [line[:3] for line in ledger(page)] == [
            ["2月22日09:00", "23日24:00 截止日前1天09:00", "第1次"],
            ["2月22日09:00", "22日24:00 截止日当天09:00", "第2次"],
            ["2月21日09:00", "22日24:00 截止日前1天09:00", "第1次"],
        ]
        assert ledger(page)[1][3].startswith("已发送 【第2次提醒】22日24:00前还有1项")

    def test_a_step_that_a_later_one_overtook_is_there_with_its_reason(
        self, both_app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        """B-08 seen by a person: the server slept from 09:30 to 22:05 on the 22nd."""
        mails.tick(both_app, at, "2020-02-22T09:00", "2020-02-22T22:05")
        overtaken = ["2月22日18:00", "无", "22日24:00 截止日当天18:00", "–"]
        reason = "未发送 服务恢复时，后一次提醒已到时间，只发送后一次。"
        sign_in(client, "affairs")
        assert [*overtaken, reason] in ledger(client.get("/reminders"))
        sign_in(client, "cs.dean")
        lines = ledger(client.get("/reminders"))
        assert [line[0] for line in lines] == ["2月22日22:00", "2月22日18:00"]
        assert lines[1][-1] == reason

    def test_a_head_s_ledger_leaves_out_steps_that_address_contacts(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        mails.tick(app, at, "2020-02-21T09:00", "2020-02-22T18:00")
        lines = ledger(sign_in(client, "cs.dean").get("/reminders"))
        assert [line[0] for line in lines] == ["2月22日18:00"]
        lines = ledger(sign_in(client, "cs").get("/reminders"))
        assert "2月22日09:00" in [line[0] for line in lines]

    def test_what_was_skipped_says_why(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        mails.plan(at, "2020-02-21T09:00")
        duties.report("cs", 1, "cs")
        mails.tick(app, at, "2020-02-21T09:01")
        lines = ledger(sign_in(client, "cs").get("/reminders"))
        assert lines == [
            ["2月21日09:00", "22日24:00 截止日前1天09:00", "第1次", "已略过 已无未完成事项。"]
        ]
        english = client.get("/reminders", headers={"Accept-Language": "en"})
        assert ledger(english)[0][-1] == "Skipped Nothing is open any more."

    def test_a_disabled_account_gets_nothing_and_the_ledger_says_why(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, actor: Actors, at: StandingClock
    ) -> None:
        """B-13. What was planned before is skipped, nothing is planned afterwards."""
        mails.plan(at, "2020-02-21T09:00")
        with transaction():
            accounts.set_active(
                cast.user("cs"), actor("affairs"), at.now(), clock.real_now(), False
            )
        mails.tick(app, at, "2020-02-21T09:01", "2020-02-22T09:00", "2020-02-22T18:00")
        page = sign_in(client, "affairs").get("/reminders?page=2")
        mine = [line for line in ledger(page) if line[1] == "计算机学院教学秘书"]
        assert [(line[0], line[-1]) for line in mine] == [("2月21日09:00", "已略过 账号已停用。")]
        first = client.get("/reminders")
        assert "计算机学院教学秘书" not in {line[1] for line in ledger(first)}
        assert "计算机学院教学秘书" not in send(first, "2020-02-22T22:00")

    def test_a_step_for_which_nobody_had_anything_open_says_so(
        self, both_app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        duties.report("affairs", 1, "affairs")
        duties.report("students", 1, "students")
        for code in COLLEGES.split():
            duties.report(code, 1, code)
        with transaction():
            for membership in cast.user("network").memberships:
                db.session.delete(membership)
        mails.tick(both_app, at, "2020-02-21T09:00")
        (line,) = ledger(sign_in(client, "affairs").get("/reminders"))
        assert line == [
            "2月21日09:00",
            "无",
            "22日24:00 截止日前1天09:00",
            "–",
            "无需发送 无人有未完成事项。",
        ]

    def test_a_mail_that_could_not_be_delivered_stands_out_with_the_relay_s_words(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        """B-37, as a person finds it."""
        mails.plan(at, "2020-02-21T09:00")
        message_id = mails.refuse("info")
        page = sign_in(client, "affairs").get("/reminders")
        (line,) = [line for line in ledger(page) if line[1] == "信息工程学院教学秘书"]
        assert line[-1] == "无法投递 550 5.1.1 no such user"
        assert f'<a class="state state-DEAD" href="/outbox/{message_id}">' in page.text

    def test_an_empty_ledger_says_that_nothing_was_due(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        assert "目前没有提醒记录" in words(sign_in(client, "affairs").get("/reminders"))
        assert "目前没有发给您的提醒" in words(sign_in(client, "cs").get("/reminders"))


class TestPages:
    def test_fifty_lines_a_page_none_twice_and_none_missing(
        self, both_app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        """21日09:00 15 people; 22日09:00 15 about the 22nd and, without the network centre, 14
        about the 23rd; 22日18:00 27: 71 lines."""
        mails.tick(both_app, at, "2020-02-21T09:00", "2020-02-22T09:00", "2020-02-22T18:00")
        sign_in(client, "affairs")
        first, second = client.get("/reminders"), client.get("/reminders?page=2")
        assert (len(ledger(first)), len(ledger(second))) == (50, 21)
        seen = {tuple(line[:4]) for page in (first, second) for line in ledger(page)}
        assert len(seen) == 71
        assert "第1页，共2页" in words(first)
        assert 'rel="next" href="/reminders?page=2#ledger"' in first.text
        assert 'rel="prev" href="/reminders#ledger"' in second.text

    @pytest.mark.parametrize("page", ["0", "2", "9" * 18, "9" * 30])
    def test_a_page_that_does_not_exist_is_not_found(
        self, client: FlaskClient, sign_in: SignIn, page: str
    ) -> None:
        assert sign_in(client, "affairs").get(f"/reminders?page={page}").status_code == 404

    @pytest.mark.parametrize("page", ["-1", "abc", "", "1.5", "１"])
    def test_what_is_no_page_is_refused_in_words(
        self, client: FlaskClient, sign_in: SignIn, page: str
    ) -> None:
        answer = sign_in(client, "affairs").get("/reminders", query_string={"page": page})
        assert answer.status_code == 400
        assert f"“{page}”不是页码。" in words(answer)

    @pytest.mark.parametrize("moment", ["tomorrow", "2020-02-30T09:00", "", "2020-02-22 09:00"])
    def test_what_is_no_moment_is_refused_in_words(
        self, client: FlaskClient, sign_in: SignIn, moment: str
    ) -> None:
        answer = sign_in(client, "affairs").get("/reminders", query_string={"at": moment})
        assert answer.status_code == 400
        assert f"“{moment}”不是有效的时间" in words(answer)

    def test_the_first_and_the_last_year_are_moments_too(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        sign_in(client, "affairs")
        for moment in ("0001-01-01T00:00", "9999-12-31T23:59"):
            assert client.get(f"/reminders?at={moment}").status_code == 200

    def test_the_queries_do_not_grow_with_the_ledger_or_the_people(
        self,
        app: Flask,
        client: FlaskClient,
        sign_in: SignIn,
        at: StandingClock,
        count_queries: Counting,
    ) -> None:
        sign_in(client, "affairs")
        mails.tick(app, at, "2020-02-22T22:05")
        with transaction():
            for reminder in db.session.scalars(select(Reminder).where(Reminder.user_id > 5)):
                db.session.delete(reminder)
        with count_queries() as few:
            client.get("/reminders")
        mails.tick(app, at, "2020-02-23T08:00", "2020-02-23T09:00", "2020-02-23T18:00")
        with count_queries() as many:
            client.get("/reminders")
        assert len(many) <= len(few)

    def test_the_queries_do_not_grow_with_the_plans(
        self,
        both_app: Flask,
        client: FlaskClient,
        sign_in: SignIn,
        at: StandingClock,
        count_queries: Counting,
    ) -> None:
        sign_in(client, "affairs")
        with count_queries() as alone:
            client.get("/reminders")
        for days in (1, 2, 3):
            later_notice(at, days)
        with count_queries() as beside:
            page = client.get("/reminders")
        assert page.text.count('<h2 id="ladder-') == 4
        assert len(beside) == len(alone)


@pytest.mark.parametrize("who", ["affairs", "cs", "students"])
def test_of_several_plans_is_told_exactly_what_is_told_of_each(
    both_app: Flask, actor: Actors, at: StandingClock, who: str
) -> None:
    """Their cut-offs overlap: what closes on the 23rd in one is open for three days in another."""
    duties.report("cs", 1, "cs")
    running = [the_plan(), *(later_notice(at, days) for days in (1, 3))]
    together = sends(running, actor(who), at.now())
    each = [send for plan in running for send in sends([plan], actor(who), at.now())]
    assert len({send.plan.id for send in together}) == 3
    assert together == sorted(each, key=lambda send: send.moment)


def later_notice(at: StandingClock, days: int) -> Plan:
    """The same notice for a term that begins so many days later, published too."""
    with transaction():
        first, office = plans.first(), cast.actor("affairs")
        wish = Wish(f"迟{days}天的通知", first.launches_on + timedelta(days=days))
        made = plan_copies.copy(first, office, at.now(), wish)
        plan_life.take(made, LifeStep.PUBLISH, office, at.now())
    return made


class TestTheHeartbeat:
    def test_academic_affairs_are_warned_while_the_service_does_not_run(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        said = words(sign_in(client, "affairs").get("/reminders"))
        assert "提醒服务未运行 系统建立以来，提醒服务从未运行。" in said
        assert "请联系服务器管理员重新启动本系统" in said
        mails.tick(app, at, "2020-02-21T08:30")
        assert "提醒服务未运行" not in words(client.get("/reminders"))
        with transaction():
            beat = db.session.get_one(Heartbeat, 1)
            beat.real_at = clock.real_now() - timedelta(minutes=4, seconds=5)
        assert "提醒服务未运行 已有4分钟没有运行。" in words(client.get("/reminders"))

    def test_moving_the_rehearsal_clock_is_no_silence(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        mails.tick(app, at, "2020-02-21T08:30")
        at("2020-02-24T08:00")
        assert "提醒服务未运行" not in words(sign_in(client, "affairs").get("/reminders"))

    def test_a_college_cannot_mend_it_and_is_not_bothered(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        assert "提醒服务未运行" not in words(sign_in(client, "cs").get("/reminders"))
