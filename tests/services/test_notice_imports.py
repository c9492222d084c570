"""A notice's file becomes a draft, or amends a plan: shown first, taken once, no tick lost."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from tests import cast, plans
from tests.notice_documents import as_csv, as_docx, table
from tests.rehearsal import StandingClock
from tests.web.duties import held, report, verify
from tracker import clock
from tracker.db import db, transaction
from tracker.domain import standing
from tracker.domain.cutoffs import to_wall
from tracker.domain.errors import (
    DomainError,
    IllegalStep,
    InvalidInput,
    NotPermitted,
    StaleDifference,
)
from tracker.domain.notice_differences import Difference
from tracker.domain.notice_staging import choices_from
from tracker.domain.notice_tables import WHOLE_ROW
from tracker.domain.vocabulary import (
    Cadence,
    DutyRole,
    Health,
    LifeStep,
    NoticeKind,
    State,
    UnitKind,
)
from tracker.models.assignment import Assignment
from tracker.models.audit import AuditEvent
from tracker.models.contingency import ContingencyDuty
from tracker.models.notice import Notice
from tracker.models.notice_import import NoticeImport
from tracker.models.outbox import OutboxMessage
from tracker.models.plan import Contingency, Duty, Plan, Task
from tracker.models.reminder import ReminderRule
from tracker.queries import ladder
from tracker.queries.mine import DutyCard, mine
from tracker.queries.notices import compose
from tracker.queries.plan_life import units_missing
from tracker.services import (
    assignments,
    check_ins,
    cutoffs,
    notice_imports,
    plan_life,
    reviews,
    rosters,
    units,
)
from tracker.services.notice_files import read_notice

ONE, TWO = table("table1"), table("table2")
DAYS = {"issued_on": date(2020, 2, 20), "launches_on": date(2020, 2, 24)}
NUMBER, DEADLINE, TITLE, AFFAIRS, STUDENTS, COLLEGE, NETWORK = range(7)
Rows = list[list[str]]


def staged(rows: Sequence[Sequence[str]], plan: Plan | None = None, **more: object) -> NoticeImport:
    with transaction():
        return notice_imports.stage(
            read_notice("通知.csv", as_csv(rows)),
            plan,
            cast.actor("affairs"),
            clock.now(),
            source="通知.csv",
            **(DAYS | {"title": "网络教学通知"} if plan is None else {}),
            **more,
        )


def amend(rows: Rows, plan: Plan) -> Difference:
    brought = staged(rows, plan)
    with transaction():
        return notice_imports.amend(brought, cast.actor("affairs"), clock.now(), reason="通知修订")


def create(rows: Rows) -> Plan:
    brought = staged(rows)
    with transaction():
        return notice_imports.create(brought, cast.actor("affairs"), clock.now())


def seeded() -> Plan:
    return plans.first()


def changed(*places: tuple[int, int, str]) -> Rows:
    """Table 1 with other words at (row number, column)."""
    rows = [list(row) for row in ONE]
    for number, column, text in places:
        rows[number][column] = text
    return rows


def count(model: type, *where: object) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where))


def test_a_file_becomes_a_draft_and_nobody_hears_of_it(both_app: Flask) -> None:
    """B-42."""
    before = [count(model) for model in (Assignment, OutboxMessage, Notice)]
    brought = staged(ONE)
    assert plans.count() == 1
    with transaction():
        plan = notice_imports.create(brought, cast.actor("affairs"), clock.now())
    assert (plan.published_at, plan.code, plan.title) == (None, "notice-2020-02-20", "网络教学通知")
    assert [count(model) for model in (Assignment, OutboxMessage, Notice)] == before
    assert count(Task, Task.plan_id == plan.id) == 16
    assert count(Duty, Duty.plan_id == plan.id) == count(Duty, Duty.plan_id == seeded().id)
    assert count(ReminderRule, ReminderRule.plan_id == plan.id) == 7
    standing = db.session.scalars(
        select(Duty).where(Duty.plan_id == plan.id, Duty.unit_kind == UnitKind.NETWORK_CENTRE)
    ).one()
    assert (standing.cadence, standing.role, len(standing.tasks)) == (
        Cadence.DAILY,
        DutyRole.PERFORM,
        16,
    )


def test_a_double_click_makes_one_plan(app: Flask) -> None:
    """B-50."""
    brought = staged(ONE)
    for _ in range(2):
        with transaction():
            notice_imports.create(brought, cast.actor("affairs"), clock.now())
    assert plans.count() == 2


@pytest.mark.postgres
def test_what_another_click_made_a_draft_of_meanwhile_is_not_made_twice(
    make_app: Callable[[str], Flask], postgres_url: str
) -> None:
    """B-50: this click has read the notice before the other one was through."""
    make_app(postgres_url)
    brought, made = staged(ONE), plans.first()
    taken = {"plan_id": made.id, "confirmed_at": clock.now()}
    with transaction():
        assert brought.confirmed_at is None
        with db.engine.begin() as another:
            another.execute(
                update(NoticeImport).where(NoticeImport.id == brought.id).values(**taken)
            )
        assert notice_imports.create(brought, cast.actor("affairs"), clock.now()).id == made.id
    assert plans.count() == 1


def test_contingencies_come_with_the_draft(app: Flask) -> None:
    with transaction():
        brought = notice_imports.stage(
            read_notice("通知.docx", as_docx(ONE, TWO)),
            None,
            cast.actor("affairs"),
            clock.now(),
            source="通知.docx",
            title="通知",
            **DAYS,
        )
        plan = notice_imports.create(brought, cast.actor("affairs"), clock.now())
    assert count(Contingency, Contingency.plan_id == plan.id) == 8


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (changed((3, DEADLINE, "2020年2月19日前")), "before the notice"),
        (changed((3, DEADLINE, "尽快")), "No last day"),
        (changed((3, DEADLINE, "23日—20日")), "closes before it opens"),
        (changed((3, TITLE, "长" * 601)), "This needs 1 to"),
        (changed((3, COLLEGE, "群里见")), "No known verb"),
        (changed((0, NETWORK, "保卫处")), "Say whose column"),
        (changed((0, NETWORK, "学生处")), "Another column"),
    ],
)
def test_what_cannot_be_understood_is_said_and_keeps_it_from_becoming_a_plan(
    app: Flask, rows: Rows, said: str
) -> None:
    brought = staged(rows)
    problems = [problem.msgid for problem in notice_imports.show(brought).understood.problems]
    assert [said in text for text in problems] == [True]
    with pytest.raises(InvalidInput), transaction():
        notice_imports.create(brought, cast.actor("affairs"), clock.now())
    assert plans.count() == 1


def test_teaching_cannot_start_before_the_notice(app: Flask) -> None:
    brought = staged(ONE)
    choices = choices_from(brought.choices)
    with transaction():
        notice_imports.correct(
            brought, replace(choices, launches_on="2020-02-19"), cast.actor("affairs"), clock.now()
        )
    problems = notice_imports.show(brought).understood.problems
    assert [problem.name for problem in problems] == ["launches_on"]


def test_what_comes_again_and_again_is_reported_daily(app: Flask) -> None:
    plan = create(changed((3, DEADLINE, "每日17:30前")))
    duties = db.session.scalars(
        select(Duty).join(Duty.tasks).where(Duty.plan_id == plan.id, Task.number == 3)
    ).all()
    found = {duty.unit_kind: (duty.cadence, duty.report_by) for duty in duties}
    assert found[UnitKind.COLLEGE][0] is Cadence.DAILY
    assert f"{found[UnitKind.COLLEGE][1]:%H:%M}" == "17:30"
    assert found[UnitKind.ACADEMIC_AFFAIRS][0] is Cadence.ONCE


@pytest.mark.parametrize(
    ("words", "cadence", "on", "days"),
    [
        ("每周五17:00前", Cadence.WEEKLY, 4, [date(2020, 2, 21), date(2020, 2, 28)]),
        ("weekly by Friday", Cadence.WEEKLY, 4, [date(2020, 2, 21), date(2020, 2, 28)]),
        ("每月底前", Cadence.MONTHLY, None, [date(2020, 2, 29)]),
        ("每月5日前", Cadence.MONTHLY, 5, [date(2020, 3, 3)]),
    ],
)
def test_what_comes_every_week_or_month_is_reported_each_time_until_the_notice_ends(
    app: Flask, words: str, cadence: Cadence, on: int | None, days: list[date]
) -> None:
    """A window without a named day has one report, on its last day."""
    rows = changed((3, DEADLINE, words), (4, DEADLINE, "3月3日前"))
    brought = staged(rows)
    (doubt,) = notice_imports.show(brought).understood.about(2, WHOLE_ROW)
    assert "a report each time" in doubt.msgid
    plan = create(rows)
    college = select(Duty).join(Duty.tasks).where(Duty.plan_id == plan.id, Task.number == 3)
    duty = db.session.scalars(college.where(Duty.unit_kind == UnitKind.COLLEGE)).one()
    assert (duty.cadence, duty.report_on, duty.target) == (cadence, on, len(days))
    assert standing.report_days(duty, plan.zone) == days


def test_a_weekly_report_is_asked_and_mailed_each_week_and_missed_where_nobody_gives_it(
    app: Flask, at: StandingClock, client: FlaskClient
) -> None:
    """On the board it is a cell with its figure; only what spans rows shows its days there."""
    plan = create(changed((3, DEADLINE, "每周五17:00前"), (4, DEADLINE, "3月3日前")))
    with transaction():
        plan_life.take(plan, LifeStep.PUBLISH, cast.actor("affairs"), clock.now())
    card = weekly_card(plan)
    assert [(day.day.day, day.asked, day.is_current) for day in card.days] == [
        (21, True, True),
        (28, False, False),
    ]
    assert card.asks
    assert mailed(plan) == {
        21: ["21 09:00", "21 18:00", "21 22:00", "22 08:00", "23 08:00"],
        28: ["27 09:00", "28 09:00", "28 18:00", "28 22:00", "29 08:00", "01 08:00"],
    }
    with pytest.raises(InvalidInput):
        say(card, 28)
    at("2020-02-22T08:00")
    say(card, 28)
    assert [(day.day.day, day.is_late) for day in weekly_card(plan).days] == [
        (21, True),
        (28, False),
    ]
    assert weekly_card(plan).state is State.OPEN
    board = cast.sign_in(client, "affairs").get(f"/board?plan={plan.id}").text
    days = re.findall(r'<ol class="board-days">.*?</ol>', board)
    assert days
    assert all("23" in each for each in days)  # the network centre's, day by day
    assert f'href="/assignments/{card.assignment_id}"' in board
    say(card, 21)
    assert weekly_card(plan).state is State.DONE


def weekly_card(plan: Plan) -> DutyCard:
    cards = mine(cast.actor("cs").unit_ids, clock.now()).cards
    return next(card for card in cards if card.plan_id == plan.id and card.days)


def say(card: DutyCard, day: int) -> None:
    assignment = db.session.get_one(Assignment, card.assignment_id)
    with transaction():
        check_ins.check_in(
            assignment,
            cast.actor("cs"),
            clock.now(),
            day=date(2020, 2, day),
            health=Health.NORMAL,
        )


def mailed(plan: Plan) -> dict[int, list[str]]:
    """Report day -> when the college's contact would be told that it is missing."""
    found: dict[int, list[str]] = defaultdict(list)
    for coming in ladder.coming([plan], clock.now(), cast.user("cs").id)[plan.id]:
        moment = f"{to_wall(coming.moment, plan.zone):%d %H:%M}"
        for recipient in coming.recipients:
            for _pile, lines in recipient.section.own:
                for line in lines:
                    for day in line.missing_days:
                        found[day.day].append(moment)
    return dict(found)


