"""Which of several processes keeps the timetable: the one that holds a lock beside the database.

Whoever dies lets go of it, so another takes over by itself. It spares work and noise; that nothing
is sent twice rests on unique keys and on the claim, not on this (docs/decisions/0017).
"""

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

try:
    import fcntl
except ImportError:  # No such locks on Windows, where one process serves.
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger(__name__)

KEY = int.from_bytes(b"tracker")
"""Of the advisory lock: PostgreSQL keeps them by database and number."""


class Lock(Protocol):
    def holds(self) -> bool:
        """Whether this process has it now; takes it if nobody has. Never waits for another."""
        ...

    def release(self) -> None: ...


def lock_of(engine: Engine) -> Lock:
    """The lock that all processes on this database ask for."""
    if engine.dialect.name == "postgresql":
        return _AdvisoryLock(engine)
    file = engine.url.database
    if fcntl is None or not file or file == ":memory:":
        return _Alone()
    return _FileLock(Path(f"{file}.leader"))


class _AdvisoryLock:
    """A session's lock needs a session of its own, and no pooling proxy between."""

    def __init__(self, engine: Engine) -> None:
        self._engine = create_engine(engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        self._session: Connection | None = None
        self._held = False

    def holds(self) -> bool:
        try:
            if self._session is None:
                self._session = self._engine.connect()
            if self._held:
                self._session.execute(text("SELECT 1"))
            else:
                ask = text("SELECT pg_try_advisory_lock(:key)")
                self._held = bool(self._session.scalar(ask, {"key": KEY}))
        except SQLAlchemyError as problem:
            log.warning("the election's connection broke: %s", problem)
            self.release()
        return self._held

    def release(self) -> None:
        session, self._session, self._held = self._session, None, False
        if session is not None:
            with suppress(SQLAlchemyError):  # The server notices a closed session in its own time.
                session.execute(text("SELECT pg_advisory_unlock_all()"))
            with suppress(SQLAlchemyError):
                session.close()


class _FileLock:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def holds(self) -> bool:
        if self._file is not None:
            return True
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as problem:
            log.warning("no leader can be chosen: %s", problem)
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        self._file = file
        return True

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


class _Alone:
    def holds(self) -> bool:
        return True

    def release(self) -> None:
        pass
