"""Group robots: who wants to be named in a group's reminder.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "user_account",
        sa.Column("named_in_group", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    with op.batch_alter_table("user_account") as table:
        table.alter_column("named_in_group", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("user_account") as table:
        table.drop_column("named_in_group")
