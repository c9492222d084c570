"""Staff numbers: by which the campus's own sign-on names people who are here already."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain.errors import N_, InvalidInput
from tracker.domain.signing_in import staff_number
from tracker.models.org import User
from tracker.permissions import Actor
from tracker.queries.personal_data import STAFF_NUMBER_SET
from tracker.services import accounts, audit
from tracker.services.sessions import close_sessions

MOST_LINES = 5000


def set_one(user: User, actor: Actor, now: datetime, typed: str) -> bool:
    """ "" takes it away. False where nothing changed. Raises NotPermitted, InvalidInput."""
    accounts.require_keeper(actor)
    return bool(_keep({user: _read(typed)}, actor, now, "staff_number"))


def set_many(text: str, actor: Actor, now: datetime) -> int:
    """Lines of an e-mail address and a number, as they are pasted from a spreadsheet or a CSV
    file: all of them, or none. Gives how many changed. Raises NotPermitted, InvalidInput with the
    line."""
    accounts.require_keeper(actor)
    wanted: dict[User, str | None] = {}
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        raise InvalidInput("text", N_("At most %(max)s lines at once, please."), max=MOST_LINES)
    for place, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line.replace("，", ",").replace("\t", ",").split(",")]
        if not any(cells) or (place == 1 and "@" not in line):
            continue  # A blank line, or a header.
        wanted |= _line(place, cells, wanted)
    if not wanted:
        raise InvalidInput("text", N_("Paste lines of an e-mail address and a staff number."))
    return _keep(wanted, actor, now, "text")


def _line(place: int, cells: list[str], before: Mapping[User, object]) -> dict[User, str | None]:
    email, number = cells[0], cells[1] if len(cells) > 1 else ""
    user = accounts.find_by_email(email)
    if user is None:
        raise InvalidInput(
            "text", N_("Line %(n)s: nobody here has the address “%(email)s”."), n=place, email=email
        )
    if user in before:
        raise InvalidInput("text", N_("Line %(n)s: “%(email)s” again."), n=place, email=email)
    try:
        return {user: _read(number)}
    except InvalidInput:
        raise InvalidInput(
            "text", N_("Line %(n)s: “%(number)s” is no staff number."), n=place, number=number[:40]
        ) from None


def _read(typed: str) -> str | None:
    number = staff_number(typed)
    if number is None and typed.strip():
        raise InvalidInput(
            "staff_number",
            N_("A staff number has up to 40 letters, digits, points and hyphens, not “%(typed)s”."),
            typed=typed.strip()[:40],
        )
    return number


def _keep(wanted: Mapping[User, str | None], actor: Actor, now: datetime, field: str) -> int:
    """Two may swap theirs, so all that change are first taken away. Who comes in by another number
    than before has to come in anew."""
    for user in sorted(wanted, key=lambda each: each.id):
        accounts.require_known(user)
    changed = {user: number for user, number in wanted.items() if user.staff_number != number}
    before = {user: user.staff_number for user in changed}
    for user in changed:
        user.staff_number = None
    db.session.flush()
    for user, number in changed.items():
        _require_free(number, field)
        user.staff_number = number
        db.session.flush()
        if before[user] is not None:
            close_sessions(user)
        audit.record(actor, now, STAFF_NUMBER_SET, "user", user.id, number=number)
    return len(changed)


def _require_free(number: str | None, field: str) -> None:
    taken = select(User.email).where(User.staff_number == number)
    other = db.session.scalar(taken) if number else None
    if other is not None:
        raise InvalidInput(
            field,
            N_("The staff number “%(number)s” is that of “%(email)s”."),
            number=number,
            email=other,
        )
