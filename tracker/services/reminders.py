"""Planning reminders: due steps become Reminder rows and one digest a person.

Correctness rests on unique keys, not on a lock or on when a tick fires: a step has one ledger row,
a person one Reminder a step, and the digest is queued in the same transaction.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select

from tracker.db import db
from tracker.domain.reminding import Rule, Step, due_steps, steps_between
from tracker.domain.vocabulary import Audience, OutboxState, StepState
from tracker.models.outbox import OutboxMessage
from tracker.models.plan import Plan
from tracker.models.reminder import Reminder, ReminderRule, ReminderStep
from tracker.queries import workdays
from tracker.queries.holders import Holder
from tracker.queries.recipients import Rung, Waiting, recipients
from tracker.queries.rules import (
    Running,
    cutoffs_of,
    cutoffs_of_all,
    rules_of,
    rules_of_all,
    running,
)
from tracker.services import heartbeat, notices, occasions, outbox
from tracker.services.outbox import Order

CHUNK = 200
STALE_AFTER = timedelta(days=1)
"""A digest that could not go out for so long is not sent any more. Before that it is left out only
where a later one tells the same person all of it (queries/digests)."""

GROUP_STALE_AFTER = timedelta(hours=2)
"""A group that is told late is told what everybody knows."""

_NEVER_ARRIVED = (OutboxState.SKIPPED, OutboxState.DEAD, OutboxState.DISCARDED)


@dataclass
class Outlook:
    """What one round of planning finds once and works off: who is still to be reminded, of a plan
    that has not changed meanwhile. `robots`: codes of units whose chat group has one. `since`:
    campus time of the round before."""

    robots: frozenset[str] = frozenset()
    since: datetime | None = None
    as_of: object = None
    waiting: Waiting = field(default_factory=list)

    def look(self, plan: Plan, rungs: Sequence[Rung], now: datetime) -> Waiting:
        as_of = (plan.id, plan.changes, tuple(rung.key for rung in rungs), now)
        if self.as_of != as_of:
            self.as_of, self.waiting = as_of, recipients(plan, rungs, now)
        return self.waiting


def plan_chunk(now: datetime, real_now: datetime, outlook: Outlook | None = None) -> bool:
    """Plan one chunk of whatever is due. True: there was work, call again, with the same `outlook`
    so that who is to be reminded is found only once.

    Of each published plan, steps whose moment has come and that have no ledger row are taken:
    overtaken ones are recorded as superseded; for the others, people who still have something open
    get their Reminder and share of a digest, at most CHUNK people a call. The step's own row is
    written with the last chunk, so that a crash in between is made good by the next tick. A digest
    takes its reader's notices along; when no reminder is due, the other notices go out.
    """
    before, outlook = heartbeat.beat(now, real_now), outlook or Outlook()
    outlook.since = min(outlook.since or before, before)
    for plan_id, rungs in _undecided(running(now), now).items():
        if rungs:
            _plan(db.session.get_one(Plan, plan_id), rungs, now, real_now, outlook)
            return True
    occasions.note(now, outlook.since)
    return notices.send(notices.ready(now), now, real_now, CHUNK)


def pass_over(plan: Plan, now: datetime) -> None:
    """Decide every step whose moment has come by `now` and that nobody has decided: none of them
    is made up for."""
    if plan.published_at is None:
        return
    rules, calendar = rules_of(plan), workdays.calendar()
    steps = steps_between(rules.values(), cutoffs_of(plan), plan.began_at, now, calendar)
    passed = _without_row(_rungs(rules, [(step, StepState.PASSED_OVER) for step in steps]))
    _record([rung for rung, _state in passed], StepState.PASSED_OVER, now)
    db.session.flush()


Decided = list[tuple[Rung, StepState]]


def _undecided(plans: Sequence[Running], now: datetime) -> Mapping[int, Decided]:
    """By plan id. Four queries, however many plans there are."""
    zones = {plan.id: plan.zone for plan in plans}
    ladders, cutoffs, calendar = rules_of_all(zones), cutoffs_of_all(zones), workdays.calendar()
    found: dict[int, Decided] = {plan.id: [] for plan in plans}
    due: Decided = []
    for plan in plans:
        ladder = ladders[plan.id]
        steps = due_steps(ladder.values(), cutoffs[plan.id], plan.began_at, now, calendar)
        due += _rungs(ladder, steps)
    plan_of = {rule_id: plan_id for plan_id, ladder in ladders.items() for rule_id in ladder}
    for rung, state in _without_row(due):
        found[plan_of[rung.rule_id]].append((rung, state))
    return found


def _rungs(ladder: Mapping[int, Rule], steps: Sequence[tuple[Step, StepState]]) -> Decided:
    ids = {rule: rule_id for rule_id, rule in ladder.items()}
    return [(Rung(ids[step.rule], step), state) for step, state in steps]


def _without_row(rungs: Decided) -> Decided:
    """Those that nobody has decided. One query."""
    rule_ids = {rung.rule_id for rung, _state in rungs}
    if not rule_ids:
        return []
    it = ReminderStep
    rows = db.session.execute(
        select(it.rule_id, it.cutoff_at, it.occurrence).where(it.rule_id.in_(rule_ids))
    )
    known = {(row.rule_id, row.cutoff_at, row.occurrence) for row in rows}
    return [(rung, state) for rung, state in rungs if rung.key not in known]


def _plan(
    plan: Plan,
    rungs: Sequence[tuple[Rung, StepState]],
    now: datetime,
    real_now: datetime,
    outlook: Outlook,
) -> None:
    """Plan one chunk of one plan."""
    live = [rung for rung, state in rungs if state is StepState.PLANNED]
    overtaken = [rung for rung, state in rungs if state is StepState.SUPERSEDED]
    _record(overtaken, StepState.SUPERSEDED, now)
    waiting = outlook.look(plan, live, now)
    chunk, outlook.waiting = waiting[:CHUNK], waiting[CHUNK:]
    told = notices.ready(now) if chunk else {}
    for user_id, message_id in _remind(plan, chunk, now, real_now).items():
        notices.attach(told.get(user_id, ()), message_id)
    if not outlook.waiting:
        _record(live, StepState.PLANNED, now)
        _tell_groups(plan, live, real_now, outlook.robots)
    db.session.flush()


def _remind(plan: Plan, waiting: Waiting, now: datetime, real_now: datetime) -> dict[int, int]:
    """One digest a person, and a numbered Reminder for each rung in it; message ids by user id.
    Who was queued before is left out. A few statements, however many people."""
    orders = {holder.user_id: _order(plan, holder, rungs, now) for holder, rungs in waiting}
    queued = outbox.enqueue_all(list(orders.values()), real_now)
    numbers = _numbers(plan, [order.user_id for order in queued if order.user_id is not None])
    messages = {user_id: queued[order].id for user_id, order in orders.items() if order in queued}
    rows = [
        {
            "rule_id": rung.rule_id,
            "cutoff_at": rung.step.cutoff.instant,
            "occurrence": rung.step.occurrence,
            "user_id": holder.user_id,
            "number": numbers[holder.user_id, rung.step.cutoff.instant] + 1,
            "message_id": messages[holder.user_id],
        }
        for holder, rungs in waiting
        if holder.user_id in messages
        for rung in rungs
    ]
    if rows:
        db.session.execute(insert(Reminder), rows)
    return messages


def _order(plan: Plan, holder: Holder, rungs: Sequence[Rung], now: datetime) -> Order:
    parts = [f"{rung.rule_id}.{rung.key[1]:%Y%m%d%H%M}.{rung.step.occurrence}" for rung in rungs]
    return Order(
        kind="digest",
        key=f"{plan.id}/{holder.user_id}/{'+'.join(sorted(parts))}",
        user_id=holder.user_id,
        due_at=max(rung.step.moment for rung in rungs),
        not_after=now + STALE_AFTER,
    )


def _tell_groups(
    plan: Plan, rungs: Sequence[Rung], real_now: datetime, robots: frozenset[str]
) -> None:
    """One word to each group's robot for all steps of one moment that are for contacts. What it
    says is made when it goes out: nothing, where nothing is open."""
    moments = {rung.step.moment for rung in rungs if Audience.CONTACTS in rung.step.rule.audience}
    orders = [
        Order(
            kind="group",
            key=f"{plan.id}/{code}/{moment:%Y%m%d%H%M}",
            user_id=None,
            due_at=moment,
            not_after=moment + GROUP_STALE_AFTER,
            channel=outbox.ROBOT,
            to_address=code,
            about_id=plan.id,
        )
        for moment in sorted(moments)
        for code in sorted(robots)
    ]
    outbox.enqueue_all(orders, real_now)


def _numbers(plan: Plan, user_ids: Sequence[int]) -> Mapping[tuple[int, datetime], int]:
    """By person and cut-off: how many reminders have reached or may still reach them. One query."""
    rows = db.session.execute(
        select(Reminder.user_id, Reminder.cutoff_at, func.count(Reminder.message_id.distinct()))
        .join(OutboxMessage, OutboxMessage.id == Reminder.message_id)
        .join(ReminderRule, ReminderRule.id == Reminder.rule_id)
        .where(ReminderRule.plan_id == plan.id, Reminder.user_id.in_(user_ids))
        .where(OutboxMessage.state.not_in(_NEVER_ARRIVED))
        .group_by(Reminder.user_id, Reminder.cutoff_at)
    )
    found = {(user_id, cutoff_at): count for user_id, cutoff_at, count in rows}
    return defaultdict(int, found)


def _record(rungs: Sequence[Rung], state: StepState, now: datetime) -> None:
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
