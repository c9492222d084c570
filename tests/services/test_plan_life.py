"""From draft to archive: what is asked, what is mailed, and what nobody can write any more."""

from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests import cast, notice_documents, plans
from tests.rehearsal import StandingClock
from tests.web import duties, mails
from tests.web.duties import held, held_id
from tracker.db import Base, db, transaction
from tracker.domain.errors import DomainError, IllegalStep, NotPermitted, PlanAtRest
from tracker.domain.plan_life import ALL_PAST, NO_WORDS
from tracker.domain.reminding import Rule
from tracker.domain.rosters import Listed
from tracker.domain.vocabulary import Audience, GroupPart, Health, LifeStep, Phase, Stage, UnitKind
from tracker.models.assignment import Assignment
from tracker.models.audit import AuditEvent
from tracker.models.confirm_link import ConfirmLink
from tracker.models.contingency import ContingencyDuty
from tracker.models.evidence import Evidence
from tracker.models.notice import Notice
from tracker.models.notice_import import NoticeImport
from tracker.models.outbox import OutboxMessage
from tracker.models.plan import Duty, Plan
from tracker.models.roster import RosterItem
from tracker.models.urge import UrgedAssignment
from tracker.permissions import SYSTEM
from tracker.queries.calendar_feeds import events_of
from tracker.queries.mine import mine
from tracker.queries.plans import current_plans
from tracker.queries.search import find
from tracker.services import (
    assignments,
    care,
    check_ins,
    comments,
    confirm_links,
    contingency_duties,
    cutoffs,
    evidence,
    notice_imports,
    plan_copies,
    plan_life,
    reminder_rules,
    reviews,
    roster_imports,
    rosters,
    seeding,
    units,
    urges,
    work_groups,
)
from tracker.services.notice_files import read_notice
from tracker.services.plan_life import take


def step(wanted: LifeStep, plan: Plan, at: StandingClock, who: str = "affairs") -> Stage | None:
    with transaction():
        return take(plan, wanted, cast.actor(who), at.now())


