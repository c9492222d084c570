"""Ticks against a relay that refuses, delays, drops or is away.

On 21 February 09:00 the five contacts of the cast are reminded of row 1.
"""

from datetime import time, timedelta

import pytest
from sqlalchemy import func, select

from tests import cast, plans
from tests.jobs.relay import ACCEPT_AND_DROP, DROP
from tracker.db import db, transaction
from tracker.domain.reminding import Rule
from tracker.domain.vocabulary import Audience, DutyRole, OutboxState
from tracker.mail import render
from tracker.models.outbox import DeliveryAttempt
from tracker.services import handovers, reminder_rules

pytestmark = pytest.mark.smtp
CS, INFO = "cs@campus.example", "info@campus.example"


def test_one_refused_address_costs_nobody_else_their_mail(both_campus, relay):
    """B-37: the failure is visible with the relay's words, and never tried again."""
    relay.answer("RCPT", "550 5.1.1 no such user here", to=INFO)
    both_campus.tick("2020-02-21T09:00")
    for _ in range(3):
        both_campus.live(minutes=20, step=10)
    assert both_campus.states() == {"SENT": 4, "DEAD": 1}
    assert both_campus.message("info").reason == "550 5.1.1 no such user here"
    assert both_campus.attempts(both_campus.message("info")) == [OutboxState.DEAD]
    assert len(relay.accepted) == len(set(relay.message_ids)) == 4
    assert [command for command in relay.commands if INFO in command] == [f"RCPT TO:<{INFO}>"]


def test_what_a_person_cannot_be_told_the_others_of_the_unit_are(both_campus, relay):
    """B-38: undeliverable at once, never tried again, and the head hears what it said; what the
    head cannot be told is told to nobody in a circle."""
    relay.answer("RCPT", "550 5.1.1 no such user here", to=CS)
    both_campus.tick("2020-02-21T09:00")
    both_campus.live(minutes=20)
    assert both_campus.message("cs").state is OutboxState.DEAD
    (told,) = relay.to("cs.dean@campus.example")
    assert told.mail["Subject"] == "【未送达】发给计算机学院教学秘书的提醒"
    assert "成立校区与学院层面工作组" in told.mail.get_body(("plain",)).get_content()
    relay.answer("RCPT", "550 5.1.1 no such user here", to="cs.dean@campus.example")
    both_campus.tick("2020-02-22T18:00")
    for _ in range(3):
        both_campus.live(minutes=20)
    refused = [command for command in relay.commands if "cs.dean" in command]
    assert len(refused) <= 3


def test_a_body_that_the_relay_refuses_is_that_messages_failure_only(campus, relay):
    relay.answer(".", "554 5.7.1 looks like spam", to=CS)
    campus.tick("2020-02-21T09:00")
    assert campus.states() == {"SENT": 4, "DEAD": 1}
    assert campus.message("cs").reason == "554 5.7.1 looks like spam"


def test_a_greylisted_mail_waits_longer_each_time_and_goes_out_once(both_campus, relay):
    """A 4xx is tried again with back-off: after a minute, two, four, each with up to a quarter of
    jitter, and not before."""
    relay.answer("RCPT", "450 4.2.0 greylisted", to=CS)
    both_campus.tick("2020-02-21T09:00")
    assert both_campus.states() == {"SENT": 4, "RETRY": 1}
    assert both_campus.message("cs").reason == "450 4.2.0 greylisted"
    for number, minutes in enumerate([1, 2, 4], start=1):
        waits = both_campus.message("cs").next_try_at - both_campus.machine.now()
        longest = timedelta(minutes=minutes * 1.25)
        assert longest * 0.75 < waits <= longest
        both_campus.machine.wait(minutes=minutes * 0.9)
        both_campus.tick()
        assert len(both_campus.attempts(both_campus.message("cs"))) == number
        both_campus.machine.wait(minutes=minutes * 0.4)
        both_campus.tick()
    relay.forget()
    both_campus.machine.wait(minutes=13)
    both_campus.tick()
    assert both_campus.message("cs").state is OutboxState.SENT
    assert both_campus.message("cs").reason is None
    assert len(relay.to(CS)) == 1


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_relay_that_hangs_up_on_one_address_still_gets_the_other_mails(campus, relay, command):
    relay.answer(command, DROP, to=INFO)
    campus.tick("2020-02-21T09:00")
    assert campus.states() == {"SENT": 4, "RETRY": 1}
    relay.forget()
    campus.live(minutes=5)
    assert campus.states() == {"SENT": 5}
    assert len(relay.accepted) == 5


