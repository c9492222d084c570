"""`flask tracker doctor`: what is not well, and what to do."""

import json

import click
from flask import current_app

from tracker.jobs.doctor import FAIL, examine


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of lines.")
def doctor(as_json: bool) -> None:
    """Check mail server, public address, clock, scheduler, queue; exit 1 if anything fails."""
    found = examine(current_app.config["TRACKER"], current_app.extensions["migrate"].directory)
    if as_json:
        click.echo(json.dumps([vars(each) for each in found], ensure_ascii=False, indent=1))
    else:
        for each in found:
            click.echo(f"{each.level:5} {each.check}: {each.text}")
    if any(each.level == FAIL for each in found):
        raise click.exceptions.Exit(1)
