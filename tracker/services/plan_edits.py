"""Correcting a plan's rows. A draft may change in everything; of a published plan the words alone,
and what a unit is asked only while nobody has reported on the row."""

from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain import phases, text
from tracker.domain.cutoffs import Window, spanning, to_instant
from tracker.domain.deadlines import Anchors, Reading, UnreadableDeadline, read
from tracker.domain.errors import N_, IllegalStep, InvalidInput, StaleRow
from tracker.domain.matrix import is_reviewed
from tracker.domain.notice_reading import LONGEST_TITLE
from tracker.domain.row_wordings import Wording
from tracker.domain.standing import rhythm_of
from tracker.domain.vocabulary import Cadence, DutyRole
from tracker.models.plan import Duty, Plan, Task
from tracker.permissions import Actor, require_administer
from tracker.queries.plan_edits import (
    cells_of,
    duties_of,
    is_reported,
    mark_of,
    reread,
    says,
    snapshot,
)
from tracker.services import audit, plans, second_looks
from tracker.services.seed_csv import LAST_NUMBER

EXAMPLES = "22日结束前、20日—23日、3月1日18:00前"
TITLE_MAX, TEXT_MAX, DEADLINE_MAX, COUNTS_MAX = LONGEST_TITLE, 2000, 60, 60


def reading_of(plan: Plan, deadline: str) -> Reading:
    """What the words mean. Raises InvalidInput where they name no end."""
    try:
        if deadline in phases.WEEKS:
            return Reading(phases.window(deadline, plan.launches_on))
        reading = read(deadline, Anchors(plan.issued_on, plan.launches_on))
    except UnreadableDeadline:
        why = N_("This deadline cannot be read. Write it for example as “%(examples)s”.")
        raise InvalidInput("deadline", why, examples=EXAMPLES) from None
    if reading.window is None:
        raise InvalidInput("deadline", N_("Name a last day: a row needs a cut-off."))
    return reading


def add(plan: Plan, actor: Actor, now: datetime, wording: Wording) -> tuple[Task, Reading]:
    """One more row of a draft, as its last; the row that is the last already, said again, is that
    row (B-17). Raises NotPermitted, IllegalStep, InvalidInput."""
    _open(plan, actor)
    require_draft(plan)
    rows = select(Task).where(Task.plan_id == plan.id).order_by(Task.number.desc())
    above = db.session.scalars(rows.limit(1)).first()
    if above is not None and (above.title, above.deadline_text) == (
        text.clean(wording.title),
        text.clean(wording.deadline),
    ):
        return above, Reading(Window(above.opens, above.closes))
    last = above.number if above is not None else 0
    if last >= LAST_NUMBER:
        raise InvalidInput("title", N_("At most %(max)s rows, please."), max=LAST_NUMBER)
    task = Task(plan=plan, number=last + 1, title="", title_en="", deadline_text="")
    reading = _write_row(plan, task, wording)
    db.session.add(task)
    db.session.flush()
    _write_cells(plan, task, wording)
    audit.record(actor, now, "task.added", "task", task.id, plan=plan.id, number=task.number)
    db.session.flush()
    return task, reading


def change(
    task: Task,
    actor: Actor,
    now: datetime,
    wording: Wording,
    *,
    seen: str | None = None,
    ask_again: bool = True,
) -> Reading | None:
    """The row as worded; what the deadline of a draft means. `seen`: `mark_of` the row that was
    read; `ask_again`: units that have reported look again at what reads otherwise now. Raises
    NotPermitted, PlanAtRest, IllegalStep, InvalidInput, and StaleRow where the row says something
    else by now that is not this wording either (B-17)."""
    plan = task.plan
    _open(plan, actor)
    reread(task)
    if seen and seen != mark_of(task):
        if says(task, wording):
            return None
        raise StaleRow
    reading, before, looks = None, snapshot(task), []
    if plan.published_at is None:
        reading = _write_row(plan, task, wording)
        _write_cells(plan, task, wording)
    else:
        duties, title = duties_of(task), task.title
        texts = {duty.id: duty.text for duty in duties}
        _correct(task, wording)
        looks = second_looks.record_correction(duties, task, title, texts, now, ask_again=ask_again)
    db.session.flush()
    after = snapshot(task)
    if after != before:
        said = {"before": before, "after": after, "looked_at_again": looks}
        audit.record(actor, now, "task.corrected", "task", task.id, **said)
        db.session.flush()
    return reading


