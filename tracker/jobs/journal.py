"""The journals of senders: one file for each run of one, in a folder of the instance.

Who writes one holds its lock for as long as another mail may be begun, and whoever dies lets go of
it: a journal without a lock is a dead sender's, and complete. It is believed on the machine that
wrote it, until that starts anew: after a power cut the last lines may be missing
(docs/decisions/0003).
"""

import logging
import os
import socket
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, Self

from tracker.domain import journal
from tracker.domain.journal import Journal

try:
    import fcntl
except ImportError:  # No such locks on Windows: nobody could tell who is dead.
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger(__name__)

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
FORGOTTEN = timedelta(days=1)
"""After so long without a line the journal of another machine is nobody's any more, nor is one that
was never finished."""

JOURNAL, UNFINISHED = ".journal", ".new"
"""How a file's name ends: before it is locked and headed it is no journal."""


class Record(Protocol):
    """Where a sender writes down what it does with mails."""

    @property
    def is_kept(self) -> bool:
        """Whether what is written will be found, so that several mails may be marked at once."""
        ...

    def mark(self, at: datetime, message_ids: Iterable[int]) -> bool:
        """Whether it is written down."""
        ...

    def begin(self, message_id: int) -> bool:
        """Whether it is written down. If not, none that is marked there may be begun."""
        ...

    def answer(self, message_id: int, at: datetime, reply: str) -> None: ...


class NoRecord:
    """Each mail's mark in the database has to do."""

    is_kept = False

    def mark(self, at: datetime, message_ids: Iterable[int]) -> bool:
        return False

    def begin(self, message_id: int) -> bool:
        return False

    def answer(self, message_id: int, at: datetime, reply: str) -> None:
        pass


class JournalFile:
    """The journal of one run, which begins with the first mark. One that can no longer be written
    stays, for what it says is true of every mark of which it speaks."""

    def __init__(self, folder: Path, owner: str) -> None:
        self._folder, self._owner = folder, owner
        self._path: Path | None = None
        self._file: int | None = None
        self._length = 0
        self.is_kept = fcntl is not None and bool(_boot())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    @property
    def is_begun(self) -> bool:
        return self._file is not None

    def mark(self, at: datetime, message_ids: Iterable[int]) -> bool:
        if self.is_kept and self._file is None:
            self._begin()
        return self._write(journal.marked(at, message_ids))

    def begin(self, message_id: int) -> bool:
        return self._write(journal.begun(message_id))

    def answer(self, message_id: int, at: datetime, reply: str) -> None:
        self._write(journal.answered(message_id, at, reply))

    def remove(self) -> None:
        """All that it speaks of is noted elsewhere."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        self._close()

    def _begin(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file, name = tempfile.mkstemp(UNFINISHED, dir=self._folder)
            self._path = Path(name)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._append(self._file, journal.heading(self._owner, socket.gethostname(), _boot()))
            self._path = self._path.rename(self._path.with_suffix(JOURNAL))
        except OSError as problem:
            self._stop(problem)
            with suppress(OSError):
                self.remove()

    def _write(self, line: bytes) -> bool:
        if self._file is None or not self.is_kept:
            return False
        try:
            self._append(self._file, line)
        except OSError as problem:
            self._stop(problem)
        return self.is_kept

    def _append(self, file: int, line: bytes) -> None:
        if os.write(file, line) != len(line):
            raise OSError("the disk is full")
        self._length += len(line)

    def _stop(self, problem: OSError) -> None:
        """Nothing more is written, and of the line that failed nothing is left."""
        log.warning("no journal is kept: %s", problem)
        self.is_kept = False
        if self._file is not None:
            with suppress(OSError):  # Torn, and so not believed.
                os.ftruncate(self._file, self._length)

    def _close(self) -> None:
        self.is_kept = False
        if self._file is not None:
            os.close(self._file)
            self._file = None


@dataclass(frozen=True)
class Left:
    """A dead sender's journal; `journal` is None where nothing in it is to be believed. `seen`: the
    file as it was read."""

    path: Path
    journal: Journal | None
    seen: os.stat_result

    def remove(self) -> None:
        """Unless somebody holds it, or it is another than was read."""
        with suppress(OSError), self.path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _identity(os.fstat(file.fileno())) == _identity(self.seen):
                self.path.unlink()


def left_behind(folder: Path, real_now: datetime) -> list[Left]:
    """The journals of this machine's dead senders, and those that nobody will ask for again."""
    paths = (path for kind in (JOURNAL, UNFINISHED) for path in sorted(folder.glob(f"*{kind}")))
    found = [_left(path, real_now) for path in paths]
    return [each for each in found if each is not None]


def _left(path: Path, real_now: datetime) -> Left | None:
    """None while its sender lives, or may live: on another machine, or about to lock it."""
    try:
        with path.open("rb") as file:
            changed = os.fstat(file.fileno()).st_mtime
            is_old = real_now.timestamp() - changed > FORGOTTEN.total_seconds()
            if fcntl is None or (path.suffix == UNFINISHED and not is_old):
                return None
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            content, seen = file.read(), os.fstat(file.fileno())
    except OSError:
        return None
    found = journal.read(content)
    is_nobodys = not content or path.suffix == UNFINISHED
    if is_nobodys or (found is not None and found.host != socket.gethostname()):
        return Left(path, None, seen) if is_old else None
    return Left(path, found if found is not None and found.boot == _boot() else None, seen)


def _identity(seen: os.stat_result) -> tuple[int, ...]:
    """Which file it is, and how far it was written."""
    return seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns


def _boot() -> str:
    """Which run of the machine this is; empty where it does not say."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
