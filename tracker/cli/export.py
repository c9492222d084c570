"""`flask tracker export`: a plan's board as a file."""

import json
from dataclasses import asdict, fields, is_dataclass
from datetime import date, datetime, time
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select

from tracker import clock, language
from tracker.cli.database import follow_clock
from tracker.db import db
from tracker.domain.readiness import Readiness
from tracker.mail.words import Words
from tracker.models.plan import Plan
from tracker.permissions import ONLOOKER
from tracker.queries import exports
from tracker.queries.plans import current_plan
from tracker.sheets.board import board_xlsx
from tracker.sheets.duties import board_csv


@click.command()
@click.option("--plan", "code", help="Code of the plan; the current one where it is left out.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["xlsx", "csv", "json"]),
    default="xlsx",
    show_default=True,
)
@click.option(
    "--language",
    "locale",
    type=click.Choice(list(language.LOCALES)),
    default=language.DEFAULT,
    show_default=True,
)
@click.argument("file", type=click.File("wb", atomic=True))
def export(code: str | None, kind: str, locale: str, file: BinaryIO) -> None:
    """Write the board of every unit to FILE ("-": standard output)."""
    follow_clock()
    plan, now = _plan(code), clock.now()
    if kind == "json":
        file.write(_json(exports.document(plan, ONLOOKER, now), ZoneInfo(plan.zone)))
        return
    writer = board_xlsx if kind == "xlsx" else board_csv
    file.write(writer(exports.export(plan, ONLOOKER, now), Words(locale, now, plan.zone)))


def _plan(code: str | None) -> Plan:
    if code is None:
        plan = current_plan(ONLOOKER)
    else:
        plan = db.session.scalar(select(Plan).where(Plan.code == code))
    if plan is None:
        known = ", ".join(db.session.scalars(select(Plan.code).order_by(Plan.id)))
        said = "There is no current plan" if code is None else f"There is no plan {code!r}"
        raise click.ClickException(f"{said}. Known: {known or 'none yet'}.")
    return plan


def _json(document: dict[str, Any], zone: ZoneInfo) -> bytes:
    """In the shape of the API's board."""

    def plain(value: object) -> object:
        if isinstance(value, datetime):
            return value.astimezone(zone).isoformat(timespec="seconds")
        if isinstance(value, date | time):
            return value.isoformat()
        if isinstance(value, Plan):
            return {column.key: getattr(value, column.key) for column in Plan.__table__.columns}
        if isinstance(value, Readiness):
            return {**asdict(value), "percent": value.percent}
        if is_dataclass(value):
            return {field.name: getattr(value, field.name) for field in fields(value)}
        raise TypeError(type(value).__name__)

    text = json.dumps(document, ensure_ascii=False, indent=1, default=plain)
    return f"{text}\n".encode()
