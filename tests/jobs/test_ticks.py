"""Who gets which mail when: ticks over the seeded plan, with a relay at the other end.

21 09:00 reminds the contacts of row 1, due 22日24:00. 22 09:00 reminds them of it again and of the
other rows, due 23日24:00. 22 18:00 and 22:00 are for contacts and heads.
"""

import re
from datetime import datetime, time, timedelta
from threading import Thread
from time import sleep

import pytest
from sqlalchemy import event, select, update

from tests import cast, plans
from tests.plans import first_row
from tracker.db import db, transaction
from tracker.domain.reminding import Rule
from tracker.domain.vocabulary import Audience, OutboxState, Post, StepState
from tracker.jobs import ticks
from tracker.models.assignment import Assignment
from tracker.models.org import Unit, User
from tracker.models.plan import Plan
from tracker.models.reminder import Reminder, ReminderStep
from tracker.permissions import SYSTEM
from tracker.services import cutoffs, handovers, plan_rows, posts, reminder_rules, reminders

pytestmark = pytest.mark.smtp
CS, DEAN, INFO = (cast.email(name) for name in ("cs", "cs.dean", "info"))
CHINESE = re.compile("[\u3400-\u9fff，。；：（）【】]")


def recipients(relay) -> list[str]:
    return sorted(one.to.partition("@")[0] for one in relay.accepted)


def texts(relay, to: str) -> list[str]:
    """Subject, plain text and HTML of one person's mails, as they read them."""
    bodies = []
    for one in relay.to(to):
        plain, html = one.mail.get_body(("plain",)), one.mail.get_body(("html",))
        bodies.append(f"{one.mail['Subject']}\n{plain.get_content()}\n{html.get_content()}")
    return bodies


def read_mail(relay, to: str) -> str:
    (text,) = texts(relay, to)
    return text


def test_a_duty_ticked_a_minute_before_the_step_is_not_mailed(both_campus, relay):
    """B-12. It waits for its inspector, and that stops nagging the one who did it."""
    both_campus.at("2020-02-21T08:59")
    both_campus.check_off("cs", 1)
    both_campus.tick("2020-02-21T09:00")
    assert recipients(relay) == ["affairs", "info", "network", "students"]
    assert both_campus.messages("cs") == []


def test_a_duty_ticked_between_planning_and_delivery_is_not_mailed(both_campus, relay):
    """B-12: the state is looked at when the mail is made, and the ledger says why none went."""
    both_campus.plan("2020-02-21T09:00")
    both_campus.check_off("cs", 1)
    both_campus.tick()
    message = both_campus.message("cs")
    assert (message.state, message.reason) == (OutboxState.SKIPPED, "Nothing is open any more.")
    assert relay.to(CS) == []
    assert len(relay.accepted) == 4


def test_what_is_ticked_while_a_batch_goes_out_is_not_in_the_mails_that_follow(
    campus, relay, monkeypatch
):
    """B-12, to the mail: the batch does not hold on to what it read at its beginning."""
    campus.plan("2020-02-22T09:00")
    hand_over = handovers.hand_over
    ticked = []

    def hand_over_and_tick(*args: object, **kwargs: object) -> bool:
        ticked.append(hand_over(*args, **kwargs))
        if len(ticked) == 1:
            db.session.execute(update(Plan).values(changes=Plan.changes + 1))
            mine = Assignment.unit_id.in_(cast.actor("info").unit_ids)
            db.session.execute(update(Assignment).where(mine).values(state="DONE"))
        return ticked[-1]

    monkeypatch.setattr(handovers, "hand_over", hand_over_and_tick)
    campus.tick()
    assert campus.message("info").state is OutboxState.SKIPPED
    assert relay.to(INFO) == []


def test_a_step_is_mailed_once_however_often_it_ticks(both_campus, relay):
    """B-10: every five minutes for an hour, over the whole of an overdue step too."""
    for moment in ("2020-02-21T09:00", "2020-02-23T08:00"):
        relay.accepted.clear()
        both_campus.tick(moment)
        once = recipients(relay)
        both_campus.live(minutes=55)
        assert recipients(relay) == once
        assert len(set(once)) == len(once) > 4


