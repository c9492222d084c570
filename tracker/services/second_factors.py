"""The second factor: codes of a telephone (TOTP), and ten on paper that work once each.

The telephone's secret is not stored: it follows from a random salt and the application's key, so
that neither the database nor a copy of it makes a code. Times are the machine's.
"""

import base64
import hmac
import secrets
import unicodedata
from datetime import datetime, timedelta

import pyotp
from sqlalchemy import delete, select, update

from tracker import signing
from tracker.db import db
from tracker.domain.errors import N_, IllegalStep, InvalidInput
from tracker.domain.signing_in import Step
from tracker.domain.text import required
from tracker.models.org import User
from tracker.models.second_factor import RecoveryCode, SecondFactor
from tracker.permissions import SYSTEM, Actor, require_administer
from tracker.services import audit, outbox
from tracker.services.accounts import lock
from tracker.services.outbox import Order
from tracker.services.sessions import close_sessions, digest

RESET = "second-factor-reset"
"""The kind of the mail that tells a person."""
RECOVERY_CODES = 10
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_GROUPS = 6
_STEP = 30
"""Seconds."""
_STEPS_BACK = 1
"""A code counts in its own 30 seconds and, because typing takes time, in the next 30."""


def of(user: User) -> SecondFactor | None:
    return db.session.get(SecondFactor, user.id)


def step_for(user: User, actor: Actor, rule: str) -> Step | None:
    """What a person still has to do after their password. `rule`: the setting."""
    if rule == "off":
        return None
    if of(user) is not None:
        return Step.CODE
    return Step.ENROL if needed(actor, rule) else None


def needed(actor: Actor, rule: str) -> bool:
    """Whether the setting requires one of this person."""
    return rule == "everybody" or (rule == "required" and actor.administers)


def secret(secret_key: str, user: User, salt: str) -> str:
    """What the telephone keeps, in the base 32 that it is typed in: 160 bits."""
    derived = signing.derive(secret_key, "second factor", f"{user.id}:{salt}")
    return base64.b32encode(base64.urlsafe_b64decode(derived + "=")[:20]).decode("ascii")


def address(secret_key: str, user: User, salt: str, issuer: str) -> str:
    """What the QR code says to the telephone's application."""
    totp = pyotp.TOTP(secret(secret_key, user, salt))
    return totp.provisioning_uri(name=user.email, issuer_name=issuer)


def is_right(user: User, typed: str, secret_key: str, real_now: datetime) -> bool:
    """Whether this is a code of the person's telephone, or one of their paper, that nobody used
    before. It is used from now on, also where two come with it at the same moment."""
    kept = of(user)
    if kept is None:
        return False
    code = "".join(unicodedata.normalize("NFKC", typed).split()).replace("-", "").lower()
    if not code.isascii() or not code.isdecimal():
        return _use_recovery_code(user, code, real_now)
    step = _step_of(code, secret(secret_key, user, kept.salt), real_now)
    if step is None:
        return False
    use = (
        update(SecondFactor)
        .where(SecondFactor.user_id == user.id, SecondFactor.last_step < step)
        .values(last_step=step)
        .returning(SecondFactor.user_id)
    )
    return db.session.scalar(use) is not None


def _step_of(code: str, base32: str, real_now: datetime) -> int | None:
    """The time step whose code this is, of those that count now."""
    totp = pyotp.TOTP(base32, interval=_STEP)
    current = _current(real_now)
    steps = range(current, current - _STEPS_BACK - 1, -1)
    same = [step for step in steps if hmac.compare_digest(totp.generate_otp(step), code)]
    return same[0] if same else None


def _current(real_now: datetime) -> int:
    return int(real_now.timestamp()) // _STEP


def spend(real_now: datetime) -> None:
    """No code that a telephone has shown until now counts any more: a database that was put back
    does not know which were used."""
    used = SecondFactor.last_step < _current(real_now)
    db.session.execute(update(SecondFactor).where(used).values(last_step=_current(real_now)))


