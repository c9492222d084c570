"""What a chat group is told at a step: what its unit has open, or, the group of academic affairs,
how many units are behind."""

from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain.cutoffs import to_wall
from tracker.domain.digests import is_mailed
from tracker.domain.errors import N_
from tracker.domain.group_digests import GroupDigest, GroupPart
from tracker.domain.reminding import Cutoff
from tracker.domain.vocabulary import Post, StepState, UnitKind
from tracker.models.org import Membership, Unit, User, holding
from tracker.models.plan import Plan
from tracker.models.reminder import ReminderRule, ReminderStep
from tracker.queries.openwork import OpenWork, open_work


def compose(
    plan_id: int | None, unit_code: str, moment: datetime, now: datetime
) -> GroupDigest | str:
    """The word for one unit's group about the steps of `moment`, as of `now`; or the msgid of the
    reason why there is none."""
    plan = db.session.get(Plan, plan_id)
    unit = db.session.scalar(select(Unit).where(Unit.code == unit_code))
    if plan is None or unit is None:
        return N_("The unit of this robot is not there.")
    if plan.is_over:
        return N_("The plan is over.")
    cutoffs = _cutoffs(plan, moment)
    work = open_work(plan, {cutoff.instant for cutoff in cutoffs})
    parts = [part for cutoff in cutoffs if (part := _part(work, unit, cutoff, now))]
    if not parts:
        return N_("Nothing is open any more.")
    return GroupDigest(unit.name, plan.zone, tuple(parts), _named(unit, now))


def _cutoffs(plan: Plan, moment: datetime) -> list[Cutoff]:
    rows = db.session.scalars(
        select(ReminderStep.cutoff_at)
        .distinct()
        .join(ReminderRule, ReminderRule.id == ReminderStep.rule_id)
        .where(ReminderRule.plan_id == plan.id, ReminderStep.moment == moment)
        .where(ReminderStep.state == StepState.PLANNED)
        .order_by(ReminderStep.cutoff_at)
    )
    return [Cutoff(to_wall(cutoff_at, plan.zone), plan.zone) for cutoff_at in rows]


def _part(work: OpenWork, unit: Unit, cutoff: Cutoff, now: datetime) -> GroupPart | None:
    own = [line for line in work.of_unit(unit.id, cutoff, now) if is_mailed(line)]
    behind: dict[str, int] = {}
    if unit.kind is UnitKind.ACADEMIC_AFFAIRS:
        for unit_id in sorted({*work.lines, *work.standing} - {unit.id}):
            lines = [line for line in work.of_unit(unit_id, cutoff, now) if is_mailed(line)]
            if lines:
                behind[lines[0].unit_name] = len(lines)
    if not own and not behind:
        return None
    return GroupPart(cutoff.instant, tuple(own), tuple(behind.items()))


def _named(unit: Unit, now: datetime) -> tuple[str, ...]:
    rows = db.session.scalars(
        select(User.name)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.unit_id == unit.id, Membership.post.in_([Post.CONTACT, Post.DEPUTY]))
        .where(User.is_active, User.named_in_group, holding(now))
        .order_by(User.id)
    )
    return tuple(dict.fromkeys(rows))