def test_a_tick_that_comes_late_still_mails_and_only_once(campus, relay):
    """B-04: the host slept from 08:50 to 11:20."""
    campus.tick("2020-02-21T08:50")
    campus.tick("2020-02-21T11:20")
    campus.tick("2020-02-21T11:21")
    assert recipients(relay) == ["affairs", "cs", "info", "network", "students"]


def test_a_restart_across_the_step_loses_and_repeats_nothing(make_campus, both_urls, relay):
    """B-05: one process plans and dies, another is started after the moment and delivers. Nothing
    that matters was in the memory of the first."""
    first = make_campus(both_urls, SMTP_URL=relay.url)
    first.tick("2020-02-21T08:59")
    first.plan("2020-02-21T09:00")
    db.session.remove()
    second = make_campus(both_urls, SMTP_URL=relay.url)
    second.tick("2020-02-21T09:07")
    db.session.remove()
    third = make_campus(both_urls, SMTP_URL=relay.url)
    third.tick("2020-02-21T09:08")
    assert recipients(relay) == ["affairs", "cs", "info", "network", "students"]


def test_missed_steps_give_one_digest_and_are_recorded(campus, relay):
    """B-03: away from 22 08:00 to 22 22:05, three steps of the 22nd were missed. One mail each; the
    ledger knows the overtaken ones."""
    campus.tick("2020-02-21T08:00")
    campus.tick("2020-02-22T22:05")
    assert recipients(relay) == ["affairs", "cs", "cs.dean", "info", "network", "students"]
    assert "第1次" in relay.to(CS)[0].mail["Subject"]
    steps = db.session.execute(
        select(ReminderStep.moment, ReminderStep.state)
        .where(ReminderStep.cutoff_at == campus.at("2020-02-23T00:00"))
        .order_by(ReminderStep.moment)
    ).all()
    assert [state for _, state in steps] == [StepState.SUPERSEDED] * 3 + [StepState.PLANNED]


def test_a_person_with_two_posts_gets_one_mail(campus, relay):
    """B-08: affairs is contact and head at once; cs becomes contact of another college too."""
    with transaction():
        unit = db.session.scalars(select(Unit).where(Unit.code == "info")).one()
        posts.give(cast.user("cs"), unit, Post.CONTACT, SYSTEM, campus.at.moment)
        posts.give(cast.user("cs"), unit, Post.DEPUTY, SYSTEM, campus.at.moment)
    campus.tick("2020-02-21T09:00")
    assert recipients(relay) == ["affairs", "cs", "info", "network", "students"]
    mail = read_mail(relay, CS)
    assert "计算机学院" in mail
    assert "信息工程学院" in mail
    assert len(campus.message("cs").lines.split("\n")) == 2


def test_only_units_with_something_open_are_mailed(campus, relay):
    """B-11: of all units on the board one still owes its duty."""
    with transaction():
        mine = Assignment.unit_id.in_(cast.actor("cs").unit_ids)
        db.session.execute(update(Assignment).where(~mine).values(state="VERIFIED"))
    campus.tick("2020-02-22T18:00")
    assert recipients(relay) == ["cs", "cs.dean"]


def test_an_archived_plan_is_silent_and_the_ledger_says_why(campus, relay):
    """B-13, also for what was planned before."""
    campus.plan("2020-02-21T09:00")
    with transaction():
        plans.first().archived_at = campus.at.moment
    campus.tick()
    campus.tick("2020-02-22T18:00")
    assert relay.accepted == []
    assert campus.states() == {"SKIPPED": 5}
    assert campus.message("cs").reason == "The plan is over."


def test_a_disabled_account_gets_no_mail_and_the_ledger_says_why(campus, relay):
    """B-13. Others of the unit still get theirs."""
    campus.plan("2020-02-21T09:00")
    with transaction():
        cast.user("cs").is_active = False
    campus.tick()
    assert campus.message("cs").reason == "The account is disabled."
    campus.tick("2020-02-22T18:00")
    assert relay.to(CS) == []
    assert len(relay.to(DEAN)) == 1


