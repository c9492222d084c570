"""What people are told besides the ladder: the right person, once, in one mail, with what is true
when it leaves."""

from collections.abc import Callable
from datetime import date, datetime, time
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests import cast
from tests.plans import first as first_plan
from tests.plans import first_row
from tests.rehearsal import StandingClock
from tests.web import duties, mails
from tests.web.duties import held
from tracker.db import db, transaction
from tracker.domain.errors import InvalidInput, NotPermitted
from tracker.domain.vocabulary import Health, NoticeKind, OutboxState
from tracker.models.notice import Notice
from tracker.models.outbox import OutboxMessage
from tracker.models.plan import Plan, Task
from tracker.models.reminder import Reminder
from tracker.services import check_ins, cutoffs, notices, plans

Letters = Callable[..., list[EmailMessage]]


@pytest.fixture
def letters(both_app: Flask) -> Letters:
    """`letters("cs", "退回")`: the mails that reached a person, oldest first, whose subject holds
    the word."""

    def of(name: str, word: str = "") -> list[EmailMessage]:
        found = [
            message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=policy.default)
            for path in both_app.config["TRACKER"].mailbox.glob("*.eml")
        ]
        mine = (mail for mail in found if mail["To"] == cast.email(name))
        wanted = (mail for mail in mine if word in mail["Subject"])
        return sorted(wanted, key=lambda mail: mail["Date"].datetime)

    return of


def text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def the_plan() -> Plan:
    return first_plan()


def row(number: int) -> Task:
    return first_row(number)


def move(at: StandingClock, number: int, closes: datetime, who: str = "affairs") -> None:
    with transaction():
        cutoffs.move(row(number), closes, cast.actor(who), at.now(), reason="材料尚未到齐")


def summarise(at: StandingClock) -> None:
    with transaction():
        plans.summarise(the_plan(), cast.actor("affairs"), at.now(), daily=True)


def trouble(at: StandingClock, note: str = "出口带宽不足") -> None:
    with transaction():
        check_ins.check_in(
            held(1, "network"),
            cast.actor("network"),
            at.now(),
            day=date(2020, 2, 21),
            health=Health.TROUBLE,
            note=note,
        )


class TestOneMail:
    def test_what_piled_up_at_night_goes_out_as_one_mail_in_the_morning(
        self, both_app: Flask, at: StandingClock, letters: Letters
    ) -> None:
        """Quiet 22:00 to 7:00, across midnight."""
        mails.tick(both_app, at, "2020-02-21T09:00")
        for number in (3, 8, 9):
            duties.report("cs", number, "cs", 12)
        at("2020-02-21T22:30")
        duties.send_back("affairs", 3, "cs", "缺两门课")
        mails.tick(both_app, at, "2020-02-21T22:31", "2020-02-21T23:59")
        at("2020-02-22T00:30")
        duties.send_back("affairs", 8, "cs", "没有名单")
        mails.tick(both_app, at, "2020-02-22T00:31", "2020-02-22T06:59")
        before = len(letters("cs"))
        mails.tick(both_app, at, "2020-02-22T07:00", "2020-02-22T07:01")
        assert len(letters("cs")) == before + 1
        mail = letters("cs")[-1]
        assert mail["Subject"] == "【退回】第3项 课程建群，另有1条消息"
        assert "缺两门课" in text(mail)
        assert "没有名单" in text(mail)

    def test_a_digest_takes_its_reader_s_notices_along(
        self, both_app: Flask, at: StandingClock, letters: Letters
    ) -> None:
        duties.report("cs", 3, "cs", 12)
        at("2020-02-22T08:59")
        duties.send_back("affairs", 3, "cs", "缺两门课")
        mails.tick(both_app, at, "2020-02-22T09:00", "2020-02-22T09:01")
        (mail,) = letters("cs")
        assert mail["Subject"].endswith("，另有1条消息")
        assert mail["Subject"].startswith("【第1次提醒】")
        assert "缺两门课" in text(mail)

    def test_many_things_said_between_two_ticks_are_one_mail(
        self, both_app: Flask, at: StandingClock, letters: Letters
    ) -> None:
        """B-42: what a meeting decides on eleven rows is one mail."""
        at("2020-02-21T10:00")
        for number in range(2, 13):
            move(at, number, datetime(2020, 2, 26))
        mails.tick(both_app, at, "2020-02-21T10:01", "2020-02-21T10:02")
        assert len(letters("cs.dean", "截止时间调整")) == 1

    def test_told_twice_a_person_has_one_notice(self, both_app: Flask, at: StandingClock) -> None:
        people = [cast.user("cs").id, cast.user("cs").id]
        for _ in range(2):
            with transaction():
                notices.tell(NoticeKind.OPENING, 1, people, at.now())
        assert db.session.scalar(select(func.count()).select_from(Notice)) == 1


