"""From a Word file to a preview that can be corrected, against python-docx reading its cells."""

import io
from datetime import date, datetime
from pathlib import Path

import docx
from sqlalchemy import select

from benchmarks.campus import ZONE, build
from benchmarks.clockwork import interleaved, line
from tests.notice_documents import as_docx, table
from tracker.db import db, transaction
from tracker.domain.cutoffs import to_instant
from tracker.models.org import User
from tracker.permissions import actor_for
from tracker.services import notice_imports
from tracker.services.notice_files import read_notice

NOW = to_instant(datetime(2020, 2, 20, 9), ZONE)
ISSUED = date(2020, 2, 20)


def run(folder: Path, rounds: int) -> None:
    """The two tables of the first notice."""
    data = as_docx(table("table1"), table("table2"))
    app = build(folder, 12)
    with app.app_context():
        found = select(User).where(User.email == "affairs@campus.example")
        actor = actor_for(db.session.scalars(found).one(), NOW)

        def bring() -> None:
            with transaction():
                read = read_notice("notice.docx", data)
                staged = notice_imports.stage(
                    read, None, actor, NOW, source="notice.docx", issued_on=ISSUED, title="通知"
                )
                notice_imports.show(staged)
            db.session.expunge_all()

        ours, bare = interleaved(rounds, bring, lambda: _cells(data))
        db.session.remove()
    detail = f"{ours.p50 * 1e3:.0f} ms, in a process of its own"
    line("a notice brought and shown : its cells read", ours.p50 / bare.p50, "told", detail)


def _cells(data: bytes) -> int:
    document = docx.Document(io.BytesIO(data))
    cells = [cell.text for each in document.tables for row in each.rows for cell in row.cells]
    return len(cells)
