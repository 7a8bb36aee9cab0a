"""Issues that an escalation is related to, and an index by which the writes of one subject are found."""

import sqlalchemy as sa
from alembic import op

from worker.store.schema import Instant

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "related_issues",
        sa.Column("escalation_id", sa.String(length=64), nullable=False),
        sa.Column("issue_id", sa.String(length=32), nullable=False),
        sa.Column("issue_key", sa.String(length=64), nullable=False),
        sa.Column("relation", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=16), nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["escalation_id"], ["escalations.id"], name=op.f("fk_related_issues_escalation_id")),
        sa.PrimaryKeyConstraint("escalation_id", "issue_id", name=op.f("pk_related_issues")),
    )
    op.create_index("ix_effects_subject", "effects", ["subject_kind", "subject_id"], unique=False)
    # A ticket that has left an escalation has no clock in it.
    op.execute(
        "DELETE FROM clocks WHERE ticket_id <> 0 AND NOT EXISTS (SELECT 1 FROM members WHERE"
        " members.escalation_id = clocks.escalation_id AND members.ticket_id = clocks.ticket_id"
        " AND members.left_at IS NULL)"
    )
