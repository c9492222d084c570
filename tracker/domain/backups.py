"""What a backup says of itself: what is in it, of which version, and how to know it is whole."""

import json
import re
from dataclasses import asdict, dataclass
from typing import Any

FORMAT = 1
MANIFEST, DATABASE, EVIDENCE = "manifest.json", "database", "evidence/"
_NAME = re.compile(r"database|evidence/[0-9a-f]{2}/[0-9a-f]{32}(\.jpg)?")


class BackupError(Exception):
    """A backup that cannot be made, or not be put back; says what to do."""


@dataclass(frozen=True)
class Part:
    """One file of a backup: `name` inside it, bytes, SHA-256 in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """`made_at`: when the database was as it is inside, ISO 8601 with zone; `engine`: sqlite or
    postgresql; `revision`: of its tables; `counts`: rows by table; `audit_head`: hash of the
    record's last event; `missing`: files of proof that the database names and nobody found."""

    made_at: str
    engine: str
    revision: str
    counts: dict[str, int]
    audit_head: str
    missing: tuple[str, ...]
    parts: tuple[Part, ...]
    format: int = FORMAT

    @property
    def size(self) -> int:
        """Bytes of all that is in it."""
        return sum(part.size for part in self.parts)


def to_json(manifest: Manifest) -> bytes:
    return json.dumps(asdict(manifest), indent=1, sort_keys=True).encode()


def from_json(text: bytes) -> Manifest:
    """Raises BackupError for what is no manifest of ours, and for a part that would land anywhere
    but where proofs are kept."""
    try:
        given: dict[str, Any] = json.loads(text)
        if given.pop("format") != FORMAT:
            raise BackupError("The backup has a format that this version does not know.")
        parts = tuple(Part(**part) for part in given.pop("parts"))
        manifest = Manifest(**given | {"missing": tuple(given["missing"])}, parts=parts)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BackupError("The file's manifest cannot be read: it is no backup of ours.") from None
    names = [part.name for part in parts]
    wrong = [name for name in names if not (isinstance(name, str) and _NAME.fullmatch(name))]
    if wrong or len(set(names)) != len(names) or DATABASE not in names:
        raise BackupError(f"The backup names files that none of ours has: {wrong[:3]!r}.")
    return manifest
