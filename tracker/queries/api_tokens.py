"""Tokens of the API as their people read them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.models.session import ApiToken


def is_working(real_now: datetime) -> ColumnElement[bool]:
    """Neither withdrawn nor past its end."""
    lasts = or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > real_now)
    return and_(ApiToken.revoked_at.is_(None), lasts)


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
