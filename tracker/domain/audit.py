"""The hash chain of the record: each event's hash covers the one before it, so that whoever
changes, drops or swaps an event breaks the chain. Cutting off its tail shows only against a head
that was noted elsewhere."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

GENESIS = "0" * 64
"""What the first event follows."""


@dataclass(frozen=True)
class Entry:
    """What an event says. `at` is aware; `detail` is JSON without floats."""

    at: datetime
    user_id: int | None
    actor: str
    action: str
    subject: str
    subject_id: int
    detail: Mapping[str, object]


def chained(previous: str, entry: Entry) -> str:
    """SHA-256 of the previous hash and the entry in one canonical form, 64 hex digits."""
    said = [
        previous,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.user_id,
        entry.actor,
        entry.action,
        entry.subject,
        entry.subject_id,
        entry.detail,
    ]
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def first_broken(events: Iterable[tuple[Entry, str]]) -> int | None:
    """Position of the first event whose hash does not follow from the one before it."""
    previous = GENESIS
    for position, (entry, found) in enumerate(events):
        if chained(previous, entry) != found:
            return position
        previous = found
    return None
