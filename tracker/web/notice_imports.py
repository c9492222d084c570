"""Bringing a notice: read, shown, corrected, made a draft or taken as an amendment."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import language
from tracker.db import db, transaction
from tracker.domain.errors import N_, IllegalStep, InvalidInput, StaleDifference
from tracker.domain.notice_choices import Choices
from tracker.domain.notice_staging import choices_from, tables_from
from tracker.domain.spreadsheets import csv_bytes
from tracker.domain.vocabulary import DutyRole, UnitKind
from tracker.models.notice_import import NoticeImport
from tracker.models.plan import Plan
from tracker.permissions import require_administer
from tracker.queries.notice_imports import same_title
from tracker.services import notice_imports
from tracker.services.notice_files import read_notice
from tracker.web import fetch
from tracker.web.filters import label, locale, now
from tracker.web.forms.notice_imports import AmendForm, ChoicesForm, NoticeFileForm
from tracker.web.notice_faces import preview as preview_of

blueprint = Blueprint("notice_imports", __name__, url_prefix="/plans")

EXAMPLE = (
    ("序号", "时间节点", "问题、任务与措施", "教务处", "学工处", "各学院", "网络中心"),
    (
        "1",
        "22日结束前",
        "成立工作组",
        "牵头成立校区工作组",
        "参与",
        "成立学院工作组",
        "检查校园网络",
    ),
    ("2", "20日—23日", "课程建群", "检查", "配合", "确保全部建立", "^"),
    ("3", "每日17:00前", "报送进展", "掌握", "", "做好每日报送", "^"),
)


@blueprint.route("/import", methods=["GET", "POST"])
@login_required
def read() -> ResponseReturnValue:
    """A file, read and kept for its preview; no plan changes."""
    require_administer(current_user.actor)
    return _read(None)


@blueprint.route("/<int:plan_id>/import", methods=["GET", "POST"])
@login_required
def read_again(plan_id: int) -> ResponseReturnValue:
    """The same for a notice that amends a plan."""
    plan = fetch.get_plan_or_draft_for(current_user.actor, plan_id)
    require_administer(current_user.actor)
    return _read(plan)


@blueprint.get("/import/example.csv")
@login_required
def example() -> ResponseReturnValue:
    headers = {"Content-Disposition": "attachment; filename=notice.csv"}
    return Response(csv_bytes(EXAMPLE[0], EXAMPLE[1:]), mimetype="text/csv", headers=headers)


@blueprint.get("/import/<int:notice_id>")
@login_required
def preview(notice_id: int) -> ResponseReturnValue:
    return _preview_page(_staged(notice_id))


@blueprint.post("/import/<int:notice_id>/correct")
@login_required
def correct(notice_id: int) -> ResponseReturnValue:
    staged = _staged(notice_id)
    try:
        with transaction():
            notice_imports.correct(staged, _choices(staged), current_user.actor, now())
    except (InvalidInput, IllegalStep) as problem:
        return _preview_page(staged, refused=problem), 422
    return redirect(url_for("notice_imports.preview", notice_id=notice_id), 303)


@blueprint.post("/import/<int:notice_id>/create")
@login_required
def create(notice_id: int) -> ResponseReturnValue:
    """What is on the page becomes a draft, or nothing is kept."""
    staged = _staged(notice_id)
    if staged.amends:
        return redirect(url_for("notice_imports.preview", notice_id=notice_id), 303)
    choices = choices_from(staged.choices)
    try:
        with transaction():
            if staged.confirmed_at is None:
                choices = _choices(staged)
                notice_imports.correct(staged, choices, current_user.actor, now())
            plan = notice_imports.create(staged, current_user.actor, now())
            plan_id, rows = plan.id, len(plan.tasks)
    except (InvalidInput, IllegalStep) as problem:
        return _preview_page(staged, choices, refused=problem), 422
    flash(
        _(
            "The draft is made, with %(num)s rows. Nobody is told of it before it is published.",
            num=rows,
        )
    )
    return redirect(url_for("plans.show", plan_id=plan_id), 303)


@blueprint.post("/import/<int:notice_id>/amend")
@login_required
def amend(notice_id: int) -> ResponseReturnValue:
    """The difference that was shown, taken once."""
    staged, form = _staged(notice_id), AmendForm()
    if not staged.amends:
        return redirect(url_for("notice_imports.preview", notice_id=notice_id), 303)
    if not form.validate():
        return _preview_page(staged, form=form), 422
    try:
        with transaction():
            found = notice_imports.amend(
                staged, current_user.actor, now(), reason=form.reason.data or ""
            )
            plan_id = staged.plan_id
    except StaleDifference:
        with transaction():
            notice_imports.show_anew(staged, current_user.actor)
        return _preview_page(staged, stale=True), 409
    except (InvalidInput, IllegalStep) as problem:
        return _preview_page(staged, form=form, refused=problem), 422
    flash(
        _(
            "The plan says what the amended notice says: rows added %(added)s, changed "
            "%(changed)s, dropped %(dropped)s. Every report has stayed.",
            added=len(found.rows_added),
            changed=len(found.rows_changed),
            dropped=len(found.rows_dropped),
        )
    )
    return redirect(url_for("plans.show", plan_id=plan_id), 303)


def _read(plan: Plan | None) -> ResponseReturnValue:
    if request.method == "GET":
        return _file_page(plan, NoticeFileForm(formdata=None))
    form = NoticeFileForm()
    if not form.validate():
        return _file_page(plan, form), 422
    try:
        file = form.file.data
        if file is None or not file.filename:
            raise InvalidInput("file", N_("Choose the file of the notice."))
        found = read_notice(file.filename, file.read())
        with transaction():
            staged = notice_imports.stage(
                found,
                plan,
                current_user.actor,
                now(),
                source=file.filename,
                issued_on=form.issued_on.data,
                launches_on=form.launches_on.data,
            )
            notice_id = staged.id
    except (InvalidInput, IllegalStep) as problem:
        form.file.errors = [language.error(locale(), problem)]
        return _file_page(plan, form), 422
    return redirect(url_for("notice_imports.preview", notice_id=notice_id), 303)


def _staged(notice_id: int) -> NoticeImport:
    staged = fetch.get_notice_import_for(current_user.actor, notice_id)
    require_administer(current_user.actor)
    return staged


def _choices(staged: NoticeImport) -> Choices:
    form = ChoicesForm()
    if not form.validate():
        raise InvalidInput("notice", N_("The page was sent incompletely. Load it anew."))
    return form.applied(choices_from(staged.choices))


def _file_page(plan: Plan | None, form: NoticeFileForm) -> str:
    return render_template(
        "notice_imports/read.html", plan=plan, form=form, example=EXAMPLE, ditto="同上"
    )


def _preview_page(
    staged: NoticeImport,
    choices: Choices | None = None,
    *,
    form: AmendForm | None = None,
    refused: InvalidInput | IllegalStep | None = None,
    stale: bool = False,
) -> str:
    shown = notice_imports.show(staged, choices)
    tables, choices = tables_from(staged.tables), choices or choices_from(staged.choices)
    return render_template(
        "notice_imports/preview.html",
        staged=staged,
        plan=db.session.get(Plan, staged.plan_id) if staged.plan_id else None,
        twin=None if staged.plan_id else same_title(choices.title),
        read=tables,
        choices=choices,
        seen=preview_of(tables, choices, shown.understood),
        understood=shown.understood,
        found=shown.difference,
        form=form or AmendForm(formdata=None),
        refused=language.error(locale(), refused) if refused else "",
        stale=stale,
        kinds=[kind for kind in UnitKind if kind.is_asked],
        roles=list(DutyRole),
        role_names={role.value: label(role) for role in DutyRole},
    )
