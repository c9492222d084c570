"""Assignments: reading them, and the steps of a unit and of an inspector."""

from collections.abc import Callable
from typing import Any

from flask import Response, abort

from tracker.api import errors, fetch
from tracker.api.access import ID, actor, blueprint, now
from tracker.api.schemas import (
    Assignment,
    AssignmentArguments,
    CheckInArguments,
    CheckOffArguments,
    Conflict,
    ReasonArguments,
    VersionArguments,
    page_of,
)
from tracker.db import transaction
from tracker.domain.errors import IllegalStep, StaleVersion
from tracker.models import assignment as models
from tracker.queries import assignments as queries
from tracker.queries.assignments import AssignmentRow, Wanted
from tracker.services import assignments as services
from tracker.services import check_ins, reviews

TAGS = ["assignments"]
ONE = f"/assignments/<{ID}:assignment_id>"


@blueprint.get("/assignments", tags=TAGS)
@blueprint.arguments(AssignmentArguments, location="query")
@blueprint.response(200, page_of(Assignment))
def list_assignments(given: dict[str, Any]) -> dict[str, Any]:
    """Assignments that the caller sees, filtered."""
    fetch.check_plan(actor(), given["plan"])
    fetch.check_unit(actor(), given["unit"])
    wanted = Wanted(
        mine=bool(given["mine"]),
        plan_id=given["plan"],
        unit_code=given["unit"],
        state=given["state"],
        role=given["role"],
    )
    rows = queries.listing(actor(), now(), wanted, after=given["cursor"], limit=given["limit"] + 1)
    return fetch.page(rows, given["limit"])


@blueprint.get(ONE, tags=TAGS)
@blueprint.response(200, Assignment)
def get_assignment(assignment_id: int) -> AssignmentRow:
    """One assignment."""
    return _current(assignment_id)


@blueprint.post(f"{ONE}/check-off", tags=TAGS)
@blueprint.arguments(CheckOffArguments)
@blueprint.response(200, Assignment)
@blueprint.alt_response(409, schema=Conflict)
def check_off(given: dict[str, Any], assignment_id: int) -> AssignmentRow | Response:
    """The unit says done. Saying the same twice, with the version that was seen, is harmless."""
    return _act(
        assignment_id,
        lambda assignment: services.check_off(
            assignment,
            actor(),
            now(),
            seen_version=given["version"],
            count=given["count"],
            note=given["note"],
            done_at=given["done_at"],
        ),
    )


@blueprint.post(f"{ONE}/undo", tags=TAGS)
@blueprint.arguments(VersionArguments)
@blueprint.response(200, Assignment)
@blueprint.alt_response(409, schema=Conflict)
def undo(given: dict[str, Any], assignment_id: int) -> AssignmentRow | Response:
    """The unit takes its report back, until it is verified."""
    return _act(
        assignment_id,
        lambda assignment: services.undo(assignment, actor(), now(), seen_version=given["version"]),
    )


@blueprint.post(f"{ONE}/verify", tags=TAGS)
@blueprint.arguments(VersionArguments)
@blueprint.response(200, Assignment)
@blueprint.alt_response(409, schema=Conflict)
def verify(given: dict[str, Any], assignment_id: int) -> AssignmentRow | Response:
    """The row's inspector accepts the report."""
    return _act(
        assignment_id,
        lambda assignment: reviews.verify(
            assignment, actor(), now(), seen_version=given["version"]
        ),
    )


@blueprint.post(f"{ONE}/send-back", tags=TAGS)
@blueprint.arguments(ReasonArguments)
@blueprint.response(200, Assignment)
@blueprint.alt_response(409, schema=Conflict)
def send_back(given: dict[str, Any], assignment_id: int) -> AssignmentRow | Response:
    """The row's inspector returns the report and says why."""
    return _act(
        assignment_id,
        lambda assignment: reviews.send_back(
            assignment, actor(), now(), seen_version=given["version"], reason=given["reason"]
        ),
    )


@blueprint.post(f"{ONE}/waive", tags=TAGS)
@blueprint.arguments(ReasonArguments)
@blueprint.response(200, Assignment)
@blueprint.alt_response(409, schema=Conflict)
def waive(given: dict[str, Any], assignment_id: int) -> AssignmentRow | Response:
    """The plan's owner says that the duty does not apply to this unit."""
    return _act(
        assignment_id,
        lambda assignment: reviews.waive(
            assignment, actor(), now(), seen_version=given["version"], reason=given["reason"]
        ),
    )


@blueprint.post(f"{ONE}/reopen", tags=TAGS)
@blueprint.arguments(ReasonArguments)
@blueprint.response(200, Assignment)
@blueprint.alt_response(409, schema=Conflict)
def reopen(given: dict[str, Any], assignment_id: int) -> AssignmentRow | Response:
    """A verified or waived duty is asked for again."""
    return _act(
        assignment_id,
        lambda assignment: reviews.reopen(
            assignment, actor(), now(), seen_version=given["version"], reason=given["reason"]
        ),
    )


@blueprint.post(f"{ONE}/check-in", tags=TAGS)
@blueprint.arguments(CheckInArguments)
@blueprint.response(200, Assignment)
@blueprint.alt_response(409, schema=Conflict)
def check_in(given: dict[str, Any], assignment_id: int) -> AssignmentRow | Response:
    """A standing duty's word for one day; said again, it replaces that day's word."""
    return _act(
        assignment_id,
        lambda assignment: check_ins.check_in(assignment, actor(), now(), **given),
    )


def _act(assignment_id: int, step: Callable[[models.Assignment], None]) -> AssignmentRow | Response:
    """Take the step and answer what stands now. What the state or a colleague forbids is a 409
    that shows it, so that the caller can decide anew."""
    assignment = fetch.get_assignment_for(actor(), assignment_id)
    try:
        with transaction():
            step(assignment)
    except (IllegalStep, StaleVersion) as problem:
        return errors.refused(problem, current=Assignment().dump(_current(assignment_id)))
    return _current(assignment_id)


def _current(assignment_id: int) -> AssignmentRow:
    found = queries.find(actor(), now(), assignment_id)
    return found if found is not None else abort(404)
