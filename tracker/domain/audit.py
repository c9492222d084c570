"""The hash chain of the record: each event's hash covers the one before it, so that whoever
changes, drops or swaps an event breaks the chain. Cutting off its tail shows only against a head
that was noted elsewhere.

What an event says of persons (`actor`, `detail`) is in the chain as a salted seal, so that it can
be erased: the salt goes with the words, the seal stays. Events from before there were seals are in
the chain as they were written. Either way a later event notes what an erased one says now.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

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
    at, user_id, *about = _facts(entry)
    return _hash([previous, at, user_id, entry.actor, *about, entry.detail])


def _facts(entry: Entry) -> list[object]:
    """What is said of no person but by number."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    return [at, entry.user_id, entry.action, entry.subject, entry.subject_id]


def _hash(said: list[object]) -> str:
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def sealed(salt: str, entry: Entry) -> str:
    """What stands in the chain for the words about persons."""
    return _hash([salt, entry.actor, entry.detail])


def linked(previous: str, entry: Entry, seal: str) -> str:
    """`chained` of an event whose words about persons are sealed."""
    return _hash([previous, *_facts(entry), seal])


class Link(NamedTuple):
    """An event in its place. `salt` and `seal` None: from before there were seals; `salt` None
    alone: erased. `erased`: what a later event noted of the erased one (`as_erased`), None where
    nothing was noted."""

    entry: Entry
    hash: str
    salt: str | None = None
    seal: str | None = None
    erased: str | None = None


def as_erased(entry: Entry) -> str:
    """What is noted of an event when words of it are erased, so that it says the same for ever."""
    return chained(GENESIS, entry)


def first_broken(links: Iterable[Link]) -> int | None:
    """Position of the first event that does not follow from the one before it, or that says
    something else than was sealed or noted."""
    previous = GENESIS
    for position, link in enumerate(links):
        if not _holds(previous, link):
            return position
        previous = link.hash
    return None


def _holds(previous: str, link: Link) -> bool:
    entry, seal = link.entry, link.seal
    if seal is not None and linked(previous, entry, seal) != link.hash:
        return False
    if link.erased is not None:
        return link.salt is None and as_erased(entry) == link.erased
    if seal is None:
        return chained(previous, entry) == link.hash
    return link.salt is not None and sealed(link.salt, entry) == seal
