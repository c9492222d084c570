"""Making a backup while everything goes on working: the database as of one moment, and every proof
that it names, in one file that was read back before it got its name."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, table

from tracker import clock
from tracker.at_need import at_need
from tracker.config import Settings
from tracker.db import db, is_sqlite, transaction
from tracker.domain.audit import GENESIS
from tracker.domain.backups import DATABASE, EVIDENCE, BackupError, Manifest, Part
from tracker.jobs import backup_archive
from tracker.jobs.database_copies import copy_sqlite, snapshot
from tracker.models.audit import AuditEvent
from tracker.models.evidence import Evidence
from tracker.services import restorations

migration = at_need("alembic.migration")

ENDING = ".zip"


@dataclass(frozen=True)
class _Content:
    """What the database says of itself as of the moment of its copy; `proofs`: names of files
    inside the folder of proofs."""

    revision: str
    counts: dict[str, int]
    audit_head: str
    proofs: tuple[str, ...]


def make(settings: Settings, to: Path | None = None) -> tuple[Path, Manifest]:
    """Write a backup to a file, or into a folder under a name of its own; by default into the
    instance folder's `backups`. Where it is, and what is in it. Raises BackupError."""
    target = _target(to or settings.instance / "backups", clock.real_now())
    with tempfile.TemporaryDirectory(prefix=".tracker-", dir=target.parent) as folder:
        copy, made_at = Path(folder, DATABASE), clock.real_now()
        with snapshot(copy) as connection:
            content = _look(connection)
        with backup_archive.appearing(target) as half:
            manifest = _fill(half, copy, content, made_at, settings)
            if backup_archive.check(half) != manifest:
                raise BackupError("What was written cannot be read back: is the disk well?")
    with transaction():
        restorations.note_backup(made_at, target.stat().st_size)
    return target, manifest


def before_upgrade(settings: Settings, revision: str) -> Path:
    """A plain copy of the SQLite file as it is before its tables are changed."""
    source = Path(str(db.engine.url.database))
    stamp = f"{clock.real_now():%Y%m%dT%H%M%SZ}"
    folder = settings.instance / "backups"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"before-upgrade-from-{revision}-{stamp}.db"
    _require_room(target.parent, source.stat().st_size)
    with backup_archive.appearing(target) as half:
        copy_sqlite(source, half)
    return target


def _target(to: Path, real_now: datetime) -> Path:
    if to.suffix != ENDING:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        to = to / f"tracker-{real_now:%Y%m%dT%H%M%SZ}{ENDING}"
    if not to.parent.is_dir():
        raise BackupError(f"There is no folder {to.parent}: make it, or choose another.")
    if to.exists():
        raise BackupError(f"{to} is there already and is not overwritten: choose another name.")
    return to


def _look(connection: Connection) -> _Content:
    revision: str | None = migration.MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        raise BackupError("The database has no tables of ours yet: there is nothing to back up.")
    names = inspect(connection).get_table_names()
    rows = connection.execute(
        select(Evidence.stored, Evidence.has_thumbnail).where(Evidence.stored.is_not(None))
    )
    proofs = {name for stored, small in rows for name in _files(str(stored), small)}
    head = select(AuditEvent.hash).order_by(AuditEvent.id.desc()).limit(1)
    return _Content(
        revision,
        count_rows(connection, names),
        connection.scalar(head) or GENESIS,
        tuple(sorted(proofs)),
    )


def count_rows(connection: Connection, names: list[str]) -> dict[str, int]:
    """By table."""
    return {
        name: connection.scalar(select(func.count()).select_from(table(name))) or 0
        for name in sorted(names)
    }


def _files(stored: str, has_thumbnail: bool) -> Iterator[str]:
    yield stored
    if has_thumbnail:
        yield f"{stored}.jpg"


def _fill(
    half: Path, copy: Path, content: _Content, made_at: datetime, settings: Settings
) -> Manifest:
    there = [name for name in content.proofs if (settings.evidence / name).is_file()]
    missing = sorted(set(content.proofs) - set(there))
    files = [(DATABASE, copy), *((EVIDENCE + name, settings.evidence / name) for name in there)]
    _require_room(half.parent, sum(file.stat().st_size for _name, file in files))

    def manifest_of(parts: tuple[Part, ...]) -> Manifest:
        return Manifest(
            made_at=made_at.isoformat(),
            engine=db.engine.dialect.name,
            revision=content.revision,
            counts=content.counts,
            audit_head=content.audit_head,
            missing=tuple(missing),
            parts=parts,
        )

    return backup_archive.write(half, files, manifest_of)


def _require_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size:
        raise BackupError(
            f"{folder} has {free >> 20} MB left and {size >> 20} MB are needed: make room, or "
            "choose another folder."
        )


def needs_copy_before_upgrade(revision: str | None, head: str | None) -> bool:
    """Whether the tables of an SQLite database are about to change."""
    return is_sqlite() and revision is not None and revision != head
