"""What notices about a whole plan, or about many assignments of it, say."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from tracker import language
from tracker.db import db
from tracker.domain.cutoffs import to_wall
from tracker.domain.errors import N_
from tracker.domain.notices import Bilingual, Params, Phrase, Said, of_summary
from tracker.domain.vocabulary import DutyRole, Health, Light, NoticeKind, State
from tracker.models.activation import Activation
from tracker.models.assignment import Assignment, CheckIn, CheckOff
from tracker.models.org import User
from tracker.models.plan import Duty, DutyTask, Plan, Task
from tracker.permissions import Actor, actor_for, can_oversee, inspects
from tracker.queries.board import Board, board

_LATE = (Light.OVERDUE, Light.RETURNED, Light.LACKING)
_OVER = N_("The plan is over.")


def opening(plan_id: int, reader: User, now: datetime) -> Said | str:
    """What the notice asks of the reader's units, duty by duty."""
    plan = db.session.get_one(Plan, plan_id)
    if plan.is_over:
        return _OVER
    units = actor_for(reader, now).unit_ids
    rows = db.session.scalars(
        select(Assignment)
        .join(Duty)
        .options(selectinload(Assignment.duty).selectinload(Duty.tasks))
        .where(Duty.plan_id == plan.id, Assignment.unit_id.in_(units))
        .where(Duty.role != DutyRole.STANDBY)
        .order_by(Assignment.unit_id, Duty.due_at, Duty.id)
    ).all()
    if not rows:
        return N_("The person has nothing to do in it any more.")
    return Said(
        NoticeKind.OPENING,
        "/mine",
        Phrase(N_("[Opening] %(plan)s"), {"plan": _title(plan)}),
        Phrase(
            N_("“%(plan)s” has begun. These are the duties of your unit, %(num)s in all:"),
            {"plan": _title(plan), "num": len(rows)},
        ),
        plan.zone,
        lines=tuple(_duty(row) for row in rows),
    )


def stood_down(activation_id: int, reader: User, now: datetime) -> Said | str:
    """To who was asked by a contingency: it is over."""
    activation = db.session.get_one(Activation, activation_id)
    facts: Params = {"plan": _title(activation.plan)}
    return Said(
        NoticeKind.STOOD_DOWN,
        f"/activations/{activation.id}",
        Phrase(N_("[Stood down] %(plan)s"), facts),
        Phrase(
            N_("“%(plan)s” is stood down: nothing of it is asked any more. How it ended:"), facts
        ),
        activation.plan.zone,
        words=activation.outcome,
    )


_ROW = N_("Row %(number)s, %(title)s (%(role)s), before %(cutoff)s")
_DAILY_ROW = N_("Row %(number)s, %(title)s (%(role)s), every day until it is stood down")


def _duty(row: Assignment) -> Phrase:
    first, role = row.duty.tasks[0], row.duty.role
    return Phrase(
        _DAILY_ROW if row.duty.open_ended else _ROW,
        {
            "number": first.number,
            "title": Bilingual(first.title, first.title_en),
            "role": Bilingual(language.label("zh_Hans", role), language.label("en", role)),
            "cutoff": row.duty.due_at,
        },
    )


def waiting(check_off_id: int, reader: User, now: datetime) -> Said | str:
    """How many reports wait for the reader, row by row."""
    report = db.session.get_one(CheckOff, check_off_id)
    duty = db.session.get_one(Assignment, report.assignment_id).duty
    if duty.plan.is_over:
        return _OVER
    rows = db.session.execute(
        select(Task.number, Task.title, Task.title_en, func.count())
        .select_from(Assignment)
        .join(Duty, Duty.id == Assignment.duty_id)
        .join(DutyTask, DutyTask.duty_id == Duty.id)
        .join(Task, Task.id == DutyTask.task_id)
        .where(Duty.plan_id == duty.plan_id, Assignment.state == State.DONE)
        .where(inspects(actor_for(reader, now)))
        .group_by(Task.id, Task.number, Task.title, Task.title_en)
        .order_by(Task.number)
    ).all()
    if not rows:
        return N_("No report waits any more.")
    total: Params = {"num": sum(count for *_, count in rows)}
    line = N_("Row %(number)s, %(title)s: %(num)s")
    return Said(
        NoticeKind.WAITING,
        "/board?show=waiting",
        Phrase(N_("[To verify] reports that wait for you: %(num)s"), total),
        Phrase(N_("Reports that wait for your verification: %(num)s"), total),
        duty.plan.zone,
        lines=tuple(
            Phrase(line, {"number": number, "title": Bilingual(zh, en), "num": count})
            for number, zh, en, count in rows
        ),
    )


