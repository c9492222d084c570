"""Weekly, monthly and open-ended reports of a standing duty; daily ones of a contingency, and the
colleges that it concerns; what an amended notice changed of a duty.

Revision ID: 0013
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_OBSERVATION = "对返校学生进行每日密切观察、体温测量等"
_duties = sa.table(
    "contingency_duty", sa.column("unit_kind"), sa.column("text"), sa.column("cadence")
)


def upgrade() -> None:
    _recurring()
    op.create_table(
        "duty_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("duty_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["duty_id"], ["duty.id"], name=op.f("fk_duty_change_duty_id_duty")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_change")),
    )
    op.create_index(op.f("ix_duty_change_duty_id"), "duty_change", ["duty_id"])
    op.create_table(
        "plan_unit",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_unit_plan_id_plan")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_plan_unit_unit_id_unit")),
        sa.PrimaryKeyConstraint("plan_id", "unit_id", name=op.f("pk_plan_unit")),
    )
    op.create_index(op.f("ix_plan_unit_unit_id"), "plan_unit", ["unit_id"])
    with op.batch_alter_table("assignment") as table:
        table.add_column(sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True))


def _recurring() -> None:
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
    with op.batch_alter_table("assignment") as table:
        table.drop_column("looked_at")
    op.drop_table("plan_unit")
    op.drop_table("duty_change")
    with op.batch_alter_table("contingency_duty") as table:
        table.drop_column("cadence")
    with op.batch_alter_table("duty") as table:
        table.drop_column("open_ended")
        table.drop_column("report_on")
