"""`flask tracker user ...` about signing in: what an administrator of the machine does when nobody
of academic affairs can."""

from pathlib import Path

import click

from tracker import clock
from tracker.cli.database import upgrade
from tracker.db import transaction
from tracker.domain.errors import DomainError
from tracker.models.org import User
from tracker.permissions import SYSTEM
from tracker.services import accounts, second_factors, sessions, staff_numbers


def _user(email: str) -> User:
    user = accounts.find_by_email(email)
    if user is None:
        raise click.ClickException(f"There is no account {email!r}.")
    return user


@click.command("reset-two-factor")
@click.argument("email")
@click.option("--reason", required=True, help="How you made sure who asks; it is recorded.")
def reset_two_factor(email: str, reason: str) -> None:
    """Take the second factor off an account; its person is told by mail."""
    upgrade()
    try:
        with transaction():
            user = _user(email)
            second_factors.reset(user, SYSTEM, clock.now(), clock.real_now(), reason)
    except DomainError as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"{email} sets up a telephone at the next sign-in.")


@click.command("sign-out")
@click.argument("email", required=False)
@click.option("--all", "everybody", is_flag=True, help="Everybody, on every device.")
def sign_out(email: str | None, everybody: bool) -> None:
    """End every session of a person, or of everybody."""
    if everybody == bool(email):
        raise click.UsageError("Say either an e-mail address or --all.")
    upgrade()
    with transaction():
        if email:
            sessions.close_for(_user(email), SYSTEM, clock.now())
        else:
            sessions.close_all(SYSTEM, clock.now())
    click.echo(f"{email or 'Everybody'} is signed out.")


@click.command("staff-numbers")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def bring_staff_numbers(file: Path) -> None:
    """Take e-mail addresses and staff numbers from FILE (CSV, UTF-8), all lines or none."""
    upgrade()
    try:
        text = file.read_text(encoding="utf-8-sig")
        with transaction():
            changed = staff_numbers.set_many(text, SYSTEM, clock.now())
    except (DomainError, UnicodeDecodeError) as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"{changed} staff numbers are saved.")
