"""What a batch of claimed messages needs to know, read at once: few queries, however many."""

import time
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlalchemy import bindparam, func, select

from tracker.db import db
from tracker.domain.reminding import Rule
from tracker.domain.vocabulary import NoticeKind, OutboxState
from tracker.models.notice import Notice
from tracker.models.org import Membership, Unit, User, holding
from tracker.models.outbox import OutboxMessage
from tracker.models.plan import Plan
from tracker.models.reminder import Reminder, ReminderRule
from tracker.queries import allowance
from tracker.queries.delivery_facts import Addressee, Delivery, Due, Other, PlanFacts
from tracker.queries.escalation import Tried, tried
from tracker.queries.holders import Holder, holders_of
from tracker.queries.openwork import OpenWork, open_work
from tracker.queries.rules import as_rule

FRESH = 0.5
"""Seconds for which a reading stands. Then, and after any change to a plan, what is left of the
batch is read anew: nobody is mailed about what was settled meanwhile."""


_AsOf = tuple[int, int, frozenset[datetime], frozenset[int] | None]
_ALL_CHANGES = select(func.sum(Plan.changes))
_IS_MARKED = (
    select(func.count())
    .select_from(OutboxMessage)
    .where(OutboxMessage.id == bindparam("its_id"), OutboxMessage.owner == bindparam("its_owner"))
    .where(OutboxMessage.state == OutboxState.HANDING_OVER)
)
_CHANGES_AND_MARK = select(_ALL_CHANGES.scalar_subquery(), _IS_MARKED.scalar_subquery())


@dataclass
class Reading:
    """By message id: `deliveries`, `dues`, `notices` (kind, about, when). By user id: `addressees`,
    `mailed` (digests sent on this campus day). `others` by user and plan id."""

    deliveries: dict[int, Delivery]
    addressees: dict[int, Addressee]
    dues: dict[int, list[Due]]
    others: dict[tuple[int, int], list[Other]]
    notices: dict[int, list[tuple[NoticeKind, int, datetime]]]
    mailed: dict[int, int]
    changes: int
    read_at: float = field(default_factory=time.monotonic)
    _works: dict[_AsOf, OpenWork] = field(default_factory=dict)
    _tried: dict[tuple[int, datetime], Tried] = field(default_factory=dict)

    def stands(self, changes: int, *, halfway: bool = False) -> bool:
        """Whether it was read just now, and no plan has changed since. `changes`: as many there
        are by now. `halfway` through messages marked together it need not be as new."""
        return changes == self.changes and (halfway or time.monotonic() - self.read_at < FRESH)

    @cached_property
    def cutoffs(self) -> dict[int, frozenset[datetime]]:
        """By plan id: those of which the batch's reminders speak."""
        found: dict[int, set[datetime]] = defaultdict(set)
        for dues in self.dues.values():
            for due in dues:
                found[due.plan.id].add(due.cutoff_at)
        return {plan_id: frozenset(cutoffs) for plan_id, cutoffs in found.items()}

    @cached_property
    def units(self) -> frozenset[int] | None:
        """Of the batch's people; None where one of them hears of every unit."""
        holders = [to.holder for to in self.addressees.values()]
        if any(holder.is_affairs for holder in holders):
            return None
        own = {unit_id for holder in holders for unit_id, _post in holder.posts}
        return frozenset(own.union(*(holder.campus_units for holder in holders)))

    def work(self, plan: PlanFacts) -> OpenWork:
        """The plan's open work under the cut-offs of this batch and of its people's units."""
        as_of = (plan.id, plan.changes, self.cutoffs[plan.id], self.units)
        if as_of not in self._works:
            self._works.clear()  # Of one moment only: they may be large.
            self._works[as_of] = open_work(db.session.get_one(Plan, plan.id), *as_of[2:])
        return self._works[as_of]

    def tried_with(self, plan: PlanFacts, cutoff_at: datetime) -> Tried:
        about = (plan.id, cutoff_at)
        if about not in self._tried:
            self._tried[about] = tried(*about)
        return self._tried[about]


def read(message_ids: Collection[int], now: datetime, before: Reading | None = None) -> Reading:
    """Everything about these messages as of `now` (campus time). Open work of an earlier reading is
    kept where nothing has changed since."""
    as_of = changes()  # First: what changes while this reads makes the reading old.
    deliveries, dues = _deliveries(message_ids), _dues(message_ids)
    user_ids = {each.user_id for each in deliveries.values() if each.user_id is not None}
    return Reading(
        deliveries,
        _addressees(user_ids, now),
        dues,
        _others(user_ids, {due.plan.id for each in dues.values() for due in each}),
        _notices(message_ids),
        allowance.mailed_today(user_ids, now),
        as_of,
        _works=before._works if before else {},
    )