def test_every_mail_is_in_its_readers_language(campus, relay):
    """B-39: one English reader and one whose browser said "zh-CN", in one run of the scheduler."""
    with transaction():
        cast.user("cs").locale = "en"
        cast.user("info").locale = "zh-CN"
    campus.tick("2020-02-22T09:00")
    english, chinese = read_mail(relay, CS), read_mail(relay, INFO)
    assert english.startswith("[Reminder 1] 1 open before 22 Feb 24:00; 15 open before")
    assert not CHINESE.findall(english)
    assert chinese.startswith("【第1次提醒】22日24:00前还有1项；")
    assert "Reminder" not in chinese.replace("X-Reminder", "")
    assert 'lang="en"' in english
    assert 'lang="zh-Hans"' in chinese


def test_links_carry_the_configured_address(make_campus, sqlite_url, relay):
    """B-40: there is no request to take it from."""
    campus = make_campus(
        sqlite_url, SMTP_URL=relay.url, PUBLIC_URL="https://tracker.example.edu/matrix/"
    )
    campus.tick("2020-02-22T09:00")
    links = re.findall(r"https?://[^\s\"<>]+", read_mail(relay, CS))
    assert len(links) > 30
    home = "https://tracker.example.edu/matrix/"
    assert {link.removeprefix(home).split("/")[0] for link in links} == {"mine", "a"}


def test_the_third_reminder_says_so_and_when_the_earlier_ones_went(campus, relay):
    """B-44."""
    for moment in ("2020-02-21T09:00", "2020-02-22T09:00", "2020-02-22T18:00"):
        campus.tick(moment)
    third = texts(relay, CS)[2]
    assert third.startswith("【第3次提醒】")
    assert "2月21日09:00、2月22日09:00" in third
    assert "2月22日18:00" not in third
    assert [m.mail["X-Reminder-Number"] for m in relay.to(CS)] == ["1", "2", "3"]


def test_a_returned_duty_is_reminded_again_and_the_count_goes_on(campus, relay):
    """B-15: reminded once, ticked, sent back; the next reminder is the second, with the reason."""
    campus.tick("2020-02-22T09:00")
    campus.check_off("cs", *range(1, 17))
    campus.tick("2020-02-23T09:00")
    assert len(relay.to(CS)) == 1
    campus.send_back("cs", 3, "缺两门课")
    campus.tick("2020-02-23T18:00")
    again = texts(relay, CS)[1]
    assert again.startswith("【第2次提醒】23日24:00前还有1项")
    assert "缺两门课" in again


def test_looking_at_a_duty_does_not_stop_its_reminders(campus, relay):
    """B-69: opened on the page and left OPEN, it is mailed before and after the cut-off."""
    client = cast.sign_in(campus.app.test_client(), "cs")
    for path in ("/mine", f"/assignments/{campus.duty('cs', 1).id}"):
        assert client.get(path).status_code == 200
    campus.tick("2020-02-22T18:00")
    campus.tick("2020-02-23T08:00")
    before, after = (one.mail["Subject"] for one in relay.to(CS))
    assert "22日24:00前还有1项" in before
    assert "逾期" in after


def test_numbers_and_earlier_mails_of_one_plan_are_not_those_of_another(campus, relay):
    """Two plans may close at the same moment."""
    campus.tick("2020-02-21T09:00")
    with transaction():
        plan = plans.first()
        other = Plan(**{c.key: getattr(plan, c.key) for c in Plan.__table__.c if c.key != "id"})
        other.code = "another"
        db.session.add(other)
        db.session.flush()
        for reminder in db.session.scalars(select(Reminder)):
            reminder.rule.plan_id = other.id
    campus.at("2020-02-22T18:00")
    assert reminders._numbers(plan, [cast.user("cs").id]) == {}
    assert set(reminders._numbers(other, [cast.user("cs").id]).values()) == {1}


def test_a_vacant_college_costs_no_other_its_mails(campus, relay):
    """Nobody holds a post there any more; mail is not addressed to nobody."""
    with transaction():
        db.session.execute(update(User).where(User.email == INFO).values(is_active=False))
    campus.tick("2020-02-21T09:00")
    assert recipients(relay) == ["affairs", "cs", "network", "students"]


