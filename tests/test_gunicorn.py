"""Several processes behind one address, really started: sessions, leader and counts are shared."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import create_engine, text

from tests.databases import ROOT
from tests.jobs.test_two_servers import Browser, wait_until
from tests.serving import Server, _await, free_port

TOKEN = "a token for the metrics only"
pytestmark = [pytest.mark.postgres, pytest.mark.slow]


def start(url: str, folder: Path, port: int, workers: int = 2, **more: str) -> Server:
    clean = {name: text for name, text in os.environ.items() if not name.startswith("TRACKER_")}
    environ = {
        **clean,
        **{
            "PORT": str(port),
            "WEB_CONCURRENCY": str(workers),
            "TEST_INSTANCE": str(folder / "instance"),
        },
        **{"TRACKER_DATABASE_URL": url, "TRACKER_METRICS_TOKEN": TOKEN, "TRACKER_LOG": "json"},
        "TRACKER_SECRET_KEY": "one key for all workers",
        **more,
    }
    environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    log = folder / "gunicorn.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "tests.wsgi:app"],
            cwd=ROOT,
            env=environ,
            stdout=output,
            stderr=output,
        )
    return Server(f"http://127.0.0.1:{port}", process, log)


@contextmanager
def gunicorn(url: str, folder: Path) -> Iterator[Server]:
    running = start(url, folder, free_port())
    try:
        _await(running)
        yield running
    finally:
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(40)


def metrics(server: Server) -> str:
    asked = Request(f"{server.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    with urlopen(asked) as answer:
        return str(answer.read().decode())


def leader(server: Server) -> int:
    """Its process id; 0 while there is none."""
    found = re.search(r'tracker_leader_info\{leader="[^"]*-(\d+)-[0-9a-f]+"\}', metrics(server))
    return int(found[1]) if found else 0


def test_two_workers_share_sessions_and_counts_and_one_leads(
    postgres_url: str, tmp_path: Path
) -> None:
    with gunicorn(postgres_url, tmp_path) as server:
        browser = Browser(server)
        wait_until(lambda: leader(server) > 0)
        first = leader(server)
        for _ in range(20):
            with browser.opener.open(f"{server.url}/mine") as answer:
                assert answer.url.endswith("/mine")
        found = re.search(
            r'tracker_http_requests_total\{method="GET",route="mine.show",status="200"\} (\d+)',
            metrics(server),
        )
        assert found
        assert int(found[1]) >= 20
        os.kill(first, signal.SIGKILL)
        began = time.monotonic()
        wait_until(lambda: leader(server) not in (0, first), 10)
        assert time.monotonic() - began < 5
        with browser.opener.open(f"{server.url}/mine") as answer:
            assert answer.url.endswith("/mine")
    assert server.process.returncode == 0
    assert '"route": "/mine"' in server.log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("fault", "advice"),
    [
        ("older tables", "flask tracker upgrade"),
        ("no server", "is TRACKER_DATABASE_URL right?"),
        ("a misspelt setting", "TRACKER_LOG"),
    ],
)
def test_a_start_that_fails_says_what_to_do_and_leaves_nothing_behind(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, advice: str
) -> None:
    url = postgres_url
    if fault == "older tables":
        engine = create_engine(postgres_url)
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        engine.dispose()
    elif fault == "no server":
        url = "postgresql+psycopg://tracker:the-password@127.0.0.1:1/tracker"
    scratch, home = tmp_path / "scratch", tmp_path / "home"
    for name, folder in (("TMPDIR", scratch), ("HOME", home), ("XDG_RUNTIME_DIR", home)):
        folder.mkdir(exist_ok=True)
        monkeypatch.setenv(name, str(folder))
    more = {"TRACKER_LOGG": "json"} if fault == "a misspelt setting" else {}
    server = start(url, tmp_path, free_port(), **more)
    assert server.process.wait(40) != 0
    log = server.log.read_text(encoding="utf-8")
    assert advice in log
    assert "the-password" not in log
    assert list(scratch.iterdir()) == []
    assert list(home.iterdir()) == []
