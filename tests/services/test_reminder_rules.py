"""The ladder in the office's hands: a change is for the future, what was decided stays."""

import dataclasses
from datetime import date, time

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests import cast, plans
from tests.plans import first_rule
from tests.rehearsal import StandingClock
from tests.web import mails
from tracker.db import db, transaction
from tracker.domain.errors import IllegalStep, InvalidInput, NotPermitted
from tracker.domain.reminding import Rule
from tracker.domain.vocabulary import Audience, DutyRole
from tracker.models.outbox import OutboxMessage
from tracker.models.plan import Plan
from tracker.models.reminder import Reminder, ReminderRule
from tracker.models.workday import CalendarDay
from tracker.queries import workdays as calendars
from tracker.queries.ladder import reach
from tracker.queries.rules import as_rule, ladder_of
from tracker.services import reminder_rules, workdays

EVENING = Rule("", 0, time(20), frozenset({Audience.LEADS}))


def the_plan() -> Plan:
    return plans.first()


def row(code: str) -> ReminderRule:
    return first_rule(code)


def begin(at: StandingClock, rule: Rule, who: str = "affairs") -> int:
    with transaction():
        return reminder_rules.begin(the_plan(), rule, cast.actor(who), at.now()).id


def mailed() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(OutboxMessage)) or 0


def test_a_new_rule_is_mailed_at_its_moment(both_app: Flask, at: StandingClock) -> None:
    rule_id = begin(at, EVENING)
    mails.tick(both_app, at, "2020-02-22T19:59")
    assert not db.session.scalar(select(Reminder.id).where(Reminder.rule_id == rule_id))
    mails.tick(both_app, at, "2020-02-22T20:00", "2020-02-22T20:01")
    people = db.session.scalars(select(Reminder).where(Reminder.rule_id == rule_id)).all()
    heads = 12 + 3
    assert len(people) == len({each.user_id for each in people}) == heads


def test_a_rule_whose_moment_has_passed_never_makes_up_for_it(
    both_app: Flask, at: StandingClock
) -> None:
    mails.tick(both_app, at, "2020-02-22T18:00", "2020-02-22T20:30")
    before = mailed()
    begin(at, EVENING)
    mails.tick(both_app, at, "2020-02-22T20:31", "2020-02-22T21:59")
    assert mailed() == before


def test_a_changed_rule_never_repeats_what_the_old_one_sent(
    both_app: Flask, at: StandingClock
) -> None:
    """18:00 has gone out; moved to 20:00 it comes at 20:00 today, once, and 18:00 comes no more."""
    mails.tick(both_app, at, "2020-02-22T18:00", "2020-02-22T18:30")
    old = row("D 18:00")
    with transaction():
        later = dataclasses.replace(as_rule(old), at=time(20), code="")
        new_id = reminder_rules.change(old, later, cast.actor("affairs"), at.now()).id
    mails.tick(both_app, at, "2020-02-22T18:31", "2020-02-22T20:00", "2020-02-22T20:05")
    mails.tick(both_app, at, "2020-02-23T18:00", "2020-02-23T20:00")
    days = [
        (reminder.rule_id == new_id, reminder.cutoff_at.day)
        for reminder in db.session.scalars(
            select(Reminder).where(
                Reminder.rule_id.in_([old.id, new_id]), Reminder.user_id == cast.user("cs").id
            )
        )
    ]
    assert sorted(days) == [(False, 22), (True, 22), (True, 23)]


def test_an_ended_rule_still_sends_what_was_due_before_its_end(
    both_app: Flask, at: StandingClock
) -> None:
    """The service stood still across 18:00 and the rule was ended at 18:20: that mail is owed."""
    mails.tick(both_app, at, "2020-02-22T17:59")
    at("2020-02-22T18:20")
    with transaction():
        reminder_rules.end(row("D 18:00"), cast.actor("affairs"), at.now())
    mails.tick(both_app, at, "2020-02-22T18:25")
    assert mails.message_to("cs").due_at.hour == 10
    mails.tick(both_app, at, "2020-02-23T18:00")
    assert mails.message_to("cs").due_at.hour == 1


