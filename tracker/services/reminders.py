"""Planning reminders: due steps become Reminder rows and one digest a person.

Correctness rests on unique keys, not on a lock or on when a tick fires: a step has one ledger row,
a person one Reminder a step, and the digest is queued in the same transaction.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from tracker.db import db
from tracker.domain.reminding import Cutoff, Step, due_steps, steps_between
from tracker.domain.vocabulary import Audience, OutboxState, StepState
from tracker.models.outbox import OutboxMessage
from tracker.models.plan import Plan
from tracker.models.reminder import Reminder, ReminderRule, ReminderStep
from tracker.queries import openwork, workdays
from tracker.queries.holders import Holder, holders
from tracker.queries.openwork import OpenWork
from tracker.services import heartbeat, notices, occasions, outbox

CHUNK = 200
STALE_AFTER = timedelta(days=1)
GROUP_STALE_AFTER = timedelta(hours=2)
"""A group that is told late is told what everybody knows."""

_NEVER_ARRIVED = (OutboxState.SKIPPED, OutboxState.DEAD, OutboxState.DISCARDED)


@dataclass(frozen=True)
class _Rung:
    """A step with the id of its rule."""

    rule_id: int
    step: Step

    @property
    def key(self) -> tuple[int, datetime, int]:
        return (self.rule_id, self.step.cutoff.instant, self.step.occurrence)


@dataclass
class Outlook:
    """What one round of planning reads once: the open work under the cut-offs that are due, of a
    plan that has not changed meanwhile. `robots`: codes of units whose chat group has one."""

    robots: frozenset[str] = frozenset()
    as_of: object = None
    work: OpenWork | None = None

    def read(self, plan: Plan, cutoffs: frozenset[datetime]) -> OpenWork:
        as_of = (plan.id, plan.changes, cutoffs)
        if self.work is None or self.as_of != as_of:
            self.as_of, self.work = as_of, openwork.open_work(plan, cutoffs)
        return self.work


def plan_chunk(now: datetime, real_now: datetime, outlook: Outlook | None = None) -> bool:
    """Plan one chunk of whatever is due. True: there was work, call again, with the same `outlook`
    so that open work is read only once.

    Of each published plan, steps whose moment has come and that have no ledger row are taken:
    overtaken ones are recorded as superseded; for the others, people who still have something open
    get their Reminder and share of a digest, at most CHUNK people a call. The step's own row is
    written with the last chunk, so that a crash in between is made good by the next tick. A digest
    takes its reader's notices along; when no reminder is due, the other notices go out.
    """
    heartbeat.beat(now, real_now)
    for plan in db.session.scalars(
        select(Plan).where(Plan.archived_at.is_(None), Plan.published_at <= now).order_by(Plan.id)
    ):
        rungs = _undecided(plan, now)
        if rungs:
            _plan(plan, rungs, now, real_now, outlook or Outlook())
            return True
    occasions.note(now)
    return notices.send(notices.ready(now), now, real_now, CHUNK)


def _undecided(plan: Plan, now: datetime) -> list[tuple[_Rung, StepState]]:
    rules = openwork.rules_of(plan)
    ids = {rule: rule_id for rule_id, rule in rules.items()}
    calendar = workdays.calendar()
    due = due_steps(rules.values(), openwork.cutoffs_of(plan), plan.published_at, now, calendar)
    known = set(
        db.session.execute(
            select(ReminderStep.rule_id, ReminderStep.cutoff_at, ReminderStep.occurrence).where(
                ReminderStep.rule_id.in_(rules)
            )
        )
    )
    rungs = [(_Rung(ids[step.rule], step), state) for step, state in due]
    return [(rung, state) for rung, state in rungs if rung.key not in known]


def _plan(
    plan: Plan,
    rungs: Sequence[tuple[_Rung, StepState]],
    now: datetime,
    real_now: datetime,
    outlook: Outlook,
) -> None:
    """Plan one chunk of one plan."""
    live = [rung for rung, state in rungs if state is StepState.PLANNED]
    overtaken = [rung for rung, state in rungs if state is StepState.SUPERSEDED]
    _record(overtaken, StepState.SUPERSEDED, now)
    waiting = _recipients(plan, live, now, outlook)
    told = notices.ready(now) if waiting else {}
    for holder, theirs in waiting[:CHUNK]:
        message = _remind(plan, holder, theirs, now, real_now)
        if message is not None:
            notices.attach(told.get(holder.user_id, ()), message.id)
    if len(waiting) <= CHUNK:
        _record(live, StepState.PLANNED, now)
        _tell_groups(plan, live, real_now, outlook.robots)
    db.session.flush()


def _recipients(
    plan: Plan, rungs: Sequence[_Rung], now: datetime, outlook: Outlook
) -> list[tuple[Holder, list[_Rung]]]:
    """People for whom a rung has something open and no Reminder yet, with the latest such rung of
    each cut-off."""
    if not rungs:
        return []
    work = outlook.read(plan, frozenset(rung.step.cutoff.instant for rung in rungs))
    reminded = set(
        db.session.execute(
            select(Reminder.rule_id, Reminder.cutoff_at, Reminder.occurrence, Reminder.user_id)
            .where(Reminder.rule_id.in_({rung.rule_id for rung in rungs}))
            .where(Reminder.cutoff_at.in_({rung.step.cutoff.instant for rung in rungs}))
        )
    )
    found = []
    for holder in holders(now):
        latest: dict[Cutoff, _Rung] = {}
        for rung in sorted(rungs, key=lambda rung: rung.step.moment):
            if work.section_for(holder, rung.step.rule, rung.step.cutoff, now):
                latest[rung.step.cutoff] = rung
        theirs = [rung for rung in latest.values() if (*rung.key, holder.user_id) not in reminded]
        if theirs:
            found.append((holder, theirs))
    return found


def _remind(
    plan: Plan, holder: Holder, rungs: Sequence[_Rung], now: datetime, real_now: datetime
) -> OutboxMessage | None:
    """One digest for one person, and a numbered Reminder for each rung in it. None where it was
    queued before."""
    parts = [f"{rung.rule_id}.{rung.key[1]:%Y%m%d%H%M}.{rung.step.occurrence}" for rung in rungs]
    message = outbox.enqueue(
        kind="digest",
        key=f"{plan.id}/{holder.user_id}/{'+'.join(sorted(parts))}",
        user_id=holder.user_id,
        due_at=max(rung.step.moment for rung in rungs),
        not_after=_not_after(plan, holder, [rung.step.cutoff for rung in rungs], now),
        real_now=real_now,
    )
    if message is None:
        return None
    earlier = _numbers(plan, holder.user_id)
    for rung in rungs:
        db.session.add(
            Reminder(
                rule_id=rung.rule_id,
                cutoff_at=rung.step.cutoff.instant,
                occurrence=rung.step.occurrence,
                user_id=holder.user_id,
                number=earlier[rung.step.cutoff.instant] + 1,
                message_id=message.id,
            )
        )
    return message


def _tell_groups(
    plan: Plan, rungs: Sequence[_Rung], real_now: datetime, robots: frozenset[str]
) -> None:
    """One word to each group's robot for all steps of one moment that are for contacts. What it
    says is made when it goes out: nothing, where nothing is open."""
    moments = {rung.step.moment for rung in rungs if Audience.CONTACTS in rung.step.rule.audience}
    for moment in sorted(moments):
        for code in sorted(robots):
            outbox.enqueue(
                kind="group",
                key=f"{plan.id}/{code}/{moment:%Y%m%d%H%M}",
                user_id=None,
                due_at=moment,
                not_after=moment + GROUP_STALE_AFTER,
                real_now=real_now,
                channel=outbox.ROBOT,
                to_address=code,
                about_id=plan.id,
            )


def _numbers(plan: Plan, user_id: int) -> dict[datetime, int]:
    """How many reminders about each cut-off have reached or may still reach a person."""
    rows = db.session.execute(
        select(Reminder.cutoff_at, func.count())
        .join(OutboxMessage, OutboxMessage.id == Reminder.message_id)
        .join(ReminderRule, ReminderRule.id == Reminder.rule_id)
        .where(ReminderRule.plan_id == plan.id, Reminder.user_id == user_id)
        .where(OutboxMessage.state.not_in(_NEVER_ARRIVED))
        .group_by(Reminder.cutoff_at)
    )
    return defaultdict(int, dict(rows.all()))


def _not_after(plan: Plan, holder: Holder, cutoffs: Sequence[Cutoff], now: datetime) -> datetime:
    """A digest is stale once each of its cut-offs has a later step that reaches the same person; a
    single cut-off of it is overtaken by that step's own mail (queries/digests)."""
    rules = [rule for rule in openwork.rules_of(plan).values() if holder.hears(rule.audience)]
    latest = now + STALE_AFTER
    calendar = workdays.calendar()
    later = [steps_between(rules, [cutoff], now, latest, calendar) for cutoff in cutoffs]
    return max(steps[0].moment if steps else latest for steps in later)


def _record(rungs: Sequence[_Rung], state: StepState, now: datetime) -> None:
    db.session.add_all(
        ReminderStep(
            rule_id=rung.rule_id,
            cutoff_at=rung.step.cutoff.instant,
            occurrence=rung.step.occurrence,
            moment=rung.step.moment,
            state=state,
            decided_at=now,
        )
        for rung in rungs
    )
