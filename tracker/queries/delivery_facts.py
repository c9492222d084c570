"""What is known of a claimed message, its reader and its reminders, as plain data."""

from dataclasses import dataclass
from datetime import datetime

from tracker.domain.reminding import Rule
from tracker.domain.vocabulary import OutboxState
from tracker.queries.holders import Holder


@dataclass(frozen=True)
class Delivery:
    """A claimed message. `due_at` and `not_after` are campus time."""

    id: int
    message_id: str
    kind: str
    user_id: int | None
    to_address: str | None
    about_id: int | None
    due_at: datetime
    not_after: datetime


@dataclass(frozen=True)
class Addressee:
    """The person a message goes to. `units`: (name, name_en) of their posts' units."""

    email: str
    name: str
    name_en: str
    locale: str | None
    is_active: bool
    units: tuple[tuple[str, str], ...]
    holder: Holder


@dataclass(frozen=True)
class PlanFacts:
    """`changes`: its count of changes, so that open work is read again only after one."""

    id: int
    title: str
    title_en: str
    zone: str
    is_over: bool
    changes: int


@dataclass(frozen=True)
class Due:
    """One reminder that a message carries."""

    plan: PlanFacts
    rule: Rule
    cutoff_at: datetime
    number: int


@dataclass(frozen=True)
class Other:
    """A reminder of the same person about the same plan in another message."""

    message_id: int
    rule: Rule
    cutoff_at: datetime
    due_at: datetime
    state: OutboxState