class TestReturned:
    def test_a_report_that_was_sent_back_is_mailed_at_once_with_its_reason(
        self, both_app: Flask, at: StandingClock, letters: Letters
    ) -> None:
        mails.tick(both_app, at, "2020-02-21T09:00")
        at("2020-02-21T10:00")
        duties.report("cs", 3, "cs", 12)
        duties.send_back("affairs", 3, "cs", "缺两门课")
        mails.tick(both_app, at, "2020-02-21T10:01", "2020-02-21T10:02")
        (mail,) = letters("cs", "退回")
        assert mail["Subject"] == "【退回】第3项 课程建群"
        assert "教务处负责人退回了贵单位第3项“课程建群”的报送" in text(mail)
        assert "缺两门课" in text(mail)
        assert not letters("info", "退回")

    def test_reported_again_before_it_left_it_is_not_mailed(
        self, both_app: Flask, at: StandingClock, letters: Letters
    ) -> None:
        """B-12."""
        duties.report("cs", 3, "cs", 12)
        duties.send_back("affairs", 3, "cs", "缺两门课")
        duties.report("cs", 3, "cs", 14)
        mails.tick(both_app, at, "2020-02-21T08:01")
        assert not letters("cs", "退回")
        skipped = mails.message_to("cs")
        assert skipped.state is OutboxState.SKIPPED
        assert skipped.reason == "It has been reported again already."


class TestOpening:
    def test_nothing_but_the_explicit_word_sends_the_opening_notice(
        self, both_app: Flask, at: StandingClock, letters: Letters
    ) -> None:
        """B-42: seeding and publishing mail nobody."""
        mails.tick(both_app, at, "2020-02-20T08:00", "2020-02-20T20:00")
        assert db.session.scalar(select(func.count()).select_from(OutboxMessage)) == 0
        at("2020-02-20T20:05")
        with transaction():
            told = plans.announce(the_plan(), cast.actor("affairs"), at.now())
        with transaction():
            assert plans.announce(the_plan(), cast.actor("affairs"), at.now()) == 0
        mails.tick(both_app, at, "2020-02-20T20:06", "2020-02-20T20:07")
        assert told == 12 * 2 + 3
        assert db.session.scalar(select(func.count()).select_from(OutboxMessage)) == told
        (mail,) = letters("cs")
        assert "共17项" in text(mail) or "共16项" in text(mail)
        assert "第3项 课程建群（落实），23日24:00（3天后）前" in text(mail)
        (office,) = letters("students")
        assert "听候配合" not in text(office)

    def test_only_academic_affairs_say_it(self, both_app: Flask, at: StandingClock) -> None:
        for who in ("cs", "students", "president"):
            with pytest.raises(NotPermitted), transaction():
                plans.announce(the_plan(), cast.actor(who), at.now())


