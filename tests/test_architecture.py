"""The house rules of docs/decisions/0001, held by reading the source. No rule has an allow-list:
who needs an exception needs another design."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tracker"
LONGEST_MODULE, LONGEST_FUNCTION = 250, 40

CELLAR = {"domain", "clock"}
GROUND = {"at_need", "models", "actors", "permissions", "db", "extensions", "config", "language"}
GROUND |= {"care_permissions", "environment", "instruments", "logs", "pinyin"}
GROUND |= {"signing"}
READING = {"queries", "mail", "sheets", "documents"}
WRITING = {"services"}
ENTRIES = {"web", "api", "jobs", "cli"}
ROOF = {"factory"}

BELOW: dict[str, set[str]] = {
    "domain": set(),
    "clock": set(),
    **dict.fromkeys(GROUND, CELLAR | GROUND),
    **dict.fromkeys(READING, CELLAR | GROUND | READING),
    **dict.fromkeys(WRITING, CELLAR | GROUND | READING),
    **dict.fromkeys(ENTRIES, CELLAR | GROUND | READING | WRITING),
    "cli": CELLAR | GROUND | READING | WRITING | {"jobs"},
    **dict.fromkeys(ROOF, CELLAR | GROUND | READING | WRITING | ENTRIES),
}
"""What each part of `tracker` may import besides itself."""


@dataclass(frozen=True)
class Module:
    path: Path

    @property
    def name(self) -> str:
        """`tracker.web.mine`; a package's own file has the package's name."""
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def part(self) -> str:
        """The part of the house it belongs to; "" for the package itself."""
        return self.name.partition(".")[2].partition(".")[0]

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def tree(self) -> ast.Module:
        return _parse(self.path)

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and full name of everything it imports: `from tracker import clock` is
        `tracker.clock`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.name}:{node.lineno} imports relatively"
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def calls(self) -> Iterator[tuple[int, str]]:
        """Line and dotted name of everything it calls."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield node.lineno, ast.unparse(node.func)


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


MODULES = [Module(path) for path in sorted(PACKAGE.rglob("*.py"))]


def within(*parts: str) -> list[Module]:
    return [module for module in MODULES if module.part in parts]


def outside(*parts: str) -> list[Module]:
    return [module for module in MODULES if module.part not in parts]


def test_every_part_of_the_house_has_a_floor() -> None:
    assert {module.part for module in MODULES} - {""} <= set(BELOW)


def test_the_package_itself_stays_empty() -> None:
    assert (PACKAGE / "__init__.py").read_text(encoding="utf-8") == ""


def test_imports_point_down_only() -> None:
    wrong = [
        f"{module.name}:{line} imports {name}"
        for module in MODULES
        for line, name in module.imports()
        if name.startswith("tracker.")
        and name.split(".")[1] not in {module.part} | BELOW.get(module.part, set())
    ]
    assert wrong == []


def test_the_cellar_knows_the_standard_library_only() -> None:
    known = {*sys.stdlib_module_names, "tracker"}
    wrong = [
        f"{module.name}:{line} imports {name}"
        for module in within(*CELLAR)
        for line, name in module.imports()
        if name.split(".")[0] not in known
    ]
    assert wrong == []


def test_services_and_queries_never_import_flask() -> None:
    wrong = [
        f"{module.name}:{line} imports {name}"
        for module in within(*WRITING, *READING)
        for line, name in module.imports()
        if name.startswith("flask")
    ]
    assert wrong == []


