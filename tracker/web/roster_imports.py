"""Bringing a list of names: read, shown, taken."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import language
from tracker.db import transaction
from tracker.domain.errors import InvalidInput, StaleDifference
from tracker.domain.spreadsheets import csv_bytes
from tracker.models.plan import Task
from tracker.models.roster import RosterImport
from tracker.services import roster_files, roster_imports
from tracker.web import fetch_rosters
from tracker.web.filters import in_language, locale, now
from tracker.web.forms.rosters import ConfirmForm, ImportForm

blueprint = Blueprint("roster_imports", __name__, url_prefix="/rosters")
SHOWN = 200
"""Names of a difference that are listed; the rest is counted."""

EXAMPLE = (
    ("编号", "名称", "单位", "班级"),
    ("CS101-01", "程序设计基础", "计算机学院", "任课教师"),
)


@blueprint.route("/<int:task_id>/import", methods=["GET", "POST"])
@login_required
def read(task_id: int) -> ResponseReturnValue:
    """A file or a paste, read and shown; nothing is changed before it is confirmed."""
    task, reach = fetch_rosters.get_roster_for(current_user.actor, task_id)
    unit = fetch_rosters.get_own_unit(current_user.actor, reach)
    roster_imports.require_import(task, unit, current_user.actor)
    if request.method == "GET":
        return _import_page(task, ImportForm(formdata=None))
    form = ImportForm()
    try:
        if not form.validate():
            return _import_page(task, form), 422
        source, listed = _read(form)
        with transaction():
            imported = roster_imports.preview(
                task,
                unit,
                current_user.actor,
                now(),
                source=source,
                listed=listed.rows,
                missing_only=listed.missing_only,
            )
            imported_id = imported.id
    except InvalidInput as problem:
        form.file.errors = [language.error(locale(), problem)]
        return _import_page(task, form), 422
    return redirect(url_for("roster_imports.preview", task_id=task_id, import_id=imported_id), 303)


@blueprint.get("/<int:task_id>/import/<int:import_id>")
@login_required
def preview(task_id: int, import_id: int) -> ResponseReturnValue:
    return _preview_page(*_import(task_id, import_id), ConfirmForm(formdata=None))


@blueprint.post("/<int:task_id>/import/<int:import_id>/confirm")
@login_required
def confirm(task_id: int, import_id: int) -> ResponseReturnValue:
    task, imported = _import(task_id, import_id)
    form = ConfirmForm()
    if not form.validate():
        return _preview_page(task, imported, form), 422
    try:
        with transaction():
            found = roster_imports.confirm(
                imported, current_user.actor, now(), leave_doubtful=bool(form.leave_doubtful.data)
            )
    except StaleDifference:
        return _look_again(task, imported)
    except InvalidInput as problem:
        form.leave_doubtful.errors = [language.error(locale(), problem)]
        return _preview_page(task, imported, form), 422
    flash(
        _(
            "The roster is up to date: %(added)s added, %(changed)s changed, %(dropped)s dropped.",
            added=len(found.added),
            changed=len(found.changed),
            dropped=len(found.dropped),
        )
    )
    return redirect(url_for("rosters.show", task_id=task_id, show="all"), 303)


@blueprint.get("/example.csv")
@login_required
def example() -> ResponseReturnValue:
    headers = {"Content-Disposition": "attachment; filename=example.csv"}
    return Response(csv_bytes(EXAMPLE[0], EXAMPLE[1:]), mimetype="text/csv", headers=headers)


def _import(task_id: int, import_id: int) -> tuple[Task, RosterImport]:
    """404 for somebody else's list."""
    task, _reach = fetch_rosters.get_roster_for(current_user.actor, task_id)
    imported = fetch_rosters.get_import_for(current_user.actor, task, import_id)
    return task, imported


def _look_again(task: Task, imported: RosterImport) -> ResponseReturnValue:
    """Somebody changed the roster meanwhile: the same list, read against what stands now."""
    with transaction():
        roster_imports.show_anew(imported, current_user.actor)
    return _preview_page(task, imported, ConfirmForm(formdata=None), stale=True), 409


def _read(form: ImportForm) -> tuple[str, roster_files.ReadList]:
    units = roster_imports.spellings()
    file = form.file.data
    if file is not None and file.filename:
        return file.filename, roster_files.read_list(file.filename, file.read(), units)
    if not (form.text.data or "").strip():
        raise InvalidInput("file", _("Choose a file, or paste a table."))
    return _("pasted table"), roster_files.read_paste(form.text.data or "", units)


def _import_page(task: Task, form: ImportForm) -> str:
    return render_template("rosters/import.html", task=task, form=form, example=EXAMPLE)


def _preview_page(
    task: Task, imported: RosterImport, form: ConfirmForm, *, stale: bool = False
) -> str:
    return render_template(
        "rosters/preview.html",
        task=task,
        imported=imported,
        found=roster_imports.show(imported),
        unit_names={unit.code: in_language(unit, "name") for unit in roster_imports.colleges()},
        most=SHOWN,
        form=form,
        stale=stale,
    )
