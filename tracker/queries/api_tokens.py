"""Tokens of the API: who is behind one, and how their people read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload

from tracker.actors import Actor
from tracker.db import db, rows
from tracker.models.session import ApiToken
from tracker.queries.sessions import REAL_NOW, actor_of, people_with


@dataclass(frozen=True)
class TokenHolder:
    """Who calls, with the posts of that moment, and `scopes` as the token's row has them."""

    token_id: int
    scopes: str | None
    actor: Actor


def is_working(real_now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Neither withdrawn nor past its end."""
    lasts = or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > real_now)
    return and_(ApiToken.revoked_at.is_(None), lasts)


_HOLDER = people_with(ApiToken, ApiToken.id.label("token_id"), ApiToken.scopes).where(
    is_working(REAL_NOW)
)


def holder(token_hash: str, now: datetime, real_now: datetime) -> TokenHolder | None:
    """The active person behind a working token. One query, as of a session."""
    found = rows(_HOLDER, {"token_hash": token_hash, "now": now, "real_now": real_now})
    return TokenHolder(found[0].token_id, found[0].scopes, actor_of(found)) if found else None


def working(user_id: int, real_now: datetime) -> Sequence[ApiToken]:
    """A person's tokens that open something, oldest first."""
    return db.session.scalars(
        select(ApiToken)
        .options(joinedload(ApiToken.usage))
        .where(ApiToken.user_id == user_id, is_working(real_now))
        .order_by(ApiToken.id)
    ).all()


def find(token_id: int) -> ApiToken | None:
    return db.session.get(ApiToken, token_id)


def every() -> Sequence[ApiToken]:
    """Everybody's, withdrawn and ended ones too, by person."""
    return db.session.scalars(
        select(ApiToken)
        .options(joinedload(ApiToken.usage), joinedload(ApiToken.user))
        .order_by(ApiToken.user_id, ApiToken.id)
    ).all()
