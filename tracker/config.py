"""Settings from the environment, prefix TRACKER_. Everything wrong is reported together."""

import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from tracker.environment import Given


class SettingsError(Exception):
    """`problems`: one sentence each, all that are wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class SignOn:
    """The campus's own sign-on. `kind`: cas or oidc; `server`: its address, or the issuer; `by`:
    staff-number or email, whichever its answer names people by; `claim`: where in the answer that
    stands, "" for its own name of the person; `is_two_factor`: it asks for two factors itself."""

    kind: str
    server: str
    by: str
    claim: str
    is_two_factor: bool
    client_id: str = ""
    client_secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Settings:
    """See the table in README.md. `now` is the aware instant at which a rehearsal starts;
    `daily_cap`: mails a person and day, 0 without a limit; `retention_months`: how long an archived
    plan keeps personal data, 0 for good; `access_months`: how long it is kept who read some;
    `allowed_recipients`: addresses and @domains in lower case, everybody where empty; `robots`: by
    code of the unit whose chat group it is, an Apprise address; `two_factor`: off, optional,
    required of whoever administers, or of everybody."""

    instance: Path
    database_url: str
    rehearsal: bool
    now: datetime | None
    public_url: str
    smtp_url: str | None
    mail_from: str
    secret_key: str
    uncertain: str
    engine: str
    heartbeat: bool
    idle_minutes: int
    office_idle_minutes: int
    session_hours: int
    two_factor: str
    sign_on: SignOn | None
    proxies: int
    daily_cap: int
    dry_run: bool
    allowed_recipients: frozenset[str]
    retention_months: int
    access_months: int
    metrics_token: str
    robots: Mapping[str, str]
    log: str

    def may_mail(self, address: str) -> bool:
        """Whether a test site's list of recipients names the address or its domain; anybody may be
        mailed where there is no list."""
        address = address.lower()
        named = {address, "@" + address.rpartition("@")[2]}
        return not self.allowed_recipients or bool(named & self.allowed_recipients)

    @property
    def mailbox(self) -> Path:
        """Where the mails of a rehearsal or a dry run land as .eml files."""
        return self.instance / "mailbox"

    @property
    def evidence(self) -> Path:
        """Where uploaded proofs are kept: outside what the web server serves."""
        return self.instance / "evidence"

    @property
    def accesses(self) -> Path:
        """Notes of who read what, until the heartbeat takes them into the database."""
        return self.instance / "accesses"

    @property
    def journals(self) -> Path:
        """Where senders write down what they are handing over."""
        return self.instance / "journals"


def load(environ: Mapping[str, str], instance: Path) -> Settings:
    """Read and check the settings. Raises SettingsError with every problem at once."""
    given = Given(environ)
    rehearsal = given.flag("REHEARSAL", True)
    dry_run = given.flag("DRY_RUN", False)
    settings = Settings(
        instance=instance,
        database_url=given.database(instance),
        rehearsal=rehearsal,
        now=given.rehearsal_start(rehearsal),
        public_url=given.public_url(rehearsal),
        smtp_url=given.relay(needed=not rehearsal and not dry_run),
        mail_from=given.sender(rehearsal),
        secret_key=given.secret_key(rehearsal),
        uncertain=given.choice("UNCERTAIN", ("resend", "hold")),
        engine=given.engine(),
        heartbeat=given.flag("HEARTBEAT", True),
        idle_minutes=given.number("IDLE_MINUTES", 120, 5, 1440),
        office_idle_minutes=given.number("OFFICE_IDLE_MINUTES", 30, 5, 1440),
        session_hours=given.number("SESSION_HOURS", 8, 1, 72),
        two_factor=given.choice("TWO_FACTOR", _two_factor(rehearsal)),
        sign_on=_sign_on(given),
        proxies=given.number("PROXIES", 0, 0, 5),
        daily_cap=given.number("DAILY_CAP", 20, 0, 1000),
        dry_run=dry_run,
        allowed_recipients=given.recipients(),
        retention_months=given.number("RETENTION_MONTHS", 0, 0, 120),
        access_months=given.number("ACCESS_LOG_MONTHS", 6, 1, 120),
        metrics_token=given.metrics_token(),
        robots=given.robots(needed=not dry_run),
        log=given.choice("LOG", ("text", "json")),
    )
    if problems := given.problems + _unknown(environ, given.asked):
        raise SettingsError(problems)
    return _with_folder(settings, instance)


def _with_folder(settings: Settings, instance: Path) -> Settings:
    """The folder is made, and in it the key where none is set."""
    try:
        instance.mkdir(parents=True, exist_ok=True)
        if not settings.secret_key:
            settings = replace(settings, secret_key=_kept_secret(instance / "secret_key"))
    except OSError as problem:
        raise SettingsError(
            [f"{problem.filename}: {problem.strerror}. The service's user must own {instance}."]
        ) from problem
    return settings


_OF_CONTAINERS = re.compile(
    r"(\w+_)?(SERVICE_(HOST|PORT)(_\w+)?|PORT_[0-9]+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)"
)
"""What Kubernetes and Docker add for services that are called tracker or, beside it, tracker-db;
besides their tcp:// ports."""


def _unknown(environ: Mapping[str, str], known: set[str]) -> list[str]:
    """A setting that is misspelt would else stand at its default without a word. Values are not
    repeated: they may be secrets."""
    names = {"PORT": "PORT", **{name: f"TRACKER_{name}" for name in known}}
    problems = []
    for full, value in environ.items():
        name = full[len("TRACKER_") :].upper()
        if not full.upper().startswith("TRACKER_") or full in names.values():
            continue
        if _OF_CONTAINERS.fullmatch(name) or (name.endswith("PORT") and "://" in value):
            continue
        near = get_close_matches(name, names, n=1)
        meant = f"is {names[near[0]]} meant?" if near else "see the table in README.md."
        problems.append(f"{full} is not a setting: {meant}")
    return sorted(problems)


_EMAIL_IN = {"cas": "mail", "oidc": "email"}
"""Where a server's answer has the person's address, as most have it."""


def _two_factor(rehearsal: bool) -> tuple[str, ...]:
    """The first is the default."""
    others = ("optional", "everybody")
    return ("off", "required", *others) if rehearsal else ("required", "off", *others)


def _sign_on(given: Given) -> SignOn | None:
    kind = given.sign_on()
    servers = {"cas": given.campus_server("CAS_URL"), "oidc": given.campus_server("OIDC_ISSUER")}
    by = given.choice("SIGN_ON_BY", ("staff-number", "email"))
    found = SignOn(
        kind=kind,
        server=servers.get(kind, ""),
        by=by,
        claim=given.text("SIGN_ON_CLAIM", _EMAIL_IN.get(kind, "") if by == "email" else ""),
        is_two_factor=given.flag("SIGN_ON_IS_TWO_FACTOR", False),
        client_id=given.text("OIDC_CLIENT_ID"),
        client_secret=given.text("OIDC_CLIENT_SECRET"),
    )
    return found if kind else None


def _kept_secret(path: Path) -> str:
    """The key made at the first start; a file only its owner can read. It is there whole or not at
    all, and of processes that start at once all take the first one's."""
    if not path.exists():
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with open(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(handle)
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        except OSError:  # This file system knows no second name.
            os.replace(made, path)
        Path(made).unlink(missing_ok=True)
    if not (key := path.read_text(encoding="ascii").strip()):
        raise SettingsError([f"{path} is empty: delete it, and a key is made at the next start."])
    return key
