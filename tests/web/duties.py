"""What the tests of a unit's pages say to one another: find a duty, read a page, count rows."""

import re
from html import unescape

from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests import cast
from tracker import clock
from tracker.db import db, transaction
from tracker.models.assignment import Assignment, CheckIn, CheckOff, Review
from tracker.models.audit import AuditEvent
from tracker.models.org import Unit
from tracker.models.plan import DutyTask, Plan, Task
from tracker.services import assignments, reviews

_TAG = re.compile(r"<[^>]+>")


def held(number: int, code: str) -> Assignment:
    """The assignment of a row of the notice itself, laid on a unit."""
    return db.session.scalars(
        select(Assignment)
        .join(Unit)
        .join(DutyTask, DutyTask.duty_id == Assignment.duty_id)
        .join(Task, Task.id == DutyTask.task_id)
        .join(Plan, Plan.id == Task.plan_id)
        .where(Plan.parent_id.is_(None), Task.number == number, Unit.code == code)
    ).one()


def held_id(number: int, code: str) -> int:
    return held(number, code).id


def report(
    who: str,
    number: int,
    code: str,
    count: int | None = None,
    note: str = "",
    *,
    seen: int | None = None,
) -> int:
    """A report that somebody makes elsewhere, by the version they saw if that matters; gives the
    assignment's id."""
    assignment = held(number, code)
    with transaction():
        assignments.check_off(
            assignment,
            cast.actor(who),
            clock.now(),
            seen_version=seen,
            count=count,
            note=note,
        )
    return assignment.id


def send_back(who: str, number: int, code: str, reason: str) -> None:
    assignment = held(number, code)
    with transaction():
        reviews.send_back(
            assignment, cast.actor(who), clock.now(), seen_version=None, reason=reason
        )


def verify(who: str, number: int, code: str) -> None:
    assignment = held(number, code)
    with transaction():
        reviews.verify(assignment, cast.actor(who), clock.now(), seen_version=None)


def words(page: TestResponse) -> str:
    """What a reader sees, on one line."""
    return " ".join(unescape(_TAG.sub(" ", page.text)).split())


def asks_first(html: str, action: str) -> bool:
    """Whether the form for `action` opens only after a press, as what has no way back must."""
    before, form, _after = html.partition(f'action="{action}"')
    return bool(form) and before.rfind('<details class="confirm">') > before.rfind("</details>")


def card(page: TestResponse, assignment_id: int) -> str:
    """One card's own HTML."""
    found = re.search(rf'<article[^>]*id="d{assignment_id}".*?</article>', page.text, re.DOTALL)
    assert found, f"no card d{assignment_id} on {page.request.path}"
    return found[0]


def everything() -> list[object]:
    """Whatever a refused request must not have changed."""
    states = db.session.execute(
        select(Assignment.id, Assignment.state, Assignment.version, Assignment.count).order_by(
            Assignment.id
        )
    )
    counts = [
        db.session.scalar(select(func.count()).select_from(table))
        for table in (CheckOff, Review, CheckIn, AuditEvent)
    ]
    return [*map(tuple, states), *counts]
