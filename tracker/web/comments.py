"""What people say to one another about a duty."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import language
from tracker.db import transaction
from tracker.domain.errors import InvalidInput
from tracker.services import comments
from tracker.web import fetch, steps
from tracker.web.filters import locale, now
from tracker.web.forms.comments import CommentForm

blueprint = Blueprint("comments", __name__, url_prefix="/assignments")


@blueprint.post("/<int:assignment_id>/comments")
@login_required
def add(assignment_id: int) -> ResponseReturnValue:
    assignment = fetch.get_assignment_for(current_user.actor, assignment_id)
    comments.require_comment(current_user.actor, assignment)
    form = CommentForm()
    if not form.validate():
        return steps.page(assignment, form), 422
    try:
        with transaction():
            unknown = comments.add(
                assignment, current_user.actor, now(), words=form.words.data or ""
            )
    except InvalidInput as problem:
        form.words.errors = [language.error(locale(), problem)]
        return steps.page(assignment, form), 422
    flash(_("Your words stand below."))
    if unknown:
        named = _(", ").join(f"@{word}" for word in unknown)
        flash(_("Nobody here is called %(names)s, so nobody was mailed for it.", names=named))
    here = url_for("assignments.show", assignment_id=assignment_id, _anchor="conversation")
    return redirect(here, 303)
