"""`services.csv`: the directory of the platform's services, and the rows of table 1 each serves."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from tracker.db import db
from tracker.models.plan import Plan
from tracker.models.service_entry import ServiceEntry
from tracker.services.seed_csv import LAST_NUMBER, read_rows

SERVICES = "services.csv"
_WORDS = ("title", "title_en", "helps", "helps_en", "contact", "contact_en")
_HEADER = ("number", *_WORDS, "quote", "rows")
_OPTIONAL = ("contact", "contact_en")


@dataclass(frozen=True)
class ServiceSeed:
    entry: ServiceEntry
    rows: tuple[int, ...]


def read_services(folder: Path, numbers: Collection[int]) -> list[ServiceSeed]:
    """None of them in the session. `numbers`: the rows of table 1. Raises SeedError."""
    found: dict[int, ServiceSeed] = {}
    for row in read_rows(folder, SERVICES, _HEADER):
        number = row.integer("number", 1, LAST_NUMBER)
        row.new("number", number, found)
        words = {name: row.text(name, 200, required=name not in _OPTIONAL) for name in _WORDS}
        served = tuple(dict.fromkeys(row.text("rows", 60, required=False).split()))
        for word in served:
            if not word.isdecimal() or int(word) not in numbers:
                raise row.refuse("rows", f"table 1 has no row {word}")
        entry = ServiceEntry(number=number, quote=row.text("quote", 2000), **words)
        found[number] = ServiceSeed(entry, tuple(int(word) for word in served))
    return list(found.values())


def add(services: list[ServiceSeed], plan: Plan) -> None:
    """Those that the database has not, tied to the rows of this plan (B-50)."""
    known = set(db.session.scalars(select(ServiceEntry.number)))
    tasks = {task.number: task for task in plan.tasks}
    for service in services:
        if service.entry.number not in known:
            service.entry.tasks = [tasks[number] for number in service.rows if number in tasks]
            db.session.add(service.entry)
    db.session.flush()
