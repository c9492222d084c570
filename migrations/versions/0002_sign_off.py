"""Sign-off: rosters, evidence, confirmation links, conversations, working groups, posts for a
period, and the record as a hash chain that only grows."""

import hashlib
import json
from datetime import UTC

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_POSTGRES_TRIGGER = """
CREATE FUNCTION audit_event_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'audit_event only grows'; END $$
"""


def upgrade() -> None:
    op.create_table(
        "roster_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_roster_import_task_id_task"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_roster_import_unit_id_unit"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_roster_import_user_id_user_account"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_roster_import"),
    )
    op.create_index("ix_roster_import_task_id", "roster_import", ["task_id"])

    op.create_table(
        "roster_tally",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_roster_tally_task_id_task"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_roster_tally_unit_id_unit"),
        sa.PrimaryKeyConstraint("task_id", "unit_id", name="pk_roster_tally"),
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name="fk_comment_assignment_id_assignment"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_comment_user_id_user_account"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_comment"),
    )
    op.create_index("ix_comment_assignment_id", "comment", ["assignment_id"])

    op.create_table(
        "confirm_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name="fk_confirm_link_assignment_id_assignment"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_confirm_link_user_id_user_account"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_confirm_link"),
        sa.UniqueConstraint("token", name="uq_confirm_link_token"),
    )
    op.create_index("ix_confirm_link_assignment_id", "confirm_link", ["assignment_id"])

    op.create_table(
        "group_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("position", sa.String(length=120), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name="fk_group_member_assignment_id_assignment"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_group_member_user_id_user_account"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_group_member"),
        sa.UniqueConstraint(
            "assignment_id", "part", "name", name="uq_group_member_assignment_id_part_name"
        ),
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("check_off_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("media_type", sa.String(length=100), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("stored", sa.String(length=80), nullable=True),
        sa.Column("has_thumbnail", sa.Boolean(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name="fk_evidence_assignment_id_assignment"
        ),
        sa.ForeignKeyConstraint(
            ["check_off_id"], ["check_off.id"], name="fk_evidence_check_off_id_check_off"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_evidence_user_id_user_account"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
    )
    op.create_index("ix_evidence_assignment_id", "evidence", ["assignment_id"])
    op.create_index("ix_evidence_check_off_id", "evidence", ["check_off_id"])

    op.create_table(
        "mention",
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name="fk_mention_comment_id_comment"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outbox_message.id"], name="fk_mention_message_id_outbox_message"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_mention_user_id_user_account"
        ),
        sa.PrimaryKeyConstraint("comment_id", "user_id", name="pk_mention"),
    )
    op.create_index("ix_mention_message_id", "mention", ["message_id"])

    op.create_table(
        "roster_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("detail", sa.String(length=120), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ticked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ticked_by", sa.Integer(), nullable=True),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["link_id"], ["confirm_link.id"], name="fk_roster_item_link_id_confirm_link"
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_roster_item_task_id_task"),
        sa.ForeignKeyConstraint(
            ["ticked_by"], ["user_account.id"], name="fk_roster_item_ticked_by_user_account"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_roster_item_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_roster_item"),
        sa.UniqueConstraint("task_id", "key", name="uq_roster_item_task_id_key"),
    )
    op.create_index(
        "ix_roster_item_task_id_unit_id", "roster_item", ["task_id", "unit_id", "done_at"]
    )

    with op.batch_alter_table("assignment") as table:
        table.add_column(sa.Column("lacking", sa.Integer(), nullable=True))

    with op.batch_alter_table("audit_event") as table:
        table.add_column(sa.Column("hash", sa.String(length=64), nullable=True))

    with op.batch_alter_table("check_off") as table:
        table.add_column(sa.Column("done_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE check_off SET done_at = at")
    with op.batch_alter_table("check_off") as table:
        table.alter_column("done_at", existing_type=sa.DateTime(timezone=True), nullable=False)

    with op.batch_alter_table("duty") as table:
        table.add_column(sa.Column("report_by", sa.Time(), nullable=True))
        table.add_column(
            sa.Column("group_parts", sa.String(length=60), nullable=False, server_default="")
        )

    with op.batch_alter_table("membership") as table:
        table.add_column(sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("duty") as table:
        table.alter_column("group_parts", existing_type=sa.String(length=60), server_default=None)
    _chain()
    with op.batch_alter_table("audit_event") as table:
        table.alter_column("hash", existing_type=sa.String(length=64), nullable=False)
    _only_grows()


def _chain() -> None:
    """Each event's hash covers the one before it; the events that are there get theirs now."""
    event = sa.table(
        "audit_event",
        sa.column("id", sa.Integer),
        sa.column("at", sa.DateTime(timezone=True)),
        sa.column("user_id", sa.Integer),
        sa.column("actor", sa.String),
        sa.column("action", sa.String),
        sa.column("subject", sa.String),
        sa.column("subject_id", sa.Integer),
        sa.column("detail", sa.JSON),
        sa.column("hash", sa.String),
    )
    connection, previous = op.get_bind(), "0" * 64
    for row in connection.execute(sa.select(event).order_by(event.c.id)).all():
        at = row.at.astimezone(UTC) if row.at.tzinfo else row.at.replace(tzinfo=UTC)
        said = [previous, at.isoformat(timespec="microseconds"), row.user_id, row.actor]
        said += [row.action, row.subject, row.subject_id, row.detail]
        canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        previous = hashlib.sha256(canonical.encode()).hexdigest()
        connection.execute(sa.update(event).where(event.c.id == row.id).values(hash=previous))


def _only_grows() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_event_no_{verb.lower()} BEFORE {verb} ON audit_event "
                "BEGIN SELECT RAISE(ABORT, 'audit_event only grows'); END"
            )
        return
    op.execute(_POSTGRES_TRIGGER)
    op.execute(
        "CREATE TRIGGER audit_event_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_event_only_grows()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_event_no_update")
        op.execute("DROP TRIGGER audit_event_no_delete")
    else:
        op.execute("DROP TRIGGER audit_event_only_grows ON audit_event")
        op.execute("DROP FUNCTION audit_event_only_grows")
    with op.batch_alter_table("membership") as table:
        table.drop_column("ends_at")
        table.drop_column("starts_at")

    with op.batch_alter_table("duty") as table:
        table.drop_column("group_parts")
        table.drop_column("report_by")

    with op.batch_alter_table("check_off") as table:
        table.drop_column("done_at")

    with op.batch_alter_table("audit_event") as table:
        table.drop_column("hash")

    with op.batch_alter_table("assignment") as table:
        table.drop_column("lacking")
    op.drop_table("roster_item")
    op.drop_table("mention")
    op.drop_table("evidence")
    op.drop_table("group_member")
    op.drop_table("confirm_link")
    op.drop_table("comment")
    op.drop_table("roster_tally")
    op.drop_table("roster_import")