def test_the_same_rule_twice_stands_once(app: Flask, at: StandingClock) -> None:
    """B-17."""
    assert begin(at, EVENING) == begin(at, EVENING)
    with transaction():
        reminder_rules.end(
            db.session.get_one(ReminderRule, begin(at, EVENING)), cast.actor("affairs"), at.now()
        )
    at("2020-02-21T09:30")
    assert db.session.get_one(ReminderRule, begin(at, EVENING)).code == "D 20:00 (2)"


@pytest.mark.parametrize("who", ["cs", "cs.dean", "students", "network", "president"])
def test_nobody_else_changes_the_ladder(app: Flask, at: StandingClock, who: str) -> None:
    with pytest.raises(NotPermitted):
        begin(at, EVENING, who)
    with pytest.raises(NotPermitted), transaction():
        reminder_rules.end(row("D 18:00"), cast.actor(who), at.now())
    with pytest.raises(NotPermitted), transaction():
        workdays.note(date(2020, 2, 24), cast.actor(who), at.now(), why="")


def test_a_rule_without_people_and_a_thirty_first_are_refused(
    app: Flask, at: StandingClock
) -> None:
    with pytest.raises(InvalidInput):
        begin(at, dataclasses.replace(EVENING, audience=frozenset()))
    with pytest.raises(InvalidInput):
        begin(at, dataclasses.replace(EVENING, day_offset=61))
    for minute in range(30 - len(ladder_of(the_plan(), at.now()))):
        begin(at, dataclasses.replace(EVENING, at=time(12, minute)))
    with pytest.raises(IllegalStep):
        begin(at, EVENING)


def test_inspectors_hear_of_what_waits_for_them_and_of_nothing_else(
    both_app: Flask, at: StandingClock
) -> None:
    at("2020-02-22T08:00")
    waiting = Rule("", 0, time(20), frozenset({Audience.INSPECTORS}))
    (on_22nd, on_23rd) = reach(the_plan(), [waiting], at.now())
    assert on_22nd.recipients == on_23rd.recipients == ()


def test_roles_narrow_what_a_rule_speaks_of(both_app: Flask, at: StandingClock) -> None:
    at("2020-02-22T08:00")
    urging = dataclasses.replace(EVENING, roles=frozenset({DutyRole.URGE}))
    (on_22nd, on_23rd) = reach(the_plan(), [urging], at.now())
    assert on_22nd.recipients == ()
    lines = [
        line for each in on_23rd.recipients for _pile, found in each.section.own for line in found
    ]
    assert lines
    assert {line.role for line in lines} == {DutyRole.URGE}


def test_the_calendar_comes_with_the_seed_and_days_turn_round(
    both_app: Flask, at: StandingClock
) -> None:
    calendar = calendars.calendar()
    assert not calendar.works(date(2020, 1, 27))
    assert calendar.works(date(2020, 1, 19))
    assert calendar.works(date(2020, 2, 24))
    affairs = cast.actor("affairs")
    with transaction():
        workdays.note(date(2020, 2, 22), affairs, at.now(), why="开学准备")
        workdays.note(date(2020, 2, 24), affairs, at.now(), why="")
    assert calendars.calendar().works(date(2020, 2, 22))
    assert not calendars.calendar().works(date(2020, 2, 24))
    with transaction():
        workdays.forget(date(2020, 2, 22), affairs, at.now())
        workdays.forget(date(2020, 2, 22), affairs, at.now())
    assert db.session.get(CalendarDay, date(2020, 2, 22)) is None
    with pytest.raises(InvalidInput), transaction():
        workdays.note(date(1999, 1, 1), affairs, at.now(), why="")
