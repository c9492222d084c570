"""Weekly, monthly and open-ended reports of a standing duty.

Revision ID: 0013
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("duty") as table:
        table.add_column(sa.Column("report_on", sa.Integer(), nullable=True))
        table.add_column(
            sa.Column("open_ended", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    with op.batch_alter_table("duty") as table:
        table.alter_column("open_ended", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("duty") as table:
        table.drop_column("open_ended")
        table.drop_column("report_on")
