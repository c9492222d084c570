"""What a cell of the board tells before it is opened."""

from datetime import datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from tracker.domain.vocabulary import Light
from tracker.models.assignment import Assignment
from tracker.models.urge import UrgedAssignment
from tracker.queries.ladder import next_reminder
from tracker.queries.rosters import progress_of
from tracker.queries.trail import Trail, trail
from tracker.queries.urges import of_assignment
from tracker.web import fetch
from tracker.web.filters import now

blueprint = Blueprint("cards", __name__)
_OVER = (Light.SETTLED, Light.WAIVED, Light.NOTHING)


@blueprint.get("/assignments/<int:assignment_id>/card")
@login_required
def show(assignment_id: int) -> ResponseReturnValue:
    """A part of a page: the board's script puts it beside the cell."""
    assignment = fetch.get_assignment_for(current_user.actor, assignment_id)
    story = trail(assignment, now())
    return render_template(
        "cards/show.html",
        assignment=assignment,
        duty=assignment.duty,
        trail=story,
        urged=_urged(assignment, story),
        listed=progress_of(assignment),
        next_at=None if story.light in _OVER else _next(assignment),
    )


def _urged(assignment: Assignment, story: Trail) -> UrgedAssignment | None:
    """The last urge, where nothing has happened to the assignment since."""
    last = next(iter(of_assignment(assignment)), None)
    stale = last and story.latest and story.latest.at > (last.answered_at or last.urge.at)
    return None if stale else last


def _next(assignment: Assignment) -> datetime | None:
    return next_reminder(assignment.duty.plan, assignment.duty.due_at, now())
