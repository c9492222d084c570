"""What can be wrong with a request, as types. Messages are English msgids, filled and translated
at the entry point in the reader's language."""

from collections.abc import Mapping


def N_(msgid: str) -> str:
    """Mark a message for the translation catalogue without translating it here."""
    return msgid


class DomainError(Exception):
    """A request the rules refuse. `msgid` is %-formatted with `params` after translation."""

    def __init__(self, msgid: str, **params: object) -> None:
        super().__init__(msgid % params if params else msgid)
        self.msgid = msgid
        self.params: Mapping[str, object] = params


class InvalidInput(DomainError):
    """A value has the wrong shape or is missing; `field` names the form field it belongs to."""

    def __init__(self, field: str, msgid: str, **params: object) -> None:
        super().__init__(msgid, **params)
        self.field = field


class NotPermitted(DomainError):
    """The actor may see the thing but not do this to it."""


class IllegalStep(DomainError):
    """The state machine has no such step from here."""


class PlanAtRest(IllegalStep):
    """The plan asks nothing of its units: it is not published yet, or it is over."""

    def __init__(self, *, is_draft: bool) -> None:
        over = N_("This notice is closed: it can be read, and nothing in it changes any more.")
        super().__init__(N_("This notice is still a draft.") if is_draft else over)


class StaleVersion(DomainError):
    """Somebody changed the thing after the actor looked; `seen` and `current` are versions."""

    def __init__(self, seen: int, current: int) -> None:
        super().__init__(N_("Somebody else changed this while you were looking at it."))
        self.seen = seen
        self.current = current


class StaleRow(DomainError):
    """Somebody else changed the row of a plan after the actor read it; nothing was saved."""

    def __init__(self) -> None:
        super().__init__(N_("Somebody else changed this while you were looking at it."))


class StaleDifference(DomainError):
    """What was confirmed is no longer what the preview showed."""

    def __init__(self) -> None:
        super().__init__(N_("The roster changed since this preview. Look at the difference again."))


class StorageFull(DomainError):
    """The disk takes no more; nothing was kept."""

    def __init__(self) -> None:
        super().__init__(N_("The server has no room left, so nothing was saved. Tell its keeper."))


class SeedError(Exception):
    """A seed file cannot be read: `file`, `row` (1 is the header), `column` and `reason`."""

    def __init__(self, file: str, row: int, column: str, reason: str) -> None:
        super().__init__(f"{file}, row {row}, column {column}: {reason}")
        self.file = file
        self.row = row
        self.column = column
        self.reason = reason