@pytest.mark.parametrize(
    ("command", "reply"), [("EHLO", DROP), ("MAIL", DROP), ("MAIL", "550 5.7.1 who are you")]
)
def test_a_relay_that_refuses_the_sender_blames_no_message(campus, relay, command, reply):
    relay.answer(command, reply)
    campus.tick("2020-02-21T09:00")
    campus.live(minutes=30, step=15)
    assert campus.states() == {"RETRY": 5}
    assert db.session.scalar(select(func.count()).select_from(DeliveryAttempt)) == 0
    relay.forget()
    campus.live(minutes=5)
    assert campus.states() == {"SENT": 5}
    assert len(relay.accepted) == 5


def test_after_six_hours_without_a_relay_everybody_has_the_mail_in_a_quarter_of_an_hour(
    both_campus, relay
):
    """R4: nothing is burnt, nothing is lost, nothing is sent twice."""
    relay.stop()
    both_campus.tick("2020-02-21T09:00")
    both_campus.live(minutes=6 * 60, step=20)
    assert both_campus.states() == {"RETRY": 5}
    assert "refused" in both_campus.message("cs").reason
    assert db.session.scalar(select(func.count()).select_from(DeliveryAttempt)) == 0
    relay.start()
    both_campus.live(minutes=15)
    assert both_campus.states() == {"SENT": 5}
    assert len(set(relay.message_ids)) == len(relay.accepted) == 5


def test_what_a_later_step_has_overtaken_during_an_outage_is_not_mailed(campus, relay):
    """R4: the relay is away from 17:50 to 22:10; of 18:00 and 22:00 only the last call goes out."""
    campus.tick("2020-02-22T09:00")
    relay.stop()
    campus.tick("2020-02-22T17:50")
    campus.live(minutes=260, step=20)
    relay.start()
    campus.live(minutes=15)
    _nine, six, ten = campus.messages("cs")
    assert (six.state, ten.state) == (OutboxState.SKIPPED, OutboxState.SENT)
    assert six.reason == "A later reminder has taken over."
    assert len(relay.to("cs.dean@campus.example")) == 1
    assert len(relay.to(CS)) == 2
    assert "最后提醒" in relay.to(CS)[1].mail["Subject"]


def test_a_late_merged_mail_still_tells_of_the_cut_off_that_no_later_step_took_up(campus, relay):
    """22 09:00 speaks of the 22nd and of the 23rd. Delivered after 18:00, whose mail speaks of the
    22nd, it leaves that part to it and keeps the other."""
    relay.stop()
    campus.tick("2020-02-22T09:00")
    campus.live(minutes=8 * 60 + 50, step=30)
    relay.start()
    campus.live(minutes=25, step=5)
    morning, evening = campus.messages("cs")
    assert (morning.state, evening.state) == (OutboxState.SENT, OutboxState.SENT)
    assert (len(morning.lines.split("\n")), len(evening.lines.split("\n"))) == (15, 1)
    assert ("22日" in morning.subject, "22日" in evening.subject) == (False, True)
    assert len(relay.to(CS)) == 2


def test_a_late_mail_is_stale_only_for_those_whom_a_later_step_reaches(campus, relay):
    """The overdue notice of 23 08:00 goes to contacts and heads, the one of 14:00 to heads. With
    the relay away in between, contacts still get theirs in the afternoon."""
    campus.tick("2020-02-22T22:00")
    relay.accepted.clear()
    relay.stop()
    campus.tick("2020-02-23T08:00")
    campus.live(minutes=6 * 60 + 30, step=30)
    relay.start()
    campus.live(minutes=15)
    overdue = [one for one in campus.messages("cs") if "逾期" in (one.subject or "")]
    assert [one.state for one in overdue] == [OutboxState.SENT]
    assert len(relay.to("cs.dean@campus.example")) == 1


def test_a_mail_whose_answer_was_lost_is_sent_once_more_with_the_same_id(both_campus, relay):
    """Nobody can know whether the relay took it. The doubt is on record, and the reader's server
    can tell the repeat by its Message-ID."""
    relay.answer(".", ACCEPT_AND_DROP, to=CS, times=1)
    both_campus.tick("2020-02-21T09:00")
    both_campus.live(minutes=10)
    assert both_campus.states() == {"SENT": 5}
    assert both_campus.attempts(both_campus.message("cs")) == [
        OutboxState.UNCERTAIN,
        OutboxState.SENT,
    ]
    first, second = relay.to(CS)
    assert first.message_id == second.message_id
    assert len(relay.accepted) == 6


def test_after_a_second_doubt_a_person_decides(campus, relay):
    relay.answer(".", ACCEPT_AND_DROP, to=CS)
    campus.tick("2020-02-21T09:00")
    campus.live(minutes=30)
    assert campus.states() == {"SENT": 4, "UNCERTAIN": 1}
    assert len(relay.to(CS)) == 2


