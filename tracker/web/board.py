"""Table 1 as the screen of academic affairs: a page that follows what happens."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, render_template, session
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from markupsafe import Markup

from tracker import clock
from tracker.domain.comparison import newly
from tracker.permissions import can_oversee
from tracker.queries.audit import head
from tracker.queries.board import board
from tracker.queries.comparison import since
from tracker.queries.heartbeat import heart_stands
from tracker.queries.outbox import needs_a_person, relay
from tracker.queries.people import vacancies
from tracker.queries.plans import current_plans
from tracker.queries.pulse import Pulse, beats_on, pulse
from tracker.queries.standing import notices
from tracker.queries.urges import marks
from tracker.queries.waiting import waiting_count
from tracker.services import sessions
from tracker.web import board_choice, board_rows, campuses, fragments, live, matrix, waiting
from tracker.web.board_choice import Choice
from tracker.web.filters import locale, now
from tracker.web.forms.board import BulkReviewForm

blueprint = Blueprint("board", __name__)


@dataclass(frozen=True)
class Body:
    """What is inside the page. `single`: of one unit, as a list."""

    html: Markup
    single: bool


@blueprint.before_request
def poll() -> ResponseReturnValue | None:
    """A poll after a page of which nothing has changed costs one query, the login's included."""
    found = live.watched()
    if found is None:
        return None
    tag, seen = found
    digest = sessions.digest(seen.token)
    asked = (seen.actor, seen.plan_id, digest, seen.locale)
    if beats_on(seen.facts, *asked, now(), clock.real_now()):
        return live.unchanged(tag)
    return None


@blueprint.get("/board")
@login_required
def show() -> ResponseReturnValue:
    choice = board_choice.read()
    if choice.show == "waiting":
        return _waiting(choice)
    felt = pulse(current_user.actor, choice.plan_id, now(), clock.real_now())
    if felt is None:
        return _without_plan(choice)
    tag = live.tag(felt)
    live.watch(tag, choice.plan_id, felt)
    if live.is_unchanged(tag):
        return live.unchanged(tag)
    found = board_choice.find(choice)
    if found is None:
        return _without_plan(choice)
    if found.is_above_campuses:
        return campuses.page(found)
    has_messages = "_flashes" in session and not live.is_poll()
    body = _body(found, felt)
    if found.wall:
        page = render_template("board/wall.html", body=body, tag=tag, ends_at=current_user.ends_at)
    else:
        page = render_template("board/show.html", choice=found, body=body, tag=tag)
    return live.page(page, tag, has_messages=has_messages)


def _waiting(choice: Choice) -> ResponseReturnValue:
    found = board_choice.find(choice)
    if found is None:
        return render_template("board/empty.html")
    return waiting.page(found, BulkReviewForm(formdata=None))


def _without_plan(choice: Choice) -> ResponseReturnValue:
    """404 where one was asked for."""
    board_choice.find(choice)
    return render_template("board/empty.html")


def _body(choice: Choice, felt: Pulse) -> Body:
    """The same for all readers who see the same, as long as the pulse is the same."""
    actor = current_user.actor
    reader = (locale(), actor.is_observer, actor.posts, actor.campus_units)
    key: Hashable = (felt, live.minute(now()), reader, choice.url(), choice.since_at)
    found: Body = fragments.kept(fragments.BODIES).get(key, lambda: _made(choice))
    return found


def _made(choice: Choice) -> Body:
    actor, plan = choice.looker, choice.plan
    seen = board(plan.id, actor, now())
    view = matrix.view(seen, choice, now())
    if choice.cluster and not view.units:
        abort(404)
    turned = since(seen, choice.since_at) if choice.since_at else {}
    compared = [(face, turned[face.cell.assignment_id]) for face in view.faces if face.id in turned]
    urged = marks(plan.id, actor)
    html = render_template(
        "board/_body.html",
        view=view,
        choice=choice,
        plans=current_plans(actor),
        waits=waiting_count(plan.id, actor, choice.unit),
        head=head(),
        notices=notices(actor, now()),
        urged=urged,
        row_html=board_rows.drawer(choice, urged, turned),
        compared=compared,
        newly=newly(turn for _face, turn in compared),
        moments=board_choice.moments(),
        **(_alarms() if can_oversee(actor) else {}),
    )
    return Body(Markup(html), view.single)


def _alarms() -> dict[str, Any]:
    return {
        "undelivered": needs_a_person(),
        "relay": relay(),
        "heart_stands": heart_stands(clock.real_now()),
        "vacant": vacancies(now()),
    }
