"""n of N."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """`done` of `total`. `done` None: nobody has said anything yet, which is not zero (零报告).
    `total` None: the notice names no number."""

    done: int | None
    total: int | None = None

    @property
    def complete(self) -> bool:
        return self.done is not None and self.total is not None and self.done >= self.total

    @property
    def missing(self) -> int | None:
        """How many are not accounted for; None where no total is known."""
        if self.total is None:
            return None
        return max(self.total - (self.done or 0), 0)

    @property
    def figure(self) -> str:
        """「12/160」, "12", or "" while nobody has said anything: silence is not zero."""
        if self.done is None:
            return ""
        return str(self.done) if self.total is None else f"{self.done}/{self.total}"


def add_up(parts: Iterable[Progress], total: int | None = None) -> Progress:
    """The parts' sum; silent parts add nothing but do not turn the sum into silence unless all are.
    `total` is the row's own target and wins over the sum of the parts' totals."""
    parts = list(parts)
    said = [part.done for part in parts if part.done is not None]
    if total is None and parts and all(part.total is not None for part in parts):
        total = sum(part.total or 0 for part in parts)
    return Progress(sum(said) if said else None, total)


def spoken(listed: Progress, reported: int | None) -> Progress:
    """A roster's progress as it is shown: before the first tick and the first report nobody has
    said anything, which reads 未报 and never 0."""
    if not listed.done and reported is None:
        return Progress(None, listed.total)
    return listed