@pytest.mark.parametrize("who", ["cs", "students", "president"])
def test_only_academic_affairs_bring_a_notice(app: Flask, who: str) -> None:
    file = read_notice("通知.csv", as_csv(ONE))
    with pytest.raises(NotPermitted), transaction():
        notice_imports.stage(file, None, cast.actor(who), clock.now(), source="x", **DAYS)


def test_the_same_notice_again_changes_nothing(both_app: Flask) -> None:
    """B-50: also of a row whose cut-off was moved meanwhile."""
    with transaction():
        task = held(2, "cs").duty.tasks[0]
        cutoffs.move(task, datetime(2020, 2, 26), cast.actor("affairs"), clock.now(), reason="顺延")
    report("cs", 8, "cs", 62)
    assert amend(ONE, seeded()).empty
    assert held(2, "cs").duty.tasks[0].closes == datetime(2020, 2, 26)
    assert amend(ONE, create(ONE)).empty


def test_an_amended_notice_changes_the_difference_and_keeps_every_tick(
    both_app: Flask, at: StandingClock
) -> None:
    for number, how_many in ((3, 137), (8, 62), (15, None)):
        report("cs", number, "cs", how_many)
    verify("affairs", 3, "cs")
    rows = changed((1, DEADLINE, "25日结束前"), (8, COLLEGE, "确保通知到每一位教师"))
    del rows[15]
    rows.append(["17", "26日前", "新增任务", "检查", "", "做好新增工作", "^"])
    found = amend(rows, seeded())
    assert [row.number for row in found.rows_added] == [17]
    assert [known.row.number for known in found.rows_dropped] == [15]
    assert [change.known.row.number for change in found.moved] == [1]
    assert held(3, "cs").state is State.VERIFIED
    assert (held(8, "cs").state, held(8, "cs").count) == (State.DONE, 62)
    assert held(8, "cs").duty.text == "确保通知到每一位教师"
    assert held(15, "cs").state is State.WAIVED
    assert held(17, "cs").state is State.OPEN
    assert held(1, "cs").duty.tasks[0].closes == datetime(2020, 2, 26)
    told = {(notice.kind, notice.user.email) for notice in db.session.scalars(select(Notice))}
    assert (NoticeKind.MOVED, cast.email("cs")) in told
    assert (NoticeKind.AMENDED, cast.email("cs")) in told
    assert amend(rows, seeded()).empty
    back = changed((1, DEADLINE, "25日结束前"), (8, COLLEGE, "确保通知到每一位教师"))
    back.append(rows[-1])
    amend(back, seeded())
    assert held(15, "cs").state is State.DONE
    again = AuditEvent.action == "assignment.stands_again"
    assert count(AuditEvent, again, AuditEvent.subject_id == held(15, "cs").id) == 1
    assert count(Notice, Notice.kind == NoticeKind.AMENDED) > 0


