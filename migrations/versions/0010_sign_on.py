"""The campus's own sign-on, second factors, and what is known of a session.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("user_account") as table:
        table.add_column(sa.Column("staff_number", sa.String(length=40), nullable=True))
        table.add_column(sa.Column("password_until", sa.DateTime(timezone=True), nullable=True))
        table.create_unique_constraint(op.f("uq_user_account_staff_number"), ["staff_number"])
    op.execute("DELETE FROM user_session")  # Whoever is signed in signs in once more.
    with op.batch_alter_table("user_session") as table:
        table.add_column(sa.Column("way", sa.String(length=24), nullable=False))
        table.add_column(sa.Column("device", sa.String(length=60), nullable=False))
        table.add_column(sa.Column("waits_for", sa.String(length=24), nullable=True))
    op.create_table(
        "second_factor",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_second_factor_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_recovery_code_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_user_id"), "recovery_code", ["user_id"])


def downgrade() -> None:
    op.drop_table("recovery_code")
    op.drop_table("second_factor")
    op.execute("DELETE FROM user_session")  # One that waits for a code must not become a whole one.
    with op.batch_alter_table("user_session") as table:
        for name in ("waits_for", "device", "way"):
            table.drop_column(name)
    with op.batch_alter_table("user_account") as table:
        table.drop_constraint(op.f("uq_user_account_staff_number"), type_="unique")
        table.drop_column("password_until")
        table.drop_column("staff_number")
