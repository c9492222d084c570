"""Texts of a plan that name a date, and go on naming it when the plan is copied."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from tracker.db import db
from tracker.domain.dated_words import dates_in
from tracker.domain.vocabulary import UnitKind
from tracker.models.plan import Plan, Task
from tracker.queries.plans import duties_of


@dataclass(frozen=True)
class DatedText:
    """`kind`: whose duty it is, None for the row's own words. `dates` as they are written."""

    plan: Plan
    number: int
    kind: UnitKind | None
    text: str
    dates: tuple[str, ...]


def dated_texts(plan: Plan) -> list[DatedText]:
    """Of the plan and of its phases, which are copied with it."""
    phases = or_(Plan.id == plan.id, (Plan.parent_id == plan.id) & Plan.phase.is_not(None))
    plans = db.session.scalars(select(Plan).where(phases).order_by(Plan.id)).all()
    return [found for each in plans for found in _of(each)]


def _of(plan: Plan) -> Iterator[DatedText]:
    rows: Sequence[Task] = db.session.scalars(
        select(Task).where(Task.plan_id == plan.id, Task.dropped_at.is_(None)).order_by(Task.number)
    ).all()
    duties = [duty for duty in duties_of(plan) if duty.dropped_at is None]
    for row in rows:
        said: list[tuple[UnitKind | None, str]] = [(None, row.title)]
        said += [(duty.unit_kind, duty.text) for duty in duties if duty.tasks[0].id == row.id]
        for kind, text in said:
            if dates := dates_in(text):
                yield DatedText(plan, row.number, kind, text, dates)