def test_a_person_is_told_once_and_of_their_own_unit_only(app: Flask) -> None:
    amend(changed((4, STUDENTS, "做好进群工作")), seeded())
    kinds = select(Notice).where(Notice.kind == NoticeKind.AMENDED)
    notices = db.session.scalars(kinds).all()
    assert [notice.user.email for notice in notices] == [cast.email("students")]
    said, silent = compose(
        [(NoticeKind.AMENDED, notices[0].about_id, clock.now())], cast.user("students"), clock.now()
    )
    assert silent is None
    assert [line.params["number"] for line in said[0].lines] == [4]


def test_rows_may_change_places_and_names(app: Flask) -> None:
    report("cs", 3, "cs", 137)
    verify("affairs", 3, "cs")
    rows = changed()
    rows[3][1:], rows[4][1:] = list(rows[4][1:]), list(rows[3][1:])
    amend(rows, seeded())
    assert held(4, "cs").state is State.VERIFIED
    assert held(4, "cs").duty.tasks[0].title == "课程建群"
    del rows[1]
    for number, row in enumerate(rows[1:], 1):
        row[NUMBER] = str(number)
        row[NETWORK] = ONE[1][NETWORK] if number == 1 else "^"
    found = amend(rows, seeded())
    assert [known.row.title for known in found.rows_dropped] == ["成立校区与学院层面工作组"]
    assert held(3, "cs").state is State.VERIFIED
    assert held(16, "cs").duty.dropped_at is not None
    assert amend(rows, seeded()).empty


