"""The rehearsal that tests live in: its settings and its clock."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tracker import clock
from tracker.config import Settings, load

START = "2020-02-21T08:00"
CAMPUS = ZoneInfo("Asia/Shanghai")


def settings_for(folder: Path, url: str, **more: str) -> Settings:
    """Rehearsal settings with their own instance folder; `more` by name without TRACKER_."""
    given = {
        "DATABASE_URL": url,
        "HEARTBEAT": "0",
        "PUBLIC_URL": "http://tracker.example",
        "SECRET_KEY": "a secret for tests only",
        "TWO_FACTOR": "optional",
        **more,
    }
    return load({f"TRACKER_{name}": value for name, value in given.items()}, folder / "instance")


class StandingClock:
    """Campus time that stands still until it is told otherwise, by the test or by the product's
    own rehearsal button. The machine's time runs on: sessions and leases live by that."""

    def __init__(self) -> None:
        self.moment = self(START)

    def __call__(self, moment: str | datetime) -> datetime:
        """Move to campus wall time ("2020-02-22T18:00") or an aware instant; gives aware UTC."""
        value = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        self.moment = (value if value.tzinfo else value.replace(tzinfo=CAMPUS)).astimezone(UTC)
        return self.moment

    def now(self) -> datetime:
        return self.moment

    def set_offset(self, offset: timedelta) -> None:
        self.moment = clock.real_now() + offset
