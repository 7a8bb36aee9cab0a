"""The results of simulations, and what the pages of backfills are read by."""

import sqlalchemy as sa
from alembic import op

from worker.store.schema import Instant

revision = "0010"
down_revision = "0009"

_COUNTS = ("agree", "disagree", "read_again", "followed_before", "followed_after")
_CALLS = ("team", "before_target", "before_severity", "after_target", "after_severity")


def upgrade() -> None:
    op.create_table(
        "simulations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("policy_digest", sa.String(length=64), nullable=False),
        sa.Column("against", sa.String(length=64), nullable=True),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("tickets", sa.Integer(), nullable=False),
        sa.Column("weeks", sa.Text(), nullable=False),
        sa.Column("criteria", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_simulations")),
    )
    op.create_table(
        "simulated_tickets",
        sa.Column("simulation_id", sa.String(length=32), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("change", sa.String(length=20), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        *(sa.Column(name, sa.String(length=16), nullable=True) for name in _CALLS),
        sa.PrimaryKeyConstraint("simulation_id", "ticket_id", name=op.f("pk_simulated_tickets")),
    )
    op.create_index(
        "ix_simulated_tickets_change", "simulated_tickets", ["simulation_id", "change", "ticket_id"], unique=False
    )
    for name, columns in (
        ("outcome", ["plan_id", "outcome", "settled_at"]),
        ("group", ["plan_id", "action", "target", "severity"]),
        ("rank", ["plan_id", "rank", "ticket_id"]),
    ):
        op.create_index(f"ix_backfill_tickets_{name}", "backfill_tickets", columns, unique=False)
