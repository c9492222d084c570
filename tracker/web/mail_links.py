"""The page behind a link in a mail: one duty, one button. Looking changes nothing (B-35)."""

from collections.abc import Callable

from flask import Blueprint, abort, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tracker.db import transaction
from tracker.domain.vocabulary import State
from tracker.permissions import Actor
from tracker.services import assignments, audit, mail_links
from tracker.services.mail_links import MailLink
from tracker.web.filters import now
from tracker.web.forms.assignments import SeenForm

blueprint = Blueprint("mail_links", __name__)


@blueprint.get("/a/<mail_token>")
def show(mail_token: str) -> ResponseReturnValue:
    return _page(mail_token, _find(mail_token))


@blueprint.post("/a/<mail_token>")
def tick(mail_token: str) -> ResponseReturnValue:
    return _act(mail_token, assignments.check_off, "ticked_by_mail")


@blueprint.post("/a/<mail_token>/undo")
def undo(mail_token: str) -> ResponseReturnValue:
    return _act(mail_token, assignments.undo, "undone_by_mail")


def _find(token: str) -> MailLink:
    """404 for a token that is not ours."""
    link = mail_links.find(token, current_app.config["SECRET_KEY"])
    return link if link is not None else abort(404)


def _actor(link: MailLink) -> Actor | None:
    """Who acts on a plain tick: whoever is signed in, if it was mailed to them; else whom the token
    alone makes its bearer."""
    if mail_links.is_over(link, now()) or not mail_links.is_plain(link.assignment):
        return None
    if current_user.is_authenticated:
        return current_user.actor if current_user.user_id == link.user.id else None
    return mail_links.bearer(link, now())


def _act(token: str, step: Callable[..., None], event: str) -> ResponseReturnValue:
    link, form = _find(token), SeenForm()
    actor = _actor(link)
    if actor is None:
        return _page(token, link, status=403)
    if not form.validate():
        abort(400)
    assignment = link.assignment
    with transaction():
        assignments.lock(assignment)  # Else what a second click finds done would count as its own.
        before = assignment.version
        step(assignment, actor, now(), seen_version=form.version.data)
        if assignment.version != before:
            audit.record(actor, now(), f"assignment.{event}", "assignment", assignment.id)
    return redirect(url_for("mail_links.show", mail_token=token), 303)


def _page(token: str, link: MailLink, *, status: int = 200) -> ResponseReturnValue:
    """410 for a link that is over."""
    over, acts = mail_links.is_over(link, now()), _actor(link) is not None
    state = link.assignment.state
    page = render_template(
        "mail_links/show.html",
        token=token,
        assignment=link.assignment,
        user=link.user,
        over=over,
        may_tick=acts and state in (State.OPEN, State.RETURNED),
        may_undo=acts and state is State.DONE,
        plain=mail_links.is_plain(link.assignment),
    )
    return page, 410 if over else status, {"X-Robots-Tag": "noindex"}