def test_with_the_policy_hold_a_doubted_mail_is_never_repeated(make_campus, sqlite_url, relay):
    campus = make_campus(sqlite_url, SMTP_URL=relay.url, UNCERTAIN="hold")
    relay.answer(".", ACCEPT_AND_DROP, to=CS)
    campus.tick("2020-02-21T09:00")
    campus.live(minutes=30)
    assert campus.states() == {"SENT": 4, "UNCERTAIN": 1}
    assert len(relay.to(CS)) == 1


@pytest.mark.parametrize(
    ("policy", "state", "copies"), [("resend", OutboxState.SENT, 1), ("hold", "UNCERTAIN", 0)]
)
def test_a_sender_that_died_in_the_window_leaves_a_marked_doubt(
    make_campus, sqlite_url, relay, policy, state, copies
):
    campus = make_campus(sqlite_url, SMTP_URL=relay.url, UNCERTAIN=policy)
    campus.plan("2020-02-21T09:00")
    with transaction():
        (message,) = handovers.claim("dead sender", campus.machine.now(), limit=1)
        handovers.hand_over(message, "dead sender", campus.machine.now())
    campus.tick()
    assert campus.states() == {"SENT": 4, "HANDING_OVER": 1}
    campus.machine.wait(seconds=handovers.LEASE.total_seconds() + 1)
    campus.tick()
    assert campus.message("affairs").state == state
    assert len(relay.to("affairs@campus.example")) == copies


def test_a_sender_that_died_before_the_window_leaves_no_doubt(campus, relay):
    campus.plan("2020-02-21T09:00")
    with transaction():
        handovers.claim("dead sender", campus.machine.now(), limit=2)
    campus.tick()
    assert campus.states() == {"SENT": 3, "CLAIMED": 2}
    campus.machine.wait(seconds=handovers.LEASE.total_seconds() + 1)
    campus.tick()
    assert campus.states() == {"SENT": 5}
    assert db.session.scalar(select(func.count()).select_from(DeliveryAttempt)) == 5


def test_a_message_that_cannot_be_made_holds_up_no_other(campus, relay, monkeypatch):
    real = render.render

    def fail_for_cs(digest, *rest):
        if digest.to_address == CS:
            raise ZeroDivisionError("a fault in a template")
        return real(digest, *rest)

    with monkeypatch.context() as broken:
        broken.setattr(render, "render", fail_for_cs)
        campus.tick("2020-02-21T09:00")
        campus.live(minutes=5)
        assert campus.states() == {"SENT": 4, "RETRY": 1}
        assert campus.message("cs").reason == "ZeroDivisionError: a fault in a template"
    campus.live(minutes=5)
    assert len(relay.to(CS)) == 1


def test_a_machine_whose_clock_is_set_back_does_not_fall_silent(campus, relay):
    """The mails were due, and the failed ones to be tried again, an hour from now."""
    relay.answer("RCPT", "450 4.2.0 greylisted", to=CS)
    campus.tick("2020-02-21T09:00")
    relay.forget()
    campus.machine.wait(hours=-1)
    campus.tick("2020-02-21T09:01")
    assert campus.states() == {"SENT": 5}
    assert len(relay.accepted) == 5


def test_a_later_step_for_few_duties_never_stands_for_an_earlier_one_for_all(campus, relay):
    """22 09:00 for everything is late; 22 10:00 is for inspections only, and whoever has none hears
    nothing from it."""
    with transaction():
        plan = plans.first()
        inspections = Rule(
            "", 0, time(10), frozenset({Audience.CONTACTS}), roles=frozenset({DutyRole.INSPECT})
        )
        reminder_rules.begin(plan, inspections, cast.actor("affairs"), campus.at.moment)
    relay.stop()
    campus.tick("2020-02-22T09:00")
    campus.live(minutes=60, step=20)
    relay.start()
    campus.live(minutes=15)
    assert set(campus.states()) == {"SENT"}


def test_what_was_planned_by_day_is_not_mailed_at_night(campus, relay):
    """The relay is back at 03:00: what is no last call waits for 07:00 and goes out then."""
    relay.stop()
    campus.tick("2020-02-21T09:00")
    campus.live(minutes=18 * 60, step=60)
    relay.start()
    campus.live(minutes=30)
    assert relay.accepted == []
    assert campus.message("cs").reason == "It waits for the end of the quiet hours."
    campus.live(minutes=4 * 60, step=30)
    assert len(relay.to(CS)) == 1


def test_a_relay_that_was_away_for_seconds_delays_nobody_by_minutes(campus, relay):
    relay.stop()
    campus.tick("2020-02-21T09:00")
    relay.start()
    waited = 0
    while not relay.accepted:
        campus.machine.wait(seconds=5)
        campus.tick()
        waited += 5
    assert waited <= 20
