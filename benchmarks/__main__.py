"""`python -m benchmarks`: every figure of one run, as ratios. Only the ratios mean anything.

With `--server` (the URL of a PostgreSQL server that may be filled) the figures of growth and load
are taken there too. Longer runs have entries of their own: see docs/performance.md.
"""

import argparse
import logging
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks import (
    campuses,
    checkoffs,
    digests,
    growth,
    load,
    notices,
    pages,
    planning,
    rosters,
    starting,
)
from benchmarks.databases import empty_databases

Run = Callable[[Path], object]


def _on_one_machine(quick: bool) -> dict[str, Run]:
    several = (20, 40) if quick else (100, 200)
    return {
        "starting": partial(starting.run, rounds=3 if quick else 10),
        "pages": partial(pages.run, rounds=60 if quick else 400),
        "checkoffs": partial(checkoffs.run, seconds=1 if quick else 5),
        "digests": partial(digests.run, colleges=32 if quick else 200),
        "notices": partial(notices.run, rounds=5 if quick else 20),
        "rosters": partial(rosters.run, rounds=several[0]),
        "more rosters": partial(rosters.run, rounds=several[1]),
        "planning": partial(
            planning.run, colleges=100 if quick else 1000, others=20_000 if quick else 1_000_000
        ),
        "campuses": partial(
            campuses.run, steps=(1, 20, 60) if quick else (1, 200, 600), colleges=20
        ),
    }


def _on_both_databases(folder: Path, quick: bool, server: str | None) -> None:
    for number, place in enumerate((None, server)[: 2 if server else 1]):
        with empty_databases(place, 3) as urls:
            for name in ("growth", "load"):
                (folder / f"{name}{number}").mkdir()
            growth.run(
                folder / f"growth{number}",
                20_000 if quick else 1_000_000,
                40 if quick else 200,
                urls[:2],
            )
            load.run(folder / f"load{number}", 64, 10 if quick else 60, urls[2])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds, rougher figures")
    parser.add_argument("--server", help="URL of a PostgreSQL server for growth and load")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for name, run in _on_one_machine(given.quick).items():
            (folder / name).mkdir()
            run(folder / name)
        _on_both_databases(folder, given.quick, given.server)


if __name__ == "__main__":
    main()
