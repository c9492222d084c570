"""What an API token may be used for. A scope never gives more than its person may do."""

from collections.abc import Iterable
from enum import StrEnum

from tracker.domain.errors import N_, InvalidInput


class Scope(StrEnum):
    """`READ` every GET but the outbox; `REPORT` a unit's own steps; `VERIFY` what an inspector and
    the plan's owner do to a report; `OUTBOX` the mails, whose addresses are people's."""

    READ = "read"
    REPORT = "report"
    VERIFY = "verify"
    OUTBOX = "outbox"


EVERYTHING = frozenset(Scope)


def chosen(words: Iterable[str]) -> frozenset[Scope]:
    """Scopes by their words. Raises InvalidInput for none, and for one that does not exist."""
    wanted = set(words)
    if not wanted or wanted - set(Scope):
        raise InvalidInput(
            "scope", N_("Choose at least one of: %(choices)s."), choices=", ".join(Scope)
        )
    return frozenset(Scope(word) for word in wanted)


def kept(scopes: frozenset[Scope]) -> str | None:
    """As a token's row has them; None for everything, also what is added later."""
    return None if scopes == EVERYTHING else " ".join(sorted(scopes))


def of(words: str | None) -> frozenset[Scope]:
    """From a token's row; a word of another release is left out."""
    if words is None:
        return EVERYTHING
    return frozenset(Scope(word) for word in words.split() if word in set(Scope))
