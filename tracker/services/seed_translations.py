"""The English of a notice's titles, duties and contingencies, each tied to its Chinese."""

from pathlib import Path

from tracker.services.seed_csv import LAST_NUMBER, Row, read_rows

_FILE = "translations_en.csv"


class Translations:
    """English by table, row number and column; every entry must be used exactly once."""

    def __init__(self, folder: Path) -> None:
        self._entries: dict[tuple[str, int, str], Row] = {}
        for row in read_rows(folder, _FILE, ("table", "row", "column", "zh", "en")):
            number = row.integer("row", 1, LAST_NUMBER)
            key = (row.text("table", 40), number, row.text("column", 120))
            row.new("row", key, self._entries)
            self._entries[key] = row

    def take(self, cell: Row, number: int, column: str) -> str:
        """The English of a cell. Raises SeedError where it is missing or made for another text."""
        entry = self._entries.pop((Path(cell.file).stem, number, column), None)
        if entry is None:
            raise cell.refuse(column, f"has no English in {_FILE}")
        if entry.cells["zh"] != cell.cells[column]:
            raise entry.refuse("zh", f"differs from {cell.file}, row {cell.number}, {column}")
        if not entry.cells["en"].strip():
            raise entry.refuse("en", "is empty")
        return entry.cells["en"]

    def require_all_used(self) -> None:
        for (table, number, column), entry in self._entries.items():
            raise entry.refuse("row", f"{table} has no text at number {number}, {column}")
