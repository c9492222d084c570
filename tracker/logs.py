"""One line an event, as text or as JSON, with the request it belongs to and without anything that
is somebody's secret."""

import json
import logging
import re
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from sqlalchemy import make_url

from tracker.config import Settings

TEXT, JSON = "text", "json"
REQUEST: ContextVar[str] = ContextVar("tracker_request", default="")
"""The id of the request that this thread answers."""

FACTS = ("method", "route", "status", "milliseconds", "user")
"""What an event may say besides its message; in JSON each under its own name."""

_HIDDEN = "[hidden]"
_SHORTEST_SECRET = 6
_QUIET = {"sqlalchemy": logging.WARNING, "urllib3": logging.WARNING, "PIL": logging.INFO}
"""Libraries whose debugging shows rows or whole addresses."""

_NAMED = "ticket|pgt|state|code|nonce|secret|password|client_secret|[a-z]+_token"
"""What stands in addresses of the campus's sign-on and of telephones."""

_PATTERNS = (
    (re.compile(r"(?<=://)[^/\s@]+@"), f"{_HIDDEN}@"),
    (re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+"), "[address]"),
    (re.compile(r"(?i)\b(bearer|basic) +\S+"), rf"\1 {_HIDDEN}"),
    (re.compile(r"\b(?:trk|whsec)_[\w-]+"), _HIDDEN),
    (re.compile(rf"(?i)(\b|%3f|%26)({_NAMED})(=|%3d)[^&\s\"'<>]+"), rf"\1\2\3{_HIDDEN}"),
    (re.compile(r"(/(?:a|c|u|calendar|password/new))/[^/\s?\"']+"), rf"\1/{_HIDDEN}"),
    (re.compile(r"(?s)DETAIL:.*?(?=\n(?:CONTEXT|HINT|\[SQL|The above|Traceback)|\Z)"), "DETAIL:"),
)
"""Mail addresses, credentials, tokens in paths and queries, and rows that PostgreSQL quotes."""

_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}
_IN_JSON = {code: f"\\u{code:04x}" for code in (*range(127, 160), 0x2028, 0x2029)}
_CONTROL |= {ord("\n"): "\\n", ord("\r"): "\\r", 0x2028: "\\u2028", 0x2029: "\\u2029"}


class Redactor:
    """Takes out what looks like a secret, and the `secrets` themselves."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted({each for each in secrets if len(each) >= _SHORTEST_SECRET}, key=len)
        self._known = list(reversed(known))

    def __call__(self, text: str) -> str:
        for secret in self._known:
            text = text.replace(secret, _HIDDEN)
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
        return text


class _Formatter(logging.Formatter):
    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self.redact = redact

    def said(self, record: logging.LogRecord) -> tuple[str, str, str]:
        """When, what, and the traceback, if any."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        return at, self.redact(record.getMessage()), self.redact(trace)


class TextFormatter(_Formatter):
    """Nothing that anybody sent can begin a line: control characters are written out, and a
    traceback is indented."""

    def format(self, record: logging.LogRecord) -> str:
        at, message, trace = self.said(record)
        lines = [line.translate(_CONTROL) for line in trace.split("\n") if trace]
        request = REQUEST.get()
        head = f"{at} {record.levelname} {record.name}{f' [{request}]' if request else ''}"
        return "\n  | ".join([f"{head} {message.translate(_CONTROL)}", *lines])


class JsonFormatter(_Formatter):
    """One object a line."""

    def format(self, record: logging.LogRecord) -> str:
        at, message, trace = self.said(record)
        facts = {name: getattr(record, name) for name in FACTS if hasattr(record, name)}
        event = {
            "at": at,
            "level": record.levelname,
            "logger": record.name,
            "message": message,
            "request": REQUEST.get() or None,
            **facts,
            "trace": trace or None,
        }
        kept = {name: value for name, value in event.items() if value is not None}
        line = json.dumps(kept, ensure_ascii=False)
        return line.translate(_IN_JSON)


def formatter_for(settings: Settings) -> logging.Formatter:
    kind = JsonFormatter if settings.log == JSON else TextFormatter
    return kind(Redactor(secrets_of(settings)))


def configure(settings: Settings) -> None:
    """Log to standard error: warnings as text, or every request too as JSON."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter_for(settings))
    level = logging.INFO if settings.log == JSON else logging.WARNING
    logging.basicConfig(level=level, handlers=[handler], force=True)
    quieten()


def quieten() -> None:
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)


def secrets_of(settings: Settings) -> list[str]:
    """Every secret that the settings hold."""
    relay = urlsplit(settings.smtp_url or "").password or ""
    database = make_url(settings.database_url).password or ""
    keys = [settings.secret_key, settings.metrics_token, *settings.robots.values()]
    campus = settings.sign_on.client_secret if settings.sign_on else ""
    return [*keys, campus, relay, unquote(relay), str(database)]
