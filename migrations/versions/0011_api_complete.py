"""The API complete: scopes, ends and use of tokens, first answers, webhooks.

Revision ID: 0011
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _widen_tokens()
    op.create_table(
        "first_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_first_answer_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_first_answer")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_first_answer_user_id_key")),
    )
    op.create_index(op.f("ix_first_answer_created_at"), "first_answer", ["created_at"])
    _create_webhooks()


def _widen_tokens() -> None:
    """A token that is there keeps its full rights (`scopes` is null) and has never been used as
    far as anybody knows."""
    with op.batch_alter_table("api_token") as table:
        table.add_column(
            sa.Column("name", sa.String(length=120), server_default="", nullable=False)
        )
        table.add_column(sa.Column("scopes", sa.String(length=120), nullable=True))
        table.add_column(sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("api_token") as table:
        table.alter_column("name", existing_type=sa.String(length=120), server_default=None)
    op.create_table(
        "api_usage",
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("window", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["token_id"], ["api_token.id"], name=op.f("fk_api_usage_token_id_api_token")
        ),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_api_usage")),
    )
    op.execute("INSERT INTO api_usage (token_id, taken) SELECT id, 0 FROM api_token")


def _create_webhooks() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("enabled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_event_id", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("outages", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_webhook_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_table(
        "hook_delivery",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("webhook_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["audit_event.id"], name=op.f("fk_hook_delivery_event_id_audit_event")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["outbox_message.id"],
            name=op.f("fk_hook_delivery_message_id_outbox_message"),
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"], name=op.f("fk_hook_delivery_webhook_id_webhook")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_hook_delivery")),
    )
    op.create_index(op.f("ix_hook_delivery_webhook_id"), "hook_delivery", ["webhook_id"])


def downgrade() -> None:
    """Events on their way go with the hooks: nothing of before could deliver them."""
    op.drop_index(op.f("ix_hook_delivery_webhook_id"), table_name="hook_delivery")
    op.drop_table("hook_delivery")
    op.drop_table("webhook")
    hooks = "SELECT id FROM outbox_message WHERE channel = 'webhook'"
    op.execute(f"DELETE FROM delivery_attempt WHERE message_id IN ({hooks})")
    op.execute("DELETE FROM outbox_message WHERE channel = 'webhook'")
    op.execute("DELETE FROM notice WHERE kind = 'HOOK_OFF'")
    op.drop_index(op.f("ix_first_answer_created_at"), table_name="first_answer")
    op.drop_table("first_answer")
    op.drop_table("api_usage")
    op.execute(
        "UPDATE api_token SET revoked_at = CURRENT_TIMESTAMP "
        "WHERE revoked_at IS NULL AND (scopes IS NOT NULL OR expires_at IS NOT NULL)"
    )
    with op.batch_alter_table("api_token") as table:
        for name in ("expires_at", "scopes", "name"):
            table.drop_column(name)
