"""The shapes of the API: what requests may carry and what answers hold."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, fields

from tracker.api.fields import LARGEST, Arguments, Choice, Day, Moment, Whole, Words
from tracker.domain.vocabulary import (
    Cadence,
    DutyRole,
    Health,
    Light,
    OutboxState,
    State,
    UnitKind,
)
from tracker.services.assignments import COUNT_MAX, NOTE_MAX


def _about(description: str) -> dict[str, Any]:
    return {"description": description}


class Instant(fields.AwareDateTime):
    """An instant with the campus offset, as 2020-02-24T00:00:00+08:00: in the zone it comes in, or
    in the one that its object names."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **_: Any) -> Any:
        if value is not None and isinstance(zone := getattr(obj, "zone", None), str):
            value = value.astimezone(ZoneInfo(zone))
        return None if value is None else value.isoformat(timespec="seconds")


# Requests


class PageArguments(Arguments):
    cursor = Whole(
        0, LARGEST, load_default=0, metadata=_about("`next` of the page before; none for the first")
    )
    limit = Whole(1, 200, load_default=50, metadata=_about("items a page"))


class AssignmentArguments(PageArguments):
    mine = Whole(0, 1, load_default=0, metadata=_about("1: of the caller's own units only"))
    plan = Whole(1, LARGEST, load_default=None, metadata=_about("id of a plan"))
    unit = Words(load_default=None, metadata=_about("code of a unit"))
    state = Choice(State, load_default=None)
    role = Choice(DutyRole, load_default=None)


class VersionArguments(Arguments):
    version = Whole(
        1,
        LARGEST,
        strict=True,
        allow_none=True,
        load_default=None,
        metadata=_about("the version that was looked at; 409 where it is no longer the current"),
    )


class CheckOffArguments(VersionArguments):
    count = Whole(
        0,
        COUNT_MAX,
        strict=True,
        allow_none=True,
        load_default=None,
        metadata=_about("required where the duty is counted; nothing to count is 0, not silence"),
    )
    note = Words(NOTE_MAX, load_default="")
    done_at = Moment(
        load_default=None, allow_none=True, metadata=_about("when it was really done, if earlier")
    )


class ReasonArguments(VersionArguments):
    reason = Words(NOTE_MAX, required=True)


class CheckInArguments(Arguments):
    day = Day(required=True, metadata=_about("a day of the duty's window, not in the future"))
    health = Choice(Health, required=True)
    note = Words(NOTE_MAX, load_default="", metadata=_about("required for TROUBLE"))


# Answers


class Error(Schema):
    code = fields.Integer(metadata=_about("HTTP status"))
    status = fields.String(metadata=_about("its English name"))
    message = fields.String(metadata=_about("in the language of Accept-Language"))
    field = fields.String(metadata=_about("the parameter at fault, where there is one"))


class CheckIn(Schema):
    day = fields.Date()
    health = fields.Enum(
        Health, allow_none=True, metadata=_about("null while nothing was said of the day")
    )
    note = fields.String(allow_none=True)


class Assignment(Schema):
    """A duty laid on a unit."""

    id = fields.Integer()
    plan = fields.Integer(metadata=_about("id of its plan"))
    state = fields.Enum(State)
    version = fields.Integer(metadata=_about("rises with every change"))
    task = fields.Integer(metadata=_about("row number; of a merged cell the first"))
    tasks = fields.List(fields.Integer(), metadata=_about("numbers of all rows it covers"))
    title = fields.String(metadata=_about("the row's title in the notice's own words"))
    duty = fields.String(metadata=_about("the cell in the notice's own words"))
    unit = fields.String(metadata=_about("code of the unit"))
    unit_name = fields.String()
    role = fields.Enum(DutyRole, metadata=_about("what the cell's verb asks"))
    count = fields.Integer(
        allow_none=True, metadata=_about("last reported; null: nothing said yet")
    )
    target = fields.Integer(
        allow_none=True, metadata=_about("null where the notice names no number")
    )
    counted = fields.Boolean(metadata=_about("a check-off needs a count"))
    reviewed = fields.Boolean(metadata=_about("a report needs the row's inspector"))
    cadence = fields.Enum(Cadence, metadata=_about("DAILY: check-ins instead of one check-off"))
    light = fields.Enum(Light, metadata=_about("what the board shows, computed for now"))
    overdue = fields.Boolean()
    opens_at = Instant(allow_none=True, metadata=_about("null: open from publication"))
    due_at = Instant(metadata=_about("exclusive: at this instant it is too late"))
    deadline_text = fields.String(metadata=_about("the deadline in the notice's own words"))
    check_ins = fields.List(
        fields.Nested(CheckIn), metadata=_about("every day of a standing duty's window, or empty")
    )


