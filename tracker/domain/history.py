"""How assignments stood at a past moment, from what was recorded of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tracker.domain.vocabulary import State

STATE_AFTER: Mapping[str, State] = {
    "checked_off": State.DONE,
    "undone": State.OPEN,
    "verified": State.VERIFIED,
    "sent_back": State.RETURNED,
    "waived": State.WAIVED,
    "reopened": State.OPEN,
    "fell_back": State.OPEN,
    "stands_again": State.DONE,
    "returned_again": State.RETURNED,
}
"""The last word of a recorded action -> the state it leads to. Any other leaves the state alone."""


@dataclass(frozen=True)
class Change:
    """At `at` (aware) an assignment came to stand at `state`."""

    at: datetime
    assignment_id: int
    state: State


def states_at(changes: Iterable[Change], moment: datetime) -> dict[int, State]:
    """Assignment id -> where it stood just after `moment`. `changes` in the order they were
    recorded; an assignment that nothing had happened to is left out: it was open."""
    return {change.assignment_id: change.state for change in changes if change.at <= moment}
