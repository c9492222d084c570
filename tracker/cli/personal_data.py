"""`flask tracker person ...`: what is kept about somebody, and its end."""

from typing import BinaryIO

import click
from flask import current_app
from flask.cli import AppGroup

from tracker import clock
from tracker.cli.database import follow_clock
from tracker.db import transaction
from tracker.domain.errors import DomainError
from tracker.models.org import User
from tracker.permissions import SYSTEM
from tracker.queries import personal_data as queries
from tracker.services import accounts, personal_data

person_group = AppGroup("person", help="What is kept about a person.")


@person_group.command("export")
@click.argument("email")
@click.argument("file", type=click.File("wb", atomic=True), default="-")
def export(email: str, file: BinaryIO) -> None:
    """Write everything that is kept about EMAIL to FILE (standard output) as JSON."""
    follow_clock()
    file.write(queries.as_json(queries.document(_person(email), clock.now())))


@person_group.command("erase")
@click.argument("email")
@click.option("--confirm", prompt="Type the address once more; this cannot be undone")
def erase(email: str, confirm: str) -> None:
    """Put a pseudonym in the place of EMAIL everywhere. There is no way back."""
    follow_clock()
    user = _person(email)
    try:
        with transaction():
            done = personal_data.erase(user, SYSTEM, clock.now(), clock.real_now(), typed=confirm)
    except DomainError as problem:
        raise click.ClickException(str(problem)) from problem
    personal_data.forget_mailbox(current_app.config["TRACKER"].mailbox, done.email)
    click.echo(f"Erased: {done.rows} rows, {done.events} events, {done.reports} reports.")


@person_group.command("erase-student")
@click.argument("key")
@click.confirmation_option(prompt="This cannot be undone. Go on?")
def erase_student(key: str) -> None:
    """Put a pseudonym in the place of a student on every list, known by KEY (student number)."""
    follow_clock()
    try:
        with transaction():
            done = personal_data.erase_student(key, SYSTEM, clock.now())
    except DomainError as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"Erased: {done.rows} rows, {done.events} events, {done.reports} reports.")


def _person(email: str) -> User:
    user = accounts.find_by_email(email)
    if user is None:
        raise click.ClickException(f"There is no account {email!r}.")
    return user