def test_subject_and_text_name_the_cut_off_that_is_stored(campus, relay):
    """B-24: a cut-off that is moved between planning and delivery is not mailed as it was, and the
    next mail has the row under the day to which it was moved."""
    campus.plan("2020-02-21T09:00")
    with transaction():
        task = first_row(1)
        later = datetime(2020, 2, 25)
        cutoffs.move(task, later, cast.actor("affairs"), campus.at.moment, reason="材料未齐")
    campus.tick("2020-02-21T09:01")
    assert not any("还有" in mail.partition("\n")[0] for mail in texts(relay, CS))
    campus.tick("2020-02-23T09:00")
    subject, _newline, text = texts(relay, CS)[-1].partition("\n")
    assert "24日24:00前还有1项" in subject
    _before, _sign, after = text.partition("截止时间：24日24:00")
    assert "成立校区与学院层面工作组" in after
    assert "22日24:00" not in text


def ladder_with(campus, **rule):
    """The plan's ladder with one more rule, from now on."""
    with transaction():
        plan = plans.first()
        reminder_rules.begin(plan, Rule(code="", **rule), cast.actor("affairs"), campus.at.moment)


def test_two_steps_of_one_moment_each_say_their_part(campus, relay):
    """The overdue step for heads and academic affairs, and one for contacts at the same hour: the
    contact of academic affairs hears of the own duty and of the units that are late."""
    ladder_with(campus, day_offset=1, at=time(14), audience=frozenset({Audience.CONTACTS}))
    campus.tick("2020-02-23T08:00")
    campus.tick("2020-02-23T14:00")
    mail = texts(relay, cast.email("affairs"))[-1]
    assert "14个单位" in mail.partition("\n")[0]
    assert mail.count("牵头成立校区工作组") == 2  # In the text and in the HTML, each once.


def test_after_a_long_silence_academic_affairs_still_hear_who_is_late(campus, relay):
    """23 14:00 tells them, 24 08:00 speaks of own duties only: the later does not stand for it."""
    campus.tick("2020-02-23T08:00")
    campus.tick("2020-02-24T09:00")
    assert "14个单位" in texts(relay, cast.email("affairs"))[-1].partition("\n")[0]


def test_a_round_to_the_end_waits_for_what_the_heartbeat_has_claimed(campus, relay):
    """The rehearsal's button says that the mails are there on return."""
    campus.plan("2020-02-21T09:00")
    with transaction():
        claimed = handovers.claim("heartbeat", campus.machine.now(), 100)

    def deliver_slowly() -> None:
        sleep(0.3)
        with campus.app.app_context(), transaction():
            handovers.postpone(
                claimed, "heartbeat", campus.machine.now(), "told", timedelta(hours=1)
            )

    heartbeat = Thread(target=deliver_slowly)
    heartbeat.start()
    ticks.tick_to_the_end(campus.settings)
    assert not handovers.any_in_hand(campus.machine.now())
    heartbeat.join()


def test_a_quiet_tick_asks_the_database_as_little_for_twenty_plans_as_for_one(
    campus, count_queries
):
    """Growth: whoever runs a campus for ten years has as many plans."""
    campus.tick("2020-02-21T08:00")
    with count_queries() as alone:
        campus.tick()
    seeded = plans.first()
    with transaction():
        for number in range(20):
            facts = {name: getattr(seeded, name) for name in ("issuer", "zone", "published_at")}
            days = {name: getattr(seeded, name) for name in ("issued_on", "launches_on")}
            made = Plan(code=f"P{number}", title="通知", title_en="Notice", **facts, **days)
            db.session.add(made)
            db.session.flush()
            plan_rows.copy_ladder(seeded, made, campus.at.now())
    campus.tick()
    made_whole: list[Plan] = []

    def note(plan: Plan, _context: object) -> None:
        made_whole.append(plan)

    event.listen(Plan, "load", note)
    with count_queries() as beside:
        campus.tick()
    event.remove(Plan, "load", note)
    assert len(beside) == len(alone)
    assert made_whole == []  # Of a plan that has nothing due only what its ladder needs is read.
