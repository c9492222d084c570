"""Freezing a report: daily at the plan's hour, or for whoever asks."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from tracker.db import db
from tracker.domain.errors import N_, IllegalStep, NotPermitted
from tracker.domain.notices import Bilingual
from tracker.domain.report_differences import since
from tracker.domain.reports import FORMAT, Facts, canonical, digest, read
from tracker.models.org import User
from tracker.models.plan import Plan
from tracker.models.report import Report
from tracker.permissions import ONLOOKER, SYSTEM, Actor, can_oversee, require_administer
from tracker.queries import audit as record
from tracker.queries import reports, snapshots
from tracker.queries.board import board
from tracker.services import audit, outbox, plans
from tracker.services.outbox import Order

MOST_A_DAY = 48
"""Reports that can be asked for within a day: each stays for good."""

MAIL = "report"
"""Kind of the mails that carry one."""

MAIL_STALE_AFTER = timedelta(days=1)


def freeze(plan: Plan, actor: Actor, now: datetime, due_on: date | None = None) -> Report:
    """A report of how the plan stands at `now`; `due_on` for the daily one of that day, which is
    made once. Asked for again in the same minute, nothing having changed, it is the one that was
    asked for (B-17). Changes of the plan wait until it is committed, so that all of it is of one
    moment."""
    return ask(plan, actor, now, due_on)[0]


def ask(plan: Plan, actor: Actor, now: datetime, due_on: date | None = None) -> tuple[Report, bool]:
    """What `freeze` gives, and whether it was made just now. Raises NotPermitted, and IllegalStep
    beyond MOST_A_DAY."""
    if actor != SYSTEM and not can_oversee(actor):
        raise NotPermitted(N_("Only those who see every unit may do this."))
    hold(plan)
    last = reports.latest(plan)
    if due_on is not None:
        there = select(Report).where(Report.plan_id == plan.id, Report.due_on == due_on)
        if (found := db.session.scalar(there)) is not None:
            return found, False
    elif last is not None and _serves(last, plan, now):
        return last, False
    elif reports.asked_since(plan, now - timedelta(days=1)) >= MOST_A_DAY:
        raise IllegalStep(N_("At most %(max)s reports a day can be asked for."), max=MOST_A_DAY)
    facts = _facts(plan, actor, now, due_on, last.number if last else 0)
    before = reports.compared(facts)
    if before is not None:
        facts = replace(facts, since=since(before, facts))
    return _keep(facts, actor, now), True


def _serves(last: Report, plan: Plan, now: datetime) -> bool:
    """Whether the last report is what somebody who asks now would get."""
    fresh = last.due_on is None and _minute(last.at) == _minute(now)
    return fresh and read(last.content).changes == plan.changes


def _minute(moment: datetime) -> datetime:
    """Cut-offs and days begin with a full one."""
    return moment.replace(second=0, microsecond=0)


def freeze_daily(
    plan: Plan, day: date, due_at: datetime, now: datetime, real_now: datetime
) -> None:
    """The plan's report of one day, and a mail to each of its readers."""
    report = freeze(plan, SYSTEM, now, day)
    for user in reports.readers(plan):
        if user.is_active and not user.information_paused:
            order = Order(
                kind=MAIL,
                key=f"{report.digest[:32]}/{user.id}",
                user_id=user.id,
                due_at=due_at,
                not_after=now + MAIL_STALE_AFTER,
                about_id=report.id,
            )
            outbox.enqueue(order, real_now)


def set_hour(plan: Plan, actor: Actor, now: datetime, *, report_at: time | None) -> None:
    """At which time of day a report is made; None for none."""
    require_administer(actor)
    plans.touch(plan.id)
    db.session.refresh(plan)
    if plan.report_at != report_at:
        plan.report_at = report_at
        hour = report_at.strftime("%H:%M") if report_at else None
        audit.record(actor, now, "plan.report_hour_set", "plan", plan.id, hour=hour)
        db.session.flush()


def hold(plan: Plan) -> None:
    """Every change of a plan begins by holding its row (`plans.touch`): what is read from now on
    stands still. Whoever waits for it reads the clock afterwards."""
    db.session.execute(select(Plan.id).where(Plan.id == plan.id).with_for_update())
    db.session.expire_all()


def _facts(plan: Plan, actor: Actor, now: datetime, due_on: date | None, last: int) -> Facts:
    seen = board(plan.id, ONLOOKER, now)
    urged, answered, urges = snapshots.urges(plan, now, due_on)
    event, head = record.last()
    daily = reports.last_daily(plan)
    return Facts(
        format=FORMAT,
        plan_id=plan.id,
        plan=Bilingual(plan.title, plan.title_en),
        zone=plan.zone,
        changes=plan.changes,
        number=last + 1,
        previous=daily if daily is not None else (last or None),
        since=None,
        at=now,
        due_on=due_on,
        due_at=reports.due_instant(plan, due_on),
        asked_by=_name(actor),
        settled=seen.readiness.settled,
        asked=seen.readiness.total,
        units=snapshots.units(seen),
        rows=snapshots.rows(seen),
        cells=snapshots.cells(seen, now),
        urged=urged,
        answered=answered,
        urges=urges,
        audit_event=event,
        audit_head=head,
    )


def _name(actor: Actor) -> Bilingual | None:
    user = db.session.get(User, actor.user_id) if actor.user_id is not None else None
    return Bilingual(user.name, user.name_en) if user is not None else None


def _keep(facts: Facts, actor: Actor, now: datetime) -> Report:
    content = canonical(facts)
    report = Report(
        plan_id=facts.plan_id,
        number=facts.number,
        at=facts.at,
        due_on=facts.due_on,
        user_id=actor.user_id,
        settled=facts.settled,
        asked=facts.asked,
        overdue=len(facts.overdue),
        content=content,
        digest=digest(content),
        audit_head=facts.audit_head,
    )
    db.session.add(report)
    db.session.flush()
    audit.record(
        actor,
        now,
        "report.frozen",
        "report",
        report.id,
        plan=facts.plan_id,
        number=facts.number,
        digest=report.digest,
    )
    return report
