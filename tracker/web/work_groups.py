"""Who is in the working group that a duty asks for."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user, login_required

from tracker import language, permissions
from tracker.db import transaction
from tracker.domain.errors import InvalidInput
from tracker.domain.vocabulary import GroupPart
from tracker.services import work_groups
from tracker.web import fetch, steps
from tracker.web.filters import locale, now
from tracker.web.forms.work_groups import GroupForm

blueprint = Blueprint("work_groups", __name__)


@blueprint.post("/assignments/<int:assignment_id>/group")
@login_required
def add(assignment_id: int) -> ResponseReturnValue:
    assignment = fetch.get_assignment_for(current_user.actor, assignment_id)
    permissions.require_act(current_user.actor, assignment)
    form = GroupForm()
    if not form.validate():
        return steps.page(assignment, form), 422
    try:
        with transaction():
            added = work_groups.add(
                assignment,
                current_user.actor,
                now(),
                part=GroupPart(form.part.data),
                people=form.people.data or "",
            )
    except InvalidInput as problem:
        form.people.errors = [language.error(locale(), problem)]
        return steps.page(assignment, form), 422
    flash(ngettext("%(num)s person is entered.", "%(num)s people are entered.", added))
    return _back(assignment_id)


@blueprint.post("/group-members/<int:member_id>/remove")
@login_required
def leave(member_id: int) -> ResponseReturnValue:
    member = fetch.get_group_member_for(current_user.actor, member_id)
    permissions.require_act(current_user.actor, member.assignment)
    assignment_id = member.assignment_id
    with transaction():
        work_groups.leave(member, current_user.actor, now())
    flash(_("Removed. The history keeps it."))
    return _back(assignment_id)


def _back(assignment_id: int) -> ResponseReturnValue:
    here = url_for("assignments.show", assignment_id=assignment_id, _anchor="group")
    return redirect(here, 303)
