"""An installation that has a record already gets its chain with the upgrade."""

import flask_migrate
import pytest
from sqlalchemy import text

from tests.databases import bare_app, in_app
from tracker.db import db, transaction
from tracker.queries import audit

OLD = text(
    "INSERT INTO audit_event (at, user_id, actor, action, subject, subject_id, detail) "
    "VALUES ('2020-02-21 08:00:00', NULL, 'system', 'plan.published', 'plan', :id, :detail)"
)


@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def test_events_from_before_the_chain_are_chained(
    database: str, request: pytest.FixtureRequest, tmp_path
) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    if database == "postgresql":
        url = request.getfixturevalue("empty_postgres_url")
    with in_app(bare_app(url)):
        flask_migrate.upgrade(revision="0001")
        with transaction():
            for number in range(1, 4):
                db.session.execute(OLD, {"id": number, "detail": '{"code": "方案", "n": 1}'})
        flask_migrate.upgrade()
        verdict = audit.verify()
        assert (verdict.events, verdict.broken) == (3, None)
