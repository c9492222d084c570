"""Names to be accounted for: reading one list against what is known, by key."""

import hashlib
import json
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tracker.domain import text
from tracker.domain.errors import N_

KEY_MAX = 60
LABEL_MAX = 120
DETAIL_MAX = 120


@dataclass(frozen=True)
class Listed:
    """One row of a list as it was read. `unit_code` may be empty in a unit's own list. `at`: the
    row in which it stands."""

    key: str
    label: str
    unit_code: str
    detail: str
    at: str

    @property
    def words(self) -> tuple[str, str, str]:
        return self.label, self.unit_code, self.detail


@dataclass(frozen=True)
class Known:
    """One item of a roster as it is kept."""

    key: str
    label: str
    unit_code: str
    detail: str
    done: bool
    dropped: bool

    @property
    def words(self) -> tuple[str, str, str]:
        return self.label, self.unit_code, self.detail


Doubt = tuple[Listed, str, Mapping[str, object]]
"""A row that cannot be taken as it stands, with an English msgid and its parameters."""


@dataclass(frozen=True)
class Difference:
    """What a list would change. `added`: new ones and dropped ones that come back. `changed`: what
    was, and what the list says. `unchanged`: as the list has it already. `absent`: items of the
    unit whose list this is that it does not name; they stay."""

    added: tuple[Listed, ...] = ()
    changed: tuple[tuple[Known, Listed], ...] = ()
    dropped: tuple[Known, ...] = ()
    unchanged: tuple[Known, ...] = ()
    doubtful: tuple[Doubt, ...] = ()
    absent: tuple[Known, ...] = ()

    @property
    def empty(self) -> bool:
        """Nothing to do, however many rows are doubtful."""
        return not (self.added or self.changed or self.dropped)


def key_of(typed: str) -> str:
    """A key as it is kept: full-width letters and digits made plain, on one line."""
    return " ".join(unicodedata.normalize("NFKC", text.clean(typed)).split())


def _line(typed: str) -> str:
    return " ".join(text.clean(typed).split())


def difference(
    known: Iterable[Known],
    listed: Sequence[Listed],
    units: Collection[str],
    only_unit: str | None,
) -> Difference:
    """A list read against the roster, in the order of the list. `units`: codes that may hold items.
    `only_unit`: the list of one unit, which adds and changes its own items and drops none; None:
    the list of the whole row, where what it does not name is dropped. A doubtful row changes
    nothing and drops nothing. A row said twice in the same words counts once."""
    kept = {item.key: item for item in known}
    said = _by_key(listed, only_unit)
    doubtful: list[Doubt] = []
    added: list[Listed] = []
    changed: list[tuple[Known, Listed]] = []
    unchanged: list[Known] = []
    for key, rows in said.items():
        doubts = [_doubt(row, rows, kept.get(key), units, only_unit) for row in rows]
        if any(doubts):
            doubtful += [(row, *doubt) for row, doubt in zip(rows, doubts, strict=True) if doubt]
            continue
        row, item = rows[0], kept.get(key)
        if item is None or item.dropped:
            added.append(row)
        elif item.words != row.words:
            changed.append((item, row))
        else:
            unchanged.append(item)
    missing = tuple(item for key, item in kept.items() if key not in said and not item.dropped)
    own = tuple(item for item in missing if item.unit_code == only_unit)
    return Difference(
        added=tuple(added),
        changed=tuple(changed),
        dropped=missing if only_unit is None else (),
        unchanged=tuple(unchanged),
        doubtful=tuple(doubtful),
        absent=own if only_unit is not None else (),
    )


def _by_key(listed: Iterable[Listed], only_unit: str | None) -> dict[str, list[Listed]]:
    """Every row as it would be kept, under its key; the same words twice stand once."""
    said: dict[str, list[Listed]] = defaultdict(list)
    for row in listed:
        key, label, detail = key_of(row.key), _line(row.label), _line(row.detail)
        row = Listed(key, label, row.unit_code.strip() or only_unit or "", detail, row.at)
        if all(row.words != other.words for other in said[key]):
            said[key].append(row)
    return said


def _doubt(
    row: Listed,
    rows: Sequence[Listed],
    item: Known | None,
    units: Collection[str],
    only_unit: str | None,
) -> tuple[str, Mapping[str, object]] | None:
    """Why a row cannot be taken; `rows` are all that the list says of its key."""
    if not row.key:
        return N_("It has no key."), {}
    if not row.label:
        return N_("It has no name."), {}
    for value, most in ((row.key, KEY_MAX), (row.label, LABEL_MAX), (row.detail, DETAIL_MAX)):
        if len(value) > most:
            return N_("“%(value)s…” is longer than %(max)s characters."), {
                "value": value[:20],
                "max": most,
            }
    if len(rows) > 1:
        others = ", ".join(other.at for other in rows if other is not row)
        return N_("The list says something else of the same key at: %(places)s."), {
            "places": others
        }
    if not row.unit_code:
        return N_("It names no unit."), {}
    if row.unit_code not in units:
        return N_("There is no unit “%(unit)s” in this row."), {"unit": row.unit_code[:40]}
    if only_unit is not None and {row.unit_code, item.unit_code if item else only_unit} != {
        only_unit
    }:
        return N_("It belongs to another unit."), {}
    return None


def fingerprint(found: Difference) -> str:
    """SHA-256 over all that a preview shows, 64 hex digits. Ticks are not part of it: an import
    keeps them, whenever they are set."""
    said = [
        [(row.key, *row.words) for row in found.added],
        [(was.key, *was.words, *row.words) for was, row in found.changed],
        *([(item.key, *item.words) for item in items] for items in (found.dropped, found.absent)),
        [(row.key, *row.words, row.at, msgid, params) for row, msgid, params in found.doubtful],
    ]
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
