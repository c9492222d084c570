"""All that the board's files show: the notice, the matrix, and what was said of each duty."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from tracker.models.assignment import Assignment
from tracker.models.plan import Duty, Plan
from tracker.permissions import Actor, sees
from tracker.queries import holdings
from tracker.queries.assignments import Wanted, listing
from tracker.queries.board import Board, board
from tracker.queries.holdings import Day, Said
from tracker.queries.plans import Notice, notice


@dataclass(frozen=True)
class Export:
    """`said`: assignment id -> its last report, or of a standing duty its last daily word."""

    board: Board
    notice: Notice
    said: Mapping[int, Said]


def export(plan: Plan, actor: Actor, now: datetime) -> Export:
    """The notice in full, and of the units what the actor sees."""
    seen = sees(actor) & Assignment.duty_id.in_(select(Duty.id).where(Duty.plan_id == plan.id))
    daily = holdings.check_ins_where(seen)
    said = {
        **holdings.reports_where(seen),
        **{assignment_id: _last(days) for assignment_id, days in daily.items()},
    }
    return Export(board(plan.id, actor, now), notice(plan, now), said)


def document(plan: Plan, actor: Actor, now: datetime) -> dict[str, Any]:
    """The board in full for other programs, instants in the plan's zone."""
    seen, zone = board(plan.id, actor, now), ZoneInfo(plan.zone)
    return {
        "plan": plan,
        "tasks": [
            replace(
                task,
                opens_at=task.opens_at.astimezone(zone) if task.opens_at else None,
                due_at=task.due_at.astimezone(zone),
            )
            for task in seen.tasks
        ],
        "units": seen.units,
        "cells": listing(actor, now, Wanted(plan_id=plan.id)),
        "readiness": seen.readiness,
    }


def _last(days: Mapping[date, Day]) -> Said:
    latest = days[max(days)]
    assert latest.at is not None  # Something was said of it.
    return Said(latest.by, latest.by_en, latest.at, None, latest.note, None)
