"""The key dates of the term."""

from typing import Any

from flask import abort
from marshmallow import Schema, fields

from tracker.api.access import blueprint, needs, now
from tracker.domain.cutoffs import CAMPUS_ZONE, to_wall
from tracker.domain.scopes import Scope
from tracker.domain.term import Basis, Resolved, TermItem
from tracker.queries import terms
from tracker.queries.terms import TermRow

TAGS = ["term"]


def _about(description: str) -> dict[str, Any]:
    return {"description": description}


class KeyDate(Schema):
    """A window; both days belong to it."""

    item = fields.Enum(TermItem, by_value=fields.String)
    title = fields.String()
    title_en = fields.String()
    opens = fields.Date(allow_none=True, metadata=_about("null: no days, or not known yet"))
    closes = fields.Date(allow_none=True)
    basis = fields.Enum(Basis, metadata=_about("why it is so; PENDING: the results are awaited"))
    allowed = fields.Boolean(
        allow_none=True, metadata=_about("of makeup_allowed only: whether there are make-up exams")
    )
    standard_text = fields.String(metadata=_about("the platform's own words"))


class Term(Schema):
    code = fields.String()
    title = fields.String()
    title_en = fields.String()
    opens = fields.Date(metadata=_about("first day in which everything lies"))
    closes = fields.Date(metadata=_about("last day, inclusive"))
    results_on = fields.Date(allow_none=True, metadata=_about("null: not known yet"))
    dates = fields.List(fields.Nested(KeyDate))


@blueprint.get("/term", tags=TAGS)
@needs(Scope.READ)
@blueprint.response(200, Term)
def get_term() -> dict[str, Any]:
    """The term that has begun last, with what holds for this school; 404 where none is entered."""
    found = terms.current(to_wall(now(), CAMPUS_ZONE).date())
    if found is None:
        abort(404)
    view = terms.view(found)
    names = ("code", "title", "title_en", "opens", "closes", "results_on")
    dates = [_date(row, row.resolved, view.allows_makeup) for row in view.rows]
    return {**{name: getattr(found, name) for name in names}, "dates": dates}


def _date(row: TermRow, resolved: Resolved, allows_makeup: bool) -> dict[str, Any]:
    window = resolved.window
    return {
        **{name: getattr(row.date, name) for name in ("item", "title", "title_en")},
        "opens": window.first if window else None,
        "closes": window.last if window else None,
        "basis": resolved.basis,
        "allowed": allows_makeup if resolved.item is TermItem.MAKEUP_ALLOWED else None,
        "standard_text": row.date.standard_text,
    }
