"""Putting a backup back into an empty place. What was in it is safe to start afterwards: see
services/restorations."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import inspect

from tracker import clock
from tracker.config import Settings
from tracker.db import db, is_sqlite, transaction
from tracker.domain.backups import DATABASE, EVIDENCE, BackupError, Manifest
from tracker.jobs import backup_archive
from tracker.jobs.backups import count_rows
from tracker.jobs.database_copies import is_empty, load_postgresql, note_revision
from tracker.queries import audit
from tracker.services import rehearsal, restorations

CreateApp = Callable[[Settings], Flask]


@dataclass(frozen=True)
class Restored:
    """`held`: messages that wait for a decision; `events`: in the record, which is unbroken."""

    manifest: Manifest
    held: int
    events: int


def restore(file: Path, settings: Settings, head: str | None, create_app: CreateApp) -> Restored:
    """Put a backup back. `head`: the revision of this version's tables; `create_app` makes an
    application on other settings. Raises BackupError; the database appears last and whole, so that
    whatever is raised, there is none."""
    if not file.is_file():
        raise BackupError(f"There is no file {file}.")
    _require_empty(settings)
    manifest = backup_archive.check(file)
    _require_ours(manifest, head)
    scratch = tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.instance)
    with _proofs(settings.evidence), scratch as folder:
        copy = Path(folder, DATABASE)
        backup_archive.unpack(file, lambda name: _place(name, copy, settings.evidence))
        if is_sqlite():
            return _put_sqlite(copy, manifest, settings, create_app)
        return _put_postgresql(copy, manifest, settings)


@contextmanager
def _proofs(folder: Path) -> Iterator[None]:
    """The empty folder of proofs; what is raised leaves it empty again."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for each in folder.iterdir():
            shutil.rmtree(each, ignore_errors=True)
        raise


def _place(name: str, copy: Path, evidence: Path) -> Path:
    return copy if name == DATABASE else evidence / name.removeprefix(EVIDENCE)


def _require_empty(settings: Settings) -> None:
    if not is_empty(db.engine.url):
        raise BackupError(
            "The database is not empty, and nothing is overwritten: stop the server, move "
            "tracker.db away with the files whose names begin so, or name another database in "
            "TRACKER_DATABASE_URL."
        )
    if settings.evidence.is_dir() and any(settings.evidence.iterdir()):
        raise BackupError(f"{settings.evidence} is not empty: move what is in it away.")


def _require_ours(manifest: Manifest, head: str | None) -> None:
    if manifest.engine != db.engine.dialect.name:
        raise BackupError(
            f"The backup is of {manifest.engine}, TRACKER_DATABASE_URL names "
            f"{db.engine.dialect.name}: it goes back into the same kind only."
        )
    if manifest.revision != head:
        raise BackupError(
            f"The backup's tables are of {manifest.revision}, this version has {head}: install the "
            "version that made it, restore, and upgrade afterwards."
        )


def _put_sqlite(
    copy: Path, manifest: Manifest, settings: Settings, create_app: CreateApp
) -> Restored:
    """Made ready where nobody looks, then renamed into its place."""
    target = Path(str(db.engine.url.database))
    db.session.remove()
    db.engine.dispose()
    scratch = create_app(replace(settings, database_url=f"sqlite:///{copy}"))
    with scratch.app_context():
        restored = _settle(manifest, settings, None)
        db.session.remove()
        db.engine.dispose()  # The last connection leaves everything in the file itself.
    copy.chmod(0o600)
    for ending in ("-wal", "-shm"):
        Path(f"{target}{ending}").unlink(missing_ok=True)
    copy.rename(target)
    os.sync()
    _end_signatures(settings)
    return restored


def _put_postgresql(copy: Path, manifest: Manifest, settings: Settings) -> Restored:
    load_postgresql(copy, db.engine.url)
    restored = _settle(manifest, settings, manifest.revision)
    _end_signatures(settings)
    return restored


def _settle(manifest: Manifest, settings: Settings, revision: str | None) -> Restored:
    """Count, verify, and make safe, in one transaction. `revision`: to be noted with it."""
    with transaction():
        connection = db.session.connection()
        if revision is not None:
            note_revision(connection, revision)
        found = count_rows(connection, inspect(connection).get_table_names())
        _require_same(manifest, found)
        real_now = clock.real_now()
        if settings.rehearsal:
            rehearsal.resume(real_now)
        made_at = datetime.fromisoformat(manifest.made_at)
        held = restorations.settle(made_at, clock.now(), real_now)
        restorations.note_backup(made_at, manifest.size)
    return Restored(manifest, held, audit.verify().events)


def _require_same(manifest: Manifest, found: dict[str, int]) -> None:
    wrong = [name for name, count in manifest.counts.items() if found.get(name) != count]
    if wrong:
        raise BackupError(f"Not every row came back: {', '.join(wrong)}. Take another backup.")
    verdict = audit.verify()
    if verdict.broken is not None or verdict.forged is not None:
        raise BackupError("The record in the backup is broken: flask tracker verify-audit names it")
    if verdict.head != manifest.audit_head:
        raise BackupError("The record in the backup does not end where it ended when it was made.")


def _end_signatures(settings: Settings) -> None:
    """Links of earlier mails are signed with the key of the instance folder: another one is made
    at the next start. A key that the environment gives is the operator's to change."""
    kept = settings.instance / "secret_key"
    if kept.is_file() and kept.read_text(encoding="ascii").strip() == settings.secret_key:
        kept.unlink()
