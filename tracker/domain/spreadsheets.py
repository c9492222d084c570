"""Tables as files that spreadsheet programs open, and that start no program of their own."""

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

from tracker.domain.text import is_noncharacter

LONGEST = 32_767
"""What one cell holds, in UTF-16 units as Excel counts them. A longer one of a CSV file spills into
the rows below."""

_FORMULA = frozenset("=+-@\t\r\n")
"""How a cell begins that a spreadsheet might compute; full-width, small and raised forms too."""

_CUT = "…"


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """CSV in UTF-8 with a byte order mark, which Excel needs to see Chinese. Text that begins like
    a formula gets an apostrophe before it (B-51); control characters go, line breaks stay (B-52);
    numbers are numbers."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerow([safe(cell) for cell in header])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return codecs.BOM_UTF8 + out.getvalue().encode()


def safe(cell: object) -> object:
    """A number as it is; anything else as text that `unguarded` gives back."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return cell
    return fitted(guarded("" if cell is None else str(cell)))


def guarded(text: str) -> str:
    """Text that stays text, also where a table is saved again as CSV: with an apostrophe before
    what begins like a formula."""
    kept = printable(text)
    return f"'{kept}" if _computes(kept) else kept


def unguarded(text: str) -> str:
    """What `guarded` was given, without its control characters."""
    return text[1:] if text.startswith("'") and _computes(text[1:]) else text


def printable(text: str) -> str:
    """Without what no cell can hold: control characters, half characters, code points that are no
    characters. Tabs stay, and line breaks as \\n."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isprintable():
        return text
    return "".join(c for c in text if c in "\t\n" or _fits_xml(c))


def fitted(text: str) -> str:
    """At most LONGEST units; what is cut off ends in an ellipsis."""
    if units(text) <= LONGEST:
        return text
    kept = text.encode("utf-16-le")[: 2 * (LONGEST - len(_CUT))]
    return kept.decode("utf-16-le", "ignore") + _CUT


def units(text: str) -> int:
    """Its length as Excel counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _fits_xml(char: str) -> bool:
    code = ord(char)
    if code < 0xA0:
        return 0x20 <= code < 0x7F
    return unicodedata.category(char) != "Cs" and not is_noncharacter(char)


def _computes(text: str) -> bool:
    """Whether its first character that shows (or is a tab or line break) begins a formula. Its own
    apostrophes count as ours, so that `unguarded` takes off exactly one."""
    for char in text:
        if char in _FORMULA:
            return True
        if not (char == "'" or char.isspace() or unicodedata.category(char) == "Cf"):
            return unicodedata.normalize("NFKC", char)[:1] in _FORMULA
    return False
