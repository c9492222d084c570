"""Senders killed with SIGKILL at any moment, in short; the long run is benchmarks/kill.py."""

from pathlib import Path

import pytest

from benchmarks import kill

pytestmark = pytest.mark.smtp


@pytest.mark.parametrize("policy", ["resend", "hold"])
def test_killed_senders_lose_nothing_on_sqlite(tmp_path: Path, policy: str):
    assert_nothing_lost(f"sqlite:///{tmp_path / 'tracker.db'}", tmp_path, policy)


@pytest.mark.postgres
def test_killed_senders_lose_nothing_on_postgresql(empty_postgres_url: str, tmp_path: Path):
    assert_nothing_lost(empty_postgres_url, tmp_path, "resend")


@pytest.mark.postgres
def test_killed_workers_lose_nothing(empty_postgres_url: str, tmp_path: Path):
    assert_nothing_lost(empty_postgres_url, tmp_path, "resend", "procrastinate")


def assert_nothing_lost(url: str, folder: Path, policy: str, engine: str = "embedded") -> None:
    """R1 and R2: each mail is accepted or visibly in doubt, each has a final state, and what came
    twice carries a mark. B-09: who had the mail before the crash does not get it again."""
    campaign = kill.Campaign(rounds=5, crowd=25, policy=policy, engine=engine, seed=20200222)
    verdict = kill.run(campaign, url, folder)
    assert verdict.problems == [], str(verdict)
    assert verdict.kills >= 5
    assert verdict.messages >= 25
    assert (verdict.lost, verdict.unfinished, verdict.outside) == (0, 0, 0)
