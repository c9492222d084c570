"""A seed folder as one checked value. Reads everything before anything is written."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from tracker.domain.notice_duties import DutySeed, Measure, ResponseSeed, TaskSeed
from tracker.domain.reminding import Rule
from tracker.domain.vocabulary import Post, UnitKind
from tracker.services.seed_calendar import DaySeed, read_days
from tracker.services.seed_cases import read_table2
from tracker.services.seed_columns import read_columns
from tracker.services.seed_csv import LAST_NUMBER, WHOLE_ROW, Row, read_rows
from tracker.services.seed_groups import Groups, read_groups
from tracker.services.seed_phases import PhaseSeed, read_phases
from tracker.services.seed_rules import read_rules
from tracker.services.seed_tables import NUMBER, TABLE1, read_table1
from tracker.services.seed_translations import Translations
from tracker.services.seed_units import UnitSeed, code_of, read_units
from tracker.services.seed_verbs import read_verbs

_EMAIL = re.compile(r"[a-z0-9._+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+")
_LARGEST_TARGET = 1_000_000


@dataclass(frozen=True)
class PlanSeed:
    code: str
    title: str
    title_en: str
    issuer: str
    issued_on: date
    launches_on: date
    zone: str


@dataclass(frozen=True)
class PersonSeed:
    """`posts`: (unit code, post); none for an observer."""

    email: str
    name: str
    name_en: str
    observer: bool
    posts: tuple[tuple[str, Post], ...]


@dataclass(frozen=True)
class Seed:
    plan: PlanSeed
    units: tuple[UnitSeed, ...]
    people: tuple[PersonSeed, ...]
    tasks: tuple[TaskSeed, ...]
    duties: tuple[DutySeed, ...]
    rules: tuple[Rule, ...]
    responses: tuple[ResponseSeed, ...]
    groups: Groups
    days: Mapping[date, DaySeed]
    phases: tuple[PhaseSeed, ...]


def read_seed(folder: Path) -> Seed:
    """The whole folder, checked file by file and against one another. Raises SeedError."""
    plan = _plan(folder)
    units = read_units(folder)
    people = _people(folder, {unit.code for unit in units.values()})
    columns = read_columns(folder, {unit.kind for unit in units.values()})
    measures = _measures(folder)
    english, verbs = Translations(folder), read_verbs(folder)
    tasks, duties = read_table1(
        folder,
        columns,
        verbs,
        {number: measure for number, (measure, _) in measures.items()},
        plan.issued_on,
        english,
    )
    for number in sorted(measures.keys() - {task.number for task in tasks}):
        raise measures[number][1].refuse("row", f"{TABLE1} has no {NUMBER} {number}")
    responses = read_table2(folder, english)
    phases = read_phases(folder, columns, verbs, plan.launches_on, english)
    cells = {(number, duty.kind) for duty in duties for number in duty.tasks}
    english.require_all_used()
    return Seed(
        plan,
        tuple(units.values()),
        tuple(people.values()),
        tuple(tasks),
        tuple(duties),
        tuple(read_rules(folder)),
        tuple(responses),
        read_groups(folder, cells),
        read_days(folder),
        tuple(phases),
    )


def _plan(folder: Path) -> PlanSeed:
    header = ("code", "title", "title_en", "issuer", "issued_on", "launches_on", "zone")
    row, *more = read_rows(folder, "plan.csv", header)
    if more:
        raise more[0].refuse(WHOLE_ROW, "a seed folder holds one plan")
    issued_on, launches_on = row.day("issued_on"), row.day("launches_on")
    if launches_on < issued_on:
        raise row.refuse("launches_on", "is before issued_on")
    zone = row.text("zone", 60)
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise row.refuse("zone", f"{zone!r} is not a time zone") from None
    return PlanSeed(
        code_of(row, "code"),
        row.text("title", 300),
        row.text("title_en", 300),
        row.text("issuer", 120),
        issued_on,
        launches_on,
        zone,
    )


def _people(folder: Path, unit_codes: set[str]) -> dict[str, PersonSeed]:
    """By email; the rows of one person must agree in everything but the post."""
    people: dict[str, PersonSeed] = {}
    header = ("email", "name", "name_en", "unit", "post", "observer")
    for row in read_rows(folder, "people.csv", header):
        email = row.text("email", 254)
        if not _EMAIL.fullmatch(email):
            raise row.refuse("email", f"{email!r} is not a lower-case mail address")
        name, name_en = row.text("name", 120), row.text("name_en", 120)
        observer, posts = row.flag("observer"), _posts(row, unit_codes)
        if before := people.get(email):
            if (before.name, before.name_en, before.observer) != (name, name_en, observer):
                raise row.refuse("email", f"{email} is somebody else in a row above")
            if not posts or posts[0] in before.posts:
                raise row.refuse("email", f"{email} appears twice for the same post")
            posts = (*before.posts, *posts)
        if not posts and not observer:
            raise row.refuse("unit", "a person without a unit must be an observer")
        people[email] = PersonSeed(email, name, name_en, observer, posts)
    return people


def _posts(row: Row, unit_codes: set[str]) -> tuple[tuple[str, Post], ...]:
    unit = row.text("unit", 40, required=False)
    if not unit:
        if row.text("post", 40, required=False):
            raise row.refuse("post", "a post needs a unit")
        return ()
    if unit not in unit_codes:
        raise row.refuse("unit", f"units.csv has no unit {unit!r}")
    return ((unit, row.member("post", Post)),)


def _measures(folder: Path) -> dict[int, tuple[Measure, Row]]:
    measures: dict[int, tuple[Measure, Row]] = {}
    header = ("row", "counts", "counts_en", "target", "target_held_by")
    for row in read_rows(folder, "measures.csv", header):
        number = row.integer("row", 1, LAST_NUMBER)
        row.new("row", number, measures)
        target = row.optional_integer("target", 1, _LARGEST_TARGET)
        holder = row.text("target_held_by", 40, required=False)
        if (target is None) != (not holder):
            raise row.refuse("target_held_by", "is set exactly where target is")
        held_by = row.member("target_held_by", UnitKind) if holder else None
        counts, counts_en = row.text("counts", 60), row.text("counts_en", 60)
        measures[number] = (Measure(counts, counts_en, target, held_by), row)
    return measures
