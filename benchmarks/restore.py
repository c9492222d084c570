"""`python -m benchmarks.restore`: backup and restore with a list of proof of 1 GB, in seconds."""

import argparse
import os
import secrets
import tempfile
import time
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import select

from benchmarks.campus import build
from tracker import clock, config
from tracker.db import db, transaction
from tracker.factory import ROOT, create_app
from tracker.jobs import backups, restorations
from tracker.models.assignment import Assignment
from tracker.models.evidence import Evidence
from tracker.models.org import User

FILE = 10 * 1024 * 1024
"""As large as a file of proof may be."""


def _fill(settings: config.Settings, megabytes: int) -> int:
    """Proofs that do not compress, with their rows; how many."""
    assignment = db.session.scalars(select(Assignment).limit(1)).one()
    user = db.session.scalars(select(User).limit(1)).one()
    count = max(1, megabytes * 1024 * 1024 // FILE)
    stored = [f"{secrets.token_hex(1)}/{secrets.token_hex(16)}" for _ in range(count)]
    given = {"assignment_id": assignment.id, "user_id": user.id, "at": clock.now(), "size": FILE}
    for name in stored:
        path = settings.evidence / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(FILE))
    with transaction():
        db.session.add_all(
            Evidence(**given, name="x.pdf", stored=name, sha256="0" * 64) for name in stored
        )
    return count


def run(folder: Path, megabytes: int, database: str | None, empty: str | None) -> None:
    """Both ways, once. `database`, `empty`: URLs of two empty databases, by default SQLite."""
    home, away = folder / "home", folder / "away"
    home.mkdir()
    away.mkdir()
    build(home, 12, database)
    given = {"TRACKER_HEARTBEAT": "0"}
    settings = config.load(given | ({"TRACKER_DATABASE_URL": database} if database else {}), home)
    with create_app(settings).app_context():
        files = _fill(settings, megabytes)
        os.sync()
        begin = time.perf_counter()
        file, manifest = backups.make(settings)
        saved = time.perf_counter() - begin
        db.session.remove()
        db.engine.dispose()
    fresh = config.load(given | ({"TRACKER_DATABASE_URL": empty} if empty else {}), away)
    head = ScriptDirectory(str(ROOT / "migrations")).get_current_head()
    with create_app(fresh).app_context():
        begin = time.perf_counter()
        done = restorations.restore(file, fresh, head, create_app)
        restored = time.perf_counter() - begin
        db.session.remove()
        db.engine.dispose()
    kind = settings.database_url.partition(":")[0]
    print(
        f"{kind}: {files} files, {manifest.size >> 20} MB, {sum(manifest.counts.values())} rows: "
        f"backup {saved:.1f} s, restore {restored:.1f} s, {done.held} messages held, "
        f"{done.events} events unbroken"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--database", help="URL of an empty database; by default SQLite")
    parser.add_argument("--empty", help="URL of another one, to restore into")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder), given.megabytes, given.database, given.empty)


if __name__ == "__main__":
    main()
