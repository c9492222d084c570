"""A real server process, and a real browser that nothing escapes."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from tests.cast import PASSWORD, email
from tests.databases import ROOT
from tests.machine import NO_BROWSER, missing

_STARTED_WITHIN = 30
_ARGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@dataclass(frozen=True)
class Server:
    """`url` without a slash at its end; `log` holds what the process printed."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server(
    database_url: str, folder: Path, *, https: bool = False, **settings: str
) -> Iterator[Server]:
    """`flask tracker serve` in a process of its own, ready to answer; `https`: Flask's own server,
    with a certificate that nobody knows. `settings` by name without TRACKER_. Two servers may share
    a database; each has its own instance folder unless given."""
    port = free_port()
    origin = f"{'https' if https else 'http'}://127.0.0.1:{port}"
    clean = {name: text for name, text in os.environ.items() if not name.startswith("TRACKER_")}
    given = {"DATABASE_URL": database_url, "PUBLIC_URL": origin, **settings}
    instance = folder / f"server-{port}"
    log = folder / f"server-{port}.log"
    environ = {
        **clean,
        "PORT": str(port),
        "TEST_INSTANCE": str(instance),
        **{f"TRACKER_{name}": text for name, text in given.items()},
    }
    how = ["run", "--cert", "adhoc"] if https else ["tracker", "serve"]
    command = [sys.executable, "-m", "flask", "--app", "tests.wsgi", *how]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--port", str(port)], cwd=ROOT, env=environ, stdout=output, stderr=output
        )
    running = Server(origin, process, log)
    try:
        _await(running)
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            running.kill()


def _await(running: Server) -> None:
    """Until it answers. Fails with what it printed when it ends or takes too long."""
    give_up = time.monotonic() + _STARTED_WITHIN
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    while running.process.poll() is None and time.monotonic() < give_up:
        try:
            with urlopen(f"{running.url}/healthz", timeout=2, context=anybody):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    text = running.log.read_text(encoding="utf-8", errors="replace")
    pytest.fail(f"the server did not start:\n{text}", pytrace=False)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """`serve(app)` or `serve(database_url)`, with settings (`NOW=...`): a running server."""
    with ExitStack() as running:

        def start(what: Flask | str, **settings: str) -> Server:
            url = what if isinstance(what, str) else what.config["SQLALCHEMY_DATABASE_URI"]
            return running.enter_context(server(url, tmp_path, **settings))

        yield start


@pytest.fixture
def served(app: Flask, serve: Callable[..., Server]) -> str:
    """The address of the test's `app` on a real server."""
    return serve(app).url


def find_chromium() -> str | None:
    if given := os.environ.get("CHROMIUM"):
        return given
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="module")
def _browser() -> Iterator[Browser | None]:
    """A module's, not the session's: while it runs, no other test of this process may use an event
    loop of its own."""
    path = find_chromium()
    if path is None:
        yield None
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGS)
        yield browser
        browser.close()


@pytest.fixture
def browser(_browser: Browser | None) -> Browser:
    """Chromium, for the tests marked `browser`."""
    return _browser or missing(NO_BROWSER)


@contextmanager
def guarded(browser: Browser, origin: str, **options: Any) -> Iterator[BrowserContext]:
    """A browser profile that reaches `origin` only. At its end it fails on whatever a page did
    behind the reader's back: a foreign address, a script error, a report of the content security
    policy, a dialog."""
    problems: list[str] = []
    context = browser.new_context(base_url=origin, **{"locale": "zh-CN", **options})

    def note_request(request: Request) -> None:
        if not request.url.startswith((f"{origin}/", "data:", "blob:", "about:")):
            problems.append(f"foreign request: {request.url}")

    def note_console(message: Any) -> None:
        expected = "status of 4" in message.text and "/static/" not in message.location["url"]
        if message.type == "error" and not expected:
            problems.append(f"console: {message.text} ({message.location['url']})")

    def note_dialog(dialog: Any) -> None:
        problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    context.set_default_timeout(15_000)
    context.on("request", note_request)
    context.on("console", note_console)
    context.on("dialog", note_dialog)
    context.on("weberror", lambda error: problems.append(f"script: {error.error}"))
    try:
        yield context
    finally:
        context.close()
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.fixture
def open_context(browser: Browser, served: str) -> Iterator[Callable[..., BrowserContext]]:
    """`open_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)`: a guarded
    profile on the served app; each call is another person's browser."""
    with ExitStack() as held:
        yield lambda **options: held.enter_context(guarded(browser, served, **options))


@pytest.fixture
def context(open_context: Callable[..., BrowserContext]) -> BrowserContext:
    return open_context(viewport={"width": 1440, "height": 900})


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A desktop page; addresses may be paths ("/mine")."""
    return context.new_page()


def enter(page: Page, name: str) -> Page:
    """Sign in by the keyboard and wait for the page that person lands on."""
    page.goto("/login")
    page.locator("main [name=email]").fill(email(name))
    page.locator("main [name=password]").fill(PASSWORD)
    page.locator("main [name=password]").press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    return page
