"""`flask tracker verify-audit`: whether the record and the frozen reports are what they were."""

import click

from tracker.queries import audit


@click.command("verify-audit")
@click.option("--head", help="A hash that was noted earlier: fails if the record no longer has it.")
def verify_audit(head: str | None) -> None:
    """Read the whole record and name the first event or report that was tampered with."""
    verdict = audit.verify()
    if verdict.broken is not None:
        event = verdict.broken
        raise click.ClickException(
            f"Event {event.id} ({event.at:%Y-%m-%d %H:%M} UTC, {event.action}, {event.actor}) "
            "does not follow from the one before it."
        )
    if verdict.forged is not None:
        forged = verdict.forged
        raise click.ClickException(
            f"Report {forged.number} of plan {forged.plan_id} is not the one that was frozen."
        )
    if head is not None and not audit.holds(head):
        raise click.ClickException("The record no longer has the noted head: its end was cut off.")
    click.echo(f"{verdict.events} events, unbroken. Head: {verdict.head}")
    if verdict.erased:
        click.echo(f"Of {verdict.erased} of them persons were erased, as the record itself notes.")
