"""A report stands when the notice is amended or corrected; its unit looks at it again."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from tracker.db import db
from tracker.domain import lifecycle
from tracker.domain.errors import N_, IllegalStep
from tracker.domain.notice_differences import ChangedDuty, ChangedTask, Difference
from tracker.domain.notice_duties import TaskSeed
from tracker.domain.vocabulary import Action, State
from tracker.models.assignment import Assignment, CheckOff
from tracker.models.duty_change import DutyChange
from tracker.models.plan import Duty, Task
from tracker.permissions import Actor, require_act
from tracker.queries import second_looks
from tracker.queries.plan_edits import is_reported
from tracker.services import assignments, check_offs

Change = tuple[str, str, str]

_NEXT = timedelta(microseconds=1)
"""The least that both databases tell apart."""


def record(found: Difference, now: datetime) -> None:
    """Keep what the difference changes of each duty, for those who have reported it. The row's own
    words count for every duty of the row."""
    rows = {change.row.number: change for change in found.rows_changed}
    for change in found.duties_changed:
        said = [*_of_rows(change.duty.tasks, rows), *_of_duty(change)]
        if said and "dropped" not in change.fields:
            _add(change.known.id, said, _after_all(change.known.id, now))


def record_rows(found: Difference, duty_rows: dict[int, tuple[int, ...]], now: datetime) -> None:
    """The same of duties of which their rows alone changed. `duty_rows`: row numbers by duty id."""
    rows = {change.row.number: change for change in found.rows_changed}
    known = {change.known.id for change in found.duties_changed}
    for duty_id, numbers in duty_rows.items():
        if duty_id not in known and (said := _of_rows(numbers, rows)):
            _add(duty_id, said, _after_all(duty_id, now))


def record_correction(
    duties: Collection[Duty],
    task: Task,
    title: str,
    texts: Mapping[int, str],
    now: datetime,
    *,
    ask_again: bool,
) -> list[int]:
    """The same of one row that was corrected by hand, read as `title` and each duty as `texts` by
    its id. Gives the duties whose units look again: none while nobody has reported anything of the
    row. Without `ask_again` nobody does, but whoever has yet to look at an earlier change reads how
    it stands now."""
    retitled = [("title", title, task.title)] if title != task.title else []
    reported, asked = is_reported(task), []
    for duty in duties:
        reworded = [("text", texts[duty.id], duty.text)] if texts[duty.id] != duty.text else []
        said = retitled + reworded
        if said and not reported:
            outdate([duty.id])
        elif said and ask_again:
            _add(duty.id, said, _after_all(duty.id, now))
            asked.append(duty.id)
        elif said and (last := _last(duty.id)):
            _add(duty.id, said, last)
    return asked


def outdate(duty_ids: Collection[int]) -> None:
    """Whoever has still to report and reads the old words meets what is asked now first: their form
    is of an earlier version."""
    waiting = Assignment.state.in_([State.OPEN, State.RETURNED])
    db.session.execute(
        update(Assignment)
        .where(Assignment.duty_id.in_(duty_ids), waiting)
        .values(version=Assignment.version + 1)
    )


def still_true(assignment: Assignment, actor: Actor, now: datetime, *, seen: int | None) -> None:
    """The unit has read what changed up to the change `seen`, and its report stands. Said twice it
    is said once (B-17). Raises NotPermitted, IllegalStep."""
    require_act(actor, assignment)
    assignments.lock(assignment)
    look = second_looks.of_assignment(assignment)
    if look is None:
        return
    _require_seen(look.latest, seen)
    looked_at = max(now, look.at)
    assignments.change(
        assignment, actor, now, assignment.state, "looked_again", {"looked_at": looked_at}
    )


def reopen(assignment: Assignment, actor: Actor, now: datetime, *, seen: int | None) -> None:
    """The report no longer says what is asked: the unit takes it back, verified or not, and reports
    anew. Taken back already, it stays so (B-17). Raises NotPermitted, IllegalStep."""
    require_act(actor, assignment)
    assignments.lock(assignment)
    look = second_looks.of_assignment(assignment)
    if look is None and assignment.state is State.OPEN:
        return
    if look is None:
        raise IllegalStep(N_("Nothing changed since your unit reported."))
    _require_seen(look.latest, seen)
    duty = assignment.duty
    action = Action.UNDO if assignment.state is State.DONE else Action.REOPEN
    state = lifecycle.step(assignment.state, action, duty.role, reviewed=duty.reviewed)
    check_offs.take_back(assignment, now)
    assignments.change(assignment, actor, now, state, "undone", {"count": None})


def _require_seen(latest: int, seen: int | None) -> None:
    if seen != latest:
        raise IllegalStep(N_("The notice changed once more: read what it says now."))


def _add(duty_id: int, said: list[Change], at: datetime) -> None:
    changes = [list(change) for change in said]
    db.session.add(DutyChange(duty_id=duty_id, at=at, changes=changes))
    outdate([duty_id])


def _last(duty_id: int) -> datetime | None:
    """Of this moment, who reported or looked since then is not concerned."""
    return db.session.scalar(select(func.max(DutyChange.at)).where(DutyChange.duty_id == duty_id))


def _after_all(duty_id: int, now: datetime) -> datetime:
    """Whoever waits for the plan's lock read the clock before: reports and looks that went first
    may be later than `now`, and yet have not seen the change."""
    seen = (
        select(func.max(CheckOff.at), func.max(Assignment.looked_at))
        .select_from(Assignment)
        .outerjoin(CheckOff, CheckOff.assignment_id == Assignment.id)
        .where(Assignment.duty_id == duty_id)
    )
    latest = [at + _NEXT for at in db.session.execute(seen).one() if at is not None]
    return max([now, *latest])


def _of_rows(numbers: tuple[int, ...], rows: dict[int, ChangedTask]) -> list[Change]:
    said: list[Change] = []
    for number in numbers:
        if (change := rows.get(number)) is None:
            continue
        if "title" in change.fields:
            said.append(("title", change.known.row.title, change.row.title))
        if "measure" in change.fields:
            said.append(("measure", _measure(change.known.row), _measure(change.row)))
    return said


def _measure(row: TaskSeed) -> str:
    if row.measure is None:
        return ""
    return " ".join(filter(None, (row.measure.counts, str(row.measure.target or ""))))


def _of_duty(change: ChangedDuty) -> list[Change]:
    was, now = change.known.duty, change.duty
    words = {
        "text": (was.text, now.text),
        "role": (was.role.value, now.role.value),
        "rows": (_numbers(was.tasks), _numbers(now.tasks)),
        "target": (_target(was.target), _target(now.target)),
    }
    return [(what, *pair) for what, pair in words.items() if what in change.fields]


def _numbers(rows: tuple[int, ...]) -> str:
    return "、".join(map(str, rows))


def _target(target: int | None) -> str:
    return "" if target is None else str(target)