def without_row_15() -> Rows:
    rows = changed()
    del rows[15]
    return rows


def test_what_an_amendment_dropped_is_not_reopened(app: Flask, client: FlaskClient) -> None:
    amend(without_row_15(), seeded())
    dropped = held(15, "cs")
    assert dropped.state is State.WAIVED
    with pytest.raises(IllegalStep), transaction():
        reviews.reopen(
            dropped, cast.actor("affairs"), clock.now(), seen_version=None, reason="名单有误"
        )
    cast.sign_in(client, "affairs")
    assert f"/assignments/{dropped.id}/reopen" not in client.get(f"/assignments/{dropped.id}").text


STEPS: dict[str, Callable[[Assignment], None]] = {
    "report": lambda it: assignments.check_off(
        it, cast.actor("cs"), clock.now(), seen_version=None, count=3
    ),
    "undo": lambda it: assignments.undo(it, cast.actor("cs"), clock.now(), seen_version=None),
    "verify": lambda it: reviews.verify(it, cast.actor("affairs"), clock.now(), seen_version=None),
    "send back": lambda it: reviews.send_back(
        it, cast.actor("affairs"), clock.now(), seen_version=None, reason="不全"
    ),
    "waive": lambda it: reviews.waive(
        it, cast.actor("affairs"), clock.now(), seen_version=None, reason="不适用"
    ),
    "reopen": lambda it: reviews.reopen(
        it, cast.actor("affairs"), clock.now(), seen_version=None, reason="重做"
    ),
    "grow": lambda it: rosters.settle(it.duty.tasks[0], cast.actor("affairs"), clock.now()),
    "fall back": lambda it: assignments.fall_back(it, cast.actor("affairs"), clock.now(), 1),
}


