"""What a run of a sender notes of its messages: the mark before each hand-over, the end after."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from tracker import clock
from tracker.db import transaction
from tracker.jobs.journal import Record
from tracker.jobs.making import Made
from tracker.queries import deliveries
from tracker.services import handovers


class Marks:
    """What the relay has just taken is noted in the transaction that marks the next messages, if
    they follow at once. Several may be marked `ahead`, as long as the `record` is kept that tells
    which of them were begun. `changes`: of all plans, when a transaction last looked.
    """

    def __init__(self, owner: str, record: Record) -> None:
        self.owner, self.record = owner, record
        self.changes = 0
        self.ahead: set[int] = set()
        self._taken: list[Callable[[], object]] = []

    @contextmanager
    def noting(self) -> Iterator[None]:
        """A transaction that first notes what was taken, and looks whether any plan has changed."""
        with transaction():
            for note in self._taken:
                note()
            self.changes = deliveries.changes()
            yield
        self._taken.clear()

    def settle(self) -> None:
        """Note what was taken, and give back what is marked ahead."""
        if self._taken or self.ahead:
            with self.noting():
                self._give_back(self.ahead)
            self.ahead.clear()

    def mark_ahead(self, ready: Mapping[int, Made[Any]], changes: int) -> None:
        """Unless a plan has changed since, or it cannot be written down."""
        real_now = clock.real_now()
        marked: set[int] = set()
        with self.noting():
            if self.changes == changes and self.record.mark(real_now, ready):
                marked.update(each for each in ready if self._mark(each, ready[each], real_now))
        self.ahead |= marked

    def begin(self, message_id: int, made: Made[Any], changes: int | None) -> bool:
        """Whether the message is ours to hand over, and no plan has changed since there were so
        many `changes`; from then on it is begun. None: whatever has changed. Where the record says
        that it is marked, and can no longer say that it is begun, all that is marked is given back.
        """
        is_told = True
        if message_id in self.ahead:
            self.changes, ours = deliveries.changes_and_mark(message_id, self.owner)
            ours = ours and self.changes == changes
        else:
            real_now = clock.real_now()
            with self.noting():
                ours = changes is None or self.changes == changes
                if ours:
                    is_told = self.record.mark(real_now, [message_id])
                    ours = self._mark(message_id, made, real_now)
            if ours:
                self.ahead.add(message_id)
        if ours and is_told and not self.record.begin(message_id):
            self.settle()
            return False
        if ours:
            self.ahead.discard(message_id)
        return ours

    def take(self, message_id: int, reply: str, also: Callable[[], object]) -> None:
        """The relay took it. `also`: what is noted with it."""
        real_now = clock.real_now()
        note = partial(handovers.sent, message_id, self.owner, real_now, reply)
        self._taken += [also, note]
        self.record.answer(message_id, real_now, reply)

    def drop(self, message_id: int) -> None:
        """Within a transaction of `noting`: it was not handed over, and will not be now."""
        self._give_back({message_id} & self.ahead)
        self.ahead.discard(message_id)

    def _mark(self, message_id: int, made: Made[Any], real_now: datetime) -> bool:
        return handovers.hand_over(message_id, self.owner, real_now, **made.as_kept)

    def _give_back(self, message_ids: Collection[int]) -> None:
        handovers.give_back(sorted(message_ids), self.owner)
