"""The doctor's look at the machine: disk, proofs, key, backups, and what the product stands on."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import column, select, table

from tracker.at_need import at_need, try_all
from tracker.config import Settings
from tracker.db import db
from tracker.domain.cutoffs import CAMPUS_ZONE
from tracker.jobs.workers import STALLED_AFTER
from tracker.models.evidence import Evidence
from tracker.queries import restorations

openpyxl = at_need("openpyxl")

OK, WARN, FAIL = "OK", "WARN", "FAIL"
Check = Callable[[], tuple[str, str]]
_FULL = 200 * 1024 * 1024
_OLD_KEY = timedelta(days=730)
_OLD_BACKUP = timedelta(hours=36)
_NEW = timedelta(hours=1)
"""A proof is on the disk before its row: one so new is nobody's yet, not an orphan."""

_NAMED = 3


def checks(settings: Settings, real_now: datetime) -> Iterator[tuple[str, Check]]:
    yield "folder", lambda: _folder(settings)
    yield "proofs", lambda: _proofs(settings, real_now)
    yield "key", lambda: _key(settings, real_now)
    yield "backup", lambda: _backup(settings, real_now)
    yield "workers", lambda: _workers(settings, real_now)
    yield "packages", _packages
    yield "PDF", _fonts
    yield "time zones", _zones
    yield "XML", _xml


def _folder(settings: Settings) -> tuple[str, str]:
    free = shutil.disk_usage(settings.instance).free
    if not os.access(settings.instance, os.W_OK):
        return FAIL, f"{settings.instance} cannot be written to: chown it to the service's user"
    if foreign := sorted(path.name for path in settings.instance.iterdir() if _is_foreign(path)):
        some = ", ".join(foreign[:_NAMED])
        return (
            FAIL,
            f"{some} in {settings.instance} cannot be written to: chown to the service's user",
        )
    if free < _FULL:
        left = f"only {free >> 20} MB are left on the disk of {settings.instance}"
        return FAIL, f"{left}: make room, or move the folder to a larger disk"
    return OK, f"{settings.instance}, {free >> 20} MB free"


def _is_foreign(path: Path) -> bool:
    """A folder or a database's file that another user, such as root, has made."""
    ours = path.is_dir() or path.name.startswith("tracker.db")
    return ours and not os.access(path, os.W_OK)


def _proofs(settings: Settings, real_now: datetime) -> tuple[str, str]:
    """Files that rows name and that are not there, and files that no row names."""
    folder = settings.evidence
    stored = db.session.scalars(select(Evidence.stored).distinct())
    named = {name for name in stored if name is not None}
    if not folder.is_dir():
        if named:
            return FAIL, f"{folder} is not there: mount it, or restore it from a backup"
        return OK, "none yet"
    if not os.access(folder, os.W_OK):
        return FAIL, f"{folder} cannot be written to: chown it to the service's user"
    before = (real_now - _NEW).timestamp()
    there = {
        str(path.relative_to(folder)): path.stat().st_mtime
        for path in folder.glob("*/*")
        if not path.name.endswith(".jpg")
    }
    missing = sorted(name for name in named if name not in there)
    orphans = sorted(name for name in there if name not in named and there[name] < before)
    if missing:
        some = ", ".join(missing[:_NAMED])
        return FAIL, f"{len(missing)} of {len(named)} are missing ({some}): see your backups"
    if orphans:
        some = ", ".join(orphans[:_NAMED])
        return WARN, f"{len(orphans)} files belong to no row ({some}): they may be deleted"
    return OK, f"all {len(named)} are there"


def _key(settings: Settings, real_now: datetime) -> tuple[str, str]:
    kept = settings.instance / "secret_key"
    if not kept.exists() or kept.read_text(encoding="utf-8").strip() != settings.secret_key:
        return OK, "given by TRACKER_SECRET_KEY; change it every two years"
    found = kept.stat()
    if found.st_mode & 0o077:
        return WARN, f"others may read {kept}: chmod 600 {kept}"
    age = real_now - datetime.fromtimestamp(found.st_mtime, UTC)
    if age > _OLD_KEY:
        return WARN, f"{age.days} days old: delete {kept} and start anew; everybody signs in again"
    return OK, f"{kept}, {age.days} days old"


def _backup(settings: Settings, real_now: datetime) -> tuple[str, str]:
    last = restorations.last_backup()
    if settings.rehearsal:
        return OK, "not needed in rehearsal"
    if last is None:
        return WARN, "there is none: run flask tracker backup, daily by a timer (docs/deploy.md)"
    age = real_now - last.real_at
    hours = int(age.total_seconds() // 3600)
    if age > _OLD_BACKUP:
        return WARN, f"the last is {hours} hours old: see why its timer did not run"
    return OK, f"{hours} hours old, {last.size >> 20} MB; keep it on another machine"


def _workers(settings: Settings, real_now: datetime) -> tuple[str, str]:
    if settings.engine != "procrastinate":
        return OK, "none needed: the heartbeat delivers"
    beats = select(table("procrastinate_workers", column("last_heartbeat")).c.last_heartbeat)
    alive = [
        beat
        for beat in db.session.scalars(beats)
        if real_now - beat < timedelta(seconds=2 * STALLED_AFTER)
    ]
    if not alive:
        return FAIL, "none is alive: start flask tracker worker and read its log"
    return OK, f"{len(alive)} alive"


def _packages() -> tuple[str, str]:
    """Those that a start leaves for later: one that is damaged would be met in use."""
    broken = [f"{name} ({said})" for name, said in try_all().items()]
    if broken:
        return FAIL, f"cannot be loaded: {', '.join(broken)}: install them again"
    return OK, "all that are loaded at need can be"


def _fonts() -> tuple[str, str]:
    if find_spec("weasyprint") is None:
        return WARN, "reports as PDF need requirements-pdf.txt; without it they are Word and Excel"
    lister = shutil.which("fc-list")
    if lister is None:
        return WARN, "cannot see the fonts: install fontconfig, and fonts-noto-cjk for Chinese"
    listed = subprocess.run([lister, ":lang=zh-cn"], capture_output=True, text=True, check=False)
    if not listed.stdout.strip():
        return WARN, "no Chinese font: install fonts-noto-cjk, or reports show empty boxes"
    return OK, f"{len(listed.stdout.splitlines())} Chinese fonts"


def _zones() -> tuple[str, str]:
    offset = datetime(2020, 2, 22, 12, tzinfo=ZoneInfo(CAMPUS_ZONE)).utcoffset()
    if offset != timedelta(hours=8):
        return FAIL, f"{CAMPUS_ZONE} is {offset} from UTC and not 8 hours: reinstall tzdata"
    return OK, f"{CAMPUS_ZONE} is 8 hours ahead of UTC"


def _xml() -> tuple[str, str]:
    if not openpyxl.DEFUSEDXML or find_spec("defusedxml") is None:
        return FAIL, "uploads are read without defusedxml: install requirements.txt again"
    return OK, "uploads are read with defusedxml"
