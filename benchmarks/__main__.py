"""`python -m benchmarks`: every figure of one run, as ratios. Only the ratios mean anything."""

import argparse
import logging
import tempfile
from pathlib import Path

from benchmarks import campuses, checkoffs, digests, pages, planning, rosters


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, rougher figures")
    quick = parser.parse_args().quick
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        names = ("pages", "checkoffs", "digests", "rosters", "planning", "campuses")
        places = [Path(folder, name) for name in names]
        for place in places:
            place.mkdir()
        pages.run(places[0], 60 if quick else 400)
        checkoffs.run(places[1], 1 if quick else 5)
        digests.run(places[2], 32 if quick else 200)
        rosters.run(places[3], 20 if quick else 100)
        rosters.run(places[3], 40 if quick else 200)
        planning.run(places[4], 100 if quick else 1000, 20_000 if quick else 1_000_000)
        campuses.run(places[5], (1, 20, 60) if quick else (1, 200, 600), 20)


if __name__ == "__main__":
    main()