def test_nothing_is_imported_inside_a_function() -> None:
    wrong = [
        f"{module.name}:{node.lineno} in {function.name}"
        for module in outside(*ROOF)
        for function in module.functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert wrong == []


def test_only_transaction_commits() -> None:
    wrong = [
        f"{module.name}:{line}"
        for module in outside("db")
        for line, called in module.calls()
        if called.endswith(".commit")
    ]
    assert wrong == []


def test_services_and_queries_leave_the_transaction_to_their_caller() -> None:
    wrong = [
        f"{module.name}:{line}"
        for module in within(*WRITING, *READING)
        for line, called in module.calls()
        if called.endswith("transaction")
    ]
    assert wrong == []


def test_queries_never_write() -> None:
    writing = ("session.add", "session.add_all", "session.delete", "session.flush")
    verbs = ("insert", "update", "delete")
    wrong = [
        f"{module.name}:{line}: {called}"
        for module in within("queries")
        for line, called in module.calls()
        if called.endswith(writing) or called in verbs
    ]
    assert wrong == []


def test_only_the_clock_reads_the_time() -> None:
    reading = ("datetime.now", "time.time", ".utcnow", ".today")
    wrong = [
        f"{module.name}:{line}: {called}"
        for module in outside("clock")
        for line, called in module.calls()
        if called.endswith(reading)
    ]
    assert wrong == []


def test_nobody_takes_the_clock_s_reading_out_of_its_module() -> None:
    """`from tracker.clock import now` could be neither stopped in a test nor moved in rehearsal."""
    wrong = [
        f"{module.name}:{line}"
        for module in MODULES
        for line, name in module.imports()
        if name == "tracker.clock.now"
    ]
    assert wrong == []


def test_the_floors_below_the_entries_are_told_the_time() -> None:
    wrong = [
        f"{module.name}:{line}: {called}() belongs to the entry point"
        for module in outside(*ENTRIES, *ROOF, "clock", "")
        for line, called in module.calls()
        if called in ("clock.now", "clock.real_now", "real_now")
    ]
    assert wrong == []


def test_only_the_command_line_prints() -> None:
    wrong = [
        f"{module.name}:{line}"
        for module in outside("cli")
        for line, called in module.calls()
        if called == "print"
    ]
    assert wrong == []


def test_a_module_is_short() -> None:
    """Beyond the limit look for the second noun."""
    sizes = {module.name: len(module.text.splitlines()) for module in MODULES}
    assert {name: lines for name, lines in sizes.items() if lines > LONGEST_MODULE} == {}


def test_a_function_is_short() -> None:
    sizes = {
        f"{module.name}:{one.lineno} {one.name}": (one.end_lineno or 0) - one.lineno + 1
        for module in MODULES
        for one in module.functions()
    }
    assert {name: lines for name, lines in sizes.items() if lines > LONGEST_FUNCTION} == {}


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = ("util", "helper", "common", "misc", "manager")
    stems = {module.name: module.name.split(".")[-1].removesuffix("s") for module in MODULES}
    assert [name for name, stem in stems.items() if stem in drawers] == []


def test_no_class_manages_everything() -> None:
    wrong = [
        f"{module.name}:{node.lineno} {node.name}"
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and node.name.endswith(("Manager", "Helper", "Utils"))
    ]
    assert wrong == []


_SHORT_ABSENCE = re.compile(r'"[\w-]{1,7}" not in [\w.]*\b(?:text|page|html)\b')


def test_no_test_seeks_a_short_word_s_absence_in_a_page_s_source() -> None:
    """A page holds random tokens, which spell any short word once in some thousand runs; what a
    reader sees (`tests.web.duties.words`) holds none."""
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if _SHORT_ABSENCE.search(line) and line.isascii()
    ]
    assert not found, found


_LOOKED_AT_ONCE = re.compile(r"(?<!func)\.(?:count|is_visible|is_hidden)\(\)")


def test_no_test_of_the_browser_looks_at_a_page_only_once() -> None:
    """A click returns before the page it leads to is there; `expect` waits for what it asks."""
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if "playwright" in (text := path.read_text(encoding="utf-8"))
        for number, line in enumerate(text.splitlines(), 1)
        if _LOOKED_AT_ONCE.search(line) and "session.query" not in line
    ]
    assert not found, found