def test_a_dropped_duty_never_changes_state(app: Flask) -> None:
    """Verified in one unit, reported in another, open in a third; a name that is missing from its
    list does not open the verified one again."""
    for code in ("cs", "info"):
        report(code, 8, code, 3)
    verify("affairs", 8, "cs")
    rows = changed()
    del rows[8]
    amend(rows, seeded())
    stood = [held(8, code).state for code in ("cs", "info", "law")]
    assert stood == [State.VERIFIED, State.WAIVED, State.WAIVED]

    @settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.sampled_from(["cs", "info"]))))
    def tried(steps: list[tuple[str, str]]) -> None:
        for step, code in steps[:4]:
            with suppress(DomainError), transaction():
                STEPS[step](held(8, code))
        db.session.expire_all()
        assert [held(8, code).state for code in ("cs", "info", "law")] == stood

    tried()
    for step in STEPS:
        with suppress(DomainError), transaction():
            STEPS[step](held(8, "cs"))
    assert held(8, "cs").state is State.VERIFIED


def test_what_an_amendment_dropped_is_not_laid_on_a_unit_that_joins(app: Flask) -> None:
    amend(without_row_15(), seeded())
    before = units_missing(seeded())
    with transaction():
        wanted = units.NewUnit("robotics", UnitKind.COLLEGE, "机器人学院", "", "", "")
        units.add(cast.actor("affairs"), clock.now(), wanted)
    assert (before, units_missing(seeded())) == (0, 0)


def test_a_preview_that_is_no_longer_true_is_refused(app: Flask) -> None:
    rows = changed((8, COLLEGE, "确保通知到每一位教师"))
    first, second = staged(rows, seeded()), staged(rows, seeded())
    for brought, stale in ((first, False), (first, False), (second, True)):
        if stale:
            with pytest.raises(StaleDifference), transaction():
                notice_imports.amend(brought, cast.actor("affairs"), clock.now(), reason="修订")
            continue
        with transaction():
            notice_imports.amend(brought, cast.actor("affairs"), clock.now(), reason="修订")


def test_a_cut_off_that_would_move_into_the_past_is_refused_and_nothing_is_kept(
    app: Flask, at: StandingClock
) -> None:
    at("2020-02-22T12:00")
    with pytest.raises(InvalidInput):
        amend(changed((1, DEADLINE, "21日前"), (8, COLLEGE, "确保到位")), seeded())
    assert held(8, "cs").duty.text == ONE[8][COLLEGE]


def test_other_contingencies_are_written_over_and_what_hangs_on_them_stays(app: Flask) -> None:
    plan, cases = seeded(), [list(row) for row in TWO]
    asked = count(ContingencyDuty)
    del cases[-1]
    cases[1][1] = "校园网络全部中断"
    cases.append(["9", "停电", "改用电话", "各学院"])
    with transaction():
        file = read_notice("修订.docx", as_docx(ONE, cases))
        brought = notice_imports.stage(
            file, plan, cast.actor("affairs"), clock.now(), source="修订.docx"
        )
    with transaction():
        found = notice_imports.amend(brought, cast.actor("affairs"), clock.now(), reason="修订")
    assert found.cases
    triggers = dict(
        db.session.execute(
            select(Contingency.number, Contingency.trigger).where(Contingency.plan_id == plan.id)
        ).all()
    )
    assert (triggers[1], triggers[9]) == ("校园网络全部中断", "停电")
    assert count(ContingencyDuty) == asked


def test_a_draft_forgets_what_is_dropped(app: Flask) -> None:
    plan = create(ONE)
    rows = changed()
    del rows[16]
    amend(rows, plan)
    assert count(Task, Task.plan_id == plan.id) == 15
    assert count(Duty, Duty.plan_id == plan.id) == count(Duty, Duty.plan_id == seeded().id) - 3
