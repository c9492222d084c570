"""`verbs.csv`: what a verb asks."""

from pathlib import Path

from tracker.domain.vocabulary import DutyRole
from tracker.services.seed_csv import read_rows


def read_verbs(folder: Path) -> dict[str, DutyRole]:
    """Raises SeedError."""
    verbs: dict[str, DutyRole] = {}
    for row in read_rows(folder, "verbs.csv", ("verb", "role")):
        verb = row.text("verb", 40)
        row.new("verb", verb, verbs)
        verbs[verb] = row.member("role", DutyRole)
    return verbs
