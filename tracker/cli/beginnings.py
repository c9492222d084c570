"""`flask tracker unit add` and `user add`: what an empty site begins with."""

import click
from flask.cli import AppGroup
from sqlalchemy import select

from tracker import clock
from tracker.cli.database import upgrade
from tracker.db import db, transaction
from tracker.domain.errors import DomainError
from tracker.domain.vocabulary import Post, UnitKind
from tracker.models.org import Unit
from tracker.permissions import SYSTEM
from tracker.services import accounts, posts, units

unit_group = AppGroup("unit", help="Offices and colleges.")


@unit_group.command("add")
@click.argument("code")
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in UnitKind]))
@click.option("--name", required=True, help="As shown to Chinese readers.")
@click.option("--name-en", default="")
def add_unit(code: str, kind: str, name: str, name_en: str) -> None:
    """Add a unit, such as the office with which a site begins; a second time changes nothing."""
    upgrade()
    wanted = units.NewUnit(code, UnitKind(kind), name, name_en, cluster="", cluster_en="")
    try:
        with transaction():
            _, laid = units.add(SYSTEM, clock.now(), wanted)
    except DomainError as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"{code} is there: {laid} duties laid on it.")


@click.command("add")
@click.argument("email")
@click.option("--name", required=True, help="As shown to Chinese readers.")
@click.option("--name-en", default="")
@click.option("--unit", help="Code of the unit in which the person holds a post.")
@click.option(
    "--post", type=click.Choice([post.value for post in Post]), help="By default contact."
)
@click.option("--observer", is_flag=True, help="Sees everything, changes nothing.")
@click.password_option(help="Asked for when not given.")
def add_user(
    email: str,
    name: str,
    name_en: str,
    unit: str | None,
    post: str | None,
    observer: bool,
    password: str,
) -> None:
    """Add an account."""
    if post and not unit:
        raise click.UsageError("A --post is held in a unit: say --unit too.")
    upgrade()
    now = clock.now()
    try:
        with transaction():
            user = accounts.add_user(
                SYSTEM,
                now,
                email=email,
                name=name,
                name_en=name_en,
                password=password,
                is_observer=observer,
            )
            if unit:
                posts.give(user, _unit(unit), Post(post or Post.CONTACT), SYSTEM, now)
    except DomainError as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"{email} is added.")


def _unit(code: str) -> Unit:
    unit = db.session.scalar(select(Unit).where(Unit.code == code))
    if unit is None:
        known = ", ".join(db.session.scalars(select(Unit.code).order_by(Unit.position)))
        first = "none yet, add it by flask tracker unit add"
        raise click.ClickException(f"There is no unit {code!r}. Known: {known or first}.")
    return unit
