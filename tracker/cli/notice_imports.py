"""`flask tracker import`: a notice's file as it is read, and a draft made of it."""

from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import select

from tracker import clock, language
from tracker.cli.database import follow_clock, upgrade
from tracker.db import db, transaction
from tracker.domain import deadlines
from tracker.domain.errors import DomainError
from tracker.domain.notice_differences import Difference
from tracker.domain.notice_remarks import Remark
from tracker.domain.notice_staging import choices_from, tables_from
from tracker.domain.wordings import Reading
from tracker.models.notice_import import NoticeImport
from tracker.models.plan import Plan
from tracker.permissions import SYSTEM
from tracker.services import notice_imports
from tracker.services.notice_files import read_notice

_LOCALE = "en"
_DAY = click.DateTime(["%Y-%m-%d"])


class _Unkept(Exception):
    """Ends the transaction of a mere look."""


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--plan", "code", help="Show what the notice would change of this plan.")
@click.option("--title", default="", help="The notice's title, if the file does not say it.")
@click.option("--issued-on", type=_DAY, help="The notice's date, if the file does not say it.")
@click.option("--launches-on", type=_DAY, help="The first day of teaching.")
@click.option("--create", is_flag=True, help="Make a draft of it, unless something is in doubt.")
def import_notice(
    file: Path,
    code: str | None,
    title: str,
    issued_on: datetime | None,
    launches_on: datetime | None,
    create: bool,
) -> None:
    """Read the table of a notice from FILE (Word, Excel, CSV or PDF) and print what it says."""
    upgrade()
    follow_clock()
    if create and code:
        raise click.UsageError("an amendment is taken on the site, where it is shown first.")
    now = clock.now()
    try:
        found = read_notice(file.name, file.read_bytes())
        with transaction():
            staged = notice_imports.stage(
                found,
                _plan(code) if code else None,
                SYSTEM,
                now,
                source=file.name,
                title=title,
                issued_on=issued_on.date() if issued_on else None,
                launches_on=launches_on.date() if launches_on else None,
            )
            _print(staged)
            if not create:
                raise _Unkept
            made = notice_imports.create(staged, SYSTEM, now).code
    except _Unkept:
        return
    except DomainError as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"Draft {made} is made; nobody is told of it.")


def _plan(code: str) -> Plan:
    plan = db.session.scalar(select(Plan).where(Plan.code == code))
    if plan is None:
        known = ", ".join(db.session.scalars(select(Plan.code).order_by(Plan.id)))
        raise click.ClickException(f"There is no plan {code!r}. Known: {known or 'none yet'}.")
    return plan


def _print(staged: NoticeImport) -> None:
    shown = notice_imports.show(staged)
    tables, choices = tables_from(staged.tables), choices_from(staged.choices)
    click.echo(f"{choices.title or 'no title'}; {choices.issued_on or 'no date'}")
    for header, column in zip(tables.headers, choices.columns, strict=True):
        click.echo(f"  column {header}: {column.kind or '?'} {column.cadence}")
    for at, row in enumerate(choices.rows):
        window = shown.understood.windows.get(at)
        read = deadlines.words(Reading(window), _LOCALE) if window else "not read"
        roles = " / ".join(cell or "?" for cell in row.cells)
        click.echo(f"{row.number:>3} {row.title}\n      {row.deadline} = {read}\n      {roles}")
    for word, remarks in (
        ("needs your word", shown.understood.problems),
        ("look", shown.understood.doubts),
    ):
        for remark in remarks:
            said = language.gettext(_LOCALE, remark.msgid, **remark.params)
            click.echo(f"{word}: {_where(remark)}{said}")
    if shown.difference is not None:
        _print_difference(shown.difference)


def _where(remark: Remark) -> str:
    row = f"row {remark.row + 1}, " if remark.row >= 0 else ""
    return row + (f"column {remark.column + 1}: " if remark.column >= 0 else f"{remark.name}: ")


def _print_difference(found: Difference) -> None:
    click.echo(
        f"rows: {len(found.rows_added)} added, {len(found.rows_changed)} changed "
        f"({len(found.moved)} moved), {len(found.rows_dropped)} dropped"
    )
    click.echo(
        f"duties: {len(found.duties_added)} added, {len(found.duties_changed)} changed, "
        f"{len(found.duties_dropped)} dropped"
    )
