"""Contingencies are started, logged and stood down; one care record per student in difficulty.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name)


def upgrade() -> None:
    op.create_table(
        "contingency_duty",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contingency_id", sa.Integer(), nullable=False),
        sa.Column("branch", sa.String(length=24), nullable=True),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("unit_kind", sa.String(length=24), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        _reference("contingency_duty", "contingency_id", "contingency"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contingency_duty")),
        sa.UniqueConstraint(
            *("contingency_id", "branch", "step", "unit_kind"),
            name=op.f("uq_contingency_duty_contingency_id_branch_step_unit_kind"),
        ),
    )
    _activations()
    op.create_table(
        "care_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("roster_item_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("help", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("updated_by", sa.Integer(), nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _reference("care_record", "roster_item_id", "roster_item"),
        _reference("care_record", "unit_id", "unit"),
        _reference("care_record", "updated_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_record")),
        sa.UniqueConstraint(
            *("roster_item_id", "unit_id"), name=op.f("uq_care_record_roster_item_id_unit_id")
        ),
    )


def _activations() -> None:
    op.create_table(
        "activation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contingency_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("branch", sa.String(length=24), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_drill", sa.Boolean(), nullable=False),
        sa.Column("started_by", sa.Integer(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("stood_down_by", sa.Integer(), nullable=True),
        sa.Column("stood_down_at", INSTANT, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        _reference("activation", "contingency_id", "contingency"),
        _reference("activation", "plan_id", "plan"),
        _reference("activation", "started_by", "user_account"),
        _reference("activation", "stood_down_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activation")),
        sa.UniqueConstraint("plan_id", name=op.f("uq_activation_plan_id")),
    )
    op.create_index(
        "ix_activation_active",
        "activation",
        ["contingency_id", "is_drill"],
        unique=True,
        sqlite_where=sa.text("stood_down_at IS NULL"),
        postgresql_where=sa.text("stood_down_at IS NULL"),
    )
    op.create_table(
        "activation_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activation_id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _reference("activation_entry", "activation_id", "activation"),
        _reference("activation_entry", "user_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activation_entry")),
    )
    op.create_index(op.f("ix_activation_entry_activation_id"), "activation_entry", ["activation_id"])


def downgrade() -> None:
    for table in ("care_record", "activation_entry", "activation", "contingency_duty"):
        op.drop_table(table)
