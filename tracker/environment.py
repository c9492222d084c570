"""What the environment gives, read one setting at a time; every problem is noted and all are
reported together."""

import re
from collections.abc import Mapping
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

SECRET_MIN = 16
ROBOT_SCHEMES = ("dingtalk://", "wecombot://", "feishu://")
REHEARSAL_START = "2020-02-21T08:00+08:00"
_ADDRESS = r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+"


class Given:
    """What the environment gives; every reading notes its `problems` and goes on. `asked`: the
    settings read so far, without TRACKER_."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.asked: set[str] = set()
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        self.asked.add(name)
        return self._environ.get(f"TRACKER_{name}", "").strip() or default

    def flag(self, name: str, default: bool) -> bool:
        value = self.text(name, "1" if default else "0").lower()
        if value not in ("0", "false", "no", "1", "true", "yes"):
            self.problems.append(f"TRACKER_{name} must be 0 or 1.")
            return default
        return value in ("1", "true", "yes")

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        value = self.text(name, choices[0])
        if value not in choices:
            self.problems.append(f"TRACKER_{name} must be {' or '.join(choices)}.")
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        value = self.text(name, str(default))
        if not (re.fullmatch(r"[0-9]{1,9}", value) and low <= int(value) <= high):
            self.problems.append(f"TRACKER_{name} must be a number from {low} to {high}.")
            return default
        return int(value)

    def database(self, instance: Path) -> str:
        url = self.text("DATABASE_URL", f"sqlite:///{instance.resolve() / 'tracker.db'}")
        if url.startswith(("postgres://", "postgresql://")):
            url = "postgresql+psycopg://" + url.partition("://")[2]
        if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            self.problems.append(
                "TRACKER_DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://."
            )
            return url
        try:
            make_url(url)
        except (ArgumentError, ValueError):
            self.problems.append(
                "TRACKER_DATABASE_URL must look like postgresql+psycopg://user:password@host/name."
            )
        if url.startswith("postgresql") and find_spec("psycopg") is None:
            self.problems.append(
                "TRACKER_DATABASE_URL asks for PostgreSQL: install requirements-postgres.txt."
            )
        return url

    def engine(self) -> str:
        """Who hands mails over: the heartbeat itself, or workers of a queue in PostgreSQL."""
        engine = self.choice("ENGINE", ("embedded", "procrastinate"))
        if engine == "procrastinate":
            if not self.text("DATABASE_URL").startswith("postgres"):
                self.problems.append("TRACKER_ENGINE=procrastinate needs PostgreSQL.")
            if find_spec("procrastinate") is None:
                self.problems.append(
                    "TRACKER_ENGINE=procrastinate: install requirements-workers.txt."
                )
        return engine

    def secret_key(self, rehearsal: bool) -> str:
        key = self.text("SECRET_KEY")
        if key and not rehearsal and len(key) < SECRET_MIN:
            self.problems.append(
                f"TRACKER_SECRET_KEY must have {SECRET_MIN} characters or more; "
                "unset, one is made in instance/."
            )
        return key

    def rehearsal_start(self, rehearsal: bool) -> datetime | None:
        text = self.text("NOW")
        if not rehearsal:
            if text:
                self.problems.append(
                    "TRACKER_NOW is for rehearsal only: unset it or set TRACKER_REHEARSAL=1."
                )
            return None
        try:
            instant = datetime.fromisoformat(text or REHEARSAL_START)
        except ValueError:
            instant = None
        if instant is None or instant.tzinfo is None or not 2000 <= instant.year <= 2200:
            self.problems.append(f"TRACKER_NOW must look like {REHEARSAL_START}.")
        return instant

    def public_url(self, rehearsal: bool) -> str:
        """Links in mails are built from it: a wrong one is seen at start, not at 22:00 (B-40)."""
        port = self._environ.get("PORT", "").strip() or "5000"
        if not (re.fullmatch(r"[0-9]{1,5}", port) and 1 <= int(port) <= 65535):
            self.problems.append("PORT must be a number from 1 to 65535.")
            port = "5000"
        url = self.text("PUBLIC_URL")
        if not url and not rehearsal:
            self.problems.append(
                "TRACKER_PUBLIC_URL is not set: links in mails would lead nowhere."
            )
        url = url or f"http://127.0.0.1:{port}"
        try:
            parts = urlsplit(url)
            right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            right = False
        if not right or parts.query or parts.fragment or any(c.isspace() for c in url):
            self.problems.append("TRACKER_PUBLIC_URL must look like https://tracker.example.edu.")
        return url.rstrip("/")

    def relay(self, *, needed: bool) -> str | None:
        url = self.text("SMTP_URL")
        if not url and needed:
            self.problems.append(
                "TRACKER_SMTP_URL is not set: reminders could not leave. "
                "Example: smtp://user:password@mail.example.edu:587?tls=starttls"
            )
        if url and not url.startswith(("smtp://", "smtps://")):
            self.problems.append("TRACKER_SMTP_URL must begin with smtp:// or smtps://.")
        elif url and not _is_relay(url):
            self.problems.append(
                "TRACKER_SMTP_URL must look like smtp://user:password@host:587?tls=starttls "
                "or smtps://user:password@host:465, with a password percent-encoded."
            )
        return url or None

    def sender(self, rehearsal: bool) -> str:
        address = self.text("MAIL_FROM", "tracker@campus.example" if rehearsal else "")
        if not re.fullmatch(_ADDRESS, address, re.ASCII):
            self.problems.append("TRACKER_MAIL_FROM must be the address that reminders come from.")
        return address

    def metrics_token(self) -> str:
        token = self.text("METRICS_TOKEN")
        if token and (len(token) < SECRET_MIN or not token.isascii()):
            self.problems.append(
                f"TRACKER_METRICS_TOKEN must have {SECRET_MIN} plain characters or more."
            )
        return token

    def sign_on(self) -> str:
        """Which kind of server the campus signs on with: cas, oidc or "" for none."""
        names = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
        oidc = [self.text(name) for name in names]
        if any(oidc) and not all(oidc):
            self.problems.append(
                "TRACKER_OIDC_ISSUER, TRACKER_OIDC_CLIENT_ID and TRACKER_OIDC_CLIENT_SECRET "
                "belong together: set all three."
            )
        if any(oidc) and self.text("CAS_URL"):
            self.problems.append(
                "TRACKER_CAS_URL and TRACKER_OIDC_ISSUER: set one of them, so that nobody of one "
                "server is taken for somebody of the other."
            )
        for name, package in (("CAS_URL", "cas"), ("OIDC_ISSUER", "authlib")):
            if self.text(name) and find_spec(package) is None:
                self.problems.append(f"TRACKER_{name} is set: install requirements-sso.txt.")
        return "cas" if self.text("CAS_URL") else "oidc" if any(oidc) else ""

    def campus_server(self, name: str) -> str:
        """Its address: encrypted, but for one on this machine."""
        url = self.text(name)
        if url and not _is_server(url):
            self.problems.append(
                f"TRACKER_{name} must look like https://sso.example.edu/cas, "
                "without a query, a fragment or a password."
            )
        return url

    def robots(self, *, needed: bool) -> dict[str, str]:
        """`cs=dingtalk://... affairs=wecombot://...`: of chat groups, by code of their unit. The
        message of a problem does not repeat the address: its key is a secret."""
        found: dict[str, str] = {}
        named = self.text("ROBOTS")
        for part in named.split() if needed else ():
            code, _equals, url = part.partition("=")
            if not re.fullmatch(r"[\w-]{1,40}", code) or not url.startswith(ROBOT_SCHEMES):
                self.problems.append(
                    "TRACKER_ROBOTS must look like cs=dingtalk://..., with blanks between and "
                    f"one of {', '.join(ROBOT_SCHEMES)}: what begins with {code[:20]!r} does not."
                )
            found[code] = url
        if found and find_spec("apprise") is None:
            self.problems.append("TRACKER_ROBOTS: install requirements-chat.txt.")
        return found

    def recipients(self) -> frozenset[str]:
        """Of a test site. One that is misspelt would mail nobody, or worse: is refused."""
        named = [part.strip() for part in self.text("ALLOWED_RECIPIENTS").split(",")]
        wrong = [
            part for part in named if not re.fullmatch(rf"{_ADDRESS}|@[\w.-]+", part, re.ASCII)
        ]
        if named != [""] and wrong:
            self.problems.append(
                "TRACKER_ALLOWED_RECIPIENTS must be addresses or @domains with commas between: "
                f"{', '.join(repr(part) for part in wrong)} is neither."
            )
        return frozenset(part.lower() for part in named if part)


def _is_relay(url: str) -> bool:
    """A host, a port that exists, and no option but TLS: a misspelt one would send the password
    in clear."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    options = ("",) if parts.scheme == "smtps" else ("", "tls=starttls")
    right = bool(parts.hostname) and port != 0 and parts.path in ("", "/")
    return right and parts.query in options and not parts.fragment


def _is_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        local = parts.hostname in ("127.0.0.1", "localhost", "::1")
        right = parts.scheme == "https" or (parts.scheme == "http" and local)
        plain = not (parts.query or parts.fragment or "@" in parts.netloc or parts.port == 0)
    except ValueError:
        return False
    return right and plain and bool(parts.hostname) and url.isprintable() and " " not in url
