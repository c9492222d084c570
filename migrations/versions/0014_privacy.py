"""Persons can be erased from the record; what was purged of old plans; who downloaded what.

Revision ID: 0014
Revises: 0009
"""

import hashlib
import json
from datetime import UTC

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_KEPT = {
    "audit_event": ("id", "at", "user_id", "action", "subject", "subject_id", "hash", "seal"),
    "report": ("id", "plan_id", "number", "at", "due_on", "user_id", "settled", "asked", "overdue")
    + ("audit_head",),
}
"""Columns that an erasure leaves alone."""

_SAID = {"audit_event": "audit_event only grows", "report": "report never changes"}
_OLD_TRIGGER = {"audit_event": "audit_event_only_grows", "report": "report_never_changes"}


def upgrade() -> None:
    op.add_column("audit_event", sa.Column("salt", sa.String(length=32), nullable=True))
    op.add_column("audit_event", sa.Column("seal", sa.String(length=64), nullable=True))
    for table in ("audit_event", "report"):
        erasures = sa.Column("erasures", sa.Integer(), nullable=False, server_default="0")
        op.add_column(table, erasures)
        _erasures_only(table)
    op.add_column(
        "user_account", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "purge",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("names", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("mails", sa.Integer(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_purge_plan_id_plan")),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_purge")),
    )
    op.create_table(
        "access",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_access_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access")),
        sa.UniqueConstraint("key", name=op.f("uq_access_key")),
    )
    op.create_index(op.f("ix_access_at"), "access", ["at"])
    op.create_index(op.f("ix_access_user_id"), "access", ["user_id"])


def downgrade() -> None:
    op.drop_table("access")
    op.drop_table("purge")
    with op.batch_alter_table("user_account") as table:
        table.drop_column("erased_at")
    _refuse_nothing("audit_event")
    _refuse_nothing("report")
    _chain_without_seals()
    with op.batch_alter_table("audit_event") as table:
        for name in ("erasures", "seal", "salt"):
            table.drop_column(name)
    with op.batch_alter_table("report") as table:
        table.drop_column("erasures")
    for table in ("audit_event", "report"):
        _refuse_all(table)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _erasures_only(table: str) -> None:
    """A change is an erasure where it counts itself and leaves everything but words alone."""
    same = [
        *(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in _KEPT[table]),
        "NEW.erasures = OLD.erasures + 1",
    ]
    if table == "audit_event":
        same.append("NEW.salt IS NULL")
    right = " AND ".join(same)
    if _is_sqlite():
        op.execute(f"DROP TRIGGER {table}_no_update")
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            f"WHEN NOT ({right.replace('IS NOT DISTINCT FROM', 'IS')}) "
            f"BEGIN SELECT RAISE(ABORT, '{_SAID[table]}'); END"
        )
        return
    trigger = _OLD_TRIGGER[table]
    op.execute(f"DROP TRIGGER {trigger} ON {table}")
    op.execute(
        f"CREATE TRIGGER {trigger} BEFORE DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {trigger}()"
    )
    op.execute(
        f"CREATE FUNCTION {table}_erasures_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN IF {right} THEN RETURN NEW; END IF; "
        f"RAISE EXCEPTION '{_SAID[table]}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_erasures_only()"
    )


def _refuse_nothing(table: str) -> None:
    if _is_sqlite():
        op.execute(f"DROP TRIGGER {table}_no_update")
        op.execute(f"DROP TRIGGER {table}_no_delete")
        return
    op.execute(f"DROP TRIGGER {table}_no_update ON {table}")
    op.execute(f"DROP FUNCTION {table}_erasures_only")
    op.execute(f"DROP TRIGGER {_OLD_TRIGGER[table]} ON {table}")


def _refuse_all(table: str) -> None:
    if _is_sqlite():
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{_SAID[table]}'); END"
            )
        return
    trigger = _OLD_TRIGGER[table]
    op.execute(
        f"CREATE TRIGGER {trigger} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {trigger}()"
    )


def _chain_without_seals() -> None:
    """The version before knows no seals: heads that were noted meanwhile are lost with it."""
    event = sa.table(
        "audit_event",
        *(sa.column(name) for name in ("id", "user_id", "actor", "action", "subject", "hash")),
        sa.column("subject_id", sa.Integer),
        sa.column("at", sa.DateTime(timezone=True)),
        sa.column("detail", sa.JSON),
    )
    connection, previous = op.get_bind(), "0" * 64
    for row in connection.execute(sa.select(event).order_by(event.c.id)).all():
        at = row.at if row.at.tzinfo else row.at.replace(tzinfo=UTC)
        said = [previous, at.astimezone(UTC).isoformat(timespec="microseconds"), row.user_id]
        said += [row.actor, row.action, row.subject, row.subject_id, row.detail]
        canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        previous = hashlib.sha256(canonical.encode()).hexdigest()
        if previous != row.hash:
            connection.execute(
                sa.update(event).where(event.c.id == row.id).values(hash=previous)
            )
