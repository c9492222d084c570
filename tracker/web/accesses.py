"""Who read what holds personal data: noted with every answer that gives some, and listed."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from flask import Blueprint, Flask, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker.domain.cutoffs import to_instant
from tracker.domain.vocabulary import AccessKind
from tracker.permissions import require_administer
from tracker.queries.accesses import Wanted, accesses
from tracker.services.accesses import note
from tracker.web import choices
from tracker.web.filters import CAMPUS_ZONE, now

blueprint = Blueprint("accesses", __name__)

NOTED: Mapping[str, AccessKind] = {
    "evidence.download": AccessKind.EVIDENCE,
    "care.show": AccessKind.CARE,
    "missing.overview_csv": AccessKind.ROSTER,
    "missing.row_csv": AccessKind.ROSTER,
    "missing.row_xlsx": AccessKind.ROSTER,
    "exports.workbook": AccessKind.EXPORT,
    "exports.table": AccessKind.EXPORT,
    "reports.as_text": AccessKind.EXPORT,
    "reports.as_workbook": AccessKind.EXPORT,
    "reports.as_document": AccessKind.EXPORT,
    "reports.as_pdf": AccessKind.EXPORT,
    "urges.export": AccessKind.EXPORT,
    "mailbox.raw": AccessKind.EXPORT,
    "personal_data.export": AccessKind.PERSON,
}
"""By endpoint."""


@blueprint.get("/people/accesses")
@login_required
def show() -> ResponseReturnValue:
    require_administer(current_user.actor)
    typed, day = request.args.get("kind", ""), _day()
    if typed not in ("", *AccessKind):
        choices.unknown(typed)
    since = to_instant(datetime.combine(day, time()), CAMPUS_ZONE) if day else None
    wanted = Wanted(
        AccessKind(typed) if typed else None,
        choices.looked_for("who", 100),
        since,
        since + timedelta(days=1) if since else None,
    )
    return render_template(
        "accesses/show.html",
        page=choices.existing(accesses(wanted, choices.page_number())),
        wanted=wanted,
        day=day,
        kinds=list(AccessKind),
        months=current_app.config["TRACKER"].access_months,
    )


def _day() -> date | None:
    typed = request.args.get("day", "")
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        choices.refuse(_("“%(value)s” is no day.", value=typed[:40]))


def _note(response: Response) -> Response:
    kind = NOTED.get(request.endpoint or "")
    if kind and request.method == "GET" and response.status_code in (200, 206):
        folder = current_app.config["TRACKER"].accesses
        note(folder, current_user.user_id, kind, request.path, now())
    return response


def register(app: Flask) -> None:
    app.after_request(_note)
