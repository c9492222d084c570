"""A plan for another date: everything is there, moved, and asks nobody anything yet."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests import cast, plans
from tests.rehearsal import StandingClock
from tracker.db import db, transaction
from tracker.domain.cutoffs import last_day
from tracker.domain.deadlines import Anchors, read
from tracker.domain.errors import InvalidInput, NotPermitted
from tracker.domain.vocabulary import LifeStep, Phase, Stage
from tracker.models.assignment import Assignment
from tracker.models.plan import Contingency, Duty, Plan, Task
from tracker.models.reminder import ReminderRule
from tracker.queries import workdays
from tracker.queries.plan_life import stage
from tracker.queries.rules import ladder_of
from tracker.services import plan_copies, plan_life
from tracker.services.plan_copies import Wish

AUTUMN = date(2020, 9, 7)


def made(at: StandingClock, wish: Wish, who: str = "affairs") -> Plan:
    with transaction():
        return plan_copies.copy(plans.first(), cast.actor(who), at.now(), wish)


def facts(plan: Plan) -> list[tuple[object, ...]]:
    """Duties with their rows and how long before the first day of teaching they are due."""
    duties = db.session.scalars(select(Duty).where(Duty.plan_id == plan.id).order_by(Duty.id))
    return [
        (
            *(duty.unit_kind, duty.role, duty.text, duty.text_en, duty.cadence, duty.reviewed),
            *(duty.counted, duty.target, duty.report_by, duty.group_parts),
            tuple(task.number for task in duty.tasks),
            duty.due_at.date() - plan.launches_on,
        )
        for duty in duties
    ]


def count(model: type[Task | Contingency | ReminderRule], plan: Plan) -> int:
    rows = select(func.count()).select_from(model).where(model.plan_id == plan.id)
    return db.session.scalar(rows) or 0


def test_a_copy_holds_the_whole_notice_and_its_phases(both_app: Flask, at: StandingClock) -> None:
    laid = db.session.scalar(select(func.count()).select_from(Assignment))
    copy, first = made(at, Wish("秋季学期", AUTUMN)), plans.first()
    assert stage(copy) is Stage.DRAFT
    assert facts(copy) == facts(first)
    for model in (Task, Contingency, ReminderRule):
        assert count(model, copy) == count(model, first) > 0
    under = db.session.scalars(select(Plan).where(Plan.parent_id == copy.id)).all()
    assert {plan.phase for plan in under} == {Phase.FIRST_WEEK, Phase.FIRST_MONTH}
    week = next(plan for plan in under if plan.phase is Phase.FIRST_WEEK)
    assert facts(week) == facts(plans.phase(Phase.FIRST_WEEK))
    assert db.session.scalar(select(func.count()).select_from(Assignment)) == laid


def test_the_words_of_a_copied_row_mean_its_window(app: Flask, at: StandingClock) -> None:
    copy = made(at, Wish("秋季学期", AUTUMN, keeps_working_days=True))
    calendar = workdays.calendar()
    for task in db.session.scalars(select(Task).where(Task.plan_id == copy.id)):
        window = read(task.deadline_text, Anchors(copy.issued_on, copy.launches_on)).window
        assert window is not None
        assert (window.opens, window.closes) == (task.opens, task.closes)
        before = plans.first_row(task.number)
        if calendar.works(last_day(before.closes)):
            assert calendar.works(last_day(task.closes))


def test_the_same_copy_asked_for_twice_is_one_draft(app: Flask, at: StandingClock) -> None:
    """B-17."""
    first = made(at, Wish("秋季学期", AUTUMN)).id
    assert made(at, Wish("秋季学期", AUTUMN)).id == first
    assert made(at, Wish("秋季学期", AUTUMN + timedelta(7))).id != first


def test_a_template_is_never_published_but_makes_drafts(app: Flask, at: StandingClock) -> None:
    first = plans.first()
    template = made(at, Wish(first.title, first.launches_on, is_template=True))
    assert stage(template) is Stage.TEMPLATE
    assert facts(template) == facts(first)
    with transaction():
        affairs = cast.actor("affairs")
        draft = plan_copies.copy(template, affairs, at.now(), Wish("秋季", AUTUMN))
        assert plan_life.take(draft, LifeStep.PUBLISH, affairs, at.now()) is Stage.IN_FORCE


def test_only_academic_affairs_copy_and_only_within_reason(app: Flask, at: StandingClock) -> None:
    with pytest.raises(NotPermitted):
        made(at, Wish("x", AUTUMN), "president")
    with pytest.raises(InvalidInput):
        made(at, Wish("x", date(9999, 1, 1)))
    with pytest.raises(InvalidInput):
        made(at, Wish(" ", AUTUMN))


def test_the_copy_s_ladder_is_what_holds_now(app: Flask, at: StandingClock) -> None:
    """As for a contingency that starts: what ends later holds still, what has ended is gone."""
    first, now = plans.first(), at.now()
    with transaction():
        ended, ending, *_ = db.session.scalars(
            select(ReminderRule).where(ReminderRule.plan_id == first.id).order_by(ReminderRule.id)
        )
        ended.until, ending.until = now, now + timedelta(days=1)
        ending.working_days = True
    copy = made(at, Wish("秋季学期", AUTUMN))
    rules = {rule.code: rule for rule in ladder_of(copy, now).values()}
    assert set(rules) == {rule.code for rule in ladder_of(first, now).values()}
    assert ending.code in rules
    assert ended.code not in rules
    assert rules[ending.code].working_days
    assert rules[ending.code].until is None
