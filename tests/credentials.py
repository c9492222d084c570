"""Which columns hold what lets somebody in, told by their names: a table that is added later is
among them."""

from sqlalchemy import Column

from tracker.db import Base
from tracker.models.org import User


def tables() -> frozenset[str]:
    """Tables that point at an account and hold such a column, but for whatever is no way in."""
    no_way_in = {"audit_event", "webhook"}
    return frozenset(
        name
        for name, table in Base.metadata.tables.items()
        if name not in no_way_in
        and any(_lets_in(column) for column in table.columns)
        and any(key.column.table.name == User.__tablename__ for key in table.foreign_keys)
    )


def columns() -> frozenset[str]:
    found = (column for table in Base.metadata.tables.values() for column in table.columns)
    return frozenset(column.key for column in found if _lets_in(column))


def _lets_in(column: Column[object]) -> bool:
    words = ("hash", "token", "secret", "nonce", "salt", "last_step")
    is_text = not column.foreign_keys
    return is_text and column.key.endswith(words)
