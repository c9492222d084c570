"""Frozen reports: the list, one on a page, and as files."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import clock
from tracker.db import transaction
from tracker.documents import report_pdf
from tracker.documents.report_changes import changes
from tracker.documents.report_docx import document
from tracker.documents.report_matrix import parts
from tracker.documents.report_pdf import NoFont, NoPdf, TooLarge
from tracker.documents.report_view import ReportView
from tracker.domain.report_evenings import next_evening
from tracker.models.plan import Plan
from tracker.models.report import Report
from tracker.permissions import actor_for, can_oversee, require_administer
from tracker.queries import audit
from tracker.queries import reports as queries
from tracker.services import reports
from tracker.sheets.reports import workbook
from tracker.web import choices, fetch
from tracker.web.filters import locale, now
from tracker.web.forms import Form
from tracker.web.forms.reports import HourForm, ReaderForm

blueprint = Blueprint("reports", __name__)

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/plans/<int:plan_id>/reports")
@login_required
def index(plan_id: int) -> ResponseReturnValue:
    plan = fetch.get_whole_plan_for(current_user.actor, plan_id)
    return listing(plan, ReaderForm(formdata=None), HourForm(formdata=None, at=plan.report_at))


def listing(plan: Plan, reader: ReaderForm, hour: HourForm) -> str:
    page = choices.existing(queries.listing(plan, choices.page_number()))
    older = queries.before(page.items[-1]) if page.items else None
    readers = queries.readers(plan)
    earlier = [*page.items[1:], older] if page.items else []
    return render_template(
        "reports/index.html",
        plan=plan,
        page=page,
        lines=list(zip(page.items, earlier, strict=True)),
        gaps=queries.missed_days(page.items),
        readers=readers,
        partial={user.id for user in readers if not can_oversee(actor_for(user, now()))},
        reader_form=reader,
        hour_form=hour,
        next_at=next_evening(plan.report_at, plan.zone, now()) if plan.report_at else None,
    )


@blueprint.post("/plans/<int:plan_id>/reports")
@login_required
def freeze(plan_id: int) -> ResponseReturnValue:
    plan = fetch.get_whole_plan_for(current_user.actor, plan_id)
    if not Form().validate():
        abort(400)
    with transaction():
        reports.hold(plan)
        report, made = reports.ask(plan, current_user.actor, clock.now())
        report_id, number = report.id, report.number
    if made:
        flash(_("Report no. %(number)s is frozen. It never changes.", number=number))
    else:
        flash(_("The same as report no. %(number)s; no other one was made.", number=number))
    return redirect(url_for("reports.show", report_id=report_id), 303)


@blueprint.post("/plans/<int:plan_id>/reports/hour")
@login_required
def set_hour(plan_id: int) -> ResponseReturnValue:
    plan = fetch.get_whole_plan_for(current_user.actor, plan_id)
    require_administer(current_user.actor)
    form = HourForm()
    if not form.validate():
        return listing(plan, ReaderForm(formdata=None), form), 422
    with transaction():
        reports.set_hour(plan, current_user.actor, now(), report_at=form.at.data)
    if form.at.data is None:
        flash(_("No daily report is made any more."))
    else:
        flash(_("A report is frozen every day at %(at)s.", at=form.at.data.strftime("%H:%M")))
    return redirect(url_for("reports.index", plan_id=plan_id), 303)


@blueprint.get("/reports/<int:report_id>")
@login_required
def show(report_id: int) -> ResponseReturnValue:
    report = fetch.get_report_for(current_user.actor, report_id)
    view = _view(report)
    return render_template(
        "reports/show.html",
        report=report,
        plan=report.plan,
        view=view,
        changes=changes(view),
        stands=audit.stands(view.facts.audit_event, report.audit_head) and audit.is_whole(report),
        neighbours=queries.neighbours(report),
        has_pdf=report_pdf.available(),
    )


@blueprint.get("/reports/<int:report_id>.txt")
@login_required
def as_text(report_id: int) -> ResponseReturnValue:
    report = fetch.get_report_for(current_user.actor, report_id)
    return _file(report, f"{_view(report).text}\n".encode(), "text/plain; charset=utf-8", "txt")


@blueprint.get("/reports/<int:report_id>.xlsx")
@login_required
def as_workbook(report_id: int) -> ResponseReturnValue:
    report = fetch.get_report_for(current_user.actor, report_id)
    return _file(report, workbook(_view(report)), EXCEL, "xlsx")


@blueprint.get("/reports/<int:report_id>.docx")
@login_required
def as_document(report_id: int) -> ResponseReturnValue:
    report = fetch.get_report_for(current_user.actor, report_id)
    return _file(report, document(_view(report)), WORD, "docx")


@blueprint.get("/reports/<int:report_id>.pdf")
@login_required
def as_pdf(report_id: int) -> ResponseReturnValue:
    """404 with the way to paper where this server makes no PDF, or only boxes (B-53)."""
    report = fetch.get_report_for(current_user.actor, report_id)
    view = _view(report)
    html = render_template(
        "reports/paper.html", view=view, changes=changes(view), parts=parts(view.matrix)
    )
    try:
        return _file(report, report_pdf.pdf(html), "application/pdf", "pdf")
    except (NoPdf, NoFont, TooLarge) as problem:
        why = type(problem).__name__
        return render_template("reports/no_pdf.html", report=report, why=why), 404


def _view(report: Report) -> ReportView:
    facts = queries.facts_of(report)
    return ReportView(facts, report.digest, queries.compared(facts), locale())


def _file(report: Report, content: bytes, kind: str, extension: str) -> Response:
    name = f"report-{report.plan_id}-{report.number}.{extension}"
    headers = {"Content-Disposition": f"attachment; filename={name}"}
    return Response(content, content_type=kind, headers=headers)
