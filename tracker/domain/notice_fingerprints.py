"""What the preview of an amended notice showed, as one number, and whether two tables of
contingencies say the same."""

import hashlib
import json
from collections.abc import Sequence

from tracker.domain.notice_differences import Difference, measured
from tracker.domain.notice_duties import DutySeed, ResponseSeed, TaskSeed
from tracker.domain.notice_windows import title_key


def same_cases(known: Sequence[ResponseSeed], read: Sequence[ResponseSeed]) -> bool:
    """Whether both say the same, their English aside."""
    return _said_cases(known) == _said_cases(read)


def _said_cases(responses: Sequence[ResponseSeed]) -> list[tuple[int, str, str, str]]:
    return sorted(
        (
            case.number,
            title_key(case.trigger),
            title_key(shared.response),
            title_key(shared.focus),
        )
        for shared in responses
        for case in shared.cases
    )


def fingerprint(found: Difference) -> str:
    """SHA-256 over all that a preview shows, 64 hex digits. Ticks are not part of it: an amendment
    keeps them, whenever they are set."""
    said = [
        [_said_row(row) for row in found.rows_added],
        [
            (change.known.id, _said_row(change.known.row), _said_row(change.row))
            for change in found.rows_changed
        ],
        [known.id for known in found.rows_dropped],
        [_said_duty(duty) for duty in found.duties_added],
        [
            (change.known.id, _said_duty(change.known.duty), _said_duty(change.duty), change.fields)
            for change in found.duties_changed
        ],
        [known.id for known in found.duties_dropped],
        found.cases,
    ]
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _said_row(row: TaskSeed) -> list[object]:
    window = (str(row.window.opens), str(row.window.closes))
    return [row.number, row.title, row.deadline_text, *window, measured(row)]


def _said_duty(duty: DutySeed) -> list[object]:
    often = (duty.cadence, duty.report_on, str(duty.report_by))
    return [duty.kind, duty.role, duty.text, duty.tasks, *often]
