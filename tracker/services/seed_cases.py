"""Table 2 of a notice: the contingencies, and the cases that share one."""

from pathlib import Path

from tracker.domain.matrix import MERGED
from tracker.domain.notice_duties import CaseSeed, ResponseSeed, shared_responses
from tracker.services.seed_csv import WHOLE_ROW, Row, read_rows
from tracker.services.seed_tables import NUMBER, numbered, require_own_text
from tracker.services.seed_translations import Translations

TABLE2 = "table2.csv"
CASE, RESPONSE, FOCUS = "特殊工作", "预案内容", "重点关注"


def read_table2(folder: Path, english: Translations) -> list[ResponseSeed]:
    """The contingencies, those of a merged cell together under their one response."""
    found: list[tuple[CaseSeed, tuple[str, str, str, str] | None]] = []
    rows = numbered(read_rows(folder, TABLE2, (NUMBER, CASE, RESPONSE, FOCUS)))
    for number, row in rows.items():
        require_own_text(row, CASE)
        case = CaseSeed(number, row.cells[CASE], english.take(row, number, CASE))
        if _is_merged(row):
            if not found:
                raise row.refuse(RESPONSE, "continues a cell, but none is above")
            found.append((case, None))
            continue
        own = (
            row.cells[RESPONSE],
            english.take(row, number, RESPONSE),
            row.cells[FOCUS],
            english.take(row, number, FOCUS),
        )
        found.append((case, own))
    return shared_responses(found)


def _is_merged(row: Row) -> bool:
    """Whether a row of table 2 shares the plan above; its two cells are merged both or neither."""
    merged = [row.cells[column] == MERGED for column in (RESPONSE, FOCUS)]
    if merged[0] != merged[1]:
        raise row.refuse(WHOLE_ROW, f"{RESPONSE} and {FOCUS} must be merged together")
    if not merged[0]:
        for column in (RESPONSE, FOCUS):
            require_own_text(row, column)
    return merged[0]