class TestMoved:
    def test_whoever_has_something_open_is_told_once_and_reminders_follow(
        self, both_app: Flask, at: StandingClock, letters: Letters
    ) -> None:
        """Row 1 moves from the 22nd to the 24th at 22 10:00: its steps of the 22nd come no more,
        its next is 23 09:00."""
        mails.tick(both_app, at, "2020-02-21T09:00", "2020-02-22T09:00")
        at("2020-02-22T10:00")
        duties.report("info", 1, "info")
        move(at, 1, datetime(2020, 2, 25))
        move(at, 1, datetime(2020, 2, 25))
        mails.tick(both_app, at, "2020-02-22T10:01", "2020-02-22T10:02")
        (mail,) = letters("cs", "截止时间调整")
        assert "由22日24:00（今天）调整为24日24:00（后天）" in text(mail)
        assert "材料尚未到齐" in text(mail)
        assert not letters("info", "截止时间调整")
        mails.tick(both_app, at, "2020-02-22T18:00", "2020-02-22T22:00", "2020-02-23T09:00")
        reminded = db.session.scalars(
            select(Reminder).where(Reminder.user_id == cast.user("cs").id)
        ).all()
        about = {(one.message.due_at.isoformat()[:13], one.cutoff_at.day) for one in reminded}
        assert about == {
            ("2020-02-21T01", 22),
            ("2020-02-22T01", 22),
            ("2020-02-22T01", 23),
            ("2020-02-23T01", 23),
            ("2020-02-23T01", 24),
        }

    def test_the_notice_s_words_and_what_went_out_stay(
        self, both_app: Flask, at: StandingClock
    ) -> None:
        mails.tick(both_app, at, "2020-02-21T09:00")
        sent = db.session.scalar(select(func.count()).select_from(Reminder))
        move(at, 1, datetime(2020, 2, 25))
        assert row(1).deadline_text == "22日结束前"
        assert db.session.scalar(select(func.count()).select_from(Reminder)) == sent
        assert held(1, "cs").duty.due_at.isoformat() == "2020-02-24T16:00:00+00:00"

    @pytest.mark.parametrize(
        "closes",
        [datetime(2020, 2, 21, 8), datetime(2019, 2, 21), datetime(2022, 2, 21)],
    )
    def test_a_cut_off_that_makes_no_sense_is_refused(
        self, both_app: Flask, at: StandingClock, closes: datetime
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            move(at, 1, closes)
        assert refused.value.field == "day"
        assert row(1).closes == datetime(2020, 2, 23)

    def test_only_academic_affairs_move_it(self, both_app: Flask, at: StandingClock) -> None:
        for who in ("cs", "students", "president"):
            with pytest.raises(NotPermitted):
                move(at, 1, datetime(2020, 2, 25), who)


class TestWaiting:
    def test_inspectors_are_told_of_all_that_waits_at_most_every_two_hours(
        self, both_app: Flask, at: StandingClock, letters: Letters
    ) -> None:
        def told() -> list[str]:
            return [mail["Subject"] for mail in letters("affairs", "待核验")]

        at("2020-02-21T10:00")
        duties.report("cs", 3, "cs", 12)
        duties.report("info", 3, "info", 12)
        mails.tick(both_app, at, "2020-02-21T10:01", "2020-02-21T10:02")
        assert told() == ["【待核验】2项报送待您核验"]
        at("2020-02-21T10:30")
        duties.report("auto", 3, "auto", 12)
        mails.tick(both_app, at, "2020-02-21T10:31", "2020-02-21T12:00")
        assert len(told()) == 1
        mails.tick(both_app, at, "2020-02-21T12:01", "2020-02-21T12:02", "2020-02-21T16:00")
        assert told()[1:] == ["【待核验】3项报送待您核验"]

    def test_verified_before_it_left_nothing_is_mailed(
        self, both_app: Flask, at: StandingClock, letters: Letters
    ) -> None:
        at("2020-02-21T22:30")
        duties.report("cs", 3, "cs", 12)
        mails.tick(both_app, at, "2020-02-21T22:31")
        duties.verify("affairs", 3, "cs")
        mails.tick(both_app, at, "2020-02-22T07:00")
        assert not letters("affairs", "待核验")


class TestTrouble:
    def test_trouble_reaches_academic_affairs_and_every_contact_once(
        self, both_app: Flask, at: StandingClock, letters: Letters
    ) -> None:
        mails.tick(both_app, at, "2020-02-21T09:00")
        at("2020-02-21T10:00")
        trouble(at)
        trouble(at, "出口带宽仍不足")
        mails.tick(both_app, at, "2020-02-21T10:01", "2020-02-21T10:02")
        for name in ("affairs", "students", "cs", "sports"):
            (mail,) = letters(name, "【障碍】")
            assert "出口带宽仍不足" in text(mail)
        assert not letters("cs.dean", "【障碍】")
        assert not letters("network", "【障碍】")

    def test_who_paused_information_gets_none_and_the_reason_is_kept(
        self, both_app: Flask, at: StandingClock, letters: Letters
    ) -> None:
        at("2020-02-21T10:00")
        with transaction():
            cast.user("cs").information_paused = True
        trouble(at)
        mails.tick(both_app, at, "2020-02-21T10:01")
        assert not letters("cs", "【障碍】")
        mine = select(Notice.dropped).where(Notice.user_id == cast.user("cs").id)
        assert db.session.scalars(mine).one() == "The person has paused information by mail."


class TestSummary:
    def test_it_goes_out_each_evening_only_where_it_is_wanted(
        self, both_app: Flask, at: StandingClock, letters: Letters
    ) -> None:
        mails.tick(both_app, at, "2020-02-20T21:30")
        assert not letters("affairs", "今日汇总")
        summarise(at)
        assert the_plan().summary_at == time(21, 30)
        mails.tick(both_app, at, "2020-02-21T21:29")
        assert not letters("affairs", "今日汇总")
        mails.tick(both_app, at, "2020-02-21T21:30", "2020-02-21T21:45", "2020-02-22T21:30")
        assert len(letters("affairs", "今日汇总")) == len(letters("cs.dean", "今日汇总")) == 2
        assert not letters("cs", "今日汇总")
        first = letters("affairs", "今日汇总")[0]
        assert first["Subject"] == "【今日汇总】完成0%，已办结0/217项"

    def test_a_head_reads_of_the_own_unit_only(
        self, both_app: Flask, at: StandingClock, letters: Letters
    ) -> None:
        """B-62."""
        summarise(at)
        mails.tick(both_app, at, "2020-02-21T21:30")
        (mail,) = letters("cs.dean", "今日汇总")
        assert "信息工程学院" not in text(mail)
        assert "第3项 课程建群：未完成" in text(mail)


class TestMadeUpFor:
    def test_an_evening_on_which_nobody_looked_is_summed_up_in_the_morning(
        self, both_app: Flask, at: StandingClock, letters: Letters
    ) -> None:
        summarise(at)
        mails.tick(both_app, at, "2020-02-21T21:00", "2020-02-22T00:10", "2020-02-22T07:00")
        (mail,) = letters("affairs", "汇总")
        assert "昨日汇总" in mail["Subject"]
        mails.tick(both_app, at, "2020-02-22T08:00")
        assert len(letters("affairs", "汇总")) == 1

    def test_a_summary_that_is_switched_on_by_day_is_not_yesterday_s(
        self, both_app: Flask, at: StandingClock, letters: Letters
    ) -> None:
        mails.tick(both_app, at, "2020-02-22T09:00")
        summarise(at)
        mails.tick(both_app, at, "2020-02-22T09:05")
        assert letters("affairs", "汇总") == []


class TestMovedTwice:
    def test_a_cut_off_that_was_moved_there_and_back_is_no_news(
        self, both_app: Flask, at: StandingClock, letters: Letters
    ) -> None:
        mails.tick(both_app, at, "2020-02-21T09:00")
        at("2020-02-21T22:30")
        move(at, 2, datetime(2020, 2, 25))
        move(at, 2, datetime(2020, 2, 24))
        mails.tick(both_app, at, "2020-02-22T07:00")
        assert letters("cs", "截止时间调整") == []

    def test_the_mail_says_from_where_the_reader_knew_it(
        self, both_app: Flask, at: StandingClock, letters: Letters
    ) -> None:
        mails.tick(both_app, at, "2020-02-21T09:00")
        at("2020-02-21T22:30")
        move(at, 2, datetime(2020, 2, 25))
        move(at, 2, datetime(2020, 2, 26))
        mails.tick(both_app, at, "2020-02-22T07:00")
        (mail,) = letters("cs", "截止时间调整")
        assert "由23日24:00" in text(mail)
        move(at, 2, datetime(2020, 2, 27))
        mails.tick(both_app, at, "2020-02-22T07:10")
        assert "由25日24:00" in text(letters("cs", "截止时间调整")[-1])