def _use_recovery_code(user: User, code: str, real_now: datetime) -> bool:
    use = (
        update(RecoveryCode)
        .where(RecoveryCode.user_id == user.id, RecoveryCode.code_hash == digest(code))
        .where(RecoveryCode.used_at.is_(None))
        .values(used_at=real_now)
        .returning(RecoveryCode.id)
    )
    return db.session.scalar(use) is not None


def enrol(
    user: User,
    salt: str,
    typed: str,
    secret_key: str,
    actor: Actor,
    now: datetime,
    real_now: datetime,
) -> list[str]:
    """The telephone shows that it has the secret of `salt`; it takes the place of an earlier one.
    Every session of the person ends. Gives new recovery codes, shown only now. Raises
    InvalidInput."""
    code = "".join(unicodedata.normalize("NFKC", typed).split())
    step = _step_of(code, secret(secret_key, user, salt), real_now) if code.isascii() else None
    if step is None:
        raise InvalidInput("code", N_("This is not the code that the telephone shows now."))
    lock(user)  # Whoever is just being let in without it is sent away again below.
    db.session.execute(delete(SecondFactor).where(SecondFactor.user_id == user.id))
    db.session.add(SecondFactor(user_id=user.id, salt=salt, last_step=step, since=real_now))
    close_sessions(user)
    audit.record(actor, now, "user.second_factor_set", "user", user.id)
    return _new_codes(user)


def renew_codes(user: User, actor: Actor, now: datetime) -> list[str]:
    """New recovery codes instead of those that are left. Raises IllegalStep."""
    if of(user) is None:
        raise IllegalStep(N_("There is no second factor on this account."))
    audit.record(actor, now, "user.recovery_codes_made", "user", user.id)
    return _new_codes(user)


def _new_codes(user: User) -> list[str]:
    """120 bits each, so that a plain hash of them is enough."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    made = [
        "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(_GROUPS))
        for _ in range(RECOVERY_CODES)
    ]
    db.session.add_all(
        RecoveryCode(user_id=user.id, code_hash=digest(code.replace("-", ""))) for code in made
    )
    db.session.flush()
    return made


def codes_left(user: User) -> int:
    unused = select(RecoveryCode.id).where(RecoveryCode.user_id == user.id)
    return len(db.session.scalars(unused.where(RecoveryCode.used_at.is_(None))).all())


def switch_off(user: User, actor: Actor, now: datetime, rule: str) -> None:
    """By the person, who has shown it once more. Every session of theirs ends. Raises
    IllegalStep."""
    if needed(actor, rule):
        raise IllegalStep(
            N_("Your account needs a second factor. Set up another telephone instead.")
        )
    _remove(user)
    close_sessions(user)
    audit.record(actor, now, "user.second_factor_removed", "user", user.id)


def reset(user: User, actor: Actor, now: datetime, real_now: datetime, reason: str) -> None:
    """Somebody else takes the second factor off an account whose telephone is lost, having made
    sure of the person in the way that `reason` tells; the person hears of it by mail. Raises
    NotPermitted, InvalidInput, IllegalStep."""
    if actor != SYSTEM:
        require_administer(actor)
    reason = required("reason", reason, 200)
    if user.id == actor.user_id:
        raise IllegalStep(N_("Another person of academic affairs has to do this for you."))
    if of(user) is None:
        raise IllegalStep(N_("There is no second factor on this account."))
    _remove(user)
    close_sessions(user)
    audit.record(actor, now, "user.second_factor_reset", "user", user.id, reason=reason)
    order = Order(
        kind=RESET,
        key=f"{user.id}/{real_now.timestamp()}",
        user_id=user.id,
        due_at=now,
        not_after=now + timedelta(days=7),
    )
    outbox.enqueue(order, real_now)


def _remove(user: User) -> None:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    db.session.execute(delete(SecondFactor).where(SecondFactor.user_id == user.id))
    db.session.flush()
