"""Table 1 as the screen of academic affairs, and bulk verification of the reports that wait."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import (
    Blueprint,
    abort,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user, login_required

from tracker import clock, language
from tracker.db import transaction
from tracker.domain.errors import DomainError, IllegalStep, InvalidInput, StaleVersion
from tracker.models.assignment import Assignment
from tracker.models.plan import Plan
from tracker.permissions import can_oversee
from tracker.queries.audit import head
from tracker.queries.board import board
from tracker.queries.heartbeat import heart_stands
from tracker.queries.outbox import needs_a_person, relay
from tracker.queries.people import vacancies
from tracker.queries.plans import current_plan
from tracker.queries.standing import notices
from tracker.queries.urges import marks
from tracker.queries.waiting import waiting, waiting_count
from tracker.services import reviews
from tracker.web import choices, faces, fetch, matrix
from tracker.web.filters import locale, now
from tracker.web.forms.board import MOST, BulkReviewForm

blueprint = Blueprint("board", __name__)


SHOWS = ("all", "overdue", "waiting")


@dataclass(frozen=True)
class Choice:
    """What the address asks for: the plan (`asked` as written there, None for the current one),
    one unit's code or None, and one of SHOWS."""

    plan: Plan
    asked: str | None
    unit: str | None
    show: str

    def url(self, **changed: Any) -> str:
        """The board's address with part of the choice changed."""
        chosen: dict[str, Any] = {"unit": self.unit, "show": self.show, **changed}
        if chosen["show"] == "all":
            chosen["show"] = None
        return url_for("board.show", plan=self.asked, **chosen)

    def view(self) -> matrix.View:
        seen = board(self.plan.id, current_user.actor, now())
        return matrix.view(seen, self.unit, now(), overdue_only=self.show == "overdue")


class _Refused(Exception):
    """Some of the picked reports could not be reviewed, so nothing is saved. `failures`: one
    sentence each."""

    def __init__(self, failures: list[str]) -> None:
        super().__init__(*failures)
        self.failures = failures


@blueprint.get("/board")
@login_required
def show() -> ResponseReturnValue:
    choice = _choice(request.args.get("plan"), request.args.get("unit"), request.args.get("show"))
    if choice is None:
        return render_template("board/empty.html")
    if choice.show == "waiting":
        return _waiting_page(choice, BulkReviewForm(formdata=None))
    waits = waiting_count(choice.plan.id, current_user.actor, choice.unit)
    return render_template(
        "board/show.html",
        view=choice.view(),
        choice=choice,
        waits=waits,
        head=head(),
        notices=notices(current_user.actor, now()),
        undelivered=needs_a_person() if can_oversee(current_user.actor) else 0,
        relay=relay() if can_oversee(current_user.actor) else None,
        heart_stands=can_oversee(current_user.actor) and heart_stands(clock.real_now()),
        urged=marks(choice.plan.id, current_user.actor),
        vacant=vacancies(now()) if can_oversee(current_user.actor) else 0,
    )


@blueprint.post("/board/verify")
@login_required
def verify() -> ResponseReturnValue:
    def accept(assignment: Assignment, seen: int, _form: BulkReviewForm) -> None:
        reviews.verify(assignment, current_user.actor, now(), seen_version=seen)

    def said(num: int) -> str:
        return ngettext("%(num)s report is verified.", "%(num)s reports are verified.", num)

    return _review(accept, said)


@blueprint.post("/board/send-back")
@login_required
def send_back() -> ResponseReturnValue:
    def return_it(assignment: Assignment, seen: int, form: BulkReviewForm) -> None:
        reason = form.reason.data or ""
        reviews.send_back(assignment, current_user.actor, now(), seen_version=seen, reason=reason)

    def said(num: int) -> str:
        return ngettext("%(num)s report is sent back.", "%(num)s reports are sent back.", num)

    return _review(return_it, said)


def _review(
    act: Callable[[Assignment, int, BulkReviewForm], None], said: Callable[[int], str]
) -> ResponseReturnValue:
    """All picked reports in one transaction, or none of them and a sentence for each refusal."""
    form = BulkReviewForm()
    choice = _choice(form.plan.data, form.unit.data, "waiting")
    if choice is None:
        abort(404)
    picked = _picked()
    if not picked:
        problem = _("Choose the reports first.")
        return _waiting_page(choice, form, 422, problem=problem)
    if not form.validate():
        return _waiting_page(choice, form, 422, picked=picked)
    try:
        with transaction():
            _act_on_each(act, picked, form)
    except _Refused as refused:
        return _waiting_page(choice, form, 409, picked=picked, failures=refused.failures)
    except InvalidInput as invalid:
        form.reason.errors = [language.error(locale(), invalid)]
        return _waiting_page(choice, form, 422, picked=picked)
    flash(said(len(picked)))
    return redirect(choice.url(), 303)


def _act_on_each(
    act: Callable[[Assignment, int, BulkReviewForm], None],
    picked: dict[int, int],
    form: BulkReviewForm,
) -> None:
    """In order of id. Goes on after a refusal, so that the person hears of all at once, and then
    raises _Refused."""
    failures = []
    for assignment_id, seen in sorted(picked.items()):
        assignment = fetch.get_assignment_for(current_user.actor, assignment_id)
        try:
            act(assignment, seen, form)
        except (StaleVersion, IllegalStep) as problem:
            failures.append(_failure(assignment, problem))
    if failures:
        raise _Refused(failures)


def _failure(assignment: Assignment, problem: DomainError) -> str:
    task = assignment.duty.tasks[0]
    return faces.named(assignment.unit, task, language.error(locale(), problem))


def _waiting_page(
    choice: Choice,
    form: BulkReviewForm,
    status: int = 200,
    *,
    picked: dict[int, int] | None = None,
    problem: str = "",
    failures: Sequence[str] = (),
) -> ResponseReturnValue:
    """The list of what waits. `picked` stays ticked where the page comes back with a problem."""
    actor = current_user.actor
    reports = waiting(choice.plan.id, actor, choice.unit)
    if picked is None and request.args.get("pick") == "all":
        picked = {report.assignment_id: report.version for report in reports}
    page = render_template(
        "board/waiting.html",
        view=choice.view(),
        choice=choice,
        form=form,
        reports=reports,
        waits=waiting_count(choice.plan.id, actor, choice.unit),
        picked=picked or {},
        problem=problem,
        failures=failures,
    )
    return page, status


def _choice(plan: str | None, unit: str | None, show: str | None) -> Choice | None:
    """What the address asks for; None where there is no plan to show. 400 for what is no choice,
    404 for a plan or unit that is not the reader's to see."""
    if (show or "all") not in SHOWS:
        choices.unknown(show or "")
    if request.args.get("pick", "all") != "all":
        choices.unknown(request.args["pick"])
    actor = current_user.actor
    found = fetch.get_plan_for(actor, fetch.number(plan)) if plan else current_plan(actor)
    if found is None:
        return None
    code = fetch.get_unit_for(actor, unit).code if unit else None
    return Choice(found, plan or None, code, show or "all")


def _picked() -> dict[int, int]:
    """Assignment id -> the version that was seen. 400 for what no page of ours sends."""
    ids = request.form.getlist("id")
    if len(ids) > MOST:
        choices.refuse(_("At most %(max)s reports at once, please.", max=MOST))
    return {
        fetch.number(text): fetch.number(request.form.get(f"version-{text}", "")) for text in ids
    }
