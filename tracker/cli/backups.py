"""`flask tracker backup` and `flask tracker restore`."""

from pathlib import Path

import click
from flask import current_app

from tracker.at_need import at_need
from tracker.domain.backups import BackupError
from tracker.jobs import backups, restorations

script = at_need("alembic.script")


@click.command()
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    help="A file that ends in .zip, or a folder; by default instance/backups.",
)
def backup(to: Path | None) -> None:
    """Write database and proofs to one file while the server goes on, and read it back."""
    try:
        file, manifest = backups.make(current_app.config["TRACKER"], to)
    except (BackupError, OSError) as problem:
        raise click.ClickException(str(problem)) from problem
    rows, proofs = sum(manifest.counts.values()), len(manifest.parts) - 1
    size = f"{manifest.size >> 20} MB"
    click.echo(f"{file}: {rows} rows, {proofs} files of proof, {size}, read back.")
    if manifest.missing:
        click.echo(
            f"{len(manifest.missing)} files of proof are named by the database and not there; "
            "flask tracker doctor names them.",
            err=True,
        )


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def restore(file: Path) -> None:
    """Put a backup back into an empty database and folder. Nothing is mailed by it: what waited
    then waits for a decision on /outbox."""
    settings = current_app.config["TRACKER"]
    head = script.ScriptDirectory(current_app.extensions["migrate"].directory).get_current_head()
    signed = (settings.instance / "secret_key").is_file()
    try:
        done = restorations.restore(file, settings, head, current_app.extensions["tracker_factory"])
    except (BackupError, OSError) as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(
        f"Restored as of {done.manifest.made_at}: {sum(done.manifest.counts.values())} rows, "
        f"{len(done.manifest.parts) - 1} files of proof; {done.events} events, unbroken."
    )
    click.echo(f"{done.held} messages wait for a decision on /outbox; nothing was sent.")
    click.echo("Everybody signs in anew; API tokens, calendar links and links of lists have ended.")
    click.echo(
        "What was changed since then is as it was: passwords, lost telephones, disabled accounts, "
        "spent recovery codes. Whoever was erased since is back: erase them again."
    )
    click.echo("With another key telephones are set up, and webhooks' secrets told, anew.")
    if not signed:
        click.echo("Change TRACKER_SECRET_KEY too: with the same key, links of earlier mails work.")
