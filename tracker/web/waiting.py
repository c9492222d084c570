"""Reports that wait for verification: the list of them, and several dealt with at once."""

from collections.abc import Callable, Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user, login_required

from tracker import language
from tracker.db import transaction
from tracker.domain.errors import DomainError, IllegalStep, InvalidInput, StaleVersion
from tracker.models.assignment import Assignment
from tracker.queries.board import board
from tracker.queries.waiting import WaitingReport, waiting, waiting_count
from tracker.services import reviews
from tracker.web import board_choice, choices, faces, fetch, live, matrix
from tracker.web.board_choice import Choice
from tracker.web.filters import locale, now
from tracker.web.forms.board import MOST, BulkReviewForm

blueprint = Blueprint("waiting", __name__)


class _Refused(Exception):
    """Some of the picked reports could not be reviewed, so nothing is saved. `failures`: one
    sentence each."""

    def __init__(self, failures: list[str]) -> None:
        super().__init__(*failures)
        self.failures = failures


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
    asked = {"plan": form.plan.data or "", "unit": form.unit.data or "", "show": "waiting"}
    choice = board_choice.find(board_choice.read(asked))
    if choice is None:
        abort(404)
    picked = _picked()
    if not picked:
        problem = _("Choose the reports first.")
        return page(choice, form, 422, problem=problem)
    if not form.validate():
        return page(choice, form, 422, picked=picked)
    try:
        with transaction():
            _act_on_each(act, picked, form)
    except _Refused as refused:
        return page(choice, form, 409, picked=picked, failures=refused.failures)
    except InvalidInput as invalid:
        form.reason.errors = [language.error(locale(), invalid)]
        return page(choice, form, 422, picked=picked)
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


def page(
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
    waits = waiting_count(choice.plan.id, actor, choice.unit)
    tag = _tag(reports, waits)
    if live.is_poll():
        return live.unchanged(tag) if live.is_unchanged(tag) else live.changed()
    if picked is None:
        picked = {report.assignment_id: report.version for report in reports if _is_chosen(report)}
    page = render_template(
        "board/waiting.html",
        view=matrix.view(board(choice.plan.id, actor, now()), choice, now()),
        choice=choice,
        form=form,
        reports=reports,
        waits=waits,
        tag=tag if request.method == "GET" else None,
        picked=picked,
        sought=len(set(request.args.getlist("id"))),
        problem=problem,
        failures=failures,
    )
    return page, status


def _tag(reports: Sequence[WaitingReport], waits: int) -> str:
    """The same as long as the same reports wait."""
    waiting = [(report.assignment_id, report.version) for report in reports]
    return live.tag((*waiting, waits), timed=False)


def _is_chosen(report: WaitingReport) -> bool:
    """By the address: `pick=all`, or its `id` is among those given."""
    given = request.args
    return given.get("pick") == "all" or str(report.assignment_id) in given.getlist("id")


def _picked() -> dict[int, int]:
    """Assignment id -> the version that was seen. 400 for what no page of ours sends."""
    ids = request.form.getlist("id")
    if len(ids) > MOST:
        choices.refuse(_("At most %(max)s reports at once, please.", max=MOST))
    return {
        fetch.number(text): fetch.number(request.form.get(f"version-{text}", "")) for text in ids
    }
