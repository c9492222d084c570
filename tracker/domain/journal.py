"""What a sender writes down while it hands mails over, so that whoever finds it dead knows what
became of each. Lines of JSON, each a fact:

    ["journal", 1, owner, host, boot]     the first; `boot` is the machine's, new after every start
    ["marked", at, [id, ...]]             before the transaction that marks them is committed
    ["begun", id]                         before the relay is given a byte of it
    ["answered", id, at, reply]           after the relay has taken it

A process that is killed loses nothing that it wrote; a machine that loses its power may.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

FORMAT = 1


@dataclass(frozen=True)
class Fate:
    """What became of a message marked at `marked_at`. `answer`: when the relay took it, and its
    reply."""

    marked_at: datetime
    is_begun: bool = False
    answer: tuple[datetime, str] | None = None


@dataclass(frozen=True)
class Journal:
    """`fates` by message id: of the last time each was marked."""

    owner: str
    host: str
    boot: str
    fates: dict[int, Fate] = field(default_factory=dict)

    def fate(self, message_id: int, marked_at: datetime | None) -> Fate | None:
        """None where the journal does not speak of that mark."""
        fate = self.fates.get(message_id)
        return fate if fate is not None and fate.marked_at == marked_at else None


def heading(owner: str, host: str, boot: str) -> bytes:
    return _line("journal", FORMAT, owner, host, boot)


def marked(at: datetime, message_ids: Iterable[int]) -> bytes:
    return _line("marked", at.isoformat(), list(message_ids))


def begun(message_id: int) -> bytes:
    return _line("begun", message_id)


def answered(message_id: int, at: datetime, reply: str) -> bytes:
    return _line("answered", message_id, at.isoformat(), reply)


def _line(*fact: object) -> bytes:
    return json.dumps(fact, separators=(",", ":")).encode("ascii") + b"\n"


def read(content: bytes) -> Journal | None:
    """None for one that is torn, or says what no sender writes: then nothing in it is to be
    believed."""
    if not content.endswith(b"\n"):
        return None
    try:
        first, *facts = [json.loads(line) for line in content.splitlines()]
        kind, number, owner, host, boot = first
        if (kind, number) != ("journal", FORMAT):
            return None
        journal = Journal(owner, host, boot)
        for fact in facts:
            _add(journal.fates, *fact)
    except (ValueError, TypeError, KeyError):
        return None
    return journal


def _add(fates: dict[int, Fate], kind: str, *rest: object) -> None:
    """Raises ValueError, TypeError or KeyError where the fact cannot follow those before."""
    match kind, *rest:
        case "marked", str(at), list(message_ids):
            fates.update((int(each), Fate(datetime.fromisoformat(at))) for each in message_ids)
        case "begun", int(message_id) if not fates[message_id].is_begun:
            fates[message_id] = replace(fates[message_id], is_begun=True)
        case "answered", int(message_id), str(at), str(reply) if fates[message_id].is_begun:
            answer = (datetime.fromisoformat(at), reply)
            fates[message_id] = replace(fates[message_id], answer=answer)
        case _:
            raise ValueError(kind)
