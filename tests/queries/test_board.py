"""The board as data: columns, lights, roll-ups, counts, and what each actor sees of them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from tests.plans import first_id
from tests.rehearsal import StandingClock
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.errors import IllegalStep
from tracker.domain.progress import Progress
from tracker.domain.readiness import Inspection, Readiness
from tracker.domain.vocabulary import DutyRole, Health, Light, Post, UnitKind
from tracker.models.assignment import Assignment
from tracker.models.org import Unit
from tracker.models.plan import Duty, DutyTask, Plan, Task
from tracker.permissions import SYSTEM, Actor
from tracker.queries import board as boards
from tracker.queries.board import Board
from tracker.queries.cells import BoardCell
from tracker.queries.plans import current_plan
from tracker.queries.waiting import waiting, waiting_count
from tracker.services import assignments, check_ins, fanout, reviews

Actors = Callable[[str], Actor]


def plan_id() -> int:
    found = first_id()
    assert found is not None
    return found


def board(actor: Actor) -> Board:
    return boards.board(plan_id(), actor, clock.now())


def held(number: int, code: str) -> Assignment:
    """The unit's duty of a row."""
    return db.session.scalars(
        select(Assignment)
        .join(Unit)
        .join(DutyTask, DutyTask.duty_id == Assignment.duty_id)
        .join(Task, Task.id == DutyTask.task_id)
        .where(Task.number == number, Unit.code == code)
    ).one()


def report(actor: Actor, number: int, code: str, count: int | None = None) -> Assignment:
    assignment = held(number, code)
    with transaction():
        assignments.check_off(assignment, actor, clock.now(), seen_version=None, count=count)
    return assignment


def cell(seen: Board, number: int, code: str) -> BoardCell:
    return seen.by_place[number, code]


def more_colleges(count: int) -> None:
    with transaction():
        for number in range(count):
            code = f"more{number}"
            kind = UnitKind.COLLEGE
            db.session.add(
                Unit(code=code, kind=kind, name=code, name_en=code, position=100 + number)
            )
        db.session.flush()
        fanout.lay_out(db.session.get_one(Plan, plan_id()), SYSTEM, clock.now())


def test_the_columns_stand_in_the_order_of_the_notice(both_app: Flask, actor: Actors) -> None:
    seen = board(actor("affairs"))
    assert [unit.code for unit in seen.units][:3] == ["affairs", "students", "cs"]
    assert seen.units[-1].code == "network"
    assert len(seen.units) == 15
    assert [task.number for task in seen.tasks] == list(range(1, 17))
    assert len(seen.cells) == 16 + 15 + 12 * 16 + 1
    assert (8, "students") not in seen.by_place


def test_a_merged_cell_is_one_cell_at_each_of_its_rows(both_app: Flask, actor: Actors) -> None:
    seen = board(actor("affairs"))
    standing = cell(seen, 1, "network")
    assert all(cell(seen, number, "network") is standing for number in range(1, 17))
    assert standing.task_numbers == tuple(range(1, 17))
    assert standing.check_ins == tuple((date(2020, 2, day), None) for day in range(20, 24))


def test_a_check_in_shows_on_its_day(both_app: Flask, actor: Actors) -> None:
    network = actor("network")
    with transaction():
        check_ins.check_in(
            held(1, "network"),
            network,
            clock.now(),
            day=date(2020, 2, 21),
            health=Health.TROUBLE,
            note="出口带宽不足",
        )
    seen = cell(board(network), 1, "network")
    assert dict(seen.check_ins)[date(2020, 2, 21)] is Health.TROUBLE
    assert dict(seen.check_ins)[date(2020, 2, 20)] is None


