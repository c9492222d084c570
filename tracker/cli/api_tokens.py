"""`flask tracker token ...`: who may call the API, with what."""

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from tracker import clock
from tracker.cli.database import upgrade
from tracker.db import LARGEST_ID, transaction
from tracker.domain import scopes
from tracker.domain.errors import DomainError
from tracker.domain.scopes import EVERYTHING, Scope
from tracker.models.session import ApiToken
from tracker.permissions import SYSTEM
from tracker.queries import api_tokens as queries
from tracker.services import accounts, api_tokens

api_token_group = AppGroup("token", help="API tokens.")


@api_token_group.command("create")
@click.argument("email")
@click.option("--name", default="", help="What it is for.")
@click.option(
    "--scope",
    "may",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="May be given several times; without one the token may do all that the person may.",
)
@click.option(
    "--expires", type=click.DateTime(["%Y-%m-%d"]), help="The day (UTC) at whose beginning it ends."
)
def create(email: str, name: str, may: tuple[str, ...], expires: datetime | None) -> None:
    """Print a new API token of a person; it is shown only this once."""
    upgrade()
    user = accounts.find_by_email(email)
    if user is None or not user.is_active:
        raise click.ClickException(f"There is no active account {email!r}.")
    try:
        with transaction():
            token = api_tokens.create(
                user,
                SYSTEM,
                clock.now(),
                clock.real_now(),
                name=name,
                may=scopes.chosen(may) if may else EVERYTHING,
                expires_at=expires.replace(tzinfo=UTC) if expires else None,
            )
    except DomainError as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(token)


@api_token_group.command("list")
def listing() -> None:
    """Every token: number, person, scopes, state, last use, name. Never the token itself."""
    upgrade()
    real_now = clock.real_now()
    for token in queries.every():
        used = token.usage.last_used_at
        parts = (
            f"{token.id:>5}  {token.user.email:28} {','.join(sorted(scopes.of(token.scopes))):28}",
            f"{_state(token, real_now):20}",
            f"used {used:%Y-%m-%d %H:%M}Z" if used else "never used".ljust(22),
            token.name,
        )
        click.echo("  ".join(parts).rstrip())


@api_token_group.command("revoke")
@click.argument("number", type=click.IntRange(1, LARGEST_ID))
def revoke(number: int) -> None:
    """Withdraw a token by its number in the list."""
    upgrade()
    token = queries.find(number)
    if token is None:
        raise click.ClickException(f"There is no token {number}.")
    with transaction():
        api_tokens.revoke(token, SYSTEM, clock.now(), clock.real_now())
    click.echo(f"Token {number} is withdrawn.")


def _state(token: ApiToken, real_now: datetime) -> str:
    if token.revoked_at is not None:
        return "withdrawn"
    if token.expires_at is None:
        return "works"
    ended = token.expires_at <= real_now
    return f"{'ended' if ended else 'until'} {token.expires_at:%Y-%m-%d}"