class Conflict(Error):
    current = fields.Nested(Assignment, metadata=_about("the assignment as it stands"))


class Plan(Schema):
    id = fields.Integer()
    code = fields.String()
    title = fields.String()
    title_en = fields.String()
    issuer = fields.String()
    issued_on = fields.Date()
    launches_on = fields.Date(metadata=_about("the day everything must be ready for"))
    zone = fields.String(metadata=_about("zone of its days and cut-offs"))
    published_at = Instant()
    archived_at = Instant(allow_none=True)
    changes = fields.Integer(metadata=_about("rises with every change of its assignments"))


class Readiness(Schema):
    settled = fields.Integer()
    total = fields.Integer()
    percent = fields.Integer(metadata=_about("rounded down, 100 means all"))


class Progress(Schema):
    done = fields.Integer(
        allow_none=True, metadata=_about("null: nobody has said anything, which is not zero")
    )
    total = fields.Integer(allow_none=True, metadata=_about("null: the notice names no number"))


class Task(Schema):
    """A row of the board."""

    id = fields.Integer()
    number = fields.Integer()
    title = fields.String()
    title_en = fields.String()
    deadline_text = fields.String()
    opens_at = Instant(allow_none=True)
    due_at = Instant(metadata=_about("exclusive"))
    counts = fields.String(allow_none=True, metadata=_about("what is counted, or null"))
    target = fields.Integer(allow_none=True)
    readiness = fields.Nested(Readiness)
    progress = fields.Nested(
        Progress, allow_none=True, metadata=_about("null where the row counts nothing")
    )


class Unit(Schema):
    """A column of the board."""

    id = fields.Integer()
    code = fields.String()
    kind = fields.Enum(UnitKind, by_value=fields.String)
    name = fields.String()
    name_en = fields.String()
    readiness = fields.Nested(Readiness)


class Board(Schema):
    """The matrix as it stands, in the columns that the caller sees."""

    plan = fields.Nested(Plan)
    tasks = fields.List(fields.Nested(Task))
    units = fields.List(fields.Nested(Unit))
    cells = fields.List(fields.Nested(Assignment))
    readiness = fields.Nested(Readiness)


class Reminder(Schema):
    """One step of the ladder, about one cut-off, to one person."""

    id = fields.Integer()
    plan = fields.Integer(metadata=_about("id of its plan"))
    at = Instant(metadata=_about("when its mail fell due"))
    step = fields.String(metadata=_about("code of the rule"))
    number = fields.Integer(metadata=_about("the n-th this person gets about this cut-off"))
    to = fields.Email()
    cutoff_at = Instant(metadata=_about("exclusive"))
    state = fields.Enum(OutboxState, metadata=_about("what became of the mail"))


class Message(Schema):
    """One mail, word or event on its way."""

    id = fields.Integer()
    state = fields.Enum(OutboxState)
    to = fields.String(metadata=_about("an address, a group's unit code, or a webhook's host"))
    subject = fields.String(
        allow_none=True, metadata=_about("null until it is rendered for sending")
    )
    due_at = Instant()
    sent_at = Instant(allow_none=True, metadata=_about("the machine's time, also in rehearsal"))
    attempts = fields.Integer()
    reason = fields.String(allow_none=True, metadata=_about("why it is not sent, or null"))
    message_id = fields.String()


def page_of(item: type[Schema]) -> type[Schema]:
    """The shape of one page of a list."""
    shape: dict[str, fields.Field[Any]] = {
        "items": fields.List(fields.Nested(item)),
        "next": fields.String(
            allow_none=True, metadata=_about("`cursor` of the next page; null on the last")
        ),
    }
    return Schema.from_dict(shape, name=f"{item.__name__}Page")
