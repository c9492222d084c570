"""Correcting rows: a draft in everything, a notice in force in its words."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from tests import cast, plans
from tests.rehearsal import StandingClock
from tests.web import duties
from tests.web.duties import held
from tracker.db import db, transaction
from tracker.domain.cutoffs import to_wall
from tracker.domain.errors import IllegalStep, InvalidInput, NotPermitted
from tracker.domain.row_wordings import Cell, Wording
from tracker.domain.vocabulary import DutyRole, LifeStep, Phase, UnitKind
from tracker.models.audit import AuditEvent
from tracker.models.plan import Duty, Plan, Task
from tracker.queries.plan_edits import cells_of
from tracker.services import plan_edits, plan_life

COLLEGE, AFFAIRS = UnitKind.COLLEGE, UnitKind.ACADEMIC_AFFAIRS
NEW = Wording(
    "开学典礼",
    "3月1日18:00前",
    "到场人数",
    {COLLEGE: Cell(DutyRole.PERFORM, "组织参加"), AFFAIRS: Cell(DutyRole.INSPECT, "检查")},
)


def row(plan: Plan, number: int) -> Task:
    return db.session.scalars(
        select(Task).where(Task.plan_id == plan.id, Task.number == number)
    ).one()


def as_it_is(task: Task) -> Wording:
    cells = {kind: Cell(duty.role, duty.text) for kind, duty in cells_of(task).items()}
    return Wording(task.title, task.deadline_text, task.counts or "", cells)


def change(task: Task, wording: Wording, at: StandingClock, who: str = "affairs") -> None:
    with transaction():
        plan_edits.change(task, cast.actor(who), at.now(), wording)


def test_a_row_is_added_to_a_draft_with_what_follows_from_its_words(
    both_app: Flask, at: StandingClock
) -> None:
    week = plans.phase(Phase.FIRST_WEEK)
    for _ in range(2):
        with transaction():
            plan_edits.add(week, cast.actor("affairs"), at.now(), NEW)
    added = row(week, 7)
    asked = cells_of(added)
    assert (asked[COLLEGE].reviewed, asked[COLLEGE].counted) == (True, True)
    assert (asked[AFFAIRS].reviewed, asked[AFFAIRS].counted) == (False, False)
    wall = to_wall(asked[COLLEGE].due_at, week.zone)
    assert f"{wall:%Y-%m-%d %H:%M}" == "2020-03-01 18:00"


def test_a_deadline_that_cannot_be_read_changes_nothing(app: Flask, at: StandingClock) -> None:
    task = row(plans.phase(Phase.FIRST_WEEK), 1)
    for deadline in ("尽快", "长期", ""):
        with pytest.raises(InvalidInput) as refusal:
            change(task, replace(NEW, deadline=deadline), at)
        assert refusal.value.field == "deadline"
    assert row(plans.phase(Phase.FIRST_WEEK), 1).deadline_text == "首周末"


def test_a_row_that_is_saved_as_it_is_stays_as_it_is(app: Flask, at: StandingClock) -> None:
    for plan in (plans.first(), plans.phase(Phase.FIRST_WEEK)):
        before = _facts(plan)
        for number in range(1, len(plan.tasks) + 1):
            change(row(plan, number), as_it_is(row(plan, number)), at)
        assert _facts(plan) == before
    said = select(AuditEvent).where(AuditEvent.action == "task.corrected")
    assert db.session.scalars(said).all() == []


def _facts(plan: Plan) -> list[tuple[object, ...]]:
    duties = db.session.scalars(select(Duty).where(Duty.plan_id == plan.id).order_by(Duty.id))
    return [
        (
            *(one.id, one.role, one.text, one.text_en, one.reviewed, one.counted, one.target),
            *(one.opens_at, one.due_at),
        )
        for one in duties
    ]


def test_a_removed_row_takes_along_what_it_alone_asks(app: Flask, at: StandingClock) -> None:
    week = plans.phase(Phase.FIRST_WEEK)
    for _ in range(2):
        with transaction():
            plan_edits.remove(week, 6, cast.actor("affairs"), at.now())
    network = cells_of(row(week, 5))[UnitKind.NETWORK_CENTRE]
    assert [task.number for task in network.tasks] == [5]
    assert to_wall(network.due_at, week.zone) == row(week, 5).closes
    assert network.target == 14


def test_in_force_the_words_change_and_the_deadline_stays(app: Flask, at: StandingClock) -> None:
    task = held(3, "cs").duty.tasks[0]
    closes = task.closes
    cells = {COLLEGE: Cell(DutyRole.PERFORM, "确保全部建立到位")}
    change(task, Wording("课程建群（含实验课）", "3月9日前", "别的", cells), at)
    task = plans.first_row(3)
    assert (task.title, task.title_en, task.closes) == ("课程建群（含实验课）", "", closes)
    assert task.counts == "已建群的课程"
    assert held(3, "cs").duty.text == "确保全部建立到位"


def test_what_is_asked_stays_once_somebody_reported(app: Flask, at: StandingClock) -> None:
    duties.report("cs", 3, "cs", 12)
    wording = as_it_is(plans.first_row(3))
    cells = {**wording.cells, COLLEGE: Cell(DutyRole.SUPPORT, "配合")}
    with pytest.raises(InvalidInput) as refusal:
        change(plans.first_row(3), replace(wording, cells=cells), at)
    assert refusal.value.field == "role_college"
    assert held(3, "cs").duty.role is DutyRole.PERFORM


def test_rows_come_and_go_in_drafts_only_and_nothing_changes_in_what_is_closed(
    app: Flask, at: StandingClock
) -> None:
    first, affairs = plans.first(), cast.actor("affairs")
    with pytest.raises(IllegalStep):
        plan_edits.add(first, affairs, at.now(), NEW)
    with pytest.raises(IllegalStep):
        plan_edits.remove(first, 1, affairs, at.now())
    with transaction():
        plan_life.take(plans.first(), LifeStep.CLOSE, affairs, at.now())
    with pytest.raises(IllegalStep):
        change(plans.first_row(3), NEW, at)
    with pytest.raises(NotPermitted):
        change(plans.first_row(3), NEW, at, "president")