def trouble(check_in_id: int, reader: User, now: datetime) -> Said | str:
    said = db.session.get_one(CheckIn, check_in_id)
    assignment = db.session.get_one(Assignment, said.assignment_id)
    if assignment.duty.plan.is_over:
        return _OVER
    if said.health is not Health.TROUBLE:
        return N_("The trouble is over.")
    facts: Params = {
        "unit": Bilingual(assignment.unit.name, assignment.unit.name_en),
        "since": said.at,
    }
    return Said(
        NoticeKind.TROUBLE,
        "/board",
        Phrase(N_("[Trouble] %(unit)s"), facts),
        Phrase(N_("%(unit)s reports trouble, said %(since)s:"), facts),
        assignment.duty.plan.zone,
        words=said.note,
    )


def summary(about_id: int, reader: User, now: datetime) -> Said | str:
    """One number and the red cells: of every unit for academic affairs, of their own for heads."""
    plan_id, day = of_summary(about_id)
    actor = actor_for(reader, now)
    seen = board(plan_id, actor, now)
    if seen.plan.is_over:
        return _OVER
    if not seen.cells:
        return N_("The person has nothing to do in it any more.")
    facts: Params = {
        "percent": seen.readiness.percent,
        "settled": seen.readiness.settled,
        "total": seen.readiness.total,
        "plan": _title(seen.plan),
    }
    subject = N_("[Today] %(percent)s%% ready, %(settled)s of %(total)s duties settled")
    if day < to_wall(now, seen.plan.zone).date():
        subject = N_("[Yesterday] %(percent)s%% ready, %(settled)s of %(total)s duties settled")
    return Said(
        NoticeKind.SUMMARY,
        "/board",
        Phrase(subject, facts),
        Phrase(
            N_("“%(plan)s”: %(percent)s%% ready, %(settled)s of %(total)s duties are settled."),
            facts,
        ),
        seen.plan.zone,
        lines=tuple(_by_unit(seen) if can_oversee(actor) else _by_row(seen, actor)),
    )


def _by_unit(seen: Board) -> list[Phrase]:
    """Units that are not ready yet, the least ready first."""
    open_units = [unit for unit in seen.units if unit.readiness.settled < unit.readiness.total]
    return [
        Phrase(
            N_("%(unit)s: %(settled)s of %(total)s settled, late: %(late)s"),
            {
                "unit": Bilingual(unit.name, unit.name_en),
                "settled": unit.readiness.settled,
                "total": unit.readiness.total,
                "late": sum(
                    cell.unit_code == unit.code and cell.light in _LATE for cell in seen.cells
                ),
            },
        )
        for unit in sorted(open_units, key=lambda unit: unit.readiness.percent)
    ]


def _by_row(seen: Board, actor: Actor) -> list[Phrase]:
    """The rows of the reader's own units that are not settled."""
    titles = {task.number: Bilingual(task.title, task.title_en) for task in seen.tasks}
    return [
        Phrase(
            N_("Row %(number)s, %(title)s: %(light)s"),
            {
                "number": cell.task_numbers[0],
                "title": titles[cell.task_numbers[0]],
                "light": Bilingual(
                    language.label("zh_Hans", cell.light), language.label("en", cell.light)
                ),
            },
        )
        for cell in seen.cells
        if cell.role.binding and cell.light not in (Light.SETTLED, Light.WAIVED)
    ]


def _title(plan: Plan) -> Bilingual:
    return Bilingual(plan.title, plan.title_en)
