"""The content of a digest, composed from the state of now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Row, select

from tracker.db import db
from tracker.domain.cutoffs import CAMPUS_ZONE, to_wall
from tracker.domain.digests import Digest, Part, Section
from tracker.domain.errors import N_
from tracker.domain.reminding import Cutoff
from tracker.domain.vocabulary import Audience, OutboxState
from tracker.models.org import User
from tracker.models.outbox import OutboxMessage
from tracker.models.plan import Plan
from tracker.models.reminder import Reminder, ReminderRule
from tracker.queries import notices
from tracker.queries.escalation import Tried, tried
from tracker.queries.holders import Holder, holder_of
from tracker.queries.openwork import OpenWork, as_rule, open_work


@dataclass
class Reading:
    """What a batch of digests reads once: open work by plan and its count of changes, and what was
    tried by plan and cut-off."""

    works: dict[tuple[int, int], OpenWork] = field(default_factory=dict)
    tried: dict[tuple[int, datetime], Tried] = field(default_factory=dict)

    def work(self, plan: Plan) -> OpenWork:
        as_of = (plan.id, plan.changes)
        if as_of not in self.works:
            self.works[as_of] = open_work(plan)
        return self.works[as_of]

    def tried_with(self, plan: Plan, cutoff_at: datetime) -> Tried:
        about = (plan.id, cutoff_at)
        if about not in self.tried:
            self.tried[about] = tried(*about)
        return self.tried[about]


def compose(message: OutboxMessage, now: datetime, reading: Reading) -> Digest | str:
    """The digest of a message as of `now`, or the msgid of the reason why there is none.

    A part whose cut-off a later message has taken up meanwhile is left to that one.
    """
    user = message.user
    assert user is not None  # A digest goes to a person.
    if not user.is_active:
        return N_("The account is disabled.")
    rows = _reminders(message.id)
    parts = _open_parts(message, rows, user, now, reading)
    said, silent = notices.compose(message.id, user, now)
    if isinstance(parts, str):
        if not said:
            return parts if rows or silent is None else silent
        parts = []
    plan = rows[0].Plan if parts else None
    return Digest(
        user.email,
        user.name,
        user.name_en,
        user.locale,
        plan.title if plan else "",
        plan.title_en if plan else "",
        plan.zone if plan else CAMPUS_ZONE,
        tuple((post.unit.name, post.unit.name_en) for post in user.memberships if post.holds(now)),
        tuple(parts),
        tuple(said),
    )


def _open_parts(
    message: OutboxMessage,
    rows: Sequence[Row[Reminder, ReminderRule, Plan]],
    user: User,
    now: datetime,
    reading: Reading,
) -> list[Part] | str:
    if not rows:
        return N_("The reminder no longer exists.")
    if now >= message.not_after:
        return N_("A later reminder has taken over.")
    plan = rows[0].Plan
    if plan.archived_at is not None:
        return N_("The plan is archived.")
    earlier, overtaken = _others(rows[0].Reminder, plan)
    left = [row for row in rows if row.Reminder.cutoff_at not in overtaken]
    if not left:
        return N_("A later reminder has taken over.")
    parts = _parts(left, holder_of(user, now), reading, earlier, now)
    return parts or N_("Nothing is open any more.")


def _reminders(message_id: int) -> Sequence[Row[Reminder, ReminderRule, Plan]]:
    return db.session.execute(
        select(Reminder, ReminderRule, Plan)
        .join(ReminderRule, ReminderRule.id == Reminder.rule_id)
        .join(Plan, Plan.id == ReminderRule.plan_id)
        .where(Reminder.message_id == message_id)
        .order_by(Reminder.cutoff_at)
    ).all()


def _parts(
    rows: Sequence[Row[Reminder, ReminderRule, Plan]],
    holder: Holder,
    reading: Reading,
    earlier: Mapping[datetime, list[datetime]],
    now: datetime,
) -> list[Part]:
    """The reminders that still have something to say, the earliest cut-off first."""
    parts = []
    for reminder, rule, plan in rows:
        cutoff = Cutoff(to_wall(reminder.cutoff_at, plan.zone), plan.zone)
        found = reading.work(plan).section_for(holder, as_rule(rule), cutoff, now)
        if found is not None:
            went = tuple(earlier.get(reminder.cutoff_at, ()))
            told = _told_before(holder, found)
            before = reading.tried_with(plan, reminder.cutoff_at) if told else {}
            parts.append(
                Part(
                    found,
                    reminder.number,
                    rule.code,
                    rule.ignores_quiet,
                    went,
                    _before(before, told, reminder.message.due_at),
                )
            )
    return parts


def _before(tried: Tried, units: set[int], moment: datetime) -> Tried:
    found = {unit_id: tried[unit_id] for unit_id in units & tried.keys()}
    return {unit_id: tuple(at for at in when if at < moment) for unit_id, when in found.items()}


def _told_before(holder: Holder, section: Section) -> set[int]:
    """Units of whose people the reader is told what was tried with them: those that are late, and
    those that the reader heads without being their contact."""
    contact_of = holder.units(frozenset({Audience.CONTACTS}))
    own = {line.unit_id for _pile, lines in section.own for line in lines}
    return (own - contact_of) | {lines[0].unit_id for lines in section.late}


def _others(reminder: Reminder, plan: Plan) -> tuple[dict[datetime, list[datetime]], set[datetime]]:
    """The person's other reminders about the plan: when the earlier ones of each cut-off were due,
    those that were sent, and the cut-offs that have a later one."""
    rows = db.session.execute(
        select(Reminder.cutoff_at, OutboxMessage.due_at, OutboxMessage.state)
        .join(OutboxMessage, OutboxMessage.id == Reminder.message_id)
        .join(ReminderRule, ReminderRule.id == Reminder.rule_id)
        .where(ReminderRule.plan_id == plan.id, Reminder.user_id == reminder.user_id)
        .where(Reminder.message_id != reminder.message_id)
        .order_by(OutboxMessage.due_at)
    )
    due_at = reminder.message.due_at
    went: dict[datetime, list[datetime]] = defaultdict(list)
    overtaken = set()
    for cutoff_at, other_due_at, state in rows:
        if other_due_at > due_at:
            overtaken.add(cutoff_at)
        elif state is OutboxState.SENT:
            went[cutoff_at].append(other_due_at)
    return went, overtaken
