"""What a machine may lack, and how loudly its absence is told."""

import os
from typing import Any, NoReturn

import pytest

ON_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
NO_POSTGRES = (
    "no PostgreSQL: start a server on 127.0.0.1:5432 (apt-get install postgresql), or set "
    "TEST_DATABASE_URL=postgresql://user:password@host/database to a role that may create databases"
)
NO_DUMP = "no pg_dump: apt-get install postgresql-client"
NO_BROWSER = (
    "no Chromium: apt-get install chromium-headless-shell fonts-noto-cjk libatomic1, or set "
    "CHROMIUM to its executable"
)


def missing(reason: str) -> NoReturn:
    """Skip for want of `reason` on a newcomer's machine; fail where everything must run."""
    if ON_CI:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def report(terminal: Any) -> None:
    """One loud line for each thing this machine lacks."""
    skipped = [str(one.longrepr) for one in terminal.stats.get("skipped", ())]
    for reason in (NO_POSTGRES, NO_DUMP, NO_BROWSER):
        count = sum(reason in text for text in skipped)
        if count:
            terminal.write_line(f"!!! {count} tests skipped, {reason}", yellow=True, bold=True)