def changes() -> int:
    """Every change to any plan counts one."""
    return db.session.connection().execute(_ALL_CHANGES).scalar() or 0


def changes_and_mark(message_id: int, owner: str) -> tuple[int, bool]:
    """`changes` as of now, and whether the message is still marked for hand-over by that sender."""
    db.session.rollback()
    row = (
        db.session.connection()
        .execute(_CHANGES_AND_MARK, {"its_id": message_id, "its_owner": owner})
        .one()
    )
    db.session.rollback()
    return row[0] or 0, row[1] > 0


def _deliveries(message_ids: Collection[int]) -> dict[int, Delivery]:
    it = OutboxMessage
    rows = db.session.execute(
        select(
            *(it.id, it.message_id, it.kind, it.user_id, it.to_address),
            *(it.about_id, it.due_at, it.not_after),
        ).where(it.id.in_(message_ids))
    )
    return {row.id: Delivery(*row) for row in rows}


def _addressees(user_ids: Collection[int], now: datetime) -> dict[int, Addressee]:
    held = holders_of(user_ids, now)
    units: dict[int, dict[tuple[str, str], None]] = defaultdict(dict)
    rows = db.session.execute(
        select(Membership.user_id, Unit.name, Unit.name_en)
        .join(Unit, Unit.id == Membership.unit_id)
        .where(Membership.user_id.in_(user_ids), holding(now))
        .order_by(Membership.id)
    )
    for user_id, name, name_en in rows:
        units[user_id][name, name_en] = None
    return {
        it.id: Addressee(
            it.email,
            it.name,
            it.name_en,
            it.locale,
            it.is_active,
            tuple(units[it.id]),
            held.get(it.id, Holder(it.id, frozenset(), False)),
        )
        for it in db.session.scalars(select(User).where(User.id.in_(user_ids)))
    }


def _dues(message_ids: Collection[int]) -> dict[int, list[Due]]:
    rows = db.session.execute(
        select(Reminder.message_id, Reminder.cutoff_at, Reminder.number, ReminderRule, Plan)
        .join(ReminderRule, ReminderRule.id == Reminder.rule_id)
        .join(Plan, Plan.id == ReminderRule.plan_id)
        .where(Reminder.message_id.in_(message_ids))
        .order_by(Reminder.cutoff_at)
    )
    rules: dict[int, Rule] = {}
    plans: dict[int, PlanFacts] = {}
    found: dict[int, list[Due]] = defaultdict(list)
    for message_id, cutoff_at, number, rule, plan in rows:
        if rule.id not in rules:
            rules[rule.id] = as_rule(rule)
        if plan.id not in plans:
            plans[plan.id] = PlanFacts(
                plan.id, plan.title, plan.title_en, plan.zone, plan.is_over, plan.changes
            )
        found[message_id].append(Due(plans[plan.id], rules[rule.id], cutoff_at, number))
    return found


def _others(
    user_ids: Collection[int], plan_ids: Collection[int]
) -> dict[tuple[int, int], list[Other]]:
    rows = db.session.execute(
        select(
            Reminder.user_id,
            Reminder.message_id,
            ReminderRule,
            Reminder.cutoff_at,
            OutboxMessage.due_at,
            OutboxMessage.state,
        )
        .join(OutboxMessage, OutboxMessage.id == Reminder.message_id)
        .join(ReminderRule, ReminderRule.id == Reminder.rule_id)
        .where(Reminder.user_id.in_(user_ids), ReminderRule.plan_id.in_(plan_ids))
        .order_by(OutboxMessage.due_at)
    )
    found: dict[tuple[int, int], list[Other]] = defaultdict(list)
    rules: dict[int, Rule] = {}
    for user_id, message_id, row, cutoff_at, due_at, state in rows:
        rule = rules.setdefault(row.id, rules.get(row.id) or as_rule(row))
        other = Other(message_id, rule, cutoff_at, due_at, state)
        found[user_id, row.plan_id].append(other)
    return found


def _notices(message_ids: Collection[int]) -> dict[int, list[tuple[NoticeKind, int, datetime]]]:
    rows = db.session.execute(
        select(Notice.message_id, Notice.kind, Notice.about_id, Notice.at)
        .where(Notice.message_id.in_(message_ids))
        .order_by(Notice.id)
    )
    found: dict[int, list[tuple[NoticeKind, int, datetime]]] = defaultdict(list)
    for message_id, kind, about_id, at in rows:
        if message_id is not None:
            found[message_id].append((kind, about_id, at))
    return found
