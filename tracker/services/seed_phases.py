"""The notice's later horizons: a table of each, as table 1 is one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from tracker.domain import phases
from tracker.domain.notice_duties import Column, DutySeed, TaskSeed
from tracker.domain.vocabulary import DutyRole, Phase
from tracker.services.seed_csv import read_rows
from tracker.services.seed_tables import header_of, read_matrix
from tracker.services.seed_translations import Translations

_FILE = "phases.csv"


@dataclass(frozen=True)
class PhaseSeed:
    """`code`: of its plan."""

    phase: Phase
    code: str
    title: str
    title_en: str
    tasks: tuple[TaskSeed, ...]
    duties: tuple[DutySeed, ...]


def read_phases(
    folder: Path,
    columns: Sequence[Column],
    verbs: Mapping[str, DutyRole],
    launches_on: date,
    english: Translations,
) -> list[PhaseSeed]:
    """Raises SeedError."""
    found: dict[Phase, PhaseSeed] = {}
    for row in read_rows(folder, _FILE, ("phase", "code", "title", "title_en")):
        phase = row.member("phase", Phase)
        row.new("phase", phase, found)
        lines = read_rows(folder, f"{phase.value}.csv", header_of(columns))
        window_of = partial(phases.window, launches=launches_on)
        tasks, duties = read_matrix(lines, columns, verbs, {}, window_of, english)
        found[phase] = PhaseSeed(
            phase,
            row.text("code", 40),
            row.text("title", 300),
            row.text("title_en", 300),
            tuple(tasks),
            tuple(duties),
        )
    return list(found.values())
