"""Is everything there that reminders need? Each check says how it is and what to do about it."""

import smtplib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError, DBAPIError

from tracker import clock
from tracker.at_need import at_need
from tracker.config import Settings, SignOn
from tracker.db import db, is_sqlite
from tracker.domain.vocabulary import OutboxState, UnitKind
from tracker.jobs import doctor_machine
from tracker.jobs.doctor_machine import FAIL, OK, WARN
from tracker.mail.transport import Smtp, Unavailable
from tracker.models.org import Membership, Unit, User
from tracker.queries import heartbeat as signs
from tracker.queries.metrics import metrics
from tracker.services import accounts, cas, oidc
from tracker.services.campus_server import Unreachable

migration, script = at_need("alembic.migration"), at_need("alembic.script")

_LATE = 900
_ASTRAY = timedelta(seconds=30)


@dataclass(frozen=True)
class Finding:
    """`level`: OK, WARN or FAIL; `text`: how it is, and where it is not well what to do."""

    check: str
    level: str
    text: str


def examine(settings: Settings, migrations: str) -> list[Finding]:
    """Every check in turn; one that breaks is a finding too. Sends nothing."""
    found: list[Finding] = []
    for name, check in _checks(settings, migrations):
        try:
            found.append(Finding(name, *check()))
        except Exception as problem:
            db.session.rollback()
            asks_in_vain = isinstance(problem, DBAPIError) and found and found[0].level == FAIL
            why = "the database comes first" if asks_in_vain else str(problem)
            found.append(Finding(name, FAIL, f"could not be checked: {why}"))
    return found


def _checks(
    settings: Settings, migrations: str
) -> Iterator[tuple[str, Callable[[], tuple[str, str]]]]:
    yield "database", lambda: _database(migrations)
    yield "clock", lambda: _clock(clock.real_now())
    yield "scheduler", lambda: _scheduler(clock.real_now())
    yield "queue", lambda: _queue(settings, clock.real_now())
    yield "mail server", lambda: _relay(settings)
    yield "public address", lambda: _address(settings)
    yield "campus sign-on", lambda: _sign_on(settings.sign_on)
    yield "office accounts", lambda: _office_accounts(settings)
    yield from doctor_machine.checks(settings, clock.real_now())


def _database(migrations: str) -> tuple[str, str]:
    scripts = script.ScriptDirectory(migrations)
    head = scripts.get_current_head()
    try:
        with db.engine.connect() as connection:
            current = migration.MigrationContext.configure(connection).get_current_revision()
    except DatabaseError as problem:
        said = str(problem.orig).strip()
        return FAIL, f"{said}: is it running, and is TRACKER_DATABASE_URL right?"
    if current == head:
        return OK, f"its tables are those of this version ({head})"
    stands = f"its tables are of {current}" if current else "it has no tables"
    apart = f"{stands}, this version wants {head}"
    if current is not None and current not in {one.revision for one in scripts.walk_revisions()}:
        return FAIL, f"{apart}: start the later version, or restore a backup of this one"
    return FAIL, f"{apart}: run flask tracker upgrade"


def _clock(real_now: datetime) -> tuple[str, str]:
    if signs.doubted_at() is not None:
        return FAIL, "it leapt ahead and nothing goes out: set it right, or confirm on /reminders"
    if is_sqlite():
        return OK, f"the machine says {real_now:%Y-%m-%d %H:%M:%S} UTC; compare it with yours"
    apart = abs(signs.database_now() - real_now)
    if apart < _ASTRAY:
        return OK, "the machine and the database server agree"
    return FAIL, f"the machine and the database server are {apart} apart: set the clocks (NTP)"


def _scheduler(real_now: datetime) -> tuple[str, str]:
    quiet = signs.silence(real_now)
    if quiet is None:
        leader = metrics(real_now).leader
        return OK, f"it beats; {leader} leads" if leader else "it beats, by cron"
    if quiet.since is None:
        return FAIL, "it never ran: start flask tracker serve, or call flask tracker tick by cron"
    minutes = int(quiet.since.total_seconds() // 60)
    return FAIL, f"silent for {minutes} minutes: start flask tracker serve and read its log"


def _queue(settings: Settings, real_now: datetime) -> tuple[str, str]:
    now = metrics(real_now)
    dead = now.by_state[OutboxState.DEAD] + now.by_state[OutboxState.UNCERTAIN]
    if now.oldest_due > _LATE:
        late = f"the oldest mail is {int(now.oldest_due // 60)} minutes late"
        if settings.engine == "procrastinate":
            return FAIL, f"{late}: is a flask tracker worker running? See /outbox too"
        return FAIL, f"{late}: see /outbox"
    if dead:
        return WARN, f"{dead} mails need a person: see /outbox"
    return OK, "nothing is late, nothing waits for a person"


def _relay(settings: Settings) -> tuple[str, str]:
    if settings.dry_run or not settings.smtp_url:
        return WARN, "none is used: mails land in a folder of this machine"
    relay = Smtp(settings.smtp_url)
    try:
        relay.greet(settings.mail_from)
    except Unavailable as problem:
        return FAIL, f"{problem}: check TRACKER_SMTP_URL, the password and TRACKER_MAIL_FROM"
    except (smtplib.SMTPException, OSError) as problem:
        return FAIL, f"{problem}: see the mail server's own log"
    finally:
        relay.close()
    return OK, "it greets, lets us in and takes our sender's address"


def _address(settings: Settings) -> tuple[str, str]:
    parts = urlsplit(settings.public_url)
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if settings.rehearsal:
        return OK, f"{settings.public_url}, in rehearsal"
    if local:
        return FAIL, f"{settings.public_url} leads nobody here: set TRACKER_PUBLIC_URL"
    if parts.scheme != "https":
        return WARN, f"{settings.public_url} is not encrypted: use https"
    return OK, settings.public_url


def _sign_on(campus: SignOn | None) -> tuple[str, str]:
    if campus is None:
        return OK, "none is set up: people sign in with passwords"
    try:
        (cas if campus.kind == "cas" else oidc).greet(campus)
    except Unreachable as problem:
        return FAIL, f"{problem}: check its address; passwords of this site work all the same"
    return OK, f"{campus.server} answers; it names people by {campus.by}"


def _office_accounts(settings: Settings) -> tuple[str, str]:
    """Those that administer: none of them is left over from a rehearsal, all have two factors."""
    offices = Unit.kind == UnitKind.ACADEMIC_AFFAIRS
    held = select(Membership.user_id).join(Unit, Unit.id == Membership.unit_id).where(offices)
    people = db.session.scalars(select(User).where(User.id.in_(held), User.is_active)).all()
    if settings.rehearsal:
        return OK, f"{len(people)}, in rehearsal"
    left = [user.email for user in people if accounts.password_matches(user, "rehearsal")]
    if left:
        return FAIL, f"{', '.join(left)} still has the password of the rehearsal: change it"
    if settings.two_factor != "required":
        return WARN, "a password alone opens them: unset TRACKER_TWO_FACTOR"
    if len(people) < 2:
        return WARN, f"{len(people)}: with two, one can reset a lost telephone of the other"
    return OK, f"{len(people)}, with two factors each from their next sign-in on"
