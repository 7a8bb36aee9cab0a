"""Limits, waits and outages that all workers on the database share.

Both tables held nothing that outlives a few minutes, so they are made anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0004"


def upgrade() -> None:
    op.drop_table("budgets")
    op.drop_table("vendors")
    op.create_table(
        "budgets",
        sa.Column("name", sa.String(length=96), nullable=False),
        sa.Column("tat", sa.Float(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("remaining", sa.Integer(), nullable=True),
        sa.Column("resets_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_budgets")),
    )
    op.create_table(
        "pauses",
        sa.Column("name", sa.String(length=96), nullable=False),
        sa.Column("vendor", sa.String(length=32), nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
        sa.Column("noted_at", sa.Float(), nullable=False),
        sa.Column("not_before", sa.Float(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("logged_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pauses")),
    )
    op.create_table(
        "vendors",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("several", sa.Boolean(), nullable=False),
        sa.Column("failing_since", sa.Float(), nullable=True),
        sa.Column("opened_at", sa.Float(), nullable=True),
        sa.Column("not_before", sa.Float(), nullable=True),
        sa.Column("trips", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("remedy", sa.Text(), nullable=True),
        sa.Column("trouble", sa.String(length=16), nullable=True),
        sa.Column("last_success_at", sa.Float(), nullable=True),
        sa.Column("noted_at", sa.Float(), nullable=True),
        sa.Column("is_told", sa.Boolean(), nullable=False),
        sa.Column("probe_until", sa.Float(), nullable=True),
        sa.Column("careful_until", sa.Float(), nullable=True),
        sa.Column("slot_owner", sa.String(length=128), nullable=True),
        sa.Column("slot_until", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_vendors")),
    )
