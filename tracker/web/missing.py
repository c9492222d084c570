"""Who is missing, over all rows of a notice, and as a file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker.domain.spreadsheets import csv_bytes
from tracker.models.plan import Plan, Task
from tracker.permissions import Reach, roster_reach
from tracker.queries import rosters as queries
from tracker.queries.rosters import UnitNames, Wanted
from tracker.sheets.workbook import XLSX, Value, listing, write
from tracker.web import fetch, fetch_rosters
from tracker.web.filters import in_language, locale, now
from tracker.web.rosters import wanted_of

blueprint = Blueprint("missing", __name__)
_WIDTHS = (6, 30, 18, 20, 24, 20, 10)


@dataclass(frozen=True)
class RowNames:
    """One counted row and its units within reach."""

    task: Task
    reach: Reach
    units: list[UnitNames]

    @property
    def done(self) -> int:
        return sum(unit.progress.done or 0 for unit in self.units)

    @property
    def total(self) -> int:
        return sum(unit.progress.total or 0 for unit in self.units)


@blueprint.get("/plans/<int:plan_id>/missing")
@login_required
def overview(plan_id: int) -> ResponseReturnValue:
    plan = fetch.get_plan_for(current_user.actor, plan_id)
    return render_template("rosters/overview.html", plan=plan, rows=_rows(plan))


@blueprint.get("/plans/<int:plan_id>/missing.csv")
@login_required
def overview_csv(plan_id: int) -> ResponseReturnValue:
    plan = fetch.get_plan_for(current_user.actor, plan_id)
    everybody = Wanted(None, False)
    named = [row for row in _rows(plan) if row.units]
    lines = [line for row in named for line in _lines(row.task, row.reach, everybody)]
    return download(f"missing-{plan.id}.csv", lines)


@blueprint.get("/rosters/<int:task_id>/names.xlsx")
@login_required
def row_xlsx(task_id: int) -> ResponseReturnValue:
    """Every name of a row: keys of digits alone stay whole, and the file can be brought again."""
    task, reach = fetch_rosters.get_roster_for(current_user.actor, task_id)
    chosen = Wanted(wanted_of(reach).unit_id, None)
    name = _("Row %(number)s", number=task.number)
    sheet = listing(name, _heads(), _lines(task, reach, chosen), _WIDTHS)
    data = write(
        [sheet],
        title=in_language(task, "title"),
        at=now().astimezone(ZoneInfo(task.plan.zone)),
        locale=locale(),
    )
    headers = {"Content-Disposition": f"attachment; filename=names-row-{task.number}.xlsx"}
    return Response(data, mimetype=XLSX, headers=headers)


@blueprint.get("/rosters/<int:task_id>/missing.csv")
@login_required
def row_csv(task_id: int) -> ResponseReturnValue:
    task, reach = fetch_rosters.get_roster_for(current_user.actor, task_id)
    chosen = Wanted(wanted_of(reach).unit_id, False)
    return download(f"missing-row-{task.number}.csv", _lines(task, reach, chosen))


def download(name: str, lines: Iterable[Sequence[Value]]) -> Response:
    headers = {"Content-Disposition": f"attachment; filename={name}"}
    return Response(csv_bytes(_heads(), lines), mimetype="text/csv", headers=headers)


def _heads() -> list[str]:
    heads = [_("Row number"), _("Task"), _("Unit"), _("Key"), _("Name"), _("Class or teacher")]
    return [*heads, _("State")]


def _rows(plan: Plan) -> list[RowNames]:
    """Counted rows within reach; those without names too. Offices reach what they answer for."""
    counted = [task for task in plan.tasks if task.counts is not None]
    offices = queries.counting_offices_of([plan.id])
    rows = []
    for task in counted:
        reach = roster_reach(current_user.actor, offices.get(task.id, frozenset()))
        if not reach.nowhere:
            rows.append((task, reach))
    standing = queries.by_unit([task.id for task, _reach in rows])
    return [
        RowNames(
            task,
            reach,
            [unit for unit in standing if unit.task_id == task.id and unit.unit_id in reach],
        )
        for task, reach in rows
    ]


def _lines(task: Task, reach: Reach, wanted: Wanted) -> list[tuple[Value, ...]]:
    title, missing, done = in_language(task, "title"), _("Missing"), _("Done")
    return [
        (
            task.number,
            title,
            in_language(item, "unit"),
            item.key,
            item.label,
            item.detail,
            missing if item.done_at is None else done,
        )
        for item in queries.every_item(task, reach, wanted)
    ]