def test_readiness_rolls_up_by_row_unit_and_plan(both_app: Flask, actor: Actors) -> None:
    """Binding cells: academic affairs 15 (row 11 monitors), student affairs 9 (row 8 is empty,
    10 and 11 monitor, 13-16 stand by), colleges 12 x 16, the network centre 1: 217. The standing
    duty counts in its unit and in the plan, in no row."""
    cs = actor("cs")
    report(cs, 1, "cs")
    report(cs, 3, "cs", count=40)
    seen = board(actor("affairs"))
    assert seen.readiness == Readiness(1, 217)
    units = {unit.code: unit.readiness for unit in seen.units}
    assert units["affairs"] == Readiness(0, 15)
    assert units["students"] == Readiness(0, 9)
    assert units["cs"] == Readiness(1, 16)
    assert units["network"] == Readiness(0, 1)
    assert [task.readiness for task in seen.tasks][:3] == [
        Readiness(1, 14),
        Readiness(0, 14),
        Readiness(0, 14),
    ]
    assert seen.tasks[10].readiness == Readiness(0, 12)
    assert sum(task.readiness.total for task in seen.tasks) == 216


def test_a_row_counts_what_its_colleges_report(both_app: Flask, actor: Actors) -> None:
    """Row 2 speaks of 160 students: student affairs find out about them, colleges help them. Only
    the colleges' numbers add up; where no college counts (row 5) the office's number stands."""
    affairs = actor("affairs")
    assert board(affairs).tasks[1].progress == Progress(None, 160)
    assert board(affairs).tasks[0].progress is None
    report(actor("students"), 2, "students", count=160)
    report(actor("cs"), 2, "cs", count=12)
    report(actor("info"), 2, "info", count=0)
    report(actor("students"), 5, "students", count=9000)
    tasks = board(affairs).tasks
    assert tasks[1].progress == Progress(12, 160)
    assert tasks[4].progress == Progress(9000, None)
    assert board(actor("cs")).tasks[1].progress == Progress(12, None)
    assert board(actor("students")).tasks[1].progress == Progress(160, 160)


def test_a_number_that_was_sent_back_does_not_stand(both_app: Flask, actor: Actors) -> None:
    affairs = actor("affairs")
    report(actor("cs"), 3, "cs", count=40)
    returned = report(actor("info"), 3, "info", count=30)
    with transaction():
        reviews.send_back(returned, affairs, clock.now(), seen_version=None, reason="少一门课")
    seen = board(affairs)
    assert cell(seen, 3, "info").light is Light.RETURNED
    assert cell(seen, 3, "info").count == 30
    assert seen.tasks[2].progress == Progress(40, None)


def test_a_check_cell_cannot_be_ticked_or_settled_while_its_sources_are_at_97_percent(
    both_app: Flask, actor: Actors, at: StandingClock
) -> None:
    """B-70: 33 colleges report row 8, 32 of them are verified, and the check cell is still open."""
    more_colleges(21)
    affairs = actor("affairs")
    codes = [unit.code for unit in board(affairs).units if unit.kind is UnitKind.COLLEGE]
    assert len(codes) == 33
    check, someone = held(8, "affairs"), actor("cs").user_id
    assert cell(board(affairs), 8, "affairs").light is Light.OPEN
    with transaction():
        for code in codes:
            source = held(8, code)
            posts = frozenset({(source.unit_id, UnitKind.COLLEGE, Post.CONTACT)})
            college = Actor(someone, code, False, posts)
            assignments.check_off(source, college, clock.now(), seen_version=None, count=20)
            if code != codes[-1]:
                reviews.verify(source, affairs, clock.now(), seen_version=None)
    seen = cell(board(affairs), 8, "affairs")
    assert seen.sources == Inspection(waiting=1, verified=32, expected=33)
    assert seen.light is Light.READY
    with transaction(), pytest.raises(IllegalStep):
        assignments.check_off(check, affairs, clock.now(), seen_version=None)
    at("2020-02-24T09:00")
    assert cell(board(affairs), 8, "affairs").light is Light.READY
    with transaction():
        reviews.verify(held(8, codes[-1]), affairs, clock.now(), seen_version=None)
    seen = cell(board(affairs), 8, "affairs")
    assert (seen.light, seen.sources) == (Light.SETTLED, Inspection(0, 33, 33))


def test_stand_by_is_never_overdue(both_app: Flask, actor: Actors, at: StandingClock) -> None:
    """B-70: 听候配合, and 掌握 too, after every cut-off, while the others are."""
    at("2020-03-01T09:00")
    for seen in board(actor("affairs")).cells:
        if seen.role is DutyRole.STANDBY:
            assert seen.light is Light.NOTHING
        elif seen.role is DutyRole.MONITOR:
            assert seen.light is Light.OPEN
        else:
            assert seen.light is Light.OVERDUE


