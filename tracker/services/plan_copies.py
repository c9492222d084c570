"""A plan made from another one, for another first day of teaching; always a draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from tracker.db import db
from tracker.domain import text
from tracker.domain.cutoffs import Window, spanning, to_instant
from tracker.domain.deadlines import Anchors
from tracker.domain.errors import N_, InvalidInput
from tracker.domain.shifting import Row, shifted_rows
from tracker.domain.standing import rhythm_of
from tracker.models.audit import AuditEvent
from tracker.models.plan import Duty, Plan, Task
from tracker.permissions import Actor, require_administer
from tracker.queries import workdays
from tracker.services import audit, plan_rows, plans
from tracker.services.contingency_copies import copy_contingencies

TITLE_MAX = 300
FARTHEST = timedelta(days=3660)
_CODE_MAX = 40


@dataclass(frozen=True)
class Wish:
    """What the copy is to be. `keeps_working_days`: a window that ended on a working day does so
    again."""

    title: str
    launches_on: date
    keeps_working_days: bool = False
    is_template: bool = False


def rows_of(plan: Plan, wish: Wish) -> list[tuple[Task, Row]]:
    """Every task of the plan with its row in the copy. Raises InvalidInput."""
    by = wish.launches_on - plan.launches_on
    if abs(by) > FARTHEST:
        raise InvalidInput("launches_on", N_("That is more than ten years away."))
    tasks = tasks_of(plan)
    before = Anchors(plan.issued_on, plan.launches_on)
    after = Anchors(plan.issued_on + by, wish.launches_on)
    calendar = workdays.calendar() if wish.keeps_working_days else None
    rows = [Row(task.deadline_text, Window(task.opens, task.closes)) for task in tasks]
    return list(zip(tasks, shifted_rows(rows, by, before, after, calendar), strict=True))


def tasks_of(plan: Plan) -> Sequence[Task]:
    """Without those that an amended notice dropped."""
    found = select(Task).where(Task.plan_id == plan.id, Task.dropped_at.is_(None))
    return db.session.scalars(found.order_by(Task.number)).all()


def copy(plan: Plan, actor: Actor, now: datetime, wish: Wish) -> Plan:
    """A draft with the plan's rows, duties, ladder and contingencies, and drafts of its phases.
    Raises NotPermitted, InvalidInput."""
    require_administer(actor)
    title = text.required("title", wish.title, TITLE_MAX)
    held = select(Plan.id).where(Plan.id == plan.id)
    db.session.execute(held.with_for_update(key_share=True))  # Two clicks queue here.
    if (again := _just_made(plan, actor, wish)) is not None:
        return again
    kept = wish.title == plan.title
    made = _copy(plan, wish, now, title=title, title_en=plan.title_en if kept else "")
    phases = select(Plan).where(Plan.parent_id == plan.id, Plan.phase.is_not(None))
    for phase in db.session.scalars(phases.order_by(Plan.id)).all():
        under = _copy(phase, wish, now, title=phase.title, title_en=phase.title_en)
        under.parent_id = made.id
    audit.record(actor, now, "plan.copied", "plan", made.id, code=made.code, **_facts(plan, wish))
    db.session.flush()
    return made


def _facts(plan: Plan, wish: Wish) -> dict[str, object]:
    asked = {"title": wish.title, "launches": wish.launches_on.isoformat()}
    return {"source": plan.code, **asked, "template": wish.is_template}


def _just_made(plan: Plan, actor: Actor, wish: Wish) -> Plan | None:
    """The copy that the actor made last, where they ask for the very same again: a double click
    (B-17)."""
    mine = select(AuditEvent).where(AuditEvent.user_id == actor.user_id)
    last = db.session.scalar(mine.order_by(AuditEvent.id.desc()).limit(1))
    if last is None or last.action != "plan.copied":
        return None
    same = {**last.detail, "code": None} == {**_facts(plan, wish), "code": None}
    return db.session.get(Plan, last.subject_id) if same else None


def _copy(plan: Plan, wish: Wish, now: datetime, *, title: str, title_en: str) -> Plan:
    rows = rows_of(plan, wish)
    made = Plan(
        code=_code(plan, wish),
        title=title,
        title_en=title_en,
        issuer=plan.issuer,
        issued_on=plan.issued_on + (wish.launches_on - plan.launches_on),
        launches_on=wish.launches_on,
        zone=plan.zone,
        is_template=wish.is_template,
        phase=plan.phase,
        summary_at=plan.summary_at,
        report_at=plan.report_at,
    )
    db.session.add(made)
    db.session.flush()
    tasks = {task.id: _task(task, row, made) for task, row in rows}
    db.session.add_all(tasks.values())
    asked = select(Duty).where(Duty.plan_id == plan.id, Duty.dropped_at.is_(None))
    for duty in db.session.scalars(asked.order_by(Duty.id)):
        kept = [tasks[task.id] for task in duty.tasks if task.id in tasks]
        db.session.add(_duty(duty, kept, made))
    plan_rows.copy_ladder(plan, made, now)
    copy_contingencies(plan, made)
    db.session.flush()
    return made


def _code(plan: Plan, wish: Wish) -> str:
    stem = f"{plan.code[: _CODE_MAX - 13]}-{wish.launches_on:%Y%m%d}"
    return plans.free_code(plans.numbered(stem))


def _task(task: Task, row: Row, made: Plan) -> Task:
    return Task(
        plan=made,
        number=task.number,
        title=task.title,
        title_en=task.title_en,
        deadline_text=row.words,
        opens=row.window.opens,
        closes=row.window.closes,
        counts=task.counts,
        counts_en=task.counts_en,
        target=task.target,
    )


def _duty(duty: Duty, tasks: list[Task], made: Plan) -> Duty:
    window = spanning([Window(task.opens, task.closes) for task in tasks])
    rhythm = rhythm_of(duty)
    return Duty(
        plan=made,
        unit_kind=duty.unit_kind,
        role=duty.role,
        text=duty.text,
        text_en=duty.text_en,
        cadence=duty.cadence,
        reviewed=duty.reviewed,
        counted=duty.counted,
        target=len(rhythm.days(window)) if duty.cadence.recurs else duty.target,
        opens_at=to_instant(window.opens, made.zone) if window.opens else None,
        due_at=to_instant(window.closes, made.zone),
        report_on=duty.report_on,
        open_ended=duty.open_ended,
        report_by=duty.report_by,
        group_parts=duty.group_parts,
        tasks=tasks,
    )