def count(model: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def asked(plan: Plan) -> int:
    laid = select(func.count()).select_from(Assignment).join(Duty, Duty.id == Assignment.duty_id)
    return db.session.scalar(laid.where(Duty.plan_id == plan.id)) or 0


def test_a_draft_is_published_once_and_nobody_is_mailed(both_app: Flask, at: StandingClock) -> None:
    """B-42, B-17."""
    week = plans.phase(Phase.FIRST_WEEK)
    for _ in range(2):
        assert step(LifeStep.PUBLISH, week, at) is Stage.IN_FORCE
        assert asked(week) > 0
    assert count(Notice) == count(OutboxMessage) == 0
    mails.tick(both_app, at, "2020-02-21T08:30")
    assert count(OutboxMessage) == 0


def test_what_cannot_be_kept_or_has_no_words_is_not_published(
    app: Flask, at: StandingClock
) -> None:
    week = plans.phase(Phase.FIRST_WEEK)
    at("2020-03-20T08:00")
    with pytest.raises(IllegalStep) as refusal:
        step(LifeStep.PUBLISH, week, at)
    assert refusal.value.msgid == ALL_PAST
    at("2020-02-21T08:00")
    with transaction():
        db.session.scalars(select(Duty).where(Duty.plan_id == week.id)).first().text = " "
    with pytest.raises(IllegalStep) as refusal:
        step(LifeStep.PUBLISH, week, at)
    assert refusal.value.msgid == NO_WORDS
    assert asked(week) == 0


def test_a_closed_plan_reminds_nobody_and_takes_it_up_again(app: Flask, at: StandingClock) -> None:
    plan = plans.first()
    step(LifeStep.CLOSE, plan, at)
    mails.tick(app, at, "2020-02-22T09:01")
    assert count(OutboxMessage) == 0
    assert mine(cast.actor("cs").unit_ids, at.now()).cards == []
    step(LifeStep.REOPEN, plan, at)
    mails.tick(app, at, "2020-02-22T18:01")
    assert count(OutboxMessage) > 0


def test_an_archived_plan_comes_back_closed(app: Flask, at: StandingClock) -> None:
    plan = plans.first()
    for wanted, stage in (
        (LifeStep.CLOSE, Stage.CLOSED),
        (LifeStep.ARCHIVE, Stage.ARCHIVED),
        (LifeStep.UNARCHIVE, Stage.CLOSED),
        (LifeStep.REOPEN, Stage.IN_FORCE),
    ):
        assert step(wanted, plan, at) is stage
    said = select(AuditEvent.action).where(AuditEvent.subject == "plan")
    actions = db.session.scalars(said.order_by(AuditEvent.id)).all()
    assert actions[-4:] == ["plan.closed", "plan.archived", "plan.unarchived", "plan.reopened"]


def test_a_discarded_draft_leaves_nothing_and_a_seed_does_not_bring_it_back(
    both_app: Flask, at: StandingClock
) -> None:
    week = plans.phase(Phase.FIRST_WEEK)
    gone = week.id
    assert step(LifeStep.DISCARD, week, at) is None
    for table in Base.metadata.sorted_tables:
        if "plan_id" in table.c:
            left = select(func.count()).select_from(table).where(table.c.plan_id == gone)
            assert db.session.scalar(left) == 0, table.name
    with transaction():
        again = seeding.seed(seeding.SEED_FOLDER, at.now(), SYSTEM)
    assert again.phases == 0
    with pytest.raises(IllegalStep):
        step(LifeStep.DISCARD, plans.first(), at)


@pytest.mark.parametrize("kind", ["copy", "template", "import"])
def test_whatever_made_a_draft_it_can_be_discarded(
    both_app: Flask, at: StandingClock, kind: str
) -> None:
    before = [count(model) for model in (Plan, ContingencyDuty, NoticeImport)]
    draft = _draft(kind, at)
    assert count(Plan) > before[0]
    assert step(LifeStep.DISCARD, draft, at) is None
    assert [count(model) for model in (Plan, ContingencyDuty, NoticeImport)] == before
    assert plans.first().published_at is not None


def _draft(kind: str, at: StandingClock) -> Plan:
    office = cast.actor("affairs")
    days: dict[str, Any] = {"launches_on": date(2020, 9, 7)}
    with transaction():
        if kind != "import":
            wish = plan_copies.Wish("秋季通知", is_template=kind == "template", **days)
            return plan_copies.copy(plans.first(), office, at.now(), wish)
        rows = notice_documents.as_csv(notice_documents.table("table1"))
        days |= {"issued_on": date(2020, 9, 3), "title": "通知"}
        read = read_notice("通知.csv", rows)
        brought = notice_imports.stage(read, None, office, at.now(), source="", **days)
        return notice_imports.create(brought, office, at.now())


@pytest.mark.parametrize("who", ["cs", "cs.dean", "president", "students"])
def test_academic_affairs_alone_decide(app: Flask, at: StandingClock, who: str) -> None:
    with pytest.raises(NotPermitted):
        step(LifeStep.CLOSE, plans.first(), at, who)


def _writes(at: StandingClock) -> dict[str, Callable[[], Any]]:
    """Everything that a unit, an inspector or an owner of the plan may write about its duties."""
    now, clerk, office = at.now(), cast.actor("cs"), cast.actor("affairs")
    task = held(2, "cs").duty.tasks[0]
    unit = held(2, "cs").unit
    link = db.session.scalars(select(ConfirmLink)).one()
    piece = db.session.scalars(select(Evidence)).one()
    member = work_groups.members(held(1, "cs"))[0]
    urged = db.session.scalars(select(UrgedAssignment)).first()
    listed = [Listed("Z9", "新人", "cs", "", "2")]
    seen: dict[str, Any] = {"seen_version": None}
    student = db.session.scalars(select(RosterItem).where(RosterItem.key == "A1")).one()
    words = care.Words("没有电脑", "", "")
    case = db.session.scalars(select(ContingencyDuty)).first()
    plan, evening = plans.first(), Rule("", 0, time(20), frozenset({Audience.LEADS}))
    rung = plans.first_rule("D-1 09:00")
    return {
        "check off": lambda: assignments.check_off(held(13, "cs"), clerk, now, **seen),
        "undo": lambda: assignments.undo(held(8, "cs"), clerk, now, **seen),
        "verify": lambda: reviews.verify(held(8, "cs"), office, now, **seen),
        "send back": lambda: reviews.send_back(held(8, "cs"), office, now, reason="否", **seen),
        "waive": lambda: reviews.waive(held(8, "cs"), office, now, reason="否", **seen),
        "reopen": lambda: reviews.reopen(held(9, "cs"), office, now, reason="否", **seen),
        "check in": lambda: check_ins.check_in(
            held(1, "network"), cast.actor("network"), now, day=now.date(), health=Health.NORMAL
        ),
        "comment": lambda: comments.add(held(3, "cs"), clerk, now, words="问"),
        "link": lambda: evidence.add_link(held(3, "cs"), clerk, now, "https://a.example"),
        "remove proof": lambda: evidence.remove(piece, clerk, now),
        "group": lambda: work_groups.add(
            held(1, "cs"), clerk, now, part=GroupPart.HEAD, people="院长"
        ),
        "leave group": lambda: work_groups.leave(member, clerk, now),
        "tick": lambda: rosters.tick(task, clerk, now, ["A1"]),
        "untick": lambda: rosters.untick(task, clerk, now, ["A1"]),
        "list": lambda: roster_imports.preview(task, unit, clerk, now, source="", listed=listed),
        "issue": lambda: confirm_links.issue(held(2, "cs"), clerk, now),
        "revoke": lambda: confirm_links.revoke(link, clerk, now),
        "confirm": lambda: confirm_links.confirm(link, now, "A1"),
        "urge": lambda: urges.urge([held_id(16, "info")], office, now, words=""),
        "answer": lambda: urges.answer(urged, clerk, now, words="好"),
        "care": lambda: care.write(student, clerk, now, seen_version=0, words=words),
        "case": lambda: contingency_duties.change_duty(
            case, office, now, words="立即上报", hours=2
        ),
        "begin rule": lambda: reminder_rules.begin(plan, evening, office, now),
        "change rule": lambda: reminder_rules.change(rung, evening, office, now),
        "end rule": lambda: reminder_rules.end(rung, office, now),
        "move": lambda: cutoffs.move(
            task, task.closes + (task.closes - task.opens), office, now, reason="顺延"
        ),
    }


@pytest.fixture
def busy(app: Flask, at: StandingClock) -> None:
    """Something of every kind is there to be changed."""
    clerk, unit, task = cast.actor("cs"), held(2, "cs").unit, held(2, "cs").duty.tasks[0]
    for number in (8, 9):
        duties.report("cs", number, "cs", 12)
    duties.verify("affairs", 9, "cs")
    with transaction():
        names = [Listed("A1", "教师一", "cs", "", "2"), Listed("A2", "教师二", "cs", "", "3")]
        brought = roster_imports.preview(task, unit, clerk, at.now(), source="", listed=names)
        roster_imports.confirm(brought, clerk, at.now(), leave_doubtful=False)
        confirm_links.issue(held(2, "cs"), clerk, at.now())
        evidence.add_link(held(3, "cs"), clerk, at.now(), "https://b.example")
        work_groups.add(held(1, "cs"), clerk, at.now(), part=GroupPart.MEMBER, people="秘书")
        urges.urge([held_id(16, "cs")], cast.actor("affairs"), at.now(), words="")


def test_every_write_is_possible_while_the_plan_is_in_force(
    app: Flask, busy: None, at: StandingClock
) -> None:
    """Each tried and taken back: otherwise the refusals below would say nothing."""
    for name, write in _writes(at).items():
        try:
            write()
            db.session.flush()
        except DomainError as problem:
            pytest.fail(f"{name}: {problem}")
        finally:
            db.session.rollback()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_plan_that_is_over_never_takes_a_write(
    app: Flask, busy: None, at: StandingClock, data: st.DataObject
) -> None:
    """One place, one error, nothing left behind."""
    plan = plans.first()
    if not plan.is_over:
        step(LifeStep.CLOSE, plan, at)
    wanted = LifeStep.ARCHIVE if plan.archived_at is None else LifeStep.UNARCHIVE
    if data.draw(st.booleans(), "archive or back"):
        step(wanted, plans.first(), at)
    before = duties.everything()
    name = data.draw(st.sampled_from(sorted(_writes(at))))
    with pytest.raises(PlanAtRest), transaction():
        _writes(at)[name]()
    assert duties.everything() == before


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(who=st.sampled_from(["cs", "cs.dean", "info", "students", "network", "president"]))
def test_a_draft_is_never_seen_by_anybody_but_academic_affairs(
    app: Flask, client: Any, at: StandingClock, who: str
) -> None:
    """On pages, in the search, in calendars and in the API."""
    week, actor = plans.phase(Phase.FIRST_WEEK), cast.actor(who)
    title = week.title
    assert [plan.id for plan in current_plans(actor)] == [plans.first().id]
    assert all(card.plan_id != week.id for card in mine(actor.unit_ids, at.now()).cards)
    assert all(plan.published_at for plan in find(actor, at.now(), title).plans)
    assert events_of(week, actor.unit_ids) == []
    cast.sign_in(client, who)
    for page in ("/plans", "/mine", "/board", f"/search?q={title}"):
        assert f">{title}<" not in client.get(page, follow_redirects=True).text
    for path in ("", "/edit", "/copy", "/rows/1", "/charts"):
        assert client.get(f"/plans/{week.id}{path}").status_code == 404
    assert client.get(f"/board?plan={week.id}").status_code == 404


def test_a_unit_that_joins_gets_every_duty_of_its_kind_once(app: Flask, at: StandingClock) -> None:
    before = asked(plans.first())
    with transaction():
        made, laid = units.add(
            cast.actor("affairs"),
            at.now(),
            units.NewUnit("robotics", UnitKind.COLLEGE, "机器人学院", "", "", ""),
        )
    assert laid == 16
    assert asked(plans.first()) == before + 16
    with transaction():
        assert plan_life.lay_again(plans.first(), cast.actor("affairs"), at.now()) == 0
    assert made.code == "robotics"
