"""Where a unit stands among its equals, without a list of names."""

from collections.abc import Iterable
from fractions import Fraction

from tracker.domain.readiness import Readiness

FEWEST = 8
"""With fewer units a quarter would be one or two of them, and everybody would know which."""


def quartile(own: Readiness, all_of_them: Iterable[Readiness]) -> int | None:
    """1 for the best quarter to 4 for the last; None with fewer than FEWEST units, or while all are
    equally far. `all_of_them` holds `own` too. Equals stand in the same, better quarter."""
    shares = [_share(each) for each in all_of_them]
    if len(shares) < FEWEST or len(set(shares)) == 1:
        return None
    ahead = sum(share > _share(own) for share in shares)
    return 1 + 4 * ahead // len(shares)


def _share(readiness: Readiness) -> Fraction:
    return Fraction(readiness.settled, readiness.total) if readiness.total else Fraction(1)
