"""Urging with memory: never twice within the cooldown, counted from one, answered, and only of
others."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests import cast
from tests.rehearsal import StandingClock
from tests.web import duties, mails
from tests.web.duties import held, held_id
from tracker.db import db, transaction
from tracker.domain.errors import InvalidInput, NotPermitted
from tracker.domain.vocabulary import OutboxState, State
from tracker.models.assignment import Assignment, CheckOff
from tracker.models.plan import Duty, DutyTask
from tracker.models.urge import Urge, UrgedAssignment
from tracker.permissions import can_urge
from tracker.permissions import urges as may_urge
from tracker.queries.urges import of_assignment
from tracker.services import urges

Letters = Callable[[str], list[EmailMessage]]


def press(at: StandingClock, *cells: tuple[int, str], who: str = "affairs", words: str = "") -> int:
    """How many duties were urged."""
    ids = [held_id(number, code) for number, code in cells]
    with transaction():
        made = urges.urge(ids, cast.actor(who), at.now(), words=words)
        return len(made.urged) if made else 0


@pytest.fixture
def letters(both_app: Flask) -> Letters:
    """`letters("cs")`: the urges that reached a person, oldest first."""

    def of(name: str) -> list[EmailMessage]:
        found = [
            message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=policy.default)
            for path in both_app.config["TRACKER"].mailbox.glob("*.eml")
        ]
        mine = (m for m in found if m["To"] == cast.email(name) and "催办" in m["Subject"])
        return sorted(mine, key=lambda mail: mail["Date"].datetime)

    return of


def text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_each_person_gets_one_merged_mail_with_the_number_of_the_urge(
    both_app: Flask, at: StandingClock, letters: Letters
) -> None:
    mails.tick(both_app, at, "2020-02-21T09:00")
    at("2020-02-21T10:00")
    assert press(at, (3, "cs"), (8, "cs"), (3, "info"), words="今晚务必报送") == 3
    mails.tick(both_app, at, "2020-02-21T10:01", "2020-02-21T10:02")
    (mail,) = letters("cs")
    assert mail["Subject"] == "【第1次催办】2项职责未完成"
    assert "今晚务必报送" in text(mail)
    assert "第3项 课程建群（计算机学院），截止时间23日24:00（后天），第1次催办" in text(mail)
    assert "信息工程学院" not in text(mail)
    assert len(letters("info")) == 1
    assert not letters("cs.dean")
    at("2020-02-21T12:00")
    assert press(at, (3, "cs")) == 1
    mails.tick(both_app, at, "2020-02-21T12:01")
    assert letters("cs")[-1]["Subject"] == "【第2次催办】1项职责未完成"


def test_settled_before_it_left_nothing_is_mailed(
    both_app: Flask, at: StandingClock, letters: Letters
) -> None:
    """B-12."""
    mails.tick(both_app, at, "2020-02-21T09:00")
    press(at, (3, "cs"))
    duties.report("cs", 3, "cs", 12)
    mails.tick(both_app, at, "2020-02-21T09:05")
    assert not letters("cs")
    skipped = mails.message_to("cs")
    assert (skipped.state, skipped.reason) == (
        OutboxState.SKIPPED,
        "Nothing of it is open any more.",
    )


def test_a_double_click_urges_once(both_app: Flask, at: StandingClock) -> None:
    """B-17."""
    assert press(at, (3, "cs")) == 1
    assert press(at, (3, "cs")) == 0
    assert db.session.scalar(select(func.count()).select_from(Urge)) == 1


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    presses=st.lists(
        st.tuples(
            st.integers(0, 200), st.lists(st.sampled_from([3, 8, 9]), min_size=1, max_size=3)
        ),
        max_size=8,
    )
)
def test_no_duty_is_ever_urged_twice_within_the_cooldown_and_numbers_count_from_one(
    app: Flask, at: StandingClock, presses: list[tuple[int, list[int]]]
) -> None:
    """Whatever is pressed and when; read back from what was kept."""
    with transaction():
        db.session.query(UrgedAssignment).delete()
        db.session.query(Urge).delete()
    moment = at("2020-02-21T08:00") or at.now()
    for minutes, rows in presses:
        moment = moment + timedelta(minutes=minutes)
        at(moment)
        press(at, *((number, "cs") for number in rows))
    for number in (3, 8, 9):
        kept = sorted(of_assignment(held(number, "cs")), key=lambda urged: urged.number)
        assert [urged.number for urged in kept] == list(range(1, len(kept) + 1))
        times = [urged.urge.at for urged in kept]
        assert all(b - a >= urges.COOLDOWN for a, b in itertools.pairwise(times))


def test_an_urge_counts_as_done_for_the_urging_duty_of_the_presser(
    both_app: Flask, at: StandingClock
) -> None:
    """Row 9: student affairs urge (督促), the colleges do. Row 3: academic affairs inspect, and an
    urge is no inspection."""
    assert held(9, "students").state is State.OPEN
    press(at, (9, "cs"), (9, "info"), who="students")
    assert held(9, "students").state is State.DONE
    note = db.session.scalars(
        select(CheckOff.note).where(CheckOff.assignment_id == held_id(9, "students"))
    ).one()
    assert note == "已通过系统催办：计算机学院等2个单位"
    press(at, (3, "cs"))
    assert held(3, "affairs").state is State.OPEN


def test_a_merged_cell_that_urges_over_two_rows_is_done_once_and_says_whom_in_both(
    both_app: Flask, at: StandingClock
) -> None:
    with transaction():
        merged, beneath = held(9, "students"), held(10, "students")
        rows = [*merged.duty.tasks, *beneath.duty.tasks]
        db.session.delete(beneath)
        db.session.flush()
        db.session.delete(beneath.duty)
        db.session.flush()
        merged.duty.tasks = rows
    assert press(at, (9, "cs"), (10, "cs"), (10, "info"), who="students") == 3
    assert held(9, "students").state is State.DONE
    notes = select(CheckOff.note).where(CheckOff.assignment_id == held_id(9, "students"))
    assert db.session.scalars(notes).all() == ["已通过系统催办：计算机学院等2个单位"]


@pytest.mark.parametrize(
    ("who", "number", "code"),
    [
        ("cs", 3, "info"),
        ("cs.dean", 9, "cs"),
        ("president", 3, "cs"),
        ("network", 3, "cs"),
        ("students", 15, "cs"),
        ("affairs", 2, "affairs"),
        ("students", 9, "students"),
    ],
)
def test_who_may_not_urge_it_urges_nothing(
    both_app: Flask, at: StandingClock, who: str, number: int, code: str
) -> None:
    assert press(at, (number, code), who=who) == 0


def test_stand_by_and_what_is_settled_are_never_urged(both_app: Flask, at: StandingClock) -> None:
    """B-70."""
    duties.report("cs", 3, "cs", 12)
    assert press(at, (3, "cs"), (13, "students"), (11, "cs")) <= 1
    assert not of_assignment(held(13, "students"))
    assert not of_assignment(held(3, "cs"))


@pytest.mark.parametrize("who", cast.CAST)
def test_the_rule_as_predicate_and_as_condition_agree(app: Flask, who: str) -> None:
    actor = cast.actor(who)
    by_sql = set(db.session.scalars(select(Assignment.id).where(may_urge(actor))))
    pressing = {}
    rows = db.session.execute(
        select(DutyTask.task_id, Assignment.unit_id)
        .join(Duty, Duty.id == DutyTask.duty_id)
        .join(Assignment, Assignment.duty_id == Duty.id)
        .where(Duty.role.in_(["URGE", "COORDINATE", "INSPECT"]))
    )
    for task_id, unit_id in rows:
        pressing.setdefault(task_id, set()).add(unit_id)
    by_rule = {
        each.id
        for each in db.session.scalars(select(Assignment))
        if can_urge(
            actor,
            each,
            frozenset(u for task in each.duty.tasks for u in pressing.get(task.id, ())),
        )
    }
    assert by_sql == by_rule


def test_the_unit_opens_and_answers_and_nobody_else_does(
    both_app: Flask, at: StandingClock
) -> None:
    press(at, (3, "cs"))
    (urged,) = of_assignment(held(3, "cs"))
    assert urged.opened_at is None
    for who in ("info", "affairs", "president"):
        with pytest.raises(NotPermitted), transaction():
            urges.answer(urged, cast.actor(who), at.now(), words="好")
        with pytest.raises(NotPermitted), transaction():
            urges.open(held(3, "cs"), cast.actor(who), at.now())
    at("2020-02-21T10:00")
    with transaction():
        urges.open(held(3, "cs"), cast.actor("cs"), at.now())
    with pytest.raises(InvalidInput), transaction():
        urges.answer(of_assignment(held(3, "cs"))[0], cast.actor("cs"), at.now(), words=" ")
    at("2020-02-21T10:05")
    with transaction():
        urges.answer(of_assignment(held(3, "cs"))[0], cast.actor("cs"), at.now(), words="今晚办结")
    (urged,) = of_assignment(held(3, "cs"))
    assert urged.answer == "今晚办结"
    assert urged.opened_at is not None
    assert urged.answered_at is not None
    assert urged.answered_at - urged.opened_at == timedelta(minutes=5)
