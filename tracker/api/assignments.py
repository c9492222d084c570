"""Assignments: reading them, and the steps of a unit and of an inspector."""

from collections.abc import Callable
from typing import Any

from flask import Response, abort, jsonify, request
from marshmallow import Schema

from tracker.api import caching, errors, fetch, idempotency
from tracker.api.access import ID, View, actor, blueprint, needs, now
from tracker.api.schemas import (
    Assignment,
    AssignmentArguments,
    CheckInArguments,
    CheckOffArguments,
    Conflict,
    Error,
    ReasonArguments,
    VersionArguments,
    page_of,
)
from tracker.domain.errors import DomainError, IllegalStep, StaleVersion
from tracker.domain.scopes import Scope
from tracker.models import assignment as models
from tracker.queries import assignments as queries
from tracker.queries.assignments import AssignmentRow, Wanted
from tracker.services import assignments as services
from tracker.services import check_ins, reviews

TAGS = ["assignments"]
ONE = f"/assignments/<{ID}:assignment_id>"


def _step(name: str, scope: Scope, body: type[Schema]) -> Callable[[View], View]:
    """A step that a token of the scope takes, `body` with it; as the document tells of all."""

    def wrap(view: View) -> View:
        for decorate in (
            blueprint.alt_response(409, schema=Conflict),
            blueprint.alt_response(412, schema=Error),
            blueprint.response(200, Assignment),
            blueprint.arguments(body),
            needs(scope),
            blueprint.doc(parameters=[idempotency.PARAMETER, caching.IF_MATCH]),
            blueprint.post(f"{ONE}/{name}", tags=TAGS),
        ):
            view = decorate(view)
        return view

    return wrap


@blueprint.get("/assignments", tags=TAGS)
@needs(Scope.READ)
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
@needs(Scope.READ)
@blueprint.response(200, Assignment)
def get_assignment(assignment_id: int) -> AssignmentRow:
    """One assignment."""
    return _current(assignment_id)


@_step("check-off", Scope.REPORT, CheckOffArguments)
def check_off(given: dict[str, Any], assignment_id: int) -> Response:
    """The unit says done. Saying the same twice, with the version that was seen, is harmless."""
    return _act(
        assignment_id,
        given,
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


@_step("undo", Scope.REPORT, VersionArguments)
def undo(given: dict[str, Any], assignment_id: int) -> Response:
    """The unit takes its report back, until it is verified."""
    return _act(
        assignment_id,
        given,
        lambda assignment: services.undo(assignment, actor(), now(), seen_version=given["version"]),
    )


@_step("verify", Scope.VERIFY, VersionArguments)
def verify(given: dict[str, Any], assignment_id: int) -> Response:
    """The row's inspector accepts the report."""
    return _act(
        assignment_id,
        given,
        lambda assignment: reviews.verify(
            assignment, actor(), now(), seen_version=given["version"]
        ),
    )


@_step("send-back", Scope.VERIFY, ReasonArguments)
def send_back(given: dict[str, Any], assignment_id: int) -> Response:
    """The row's inspector returns the report and says why."""
    return _act(
        assignment_id,
        given,
        lambda assignment: reviews.send_back(
            assignment, actor(), now(), seen_version=given["version"], reason=given["reason"]
        ),
    )


@_step("waive", Scope.VERIFY, ReasonArguments)
def waive(given: dict[str, Any], assignment_id: int) -> Response:
    """The plan's owner says that the duty does not apply to this unit."""
    return _act(
        assignment_id,
        given,
        lambda assignment: reviews.waive(
            assignment, actor(), now(), seen_version=given["version"], reason=given["reason"]
        ),
    )


@_step("reopen", Scope.VERIFY, ReasonArguments)
def reopen(given: dict[str, Any], assignment_id: int) -> Response:
    """A verified or waived duty is asked for again."""
    return _act(
        assignment_id,
        given,
        lambda assignment: reviews.reopen(
            assignment, actor(), now(), seen_version=given["version"], reason=given["reason"]
        ),
    )


@_step("check-in", Scope.REPORT, CheckInArguments)
def check_in(given: dict[str, Any], assignment_id: int) -> Response:
    """A standing duty's word for one day; said again, it replaces that day's word."""
    return _act(
        assignment_id,
        given,
        lambda assignment: check_ins.check_in(assignment, actor(), now(), **given),
    )


def _act(
    assignment_id: int, given: dict[str, Any], step: Callable[[models.Assignment], None]
) -> Response:
    """Take the step and answer what stands then. What the state or a colleague forbids is a 409
    that shows it, so that the caller can decide anew."""

    def act() -> Response:
        assignment = fetch.get_assignment_for(actor(), assignment_id)
        _require_match(assignment_id, given)
        step(assignment)
        return jsonify(_as_json(assignment_id))

    def refuse(problem: DomainError) -> Response:
        if isinstance(problem, IllegalStep | StaleVersion):
            return errors.refused(problem, current=_as_json(assignment_id))
        return errors.refused(problem)

    return idempotency.once(act, refuse)


def _require_match(assignment_id: int, given: dict[str, Any]) -> None:
    """If-Match holds where the assignment still reads so; then its version holds too, should
    somebody be faster from here on. 412."""
    if not request.if_match:
        return
    seen = _as_json(assignment_id)
    if not request.if_match.contains(caching.etag_of(seen)):
        abort(412)
    if "version" in given and given["version"] is None and not request.if_match.star_tag:
        given["version"] = seen["version"]


def _as_json(assignment_id: int) -> dict[str, Any]:
    found: dict[str, Any] = Assignment().dump(_current(assignment_id))
    return found


def _current(assignment_id: int) -> AssignmentRow:
    found = queries.find(actor(), now(), assignment_id)
    return found if found is not None else abort(404)
