"""Table 2 come alive: a case sleeps until somebody starts it; then it is a plan like any other."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests import cast
from tests.rehearsal import CAMPUS, StandingClock
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.contingencies import CODE_MAX, StepTime, code_of, is_drill, titled
from tracker.domain.cutoffs import to_instant, to_wall
from tracker.domain.errors import IllegalStep, InvalidInput, NotPermitted
from tracker.domain.notices import speaks_of_drill
from tracker.domain.plan_life import STAND_DOWN
from tracker.domain.vocabulary import (
    Branch,
    Cadence,
    DutyRole,
    Health,
    LifeStep,
    NoticeKind,
    Stage,
    State,
    UnitKind,
)
from tracker.models.activation import Activation
from tracker.models.assignment import Assignment
from tracker.models.contingency import ContingencyDuty
from tracker.models.notice import Notice
from tracker.models.org import Unit
from tracker.models.plan import Contingency, Duty, Plan
from tracker.permissions import SYSTEM
from tracker.queries import contingencies as queries
from tracker.queries import ladder
from tracker.queries.activations import activation_of, log_of, paces
from tracker.queries.board import board
from tracker.queries.notices import compose
from tracker.queries.plan_life import entry, units_missing
from tracker.queries.trail import trail
from tracker.services import (
    activations,
    assignments,
    check_ins,
    contingencies,
    contingency_duties,
    cutoffs,
    fanout,
    plan_life,
)
from tracker.services.contingencies import Start
from tracker.services.seeding import SEED_FOLDER, seed


def case(number: int) -> Contingency:
    return db.session.scalars(select(Contingency).where(Contingency.number == number)).one()


def wanted(
    number: int,
    branch: Branch | None = None,
    times: Sequence[StepTime] | None = None,
    *,
    reason: str = "发现情况",
    drill: bool = False,
    announce: bool = False,
) -> Start:
    steps = queries.steps_of(case(number), branch)
    planned = tuple(times) if times else tuple(StepTime(step.hours) for step in steps)
    return Start(branch, planned, reason, drill, announce)


def start(
    number: int,
    branch: Branch | None = None,
    who: str = "affairs",
    *,
    drill: bool = False,
    announce: bool = False,
    reason: str = "发现情况",
) -> int:
    asked = wanted(number, branch, drill=drill, announce=announce, reason=reason)
    with transaction():
        return contingencies.start(case(number), cast.actor(who), clock.now(), asked).id


def activation(made: int) -> Activation:
    return db.session.get_one(Activation, made)


def duties(plan_id: int) -> list[Duty]:
    return list(db.session.scalars(select(Duty).where(Duty.plan_id == plan_id).order_by(Duty.id)))


def held(plan_id: int, code: str) -> list[Assignment]:
    return list(
        db.session.scalars(
            select(Assignment)
            .join(Duty)
            .join(Unit, Unit.id == Assignment.unit_id)
            .where(Duty.plan_id == plan_id, Unit.code == code)
            .order_by(Duty.due_at, Duty.id)
        )
    )


class TestSeed:
    def test_every_case_asks_something_of_colleges(self, app: Flask) -> None:
        for number in range(1, 9):
            known: tuple[Branch | None, ...] = queries.branches_of(case(number)) or (None,)
            for branch in known:
                steps = queries.steps_of(case(number), branch)
                assert any(
                    duty.unit_kind is UnitKind.COLLEGE and duty.role is DutyRole.PERFORM
                    for step in steps
                    for duty in step.duties
                ), (number, branch)

    def test_rows_6_and_7_alone_are_divided_by_the_phase_of_teaching(self, app: Flask) -> None:
        divided = {number for number in range(1, 9) if queries.branches_of(case(number))}
        assert divided == {6, 7}

    def test_suspected_symptoms_leave_hours_not_days(self, app: Flask) -> None:
        hours = [step.hours for step in queries.steps_of(case(8), None)]
        assert hours[0] == 1
        assert max(hours) <= 12

    def test_a_plan_of_an_earlier_release_gets_the_duties_of_its_cases(self, app: Flask) -> None:
        with transaction():
            before = len(db.session.scalars(select(ContingencyDuty)).all())
            for duty in db.session.scalars(select(ContingencyDuty)):
                db.session.delete(duty)
        for _ in range(2):
            with transaction():
                seed(SEED_FOLDER, clock.now(), SYSTEM)
            assert len(db.session.scalars(select(ContingencyDuty)).all()) == before


def published_plans() -> int | None:
    """The notice's week and month are drafts."""
    published = select(func.count()).select_from(Plan).where(Plan.published_at.is_not(None))
    return db.session.scalar(published)


