"""The board as files: a workbook and a table of its duties."""

import io
from urllib.parse import quote

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker.domain.cutoffs import to_wall
from tracker.mail.words import Words
from tracker.models.plan import Plan
from tracker.queries.exports import Export, export
from tracker.sheets.board import board_xlsx
from tracker.sheets.duties import board_csv
from tracker.sheets.workbook import XLSX
from tracker.web import fetch
from tracker.web.filters import locale, now

blueprint = Blueprint("exports", __name__)


@blueprint.get("/plans/<int:plan_id>/board.xlsx")
@login_required
def workbook(plan_id: int) -> ResponseReturnValue:
    plan, seen, words = _seen(plan_id)
    return _file(board_xlsx(seen, words), XLSX, plan, "xlsx")


@blueprint.get("/plans/<int:plan_id>/board.csv")
@login_required
def table(plan_id: int) -> ResponseReturnValue:
    plan, seen, words = _seen(plan_id)
    return _file(board_csv(seen, words), "text/csv", plan, "csv")


def _seen(plan_id: int) -> tuple[Plan, Export, Words]:
    plan = fetch.get_plan_for(current_user.actor, plan_id)
    seen = export(plan, current_user.actor, now())
    return plan, seen, Words(locale(), now(), plan.zone)


def _file(data: bytes, kind: str, plan: Plan, ending: str) -> ResponseReturnValue:
    stamp = f"{to_wall(now(), plan.zone):%Y-%m-%d-%H%M}"
    name = f"{_('Responsibility board')}-{stamp}.{ending}"
    response = send_file(io.BytesIO(data), kind)
    fallback, whole = f"board-{stamp}.{ending}", quote(name)
    disposition = f"attachment; filename={fallback}; filename*=UTF-8''{whole}"
    response.headers["Content-Disposition"] = disposition
    response.headers["Cache-Control"] = "no-store"
    return response
