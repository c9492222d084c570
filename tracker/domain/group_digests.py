"""What a chat group is told: no person's mail, a few lines about a unit."""

from dataclasses import dataclass
from datetime import datetime

from tracker.domain.digests import Line


@dataclass(frozen=True)
class GroupPart:
    """One cut-off (aware UTC): the unit's own open lines and, for academic affairs, the name of
    each other unit that has some, and how many."""

    due_at: datetime
    own: tuple[Line, ...]
    behind: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class GroupDigest:
    """`unit`: its name; `named`: contacts who want to be named in their group."""

    unit: str
    zone: str
    parts: tuple[GroupPart, ...]
    named: tuple[str, ...]
