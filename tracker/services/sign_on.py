"""The campus's own sign-on: it says who somebody is, never what they may. Only people who are here
already come in by it; it makes no account and gives no right."""

from sqlalchemy import select

from tracker.config import SignOn
from tracker.db import db
from tracker.domain.signing_in import staff_number
from tracker.models.org import User
from tracker.services import accounts


def person(sign_on: SignOn, named: str) -> User | None:
    """The active person whom the campus's answer names."""
    if sign_on.by == "email":
        found = accounts.find_by_email(named)
    else:
        number = staff_number(named)
        if number is None:
            return None
        found = db.session.scalar(select(User).where(User.staff_number == number))
    return found if found is not None and found.is_active else None