def test_the_cut_off_itself_is_overdue_and_the_second_before_it_is_not(
    both_app: Flask, actor: Actors, at: StandingClock
) -> None:
    affairs = actor("affairs")
    at("2020-02-22T23:59:59")
    assert cell(board(affairs), 1, "cs").light is Light.OPEN
    at("2020-02-23T00:00:00")
    assert cell(board(affairs), 1, "cs").light is Light.OVERDUE
    assert cell(board(affairs), 2, "cs").light is Light.OPEN


def test_an_actor_sees_the_columns_of_their_units(both_app: Flask, actor: Actors) -> None:
    """B-62: a college sees its own column and numbers made of it, whatever others did."""
    report(actor("info"), 1, "info")
    seen = board(actor("cs"))
    assert [unit.code for unit in seen.units] == ["cs"]
    assert {each.unit_code for each in seen.cells} == {"cs"}
    assert seen.readiness == Readiness(0, 16)
    assert seen.tasks[0].readiness == Readiness(0, 1)
    assert [unit.code for unit in board(actor("students")).units] == ["students"]
    assert len(board(actor("president")).units) == 15


def test_nobody_without_a_post_sees_a_plan(both_app: Flask) -> None:
    nobody = Actor(1, "nobody", False, frozenset())
    assert current_plan(nobody) is None
    assert board(nobody).units == ()


def test_an_archived_plan_is_no_longer_current(both_app: Flask, actor: Actors) -> None:
    assert current_plan(actor("cs")) is not None
    with transaction():
        db.session.get_one(Plan, plan_id()).archived_at = clock.now()
    assert current_plan(actor("cs")) is None
    assert current_plan(actor("affairs")) is None


@pytest.mark.parametrize("name", ["affairs", "cs"])
def test_the_board_takes_the_same_queries_for_12_and_for_32_colleges(
    both_app: Flask,
    actor: Actors,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
    name: str,
) -> None:
    looker, number = actor(name), plan_id()
    db.session.rollback()
    with count_queries() as before:
        boards.board(number, looker, clock.now())
    more_colleges(20)
    with count_queries() as after:
        seen = boards.board(number, looker, clock.now())
    assert len(before) == len(after) == 6
    assert name == "cs" or len(seen.units) == 35


def test_what_waits_is_what_the_actor_inspects(both_app: Flask, actor: Actors) -> None:
    """Row 1 has no inspector, row 12's urging colleges are inspected, nobody sees their own."""
    cs, affairs = actor("cs"), actor("affairs")
    report(cs, 1, "cs")
    report(cs, 12, "cs", count=20)
    report(cs, 3, "cs", count=40)
    report(actor("info"), 3, "info", count=30)
    found = waiting(plan_id(), affairs)
    assert [(each.number, each.unit_code, each.count) for each in found] == [
        (3, "cs", 40),
        (3, "info", 30),
        (12, "cs", 20),
    ]
    assert waiting_count(plan_id(), affairs) == 3
    assert [each.number for each in waiting(plan_id(), affairs, "cs")] == [3, 12]
    for name in ("cs", "students", "network", "president"):
        assert waiting(plan_id(), actor(name)) == []
        assert waiting_count(plan_id(), actor(name)) == 0


def test_a_report_that_was_undone_and_said_again_waits_once(both_app: Flask, actor: Actors) -> None:
    cs = actor("cs")
    first = report(cs, 3, "cs", count=40)
    with transaction():
        assignments.undo(first, cs, clock.now(), seen_version=None)
    report(cs, 3, "cs", count=41)
    (found,) = waiting(plan_id(), actor("affairs"))
    assert found.count == 41


def test_the_duties_of_the_seed_have_the_roles_of_the_design(both_app: Flask) -> None:
    """What the lights stand on: of 48 cells reported once, one is empty."""
    of_the_notice = select(Duty.role).where(Duty.plan_id == first_id())
    roles = list(db.session.scalars(of_the_notice))
    assert len(roles) == 48
    assert roles.count(DutyRole.INSPECT) == 10