def remove(plan: Plan, number: int, actor: Actor, now: datetime) -> None:
    """A row out of a draft, with what it alone asks; the rows below keep their numbers. Nothing
    where it is gone already (B-17)."""
    _open(plan, actor)
    require_draft(plan)
    task = db.session.scalar(select(Task).where(Task.plan_id == plan.id, Task.number == number))
    if task is None:
        return
    for duty in duties_of(task):
        duty.tasks = [each for each in duty.tasks if each.id != task.id]
        if duty.tasks:
            _time(duty)
        else:
            db.session.delete(duty)
    db.session.flush()
    audit.record(actor, now, "task.removed", "task", task.id, plan=plan.id, number=task.number)
    db.session.delete(task)
    db.session.flush()


def _open(plan: Plan, actor: Actor) -> None:
    require_administer(actor)
    if plan.published_at is None:
        plans.touch(plan.id)
    else:
        plans.enter(plan.id)
    db.session.refresh(plan)


def require_draft(plan: Plan) -> None:
    if plan.published_at is not None:
        raise IllegalStep(N_("Rows are added and removed in a draft only."))


def _write_row(plan: Plan, task: Task, wording: Wording) -> Reading:
    title = text.required("title", wording.title, TITLE_MAX)
    deadline = text.optional("deadline", wording.deadline, DEADLINE_MAX)
    if not deadline:
        raise InvalidInput("deadline", N_("Say until when it has to be done."))
    counts = text.optional("counts", wording.counts, COUNTS_MAX) or None
    if deadline == task.deadline_text:
        reading = Reading(Window(task.opens, task.closes))
    else:
        reading = reading_of(plan, deadline)
    assert reading.window is not None
    _title(task, title)
    task.deadline_text = deadline
    task.opens, task.closes = reading.window.opens, reading.window.closes
    if counts != task.counts:
        task.counts, task.counts_en, task.target = counts, None, None
    return reading


def _title(task: Task, title: str) -> None:
    if title != task.title:
        task.title, task.title_en = title, ""


def _write_cells(plan: Plan, task: Task, wording: Wording) -> None:
    held = cells_of(task)
    taken = {duty.unit_kind for duty in duties_of(task)} - held.keys()
    for kind, cell in wording.cells.items():
        words = text.optional(f"text_{kind.value}", cell.text, TEXT_MAX)
        duty = held.get(kind)
        if kind in taken:
            continue
        if not words:
            if duty is not None:
                db.session.delete(duty)
            continue
        if duty is None:
            duty = Duty(plan=plan, unit_kind=kind, cadence=Cadence.ONCE, tasks=[task])
            duty.text_en, duty.group_parts = "", ""
            duty.text, duty.role, duty.reviewed, duty.counted = words, cell.role, False, False
            _time(duty)
            db.session.add(duty)
        _ask(duty, cell.role, words)
    db.session.flush()
    _settle(task)


def _correct(task: Task, wording: Wording) -> None:
    """Of a published plan. What is asked of a unit stays once somebody reported on the row."""
    _title(task, text.required("title", wording.title, TITLE_MAX))
    reported = is_reported(task)
    for kind, duty in cells_of(task).items():
        if kind not in wording.cells:
            continue
        cell = wording.cells[kind]
        words = text.required(f"text_{kind.value}", cell.text, TEXT_MAX)
        if reported and cell.role is not duty.role:
            why = N_("Something was reported on this row already: what is asked stays.")
            raise InvalidInput(f"role_{kind.value}", why)
        _ask(duty, cell.role, words)
    if not reported:
        db.session.flush()
        _settle(task)


def _ask(duty: Duty, role: DutyRole, words: str) -> None:
    if words != duty.text:
        duty.text, duty.text_en = words, ""
    duty.role = role


def _settle(task: Task) -> None:
    """What follows from roles, rows and what is counted, for every duty of the row."""
    duties = duties_of(task)
    roles = [duty.role for duty in duties if duty.cadence is Cadence.ONCE]
    for duty in duties:
        once = duty.cadence is Cadence.ONCE
        _time(duty)
        if once and len(duty.tasks) == 1:
            duty.reviewed = is_reviewed(duty.role, roles)
            duty.counted = task.counts is not None and (duty.reviewed or duty.role.performs)
            if not duty.counted:
                duty.target = None
    db.session.flush()


def _time(duty: Duty) -> None:
    """A duty runs from its first row's opening to its last row's cut-off, unless it goes on until
    its plan is closed."""
    if duty.open_ended:
        return
    window = spanning([Window(task.opens, task.closes) for task in duty.tasks])
    zone = duty.plan.zone
    duty.opens_at = to_instant(window.opens, zone) if window.opens else None
    duty.due_at = to_instant(window.closes, zone)
    if duty.cadence.recurs:
        duty.target = len(rhythm_of(duty).days(window))
