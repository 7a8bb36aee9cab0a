"""Patterns: groups of tickets about one problem, what is kept of each report, and what the desk's past teaches."""

import sqlalchemy as sa
from alembic import op

from worker.store.schema import Instant

revision = "0005"
down_revision = "0003"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "patterns",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("standing", sa.String(length=16), nullable=False),
        sa.Column("announced", sa.String(length=64), nullable=False),
        sa.Column("part_of", sa.String(length=64), nullable=False),
        sa.Column("tickets", sa.Integer(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("by_meaning", sa.Boolean(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.String(length=255), nullable=True),
        sa.Column("decided_reason", sa.Text(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("policy_digest", sa.String(length=64), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patterns")),
    )
    op.create_index("ix_patterns_standing", "patterns", ["standing", "last_at"], unique=False)

    op.create_table(
        "pattern_reports",
        sa.Column("position", _SERIAL, nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("pattern_id", sa.String(length=64), nullable=False),
        sa.Column("customer", sa.String(length=255), nullable=False),
        sa.Column("customer_name", sa.String(length=255), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("member", sa.LargeBinary(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_pattern_reports")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_pattern_reports_ticket_id")),
    )
    op.create_index("ix_pattern_reports_pattern_id", "pattern_reports", ["pattern_id"], unique=False)
    op.create_index("ix_pattern_reports_at", "pattern_reports", ["at"], unique=False)

    op.create_table(
        "pattern_counts",
        sa.Column("field", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("field", "name", name=op.f("pk_pattern_counts")),
    )
    op.add_column("escalations", sa.Column("pattern_id", sa.String(length=64), nullable=True))
    op.add_column("escalations", sa.Column("shown", sa.Text(), nullable=True))
