"""Creates that were once uncertain, issues that were stood down, and issues outside their security level."""

import sqlalchemy as sa
from alembic import op

from worker.store.schema import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds both tables and the column."""
    op.create_table(
        "doubts",
        sa.Column("escalation_id", sa.String(64), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("resent_at", Instant(), nullable=True),
        sa.Column("sweep_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["escalation_id"], ["escalations.id"], name="fk_doubts_escalation_id"),
        sa.PrimaryKeyConstraint("escalation_id", name="pk_doubts"),
    )
    op.create_table(
        "twins",
        sa.Column("escalation_id", sa.String(64), nullable=False),
        sa.Column("issue_id", sa.String(32), nullable=False),
        sa.Column("issue_key", sa.String(64), nullable=False),
        sa.Column("touched", sa.Boolean(), nullable=False),
        sa.Column("exposed", sa.Boolean(), nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["escalation_id"], ["escalations.id"], name="fk_twins_escalation_id"),
        sa.PrimaryKeyConstraint("escalation_id", "issue_id", name="pk_twins"),
    )
    with op.batch_alter_table("escalations") as table:
        table.add_column(sa.Column("issue_exposed", sa.Boolean(), nullable=False, server_default=sa.false()))
