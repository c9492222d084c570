"""Since when somebody has not looked at a page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

ONE_VISIT = timedelta(minutes=30)
"""Looks that follow each other within this time are one visit."""


@dataclass(frozen=True)
class Visit:
    """A visit's latest look, and the last look of the visit before it; None for the first visit.
    Both aware."""

    latest: datetime
    before: datetime | None

    def look(self, now: datetime) -> "Visit":
        """Looking again: within ONE_VISIT it is still the same visit."""
        if abs(now - self.latest) <= ONE_VISIT:
            return Visit(now, self.before)
        return Visit(now, self.latest)

    def __str__(self) -> str:
        parts = (self.latest, self.before)
        return "~".join(str(int(part.timestamp())) if part else "" for part in parts)


def visit_of(text: str | None, now: datetime) -> Visit:
    """The visit that looking at `now` belongs to, after what was noted as `str(visit)`. Anything
    else, also of a time to come, counts as nothing: a first visit."""
    found = _parsed(text or "", now)
    return found.look(now) if found and found.latest <= now else Visit(now, None)


def _parsed(text: str, now: datetime) -> Visit | None:
    latest, _, before = text.partition("~")
    try:
        return Visit(_instant(latest, now), _instant(before, now) if before else None)
    except (ValueError, OverflowError, OSError):
        return None


def _instant(text: str, now: datetime) -> datetime:
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(text)
    return datetime.fromtimestamp(int(text), now.tzinfo)
