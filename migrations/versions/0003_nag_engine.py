"""The nag engine: rules with a lifetime, the working-day calendar, notices folded into one mail,
urges, calendar feeds, personal preferences, and the sender's own state."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rules()
    _notices()
    _urges()
    _people()
    _engine()


def _rules() -> None:
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_calendar_day"),
    )
    with op.batch_alter_table("reminder_rule") as table:
        table.add_column(sa.Column("roles", sa.String(120), nullable=False, server_default=""))
        table.add_column(
            sa.Column("working_days", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        table.add_column(sa.Column("since", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("until", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("plan") as table:
        table.add_column(
            sa.Column("acts_by_mail", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        table.add_column(sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("summary_at", sa.Time(), nullable=True))


def _notices() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("about_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("dropped", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_notice_user_id_user_account"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outbox_message.id"], name="fk_notice_message_id_outbox_message"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("user_id", "kind", "about_id", name="uq_notice_user_id_kind_about_id"),
    )
    op.create_index("ix_notice_message_id", "notice", ["message_id"])
    op.create_index(
        "ix_notice_waiting",
        "notice",
        ["id"],
        postgresql_where=sa.text("message_id IS NULL AND dropped IS NULL"),
        sqlite_where=sa.text("message_id IS NULL AND dropped IS NULL"),
    )
    op.execute(
        "INSERT INTO notice (user_id, kind, about_id, at, message_id, dropped) "
        "SELECT mention.user_id, 'MENTION', mention.comment_id, comment.at, mention.message_id, "
        "NULL FROM mention JOIN comment ON comment.id = mention.comment_id"
    )
    op.execute("UPDATE outbox_message SET kind = 'digest' WHERE kind = 'mention'")
    op.drop_table("mention")
    op.create_table(
        "cutoff_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("earlier", sa.DateTime(), nullable=False),
        sa.Column("later", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_cutoff_move_task_id_task"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_cutoff_move_user_id_user_account"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_cutoff_move"),
    )
    op.create_index("ix_cutoff_move_task_id", "cutoff_move", ["task_id"])


def _urges() -> None:
    op.create_table(
        "urge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_urge_user_id_user_account"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_urge"),
    )
    op.create_table(
        "urged_assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("urge_id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["urge_id"], ["urge.id"], name="fk_urged_assignment_urge_id_urge"),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignment.id"],
            name="fk_urged_assignment_assignment_id_assignment",
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"],
            ["user_account.id"],
            name="fk_urged_assignment_answered_by_user_account",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_urged_assignment"),
        sa.UniqueConstraint("assignment_id", "number", name="uq_urged_assignment_assignment_id_number"),
    )
    op.create_index("ix_urged_assignment_urge_id", "urged_assignment", ["urge_id"])


def _people() -> None:
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_calendar_feed_user_id_user_account"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_calendar_feed_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_feed"),
        sa.UniqueConstraint("token_hash", name="uq_calendar_feed_token_hash"),
    )
    op.create_index("ix_calendar_feed_user_id", "calendar_feed", ["user_id"])
    with op.batch_alter_table("user_account") as table:
        table.add_column(sa.Column("digest_hour", sa.Integer(), nullable=True))
        table.add_column(
            sa.Column(
                "information_paused", sa.Boolean(), nullable=False, server_default=sa.false()
            )
        )


def _engine() -> None:
    op.create_table(
        "relay",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_relay"),
    )
    with op.batch_alter_table("heartbeat") as table:
        table.add_column(sa.Column("leader", sa.String(60), nullable=True))
        table.add_column(sa.Column("doubted_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("outbox_message") as table:
        table.alter_column("user_id", existing_type=sa.Integer(), nullable=True)
        table.add_column(
            sa.Column("channel", sa.String(40), nullable=False, server_default="mail")
        )
        table.add_column(sa.Column("about_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.execute("DELETE FROM outbox_message WHERE user_id IS NULL")
    with op.batch_alter_table("outbox_message") as table:
        table.drop_column("about_id")
        table.drop_column("channel")
        table.alter_column("user_id", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("heartbeat") as table:
        table.drop_column("doubted_at")
        table.drop_column("leader")
    op.drop_table("relay")
    with op.batch_alter_table("user_account") as table:
        table.drop_column("information_paused")
        table.drop_column("digest_hour")
    op.drop_table("calendar_feed")
    op.drop_table("urged_assignment")
    op.drop_table("urge")
    op.drop_table("cutoff_move")
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
    op.execute(
        "INSERT INTO mention (comment_id, user_id, message_id) "
        "SELECT about_id, user_id, message_id FROM notice WHERE kind = 'MENTION'"
    )
    op.drop_table("notice")
    with op.batch_alter_table("plan") as table:
        table.drop_column("summary_at")
        table.drop_column("announced_at")
        table.drop_column("acts_by_mail")
    with op.batch_alter_table("reminder_rule") as table:
        table.drop_column("until")
        table.drop_column("since")
        table.drop_column("working_days")
        table.drop_column("roles")
    op.drop_table("calendar_day")
