"""Accounts and passwords.

Security times are the machine's (`clock.real_now()`), passed in as `real_now`.
"""

import re
import secrets
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, update

from tracker.db import db
from tracker.domain import text
from tracker.domain.errors import N_, IllegalStep, InvalidInput
from tracker.models.org import User
from tracker.models.session import ApiToken
from tracker.permissions import SYSTEM, Actor, require_administer
from tracker.services import audit, posts
from tracker.services.password_rules import PASSWORD_MAX, check_password_rules
from tracker.services.sessions import close_sessions

GIVEN_FOR = timedelta(days=3)
"""How long a password that academic affairs gave opens the page on which to choose another."""
_EMAIL = re.compile(
    r"[^@\s\x00-\x1f<>\",;:\\]+@[^@\s\x00-\x1f<>\",;:\\]+\.[^@\s\x00-\x1f<>\",;:\\]+"
)
_hasher = PasswordHasher()


def lock(user: User) -> None:
    """Queue behind whoever else changes the account, then read afresh."""
    db.session.refresh(user, with_for_update={"of": User, "key_share": True})


def require_working(user: User) -> None:
    """As `lock`, for what lets somebody in from now on. Raises IllegalStep where the account was
    disabled meanwhile."""
    lock(user)
    if not user.is_active:
        raise IllegalStep(N_("This account is disabled: enable it first."))


def require_known(user: User) -> None:
    """As `lock`, for what is kept about a person. Raises IllegalStep where they were erased
    meanwhile."""
    lock(user)
    if user.erased_at is not None:
        raise IllegalStep(N_("Who this was is erased for good: add the person anew."))


def hash_password(password: str) -> str:
    """Argon2id."""
    return _hasher.hash(password)


@cache
def _nobodys_hash() -> str:
    """Checked for unknown accounts, so that they cost the same time as known ones."""
    return hash_password(secrets.token_hex())


def password_matches(user: User | None, password: str) -> bool:
    """Slow on purpose: call it outside any transaction. Always spends one hash."""
    known = user is not None and user.is_active and user.password_hash is not None
    known = known and len(password) <= PASSWORD_MAX
    try:
        _hasher.verify(user.password_hash if known else _nobodys_hash(), password[:PASSWORD_MAX])  # type: ignore[union-attr,arg-type]
    except (VerificationError, InvalidHashError):
        return False
    return known


def find_by_email(email: str) -> User | None:
    """Whatever was typed: what is no address is nobody's, and no database is asked about it."""
    email = email.strip().lower()
    if not email.isprintable():
        return None
    return db.session.scalar(select(User).where(User.email == email))


def add_user(
    actor: Actor,
    now: datetime,
    *,
    email: str,
    name: str,
    name_en: str = "",
    password: str | None = None,
    is_observer: bool = False,
) -> User:
    """A new account without posts. Raises NotPermitted, InvalidInput."""
    require_keeper(actor)
    email = email.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise InvalidInput("email", N_("%(email)s is not an e-mail address."), email=email)
    if find_by_email(email) is not None:
        raise InvalidInput("email", N_("%(email)s already has an account."), email=email)
    name = text.required("name", name, 120)
    if password is not None:
        check_password_rules(email, password, (name, name_en))
    user = User(
        email=email,
        name=name,
        name_en=text.optional("name_en", name_en, 120) or name,
        password_hash=hash_password(password) if password is not None else None,
        is_observer=is_observer,
        created_at=now,
    )
    db.session.add(user)
    db.session.flush()
    audit.record(actor, now, "user.added", "user", user.id, email=email)
    return user


def require_keeper(actor: Actor) -> None:
    """Accounts are made by the command line and by academic affairs."""
    if actor != SYSTEM:
        require_administer(actor)


def random_password() -> str:
    """Sixteen characters that nobody confuses when they read them out."""
    return "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(16))


def give_password(
    user: User, actor: Actor, now: datetime, real_now: datetime, new_hash: str
) -> None:
    """Academic affairs give another person a password (its hash, made outside the transaction). It
    is good for three days, and for nothing but choosing one of their own."""
    require_administer(actor)
    change_password(user, actor, now, new_hash)
    user.password_until = real_now + GIVEN_FOR
    db.session.flush()


def change_password(user: User, actor: Actor, now: datetime, new_hash: str) -> None:
    """Store a new hash (made outside the transaction) and end every session of the person."""
    require_known(user)
    user.password_hash = new_hash
    user.password_until = None
    close_sessions(user)
    audit.record(actor, now, "user.password_changed", "user", user.id)
    db.session.flush()


def set_locale(user: User, locale: str) -> None:
    user.locale = locale
    db.session.flush()


def set_active(user: User, actor: Actor, now: datetime, real_now: datetime, active: bool) -> None:
    """Disable or enable an account; disabling ends its sessions and tokens at once, and mail that
    waits goes to whoever stands in. Said again, it changes nothing (B-17)."""
    require_administer(actor)
    if user.id == actor.user_id:
        raise InvalidInput("active", N_("You cannot disable your own account."))
    lock(user)
    if user.is_active is active:
        return
    if user.erased_at is not None:
        raise IllegalStep(N_("Who this was is erased for good: add the person anew."))
    if active:
        user.is_active = True
    else:
        end(user, now, real_now)
    audit.record(actor, now, "user.enabled" if active else "user.disabled", "user", user.id)
    db.session.flush()


def end(user: User, now: datetime, real_now: datetime) -> None:
    """Nobody acts for the account any more and no mail reaches it."""
    user.is_active = False
    posts.pass_on_mail(user, now, real_now)
    close_sessions(user)
    db.session.execute(
        update(ApiToken)
        .where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=real_now)
    )
