"""`python -m benchmarks.full_disk`: the disk of an SQLite site fills up under load, and is emptied.

On a small file system in memory, which only root may mount. Failures must be told in words, reads
go on, and what was acknowledged is stored.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from benchmarks.server_process import Clerk, clerks, serving, status


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    if os.geteuid() != 0:
        sys.exit("Only root may mount a small disk.")
    size = f"size={megabytes}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _fill(path: Path) -> None:
    """To the last byte."""
    for size in (1 << 20, 1 << 12, 1):
        with suppress(OSError), path.open("ab", buffering=0) as file:
            while file.write(b"x" * size) == size:
                pass


def _wait_for_work(workers: list[Clerk], since: float, seconds: float) -> float:
    """Until a report is accepted after `since`; how long after it."""
    while not any(worker.at and worker.at[-1] > since for worker in workers):
        if time.monotonic() - since > seconds:
            return seconds
        time.sleep(0.02)
    return time.monotonic() - since


def run(disk: Path, elsewhere: Path, rounds: int) -> int:
    """Exit status: 0 where all held."""
    database = f"sqlite:///{disk / 'tracker.db'}"
    with serving(database, disk) as url:
        workers = clerks(url, database, elsewhere / "clerks", 4)
        stop = threading.Event()
        threads = [threading.Thread(target=each.work, args=[stop]) for each in workers]
        for thread in threads:
            thread.start()
        reads, slowest = Counter[int](), 0.0
        for _ in range(rounds):
            time.sleep(1)
            _fill(disk / "filler")
            time.sleep(2)
            reads[status(f"{url}/healthz")] += 1
            (disk / "filler").unlink()
            slowest = max(slowest, _wait_for_work(workers, time.monotonic(), 60))
        stop.set()
        for thread in threads:
            thread.join()
    with closing(sqlite3.connect(disk / "tracker.db")) as connection:
        whole = connection.execute("PRAGMA integrity_check").fetchone()[0]
        stored = {note for (note,) in connection.execute("SELECT note FROM check_off")}
    accepted = {note for worker in workers for note in worker.accepted}
    answers = sum((worker.answers for worker in workers), Counter[int]())
    wordless = [each for worker in workers for each in worker.wordless]
    missing = accepted - stored
    print(
        f"{rounds} times full: {len(accepted)} reports acknowledged, {len(missing)} missing; "
        f"answers {dict(sorted(answers.items()))}, without a message {len(wordless)}; reads "
        f"meanwhile {dict(reads)}; work went on after {slowest:.1f} s; integrity: {whole}"
    )
    for each in wordless[:3]:
        print(each)
    return bool(missing or wordless or whole != "ok" or slowest >= 60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=16)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as elsewhere,
        small_disk(Path(folder), given.megabytes) as disk,
    ):
        failed = run(disk, Path(elsewhere), given.rounds)
    sys.exit(failed)


if __name__ == "__main__":
    main()
