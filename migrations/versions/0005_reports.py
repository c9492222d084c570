"""Reports that are frozen, who reads them, and clusters of colleges.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_POSTGRES_FUNCTION = """
CREATE FUNCTION report_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'report never changes'; END $$
"""


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("settled", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("overdue", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("audit_head", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_report_plan_id_plan")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_report_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("plan_id", "due_on", name=op.f("uq_report_plan_id_due_on")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_report_plan_id_number")),
    )
    op.create_table(
        "report_reader",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_report_reader_plan_id_plan")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_report_reader_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("plan_id", "user_id", name=op.f("pk_report_reader")),
    )
    op.add_column("plan", sa.Column("report_at", sa.Time(), nullable=True))
    op.add_column("unit", sa.Column("cluster", sa.String(length=60), nullable=True))
    op.add_column("unit", sa.Column("cluster_en", sa.String(length=60), nullable=True))
    _never_changes()


def _never_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER report_no_{verb.lower()} BEFORE {verb} ON report "
                "BEGIN SELECT RAISE(ABORT, 'report never changes'); END"
            )
        return
    op.execute(_POSTGRES_FUNCTION)
    op.execute(
        "CREATE TRIGGER report_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON report "
        "FOR EACH STATEMENT EXECUTE FUNCTION report_never_changes()"
    )


def downgrade() -> None:
    for name in ("cluster_en", "cluster"):
        with op.batch_alter_table("unit") as table:
            table.drop_column(name)
    with op.batch_alter_table("plan") as table:
        table.drop_column("report_at")
    op.drop_table("report_reader")
    op.drop_table("report")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION report_never_changes")
