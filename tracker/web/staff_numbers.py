"""The numbers by which the campus's own sign-on names people: one, or all pasted at once."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user, login_required

from tracker import language
from tracker.db import transaction
from tracker.domain.errors import InvalidInput
from tracker.permissions import require_administer
from tracker.services import staff_numbers
from tracker.web import fetch, people
from tracker.web.filters import in_language, locale, now
from tracker.web.forms.staff_numbers import StaffNumberForm, StaffNumbersForm

blueprint = Blueprint("staff_numbers", __name__, url_prefix="/people")


@blueprint.post("/<int:user_id>/staff-number")
@login_required
def set_one(user_id: int) -> ResponseReturnValue:
    require_administer(current_user.actor)
    user, form = fetch.get_person(user_id), StaffNumberForm()
    if not form.validate():
        return people.person_page(user, number_form=form), 422
    try:
        with transaction():
            typed = form.staff_number.data or ""
            staff_numbers.set_one(user, current_user.actor, now(), typed)
    except InvalidInput as problem:
        form.staff_number.errors = [language.error(locale(), problem)]
        return people.person_page(user, number_form=form), 422
    flash(_("The staff number of %(name)s is saved.", name=in_language(user, "name")))
    return redirect(url_for("people.person", user_id=user.id), 303)


@blueprint.route("/staff-numbers", methods=["GET", "POST"])
@login_required
def set_many() -> ResponseReturnValue:
    require_administer(current_user.actor)
    form, status = StaffNumbersForm(), 200
    if form.validate_on_submit():
        try:
            with transaction():
                changed = staff_numbers.set_many(form.text.data, current_user.actor, now())
        except InvalidInput as problem:
            form.text.errors, status = [language.error(locale(), problem)], 422
        else:
            said = ngettext("%(num)s number is saved.", "%(num)s numbers are saved.", changed)
            flash(said)
            return redirect(url_for("people.show"), 303)
    elif form.is_submitted():
        status = 422
    return render_template("staff_numbers/form.html", form=form), status
