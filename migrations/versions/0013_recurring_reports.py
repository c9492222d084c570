"""Weekly, monthly and open-ended reports of a standing duty; daily ones of a contingency.

Revision ID: 0013
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0009"
branch_labels = None
depends_on = None

_OBSERVATION = "对返校学生进行每日密切观察、体温测量等"
_duties = sa.table(
    "contingency_duty", sa.column("unit_kind"), sa.column("text"), sa.column("cadence")
)


def upgrade() -> None:
    with op.batch_alter_table("duty") as table:
        table.add_column(sa.Column("report_on", sa.Integer(), nullable=True))
        table.add_column(
            sa.Column("open_ended", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    with op.batch_alter_table("duty") as table:
        table.alter_column("open_ended", server_default=None)
    with op.batch_alter_table("contingency_duty") as table:
        table.add_column(
            sa.Column("cadence", sa.String(length=24), server_default="ONCE", nullable=False)
        )
    with op.batch_alter_table("contingency_duty") as table:
        table.alter_column("cadence", server_default=None)
    op.execute(
        sa.update(_duties)
        .where(_duties.c.unit_kind == "college", _duties.c.text == _OBSERVATION)
        .values(cadence="DAILY")
    )


def downgrade() -> None:
    with op.batch_alter_table("contingency_duty") as table:
        table.drop_column("cadence")
    with op.batch_alter_table("duty") as table:
        table.drop_column("open_ended")
        table.drop_column("report_on")
