"""What became of cells between a moment and now."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tracker.domain.vocabulary import Light


@dataclass(frozen=True)
class Turn:
    """A cell showed `before` then and shows `after` now."""

    assignment_id: int
    before: Light
    after: Light


def turns(lights: Iterable[tuple[int, Light, Light]]) -> dict[int, Turn]:
    """Of (assignment id, then, now), those that differ, by id."""
    return {key: Turn(key, then, now) for key, then, now in lights if then is not now}


def newly(found: Iterable[Turn]) -> dict[Light, int]:
    """How many came to show each light, in the vocabulary's order."""
    count = Counter(turn.after for turn in found)
    return {light: count[light] for light in Light if count[light]}
