"""People, units and the posts that join them."""

from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, ForeignKey, String, UniqueConstraint, and_, or_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base
from tracker.domain.vocabulary import Post, UnitKind
from tracker.models.types import EnumText, UTCDateTime


class Unit(Base):
    """An office or a college, or a university with both under it: `parent_id`, the campus of its
    offices and colleges, is None where there is but one campus. `cluster`: the
    group of neighbouring disciplines a college belongs to, None where it belongs to none."""

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[UnitKind] = mapped_column(EnumText(UnitKind))
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    position: Mapped[int]
    cluster: Mapped[str | None] = mapped_column(String(60))
    cluster_en: Mapped[str | None] = mapped_column(String(60))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)


class User(Base):
    """An account. `is_observer`: sees everything, changes nothing (the president). `digest_hour`:
    the hour of the day at which information is mailed, at once where None; `information_paused`:
    none of it; `named_in_group`: the word in the unit's chat group names them too. `staff_number`:
    by which the campus's own sign-on knows them, in lower case. `password_until`: their password
    was given to them and is only good until then (machine's time) to choose one of their own.
    `erased_at`: who it was is erased for good, a pseudonym stands in its place."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    staff_number: Mapped[str | None] = mapped_column(String(40), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    password_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    locale: Mapped[str | None] = mapped_column(String(20))
    is_active: Mapped[bool] = mapped_column(default=True)
    is_observer: Mapped[bool] = mapped_column(default=False)
    digest_hour: Mapped[int | None]
    information_paused: Mapped[bool] = mapped_column(default=False)
    named_in_group: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    memberships: Mapped[list["Membership"]] = relationship(back_populates="user")


class Membership(Base):
    """A person holds a post in a unit: from `starts_at` until `ends_at` (exclusive, campus time),
    for good where these are None."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("user_id", "unit_id", "post"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    post: Mapped[Post] = mapped_column(EnumText(Post))
    starts_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    user: Mapped[User] = relationship(back_populates="memberships")
    unit: Mapped[Unit] = relationship()

    def holds(self, now: datetime) -> bool:
        return (self.starts_at is None or self.starts_at <= now) and (
            self.ends_at is None or now < self.ends_at
        )


def holding(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """`Membership.holds` as a condition."""
    return and_(
        or_(Membership.starts_at.is_(None), Membership.starts_at <= now),
        or_(Membership.ends_at.is_(None), Membership.ends_at > now),
    )
