"""Reading parameters. Whatever is wrong with one is an InvalidInput, as in the services, so that
every refusal has one shape and comes in the caller's language."""

import json
from enum import Enum as PythonEnum
from typing import Any, NoReturn

from flask import Request
from marshmallow import RAISE, Schema, ValidationError, fields
from marshmallow.validate import Length, Range
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from tracker.db import LARGEST_ID
from tracker.domain.errors import N_, InvalidInput

LARGEST = LARGEST_ID
"""Of versions and counts too."""

_MISSING = N_("This field is required.")
_UNKNOWN = N_("There is no such field.")
_NOT_OBJECT = N_("The body must be one JSON object.")


class Parser(FlaskParser):
    """Refuses what it does not know, in bodies and in queries: a filter that is misspelt must not
    quietly list everything."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": RAISE, "query": RAISE}  # noqa: RUF012 - webargs' form

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The body; an empty one is an empty object. Raises 400 and 415."""
        body = req.get_data()
        if not body:
            return {}
        if not req.is_json:
            raise UnsupportedMediaType
        try:
            return json.loads(body)
        except (ValueError, RecursionError):  # Also digits without end and brackets without end.
            raise BadRequest from None

    def handle_error(
        self, error: ValidationError, req: Request, schema: Schema, **_: Any
    ) -> NoReturn:
        """The first problem marshmallow found: {location: {field: [msgid]}}."""
        (found,) = error.messages_dict.values()
        field, (msgid, *_rest) = next(iter(found.items()))
        raise InvalidInput("" if field == "_schema" else field, msgid)


class Arguments(Schema):
    """What a request carries."""

    error_messages = {"unknown": _UNKNOWN, "type": _NOT_OBJECT}  # noqa: RUF012 - marshmallow's form


_MESSAGES: dict[str, Any] = {"required": _MISSING, "null": _MISSING}


class Whole(fields.Integer):
    """A whole number from `low` to `high`: a number in a body (`strict`), digits in a query."""

    default_error_messages = _MESSAGES

    def __init__(self, low: int, high: int, **more: Any) -> None:
        super().__init__(validate=Range(low, high), **more)
        self.low, self.high = low, high

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> int:
        number = value
        if not self.strict and isinstance(value, str) and value.isascii() and value.isdecimal():
            number = int(value[:20])
        if type(number) is int and self.low <= number <= self.high:
            return number
        raise InvalidInput(
            attr or "",
            N_("Enter a whole number from %(low)s to %(high)s."),
            low=self.low,
            high=self.high,
        )


class Words(fields.String):
    """Text of at most `longest` characters as it comes; the services clean it. The character NUL is
    refused: not every database can even be asked about it."""

    default_error_messages = _MESSAGES

    def __init__(self, longest: int | None = None, **more: Any) -> None:
        super().__init__(validate=Length(max=longest) if longest else None, **more)
        self.longest = longest

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if self.longest and isinstance(value, str) and len(value) > self.longest:
            msgid = N_("At most %(max)s characters, please.")
            raise InvalidInput(attr or "", msgid, max=self.longest)
        if isinstance(value, str) and "\0" not in value:
            return value
        raise InvalidInput(attr or "", N_("Enter text, without the character NUL."))


class Choice(fields.Enum):
    """One word of a vocabulary."""

    default_error_messages = _MESSAGES

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> PythonEnum:
        if isinstance(value, str) and value in self.enum.__members__:
            return self.enum[value]
        raise InvalidInput(
            attr or "", N_("Choose one of: %(choices)s."), choices=", ".join(self.enum.__members__)
        )


class Day(fields.Date):
    """A calendar day, as 2020-02-22."""

    default_error_messages = _MESSAGES

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **more)
        except ValidationError:
            raise InvalidInput(attr or "", N_("Enter a day, as in 2020-02-22.")) from None


class Moment(fields.AwareDateTime):
    """An instant with its zone, as 2020-02-22T18:00:00+08:00."""

    default_error_messages = _MESSAGES

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **more)
        except ValidationError:
            msgid = N_("Enter a moment with its zone, as in 2020-02-22T18:00:00+08:00.")
            raise InvalidInput(attr or "", msgid) from None
