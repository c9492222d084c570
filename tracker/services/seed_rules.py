"""`reminder_rules.csv`: the ladder of a plan."""

from pathlib import Path

from tracker.domain.reminding import FARTHEST_DAY, Rule
from tracker.domain.vocabulary import Audience
from tracker.services.seed_csv import read_rows


def read_rules(folder: Path) -> list[Rule]:
    """Raises SeedError."""
    rules: dict[str, Rule] = {}
    header = ("code", "day_offset", "at", "audience", "repeats", "ignores_quiet")
    for row in read_rows(folder, "reminder_rules.csv", header):
        code = row.text("code", 40)
        row.new("code", code, rules)
        words = row.text("audience", 60).split()
        rules[code] = Rule(
            code,
            row.integer("day_offset", -FARTHEST_DAY, FARTHEST_DAY),
            row.clock("at"),
            frozenset(row.member("audience", Audience, word) for word in words),
            repeats=row.flag("repeats"),
            ignores_quiet=row.flag("ignores_quiet"),
        )
    return list(rules.values())
