"""Changes of target: the next one of an escalation, and the issues that it left behind; problem tickets."""

import sqlalchemy as sa
from alembic import op

from worker.store.schema import Instant

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("escalations", sa.Column("moves", sa.Integer(), server_default="0", nullable=False))
    op.add_column("escalations", sa.Column("moving_to", sa.String(length=16), nullable=True))
    op.add_column("escalations", sa.Column("moving_reasons", sa.Text(), nullable=True))
    op.add_column("escalations", sa.Column("problem_ticket", sa.BigInteger(), nullable=True))
    op.create_table(
        "former_issues",
        sa.Column("escalation_id", sa.String(length=64), nullable=False),
        sa.Column("issue_id", sa.String(length=32), nullable=False),
        sa.Column("issue_key", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("touched", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("left_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["escalation_id"], ["escalations.id"], name=op.f("fk_former_issues_escalation_id")),
        sa.PrimaryKeyConstraint("escalation_id", "issue_id", name=op.f("pk_former_issues")),
    )
    op.create_index("ix_former_issues_issue_key", "former_issues", ["issue_key"], unique=False)
