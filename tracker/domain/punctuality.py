"""Who had reported when the cut-off came."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.domain.burndown import Asked
from tracker.domain.history import Change, states_at
from tracker.domain.vocabulary import State


@dataclass(frozen=True)
class Punctuality:
    """Of `asked` duties whose cut-off has passed, `on_time` stood as reported when it came."""

    on_time: int
    asked: int

    @property
    def percent(self) -> int:
        """Rounded down, so that 100 means all. Of at least one."""
        return 100 * self.on_time // self.asked


def punctuality(
    asked: Iterable[Asked], changes: Sequence[Change], now: datetime
) -> Mapping[str, Punctuality]:
    """Unit code -> how it kept the cut-offs that have passed; a unit without one is left out. What
    was sent back or taken back before the cut-off did not stand, what was sent back later did."""
    closing: dict[datetime, list[Asked]] = defaultdict(list)
    for duty in asked:
        if duty.due_at <= now:
            closing[duty.due_at].append(duty)
    verdicts: dict[str, list[bool]] = defaultdict(list)
    for due_at, duties in closing.items():
        stood = states_at(changes, due_at - timedelta(microseconds=1))
        for duty in duties:
            state = stood.get(duty.assignment_id, State.OPEN)
            verdicts[duty.unit_code].append(not duty.is_open(state))
    return {code: Punctuality(sum(kept), len(kept)) for code, kept in verdicts.items()}


def together(parts: Iterable[Punctuality]) -> Punctuality | None:
    """None where nothing was asked yet."""
    parts = list(parts)
    asked = sum(part.asked for part in parts)
    return Punctuality(sum(part.on_time for part in parts), asked) if asked else None
