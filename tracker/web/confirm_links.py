"""Links over which people without an account confirm their own name."""

from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import clock, language, permissions
from tracker.db import transaction
from tracker.domain.errors import InvalidInput
from tracker.models.confirm_link import ConfirmLink
from tracker.models.roster import RosterItem
from tracker.services import confirm_links, login_delays
from tracker.web import fetch
from tracker.web.filters import locale, now
from tracker.web.forms.confirm_links import ConfirmLinkForm

blueprint = Blueprint("confirm_links", __name__)


@blueprint.post("/assignments/<int:assignment_id>/links")
@login_required
def issue(assignment_id: int) -> ResponseReturnValue:
    assignment = fetch.get_assignment_for(current_user.actor, assignment_id)
    permissions.require_act(current_user.actor, assignment)
    with transaction():
        link_id = confirm_links.issue(assignment, current_user.actor, now()).id
    return redirect(url_for("confirm_links.sheet", link_id=link_id), 303)


@blueprint.get("/links/<int:link_id>/sheet")
@login_required
def sheet(link_id: int) -> ResponseReturnValue:
    """To print and hang up, or to send on."""
    link = fetch.get_link_for(current_user.actor, link_id)
    permissions.require_act(current_user.actor, link.assignment)
    return render_template("confirm_links/sheet.html", link=link, open=_is_open(link))


@blueprint.post("/links/<int:link_id>/revoke")
@login_required
def revoke(link_id: int) -> ResponseReturnValue:
    link = fetch.get_link_for(current_user.actor, link_id)
    permissions.require_act(current_user.actor, link.assignment)
    with transaction():
        confirm_links.revoke(link, current_user.actor, now())
    flash(_("The link opens nothing any more. What was confirmed stays."))
    return redirect(url_for("assignments.show", assignment_id=link.assignment_id), 303)


@blueprint.get("/c/<token>")
def show(token: str) -> ResponseReturnValue:
    """Shows a page and changes nothing, however often it is fetched."""
    link = _find(token)
    return _page(link, ConfirmLinkForm(formdata=None))


@blueprint.post("/c/<token>")
def answer(token: str) -> ResponseReturnValue:
    """Looks a name up, or confirms one."""
    link = _find(token)
    if not _is_open(link):
        return _page(link, ConfirmLinkForm(formdata=None))
    keys = [login_delays.link_key(link.id, request.remote_addr)]
    wait = login_delays.left(keys, clock.real_now())
    if wait:
        abort(429)
    form = ConfirmLinkForm()
    if not form.validate():
        return _page(link, form, status=422)
    try:
        confirm_links.require_words(form.key.data or form.q.data or "")
        with transaction():
            login_delays.note_failure(keys, clock.real_now())
        if not form.key.data:
            return _page(link, form, confirm_links.matches(link, form.q.data or ""))
        with transaction():
            item = confirm_links.confirm(link, now(), form.key.data)
        return _page(link, ConfirmLinkForm(formdata=None), done=item)
    except InvalidInput as problem:
        form.q.errors = [language.error(locale(), problem)]
        return _page(link, form, status=422)


def _find(token: str) -> ConfirmLink:
    found = confirm_links.find(token)
    return found if found is not None else abort(404)


def _is_open(link: ConfirmLink) -> bool:
    return confirm_links.is_open(link, now())


def _page(
    link: ConfirmLink,
    form: ConfirmLinkForm,
    found: Sequence[RosterItem] | None = None,
    *,
    done: RosterItem | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    """410 for a link that is over."""
    is_open = _is_open(link)
    page = render_template(
        "confirm_links/show.html", link=link, form=form, found=found, done=done, open=is_open
    )
    return page, status if is_open else 410, {"X-Robots-Tag": "noindex"}
