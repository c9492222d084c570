"""`flask tracker rehearse`: days lived through in a moment, on a database that is thrown away."""

import dataclasses
import json
import re
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import click
from flask import current_app

from tracker import clock
from tracker.at_need import at_need
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.domain.cutoffs import to_instant
from tracker.jobs import rehearse as rehearsing
from tracker.permissions import SYSTEM
from tracker.services import seeding

flask_migrate = at_need("flask_migrate")


@click.command("rehearse")
@click.option("--from", "start", required=True, type=click.DateTime(["%Y-%m-%dT%H:%M"]))
@click.option("--to", "end", required=True, type=click.DateTime(["%Y-%m-%dT%H:%M"]))
@click.option("--step", default="15m", show_default=True, help="For example 15m or 1h.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of lines.")
def rehearse(start: datetime, end: datetime, step: str, as_json: bool) -> None:
    """Live through days on a scratch database and print every mail (campus wall time)."""
    width = _duration(step)
    if end < start:
        raise click.BadParameter("--to lies before --from.")
    if (end - start) / width > 50_000:
        raise click.BadParameter("that is more than 50,000 steps.")
    with tempfile.TemporaryDirectory() as folder:
        settings = dataclasses.replace(
            current_app.config["TRACKER"],
            instance=Path(folder),
            database_url=f"sqlite:///{folder}/rehearsal.db",
            rehearsal=True,
            smtp_url=None,
        )
        mails = _rehearse_in(settings, start, end, width)
    if as_json:
        click.echo(json.dumps([_as_json(mail) for mail in mails], ensure_ascii=False, indent=1))
        return
    for mail in mails:
        click.echo(f"{mail.at:%m-%d %H:%M}  {mail.to:28} {mail.subject}")
    click.echo(f"{len(mails)} mails.")


def _rehearse_in(
    settings: Settings, start: datetime, end: datetime, width: timedelta
) -> list[rehearsing.RehearsedMail]:
    scratch = current_app.extensions["tracker_factory"](settings)
    with scratch.app_context():
        flask_migrate.upgrade()
        with transaction():
            plan = seeding.seed(seeding.SEED_FOLDER, clock.now(), SYSTEM).plan
            zone = plan.zone
            plan.published_at = to_instant(start, zone)
        mails = rehearsing.live_through(settings, zone, start, end, width)
        db.engine.dispose()
    return mails


def _as_json(mail: rehearsing.RehearsedMail) -> dict[str, object]:
    return {
        "at": f"{mail.at:%Y-%m-%dT%H:%M}",
        "to": mail.to,
        "step": mail.step,
        "number": mail.number,
        "subject": mail.subject,
        "lines": list(mail.lines),
    }


def _duration(text: str) -> timedelta:
    match = re.fullmatch(r"([1-9]\d{0,4})(m|h|d)", text)
    if match is None:
        raise click.BadParameter("--step must look like 15m, 1h or 1d.")
    unit = {"m": "minutes", "h": "hours", "d": "days"}[match[2]]
    return timedelta(**{unit: int(match[1])})
