"""Frozen reports, for those who see every unit."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort
from marshmallow import Schema, fields
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from tracker.api import fetch
from tracker.api.access import ID, actor, blueprint, needs
from tracker.api.schemas import Instant, PageArguments, page_of
from tracker.db import db
from tracker.documents.report_text import text_of
from tracker.domain.scopes import Scope
from tracker.models import report as models
from tracker.permissions import can_oversee
from tracker.queries import reports

TAGS = ["reports"]


class Report(Schema):
    """How a plan stood at one moment. It never changes."""

    id = fields.Integer()
    plan = fields.Integer(attribute="plan_id", metadata={"description": "id of its plan"})
    number = fields.Integer(metadata={"description": "counted from 1 in its plan"})
    at = Instant(metadata={"description": "the moment it shows"})
    due_on = fields.Date(
        allow_none=True, metadata={"description": "whose daily report it is; null: on request"}
    )
    settled = fields.Integer()
    asked = fields.Integer(metadata={"description": "duties that must be settled"})
    overdue = fields.Integer()
    digest = fields.String(metadata={"description": "SHA-256 of the canonical JSON of its content"})
    audit_head = fields.String(metadata={"description": "the record's last hash at that moment"})


class WholeReport(Report):
    """One with all it holds."""

    content = fields.Dict(
        metadata={
            "description": "the facts, in both languages' words of then; as canonical JSON (keys "
            "sorted, no blanks, UTF-8) they have the digest"
        }
    )
    text = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "what a chat group reads, by language: zh, en"},
    )


@blueprint.get(f"/plans/<{ID}:plan_id>/reports", tags=TAGS)
@needs(Scope.READ)
@blueprint.arguments(PageArguments, location="query")
@blueprint.response(200, page_of(Report))
def list_reports(given: dict[str, Any], plan_id: int) -> dict[str, Any]:
    """A plan's reports without what they hold; 404 for who does not see every unit."""
    if not can_oversee(actor()):
        abort(404)
    plan = fetch.get_plan_for(actor(), plan_id)
    rows = db.session.scalars(
        select(models.Report)
        .options(joinedload(models.Report.plan))
        .where(models.Report.plan_id == plan.id, models.Report.id > given["cursor"])
        .order_by(models.Report.id)
        .limit(given["limit"] + 1)
    ).all()
    return fetch.page(rows, given["limit"])


@blueprint.get(f"/reports/<{ID}:report_id>", tags=TAGS)
@needs(Scope.READ)
@blueprint.response(200, WholeReport)
def get_report(report_id: int) -> dict[str, Any]:
    """One report, whole; 404 for who does not see every unit."""
    found = reports.find(report_id) if can_oversee(actor()) else None
    if found is None:
        abort(404)
    facts = reports.facts_of(found)
    return {
        **{name: getattr(found, name) for name in ("id", "plan_id", "number", "due_on")},
        **{name: getattr(found, name) for name in ("settled", "asked", "overdue", "digest")},
        "audit_head": found.audit_head,
        "at": found.at.astimezone(ZoneInfo(facts.zone)),
        "content": json.loads(found.content),
        "text": {"zh": text_of(facts, "zh_Hans"), "en": text_of(facts, "en")},
    }
