"""`python -m benchmarks.database_restarts`: PostgreSQL restarted in immediate mode under load.

A server of its own in a scratch folder; clerks check off and take back through a real process. What
was acknowledged is compared with what is stored, and the time is taken until work goes on.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text

from benchmarks.server_process import Clerk, clerks, free_port, serving, status

SLOWEST = 5.0
"""Seconds from the database's return within which work must go on."""


@dataclass
class Cluster:
    """A PostgreSQL server of our own; as root its programs run as the user postgres."""

    folder: Path
    programs: Path
    port: int

    def run(self, name: str, *arguments: str) -> None:
        command = [str(self.programs / name), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        log = (self.folder / "programs.log").open("ab")
        with log:
            subprocess.run(command, check=True, stdout=log, stderr=log, cwd="/")

    def control(self, *arguments: str) -> None:
        data, log = str(self.folder / "data"), str(self.folder / "postgres.log")
        self.run("pg_ctl", "-w", "-D", data, "-l", log, *arguments)

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"


def find_programs() -> Path:
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    found = shutil.which("initdb")
    if not places and found is None:
        sys.exit("PostgreSQL's server programs are needed: apt-get install postgresql.")
    return (places[0] if places else Path(str(found))).parent


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Started, and stopped in the end."""
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    own = Cluster(folder, find_programs(), free_port())
    own.run("initdb", "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "--no-sync")
    with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.write(f"port = {own.port}\nlisten_addresses = '127.0.0.1'\n")
        conf.write(f"unix_socket_directories = '{folder}'\n")
    own.control("start")
    try:
        yield own
    finally:
        own.control("stop", "-m", "immediate")


def _restart(own: Cluster, workers: list[Clerk], url: str) -> tuple[float, int]:
    """Seconds from the server's return until somebody's report is accepted again, and the status
    that a page answered while the database was down."""
    own.control("stop", "-m", "immediate")
    page = status(f"{url}/login")
    own.control("start")
    back = time.monotonic()
    while not any(worker.at and worker.at[-1] > back for worker in workers):
        if time.monotonic() - back > 60:
            return 60.0, page
        time.sleep(0.01)
    return max(worker.at[-1] for worker in workers) - back, page


def _stored(own: Cluster) -> set[str]:
    engine = create_engine(own.url)
    try:
        with engine.connect() as connection:
            return set(connection.scalars(text("SELECT note FROM check_off")))
    finally:
        engine.dispose()


def run(folder: Path, restarts: int, count: int) -> int:
    """Exit status: 0 where nothing acknowledged is missing and work always went on in time."""
    home, data = folder / "home", folder / "cluster"
    home.mkdir()
    data.mkdir()
    folder.chmod(0o755)
    with cluster(data) as own, serving(own.url, home) as url:
        workers = clerks(url, own.url, folder / "clerks", count)
        stop = threading.Event()
        threads = [threading.Thread(target=each.work, args=[stop]) for each in workers]
        for thread in threads:
            thread.start()
        took, pages = [], Counter[int]()
        for _ in range(restarts):
            time.sleep(1)
            seconds, page = _restart(own, workers, url)
            took.append(seconds)
            pages[page] += 1
        time.sleep(1)
        stop.set()
        for thread in threads:
            thread.join()
        stored = _stored(own)
    return _judge(workers, stored, took, pages)


def _judge(workers: list[Clerk], stored: set[str], took: list[float], pages: Counter[int]) -> int:
    accepted = {note for worker in workers for note in worker.accepted}
    answers = sum((worker.answers for worker in workers), Counter[int]())
    wordless = [each for worker in workers for each in worker.wordless]
    missing = accepted - stored
    print(
        f"{len(took)} immediate restarts under {len(workers)} clerks: {len(accepted)} reports "
        f"acknowledged, {len(missing)} of them missing; {len(stored - accepted)} stored whose "
        f"answer was lost; work went on after at most {max(took):.2f} s, in the mean "
        f"{sum(took) / len(took):.2f} s; answers {dict(sorted(answers.items()))}, pages meanwhile "
        f"{dict(pages)}, failures without a message {len(wordless)}"
    )
    for each in wordless[:3]:
        print(each)
    return bool(missing or wordless or max(took) > SLOWEST)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--restarts", type=int, default=20)
    parser.add_argument("--clerks", type=int, default=4)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(run(Path(folder), given.restarts, given.clerks))


if __name__ == "__main__":
    main()
