"""Packages that most requests can do without, loaded when something of theirs is first used
(docs/decisions/0035)."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

_stood_for: set[str] = set()


class _AtNeed:
    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        """Python's own lock lets one thread load the module while others wait for it."""
        return getattr(import_module(self._name), attribute)


def at_need(name: str) -> Any:
    """Stands for the module `name` of a package, and is used as the module itself would be. Raises
    ModuleNotFoundError at once, as an import does, where the package is not installed."""
    package = name.partition(".")[0]
    if find_spec(package) is None:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)
    _stood_for.add(name)
    return _AtNeed(name)


def try_all() -> dict[str, str]:
    """Load every module that something stands for by now; what those said that are installed and
    yet cannot be loaded, by name."""
    broken = {}
    for name in sorted(_stood_for):
        try:
            import_module(name)
        except Exception as problem:
            broken[name] = f"{type(problem).__name__}: {problem}"
    return broken
