"""A plan's life: draft, in force, closed, archived; templates; phases under their notice.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("plan") as table:
        table.alter_column(
            "published_at", existing_type=sa.DateTime(timezone=True), nullable=True
        )
        table.add_column(sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(
            sa.Column("is_template", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        table.add_column(
            sa.Column("spans_campuses", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        table.add_column(sa.Column("parent_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("phase", sa.String(length=24), nullable=True))
        table.create_foreign_key(op.f("fk_plan_parent_id_plan"), "plan", ["parent_id"], ["id"])
        table.create_index(op.f("ix_plan_parent_id"), ["parent_id"])
    with op.batch_alter_table("plan") as table:
        for name in ("is_template", "spans_campuses"):
            table.alter_column(name, existing_type=sa.Boolean(), server_default=None)
    op.create_index(op.f("ix_unit_parent_id"), "unit", ["parent_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_unit_parent_id"), "unit")
    op.execute(
        "UPDATE plan SET published_at = CURRENT_TIMESTAMP, archived_at = CURRENT_TIMESTAMP "
        "WHERE published_at IS NULL"
    )
    op.execute(
        "UPDATE plan SET archived_at = closed_at "
        "WHERE closed_at IS NOT NULL AND archived_at IS NULL"
    )
    with op.batch_alter_table("plan") as table:
        table.drop_index(op.f("ix_plan_parent_id"))
        table.drop_constraint(op.f("fk_plan_parent_id_plan"), type_="foreignkey")
        for name in ("phase", "parent_id", "spans_campuses", "is_template", "closed_at"):
            table.drop_column(name)
        table.alter_column(
            "published_at", existing_type=sa.DateTime(timezone=True), nullable=False
        )