class TestStart:
    def test_a_started_case_is_a_plan_that_asks_every_unit_concerned(
        self, both_app: Flask, at: StandingClock
    ) -> None:
        at("2020-02-26T10:20")
        made = activation(start(8))
        plan = made.plan
        assert (plan.code, plan.title) == ("network-teaching-2020-c8-1", case(8).trigger)
        assert plan.parent_id == case(8).plan_id
        assert plan.published_at == clock.now()
        asked = {one.duty.role for one in held(plan.id, "cs")}
        assert asked == {DutyRole.PERFORM, DutyRole.SUPPORT}
        assert held(plan.id, "network") == []
        first = held(plan.id, "cs")[0]
        assert to_wall(first.duty.due_at, plan.zone) == datetime(2020, 2, 26, 11, 20)
        due = [to_wall(one.duty.due_at, plan.zone) for one in held(plan.id, "students")]
        assert max(due) == datetime(2020, 2, 26, 22, 20)
        seen = board(plan.id, cast.actor("cs"), clock.now())
        assert {cell.unit_code for cell in seen.cells} == {"cs"}
        assert activation_of(plan) is made

    def test_only_academic_affairs_start_one(self, app: Flask) -> None:
        for who in ("network", "students", "cs.dean", "president"):
            with pytest.raises(NotPermitted):
                start(8, who=who)
        assert db.session.scalar(select(func.count()).select_from(Activation)) == 0

    def test_nothing_starts_without_a_reason(self, app: Flask) -> None:
        with pytest.raises(InvalidInput) as problem, transaction():
            contingencies.start(
                case(8), cast.actor("affairs"), clock.now(), wanted(8, reason=" \n")
            )
        assert problem.value.field == "reason"
        assert published_plans() == 1

    def test_a_case_divided_by_phase_starts_in_one_phase_only(self, app: Flask) -> None:
        with pytest.raises(InvalidInput) as problem:
            start(6)
        assert problem.value.field == "branch"
        made = activation(start(6, Branch.CLASSROOM))
        said = {duty.text for duty in duties(made.plan_id)}
        assert "由班级同学做好课堂教师视频录制，共享给隔离学生" in said
        assert not any("接受网络教学" in text for text in said)

    def test_the_phase_proposed_is_the_one_chosen_last_in_earnest(self, app: Flask) -> None:
        """Before the campus returns to its classrooms: online."""
        assert queries.proposed_branch(case(6)) is Branch.ONLINE
        start(6, Branch.CLASSROOM, drill=True)
        assert queries.proposed_branch(case(7)) is Branch.ONLINE
        start(6, Branch.CLASSROOM)
        assert queries.proposed_branch(case(7)) is Branch.CLASSROOM
        assert queries.proposed_branch(case(8)) is None

    def test_a_step_is_due_at_a_moment_where_one_is_said(
        self, app: Flask, at: StandingClock
    ) -> None:
        at("2020-02-26T10:20")
        moment = datetime(2020, 2, 26, 18, 0)
        times = [StepTime(1), StepTime(0, moment), StepTime(30)]
        with transaction():
            made = contingencies.start(
                case(8), cast.actor("affairs"), clock.now(), wanted(8, times=times)
            )
        tasks = made.plan.tasks
        assert [task.deadline_text for task in tasks] == [
            "启动后1小时内",
            "2月26日18:00前",
            "启动后30小时内",
        ]
        assert tasks[1].closes == moment

    @pytest.mark.parametrize(
        ("time", "field"),
        [
            (StepTime(0), "hours"),
            (StepTime(1441), "hours"),
            (StepTime(0, datetime(2020, 2, 21, 8, 0)), "moment"),
            (StepTime(0, datetime(2021, 2, 21, 8, 0)), "moment"),
        ],
    )
    def test_a_cut_off_without_sense_is_refused(
        self, app: Flask, time: StepTime, field: str
    ) -> None:
        with pytest.raises(InvalidInput) as problem, transaction():
            contingencies.start(
                case(8),
                cast.actor("affairs"),
                clock.now(),
                wanted(8, times=[StepTime(1), time, StepTime(3)]),
            )
        assert problem.value.field == field
        assert problem.value.params["step"] == 2

    def test_two_people_start_the_same_case_exactly_once(self, both_app: Flask) -> None:
        said: list[str] = []
        ready = threading.Barrier(2)

        def work(reason: str) -> None:
            with both_app.app_context():
                try:
                    ready.wait(timeout=10)
                    start(4, reason=reason)
                    said.append("started")
                except IllegalStep:
                    said.append("refused")
                finally:
                    db.session.remove()

        threads = [threading.Thread(target=work, args=(reason,)) for reason in "甲乙"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(said) == ["refused", "started"]
        assert db.session.scalar(select(func.count()).select_from(Activation)) == 1
        assert published_plans() == 2

    def test_a_drill_runs_beside_the_real_one_and_a_next_one_follows_its_end(
        self, app: Flask
    ) -> None:
        real, drill = start(4), start(4, drill=True)
        for more in (False, True):
            with pytest.raises(IllegalStep):
                start(4, drill=more, reason="又一次")
        assert start(4) == real  # B-17: the very same once more
        end(real)
        codes = [activation(one).plan.code for one in (real, drill, start(4))]
        assert codes == [f"network-teaching-2020-c4-{n}" for n in (1, 2, 3)]

    def test_everybody_is_mailed_at_once_only_where_that_was_said(self, app: Flask) -> None:
        start(4, drill=True)
        assert db.session.scalars(select(Notice)).all() == []
        made = activation(start(4, announce=True))
        told = db.session.scalars(select(Notice).where(Notice.kind == NoticeKind.OPENING)).all()
        assert {notice.about_id for notice in told} == {made.plan_id}
        steps = queries.steps_of(case(4), None)
        times = [StepTime(step.hours) for step in steps]
        assert len(told) == queries.forecast(case(4), steps, times, clock.now()).people

    def test_nothing_starts_under_a_closed_notice(self, app: Flask) -> None:
        with transaction():
            db.session.get_one(Plan, case(4).plan_id).closed_at = clock.now()
        with pytest.raises(IllegalStep):
            start(4)


class TestDrill:
    def test_every_title_of_a_drill_says_so_in_both_languages(self, app: Flask) -> None:
        plan = activation(start(8, drill=True)).plan
        titles = [
            (plan.title, plan.title_en),
            *((task.title, task.title_en) for task in plan.tasks),
        ]
        assert all(zh.startswith("【演练】") and en.startswith("[Drill] ") for zh, en in titles)

    def test_a_drill_moves_no_figure_of_the_notice(self, app: Flask) -> None:
        notice, affairs = case(8).plan_id, cast.actor("affairs")
        before = board(notice, affairs, clock.now()).readiness
        made = activation(start(8, drill=True))
        assert board(notice, affairs, clock.now()).readiness == before
        assert board(made.plan_id, affairs, clock.now()).readiness.total > 0


class TestLog:
    def test_it_tells_who_started_it_why_what_was_done_and_how_it_ended(
        self, app: Flask, at: StandingClock
    ) -> None:
        at("2020-02-26T10:00")
        made = start(8)
        at("2020-02-26T10:25")
        for one in held(activation(made).plan_id, "cs"):
            check_off(one)
        with transaction():
            activations.note(
                activation(made), cast.actor("affairs"), clock.now(), words="已联系校医院"
            )
        at("2020-02-26T12:00")
        end(made)
        events = log_of(activation(made), cast.actor("affairs"))
        assert [event.words for event in events] == [
            *("Started", "Entry", "Reported", "Reported", "Reported"),
            "Stood down",
        ]
        assert (events[0].text, events[-1].text) == ("发现情况", "已排除")
        assert {event.by for event in events[2:5]} == {cast.user("cs").name}

    def test_it_compares_how_long_each_unit_took(self, app: Flask, at: StandingClock) -> None:
        at("2020-02-26T10:00")
        made = start(8, drill=True)
        for minutes, code in ((40, "info"), (95, "cs")):
            at(datetime(2020, 2, 26, 10, tzinfo=CAMPUS) + timedelta(minutes=minutes))
            for one in held(activation(made).plan_id, code):
                check_off(one, code)
        found = paces(activation(made), cast.actor("affairs"))
        assert [(pace.unit.code, pace.first, pace.last) for pace in found[:2]] == [
            ("info", 40, 40),
            ("cs", 95, 95),
        ]
        assert all(pace.last is None and not pace.settled for pace in found[2:])

    def test_a_college_reads_no_other_unit_s_reports_in_it(self, app: Flask) -> None:
        made = start(8)
        for code in ("info", "cs"):
            check_off(held(activation(made).plan_id, code)[0], code)
        for code in ("info", "cs"):
            actor = cast.actor(code)
            units = {event.unit for event in log_of(activation(made), actor) if event.unit}
            assert units == {unit(code).name}
            assert [pace.unit.code for pace in paces(activation(made), actor)] == [code]

    def test_a_line_sent_twice_stands_once(self, app: Flask) -> None:
        """B-17."""
        made = start(8)
        for _ in range(2):
            with transaction():
                activations.note(
                    activation(made), cast.actor("affairs"), clock.now(), words="已上报"
                )
        events = log_of(activation(made), cast.actor("affairs"))
        assert [event.words for event in events] == ["Started", "Entry"]


class TestConcerned:
    def test_a_case_is_laid_on_the_colleges_that_were_chosen_and_on_no_other_ever(
        self, both_app: Flask
    ) -> None:
        few = replace(wanted(8), colleges=frozenset({"cs", "info"}))
        with transaction():
            made = contingencies.start(case(8), cast.actor("affairs"), clock.now(), few)
        plan = made.plan
        assert held(plan.id, "cs")
        assert held(plan.id, "students")
        assert held(plan.id, "law") == []
        assert units_missing(plan) == 0
        with transaction():
            fanout.lay_out(plan, SYSTEM, clock.now())
        assert held(plan.id, "law") == []
        steps = queries.steps_of(case(8), None)
        seen = queries.forecast(case(8), steps, few.times, clock.now(), few.colleges)
        laid = select(Unit.code).join(Assignment, Assignment.unit_id == Unit.id).join(Duty)
        codes = set(db.session.scalars(laid.where(Duty.plan_id == plan.id)))
        assert {each.code for each in seen.units} == codes

    def test_a_college_that_is_not_there_stops_the_start(self, app: Flask) -> None:
        with pytest.raises(InvalidInput) as refusal, transaction():
            contingencies.start(
                case(8),
                cast.actor("affairs"),
                clock.now(),
                replace(wanted(8), colleges=frozenset({"cs", "students"})),
            )
        assert refusal.value.field == "colleges"


class TestDailyObservation:
    """Table 2, row 8: 每日密切观察、体温测量."""

    def test_it_is_asked_every_day_from_the_trigger_until_the_case_is_stood_down(
        self, both_app: Flask, at: StandingClock
    ) -> None:
        at("2020-02-26T10:20")
        made = start(8)
        assert days(made) == ["26"]
        at("2020-02-28T08:00")
        assert days(made) == ["26", "27", "28"]
        say(made, 27)
        say(made, 28)
        assert observation(made).state is State.OPEN
        assert missing(made) == {"28 09:00": [], "29 09:00": [29], "01 09:00": [1]}
        at("2020-02-29T08:00")
        end(made)
        at("2020-03-09T08:00")
        assert days(made) == ["26", "27", "28", "29"]

    def test_a_moved_cut_off_of_its_step_does_not_end_it(
        self, app: Flask, at: StandingClock
    ) -> None:
        made = start(8)
        due = observation(made).duty.due_at
        with transaction():
            cutoffs.move(
                observation(made).duty.tasks[0],
                to_wall(clock.now() + timedelta(hours=30), "Asia/Shanghai"),
                cast.actor("affairs"),
                clock.now(),
                reason="延长",
            )
        assert observation(made).duty.due_at == due


class TestStandDown:
    def test_its_plan_is_closed_and_the_log_is_kept(self, both_app: Flask) -> None:
        made = start(8)
        end(made)
        assert activation(made).plan.closed_at == clock.now()
        assert activation(made).plan.is_over
        case_8 = queries.case_of(case(8))
        assert case_8.active is None
        assert case_8.standing.value == "stood_down"
        end(made)  # B-17: the same again
        with pytest.raises(IllegalStep):
            end(made, outcome="另一个结果")
        assert activation(made).outcome == "已排除"

    @pytest.mark.parametrize("drill", [False, True])
    def test_who_was_asked_is_told_once_of_the_end(self, app: Flask, drill: bool) -> None:
        made = start(8, drill=drill)
        for _ in range(2):
            end(made)
        told = select(Notice).where(Notice.kind == NoticeKind.STOOD_DOWN)
        people = [notice.user.email for notice in db.session.scalars(told)]
        assert len(people) == len(set(people))
        assert {cast.email("cs"), cast.email("cs.dean"), cast.email("students")} <= set(people)
        assert cast.email("network") not in people
        (said,), silent = compose(
            [(NoticeKind.STOOD_DOWN, made, clock.now())], cast.user("cs"), clock.now()
        )
        assert (said.words, silent) == ("已排除", None)
        assert speaks_of_drill(said) is drill

    def test_it_needs_an_outcome_and_academic_affairs(self, app: Flask) -> None:
        made = start(8)
        with pytest.raises(InvalidInput):
            end(made, outcome="  ")
        with pytest.raises(NotPermitted):
            end(made, who="cs")
        assert not activation(made).plan.is_over

    def test_its_plan_is_neither_closed_without_it_nor_taken_up_again(self, app: Flask) -> None:
        made = start(8)
        assert life(made) == ()
        for wanted in (LifeStep.CLOSE, LifeStep.REOPEN):
            with pytest.raises(IllegalStep) as refusal:
                take(made, wanted)
            assert refusal.value.msgid == STAND_DOWN
            if wanted is LifeStep.CLOSE:
                assert activation(made).plan.closed_at is None
                end(made)
        assert activation(made).plan.closed_at is not None
        assert life(made) == (LifeStep.ARCHIVE,)
        assert take(made, LifeStep.ARCHIVE) is Stage.ARCHIVED
        assert take(made, LifeStep.UNARCHIVE) is Stage.CLOSED


class TestDuties:
    def test_a_campus_changes_what_is_asked_and_how_soon(self, app: Flask) -> None:
        first = queries.steps_of(case(8), None)[0].duties
        college = next(duty for duty in first if duty.unit_kind is UnitKind.COLLEGE)
        with transaction():
            contingency_duties.change_duty(
                college, cast.actor("affairs"), clock.now(), words="立即电话上报学工处", hours=2
            )
        step = queries.steps_of(case(8), None)[0]
        assert {duty.hours for duty in step.duties} == {2}
        asked = duties(activation(start(8)).plan_id)
        assert "立即电话上报学工处" in {duty.text for duty in asked}
        with pytest.raises(NotPermitted):
            contingency_duties.change_duty(
                college, cast.actor("cs"), clock.now(), words="不用上报", hours=2
            )


@given(
    hours=st.integers(1, 1440),
    trigger=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
)
def test_a_step_never_closes_before_its_hours_are_over(hours: int, trigger: datetime) -> None:
    began = trigger.replace(tzinfo=CAMPUS)
    closes = to_instant(StepTime(hours).closes(began, "Asia/Shanghai"), "Asia/Shanghai")
    assert timedelta(0) <= closes - (began + timedelta(hours=hours)) < timedelta(minutes=1)


@given(
    parent=st.text("abc0-", min_size=1, max_size=CODE_MAX),
    number=st.integers(1, 999),
    times=st.integers(1, 99_999),
)
def test_a_code_is_never_too_long(parent: str, number: int, times: int) -> None:
    code = code_of(parent, number, times)
    assert len(code) <= CODE_MAX
    assert code.endswith(f"-c{number}-{times}")


@given(title=st.text(min_size=1), drill=st.booleans())
def test_a_title_says_exactly_whether_it_is_a_drill(title: str, drill: bool) -> None:
    zh, en = titled(title, "", drill=drill)
    assert is_drill(zh) or not drill
    assert zh.endswith(title)
    assert en == ""


def check_off(assignment: Assignment, who: str = "cs") -> None:
    """The word of today, of a duty with a word every day."""
    actor, now = cast.actor(who), clock.now()
    with transaction():
        if assignment.duty.cadence is Cadence.DAILY:
            today = to_wall(now, assignment.duty.plan.zone).date()
            check_ins.check_in(assignment, actor, now, day=today, health=Health.NORMAL)
        else:
            assignments.check_off(assignment, actor, now, seen_version=None)


def end(made: int, outcome: str = "已排除", who: str = "affairs") -> None:
    with transaction():
        activations.stand_down(activation(made), cast.actor(who), clock.now(), outcome=outcome)


def take(made: int, step: LifeStep) -> Stage | None:
    with transaction():
        return plan_life.take(activation(made).plan, step, cast.actor("affairs"), clock.now())


def life(made: int) -> tuple[LifeStep, ...]:
    """What is offered for its plan."""
    return entry(activation(made).plan, cast.actor("affairs"), clock.now()).steps


def unit(code: str) -> Unit:
    return db.session.scalars(select(Unit).where(Unit.code == code)).one()


def observation(made: int) -> Assignment:
    return next(
        each for each in held(activation(made).plan_id, "cs") if each.duty.cadence is Cadence.DAILY
    )


def days(made: int) -> list[str]:
    return [f"{day.day:%d}" for day in trail(observation(made), clock.now()).days]


def say(made: int, day: int) -> None:
    with transaction():
        check_ins.check_in(
            observation(made),
            cast.actor("cs"),
            clock.now(),
            day=datetime(2020, 2, day).date(),
            health=Health.NORMAL,
        )


def missing(made: int) -> dict[str, list[int]]:
    """The coming 9:00 mails of three days -> the days of the observation that they ask for."""
    plan, found = activation(made).plan, {}
    for coming in ladder.coming([plan], clock.now(), cast.user("cs").id)[plan.id]:
        moment = to_wall(coming.moment, plan.zone)
        if moment.hour != 9 or coming.step.rule.day_offset != 0 or len(found) == 3:
            continue
        lines = [
            line
            for recipient in coming.recipients
            for _pile, own in recipient.section.own
            for line in own
            if line.assignment_id == observation(made).id
        ]
        found[f"{moment:%d %H:%M}"] = [day.day for line in lines for day in line.missing_days]
    return found
