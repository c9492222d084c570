"""Key dates of the term; the directory of services and what units ask of them.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_term()
    _create_services()


def _create_term() -> None:
    op.create_table(
        "term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("source_en", sa.String(length=200), nullable=False),
        sa.Column("opens", sa.Date(), nullable=False),
        sa.Column("closes", sa.Date(), nullable=False),
        sa.Column("results_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term")),
        sa.UniqueConstraint("code", name=op.f("uq_term_code")),
    )
    op.create_table(
        "term_date",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=24), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("standard_text", sa.Text(), nullable=False),
        sa.Column("standard_text_en", sa.Text(), nullable=False),
        sa.Column("own_text", sa.Text(), nullable=False),
        sa.Column("own_text_en", sa.Text(), nullable=False),
        sa.Column("standard_opens", sa.Date(), nullable=True),
        sa.Column("standard_closes", sa.Date(), nullable=True),
        sa.Column("own_opens", sa.Date(), nullable=True),
        sa.Column("own_closes", sa.Date(), nullable=True),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name=op.f("fk_term_date_term_id_term")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_date")),
        sa.UniqueConstraint("term_id", "item", name=op.f("uq_term_date_term_id_item")),
    )
    op.create_table(
        "term_reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("term_date_id", sa.Integer(), nullable=False),
        sa.Column("edge", sa.String(length=24), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ahead", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["term_date_id"], ["term_date.id"], name=op.f("fk_term_reminder_term_date_id_term_date")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_reminder")),
        sa.UniqueConstraint(
            "term_date_id", "edge", "day", "ahead", name=op.f("uq_term_reminder_term_date_id_edge_day_ahead")
        ),
    )


def _create_services() -> None:
    op.create_table(
        "service_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.String(length=200), nullable=False)
            for name in ("title", "title_en", "helps", "helps_en", "contact", "contact_en")
        ),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_entry")),
        sa.UniqueConstraint("number", name=op.f("uq_service_entry_number")),
    )
    op.create_table(
        "service_task",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service_entry.id"], name=op.f("fk_service_task_service_id_service_entry")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_service_task_task_id_task")),
        sa.PrimaryKeyConstraint("service_id", "task_id", name=op.f("pk_service_task")),
    )
    op.create_index(op.f("ix_service_task_task_id"), "service_task", ["task_id"])
    _create_requests()


def _create_requests() -> None:
    op.create_table(
        "service_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("course", sa.String(length=120), nullable=False),
        sa.Column("teacher", sa.String(length=120), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service_entry.id"],
            name=op.f("fk_service_request_service_id_service_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_service_request_unit_id_unit")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_service_request_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"],
            ["user_account.id"],
            name=op.f("fk_service_request_answered_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request")),
    )
    op.create_index(op.f("ix_service_request_service_id"), "service_request", ["service_id"])
    op.create_index(op.f("ix_service_request_unit_id"), "service_request", ["unit_id"])


def downgrade() -> None:
    for table in (
        "service_request",
        "service_task",
        "service_entry",
        "term_reminder",
        "term_date",
        "term",
    ):
        op.drop_table(table)
    op.execute("DELETE FROM notice WHERE kind = 'TERM_DATE'")
