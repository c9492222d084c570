"""Who is still to be reminded, and by which steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain.reminding import Step
from tracker.models.plan import Plan
from tracker.models.reminder import Reminder
from tracker.queries import openwork
from tracker.queries.holders import Holder, holders
from tracker.queries.openwork import OpenWork


@dataclass(frozen=True)
class Rung:
    """A step with the id of its rule."""

    rule_id: int
    step: Step

    @property
    def key(self) -> tuple[int, datetime, int]:
        return (self.rule_id, self.step.cutoff.instant, self.step.occurrence)


Waiting = list[tuple[Holder, list[Rung]]]
"""People to remind, with the rungs of each."""


def recipients(plan: Plan, rungs: Sequence[Rung], now: datetime) -> Waiting:
    """People for whom a rung has something open and no Reminder yet, with their rungs."""
    if not rungs:
        return []
    work = openwork.open_work(plan, {rung.step.cutoff.instant for rung in rungs})
    reminded = set(
        db.session.execute(
            select(Reminder.rule_id, Reminder.cutoff_at, Reminder.occurrence, Reminder.user_id)
            .where(Reminder.rule_id.in_({rung.rule_id for rung in rungs}))
            .where(Reminder.cutoff_at.in_({rung.step.cutoff.instant for rung in rungs}))
        )
    )
    found = []
    for holder in holders(now):
        theirs = [
            rung
            for rung in _speaking(work, holder, rungs, now)
            if (*rung.key, holder.user_id) not in reminded
        ]
        if theirs:
            found.append((holder, theirs))
    return found


def _speaking(work: OpenWork, holder: Holder, rungs: Sequence[Rung], now: datetime) -> list[Rung]:
    """The rungs that have something to say to the person, without those of which a later one of
    the same cut-off tells everything."""
    found: list[Rung] = []
    for rung in sorted(rungs, key=lambda rung: rung.step.moment):
        if work.section_for(holder, rung.step.rule, rung.step.cutoff, now):
            found = [
                earlier
                for earlier in found
                if earlier.step.cutoff != rung.step.cutoff
                or not holder.is_told_all(earlier.step.rule, by=rung.step.rule)
            ]
            found.append(rung)
    return found
