"""Fates of tickets: what became of each ticket of an escalation, and where a merged one went.

Revision ID: 0004
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Brings an older database to this version."""
    with op.batch_alter_table("members") as batch:
        batch.add_column(sa.Column("moved_to", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("fate", sa.String(length=16), nullable=True))
        batch.add_column(sa.Column("fate_turn", sa.Integer(), server_default="0", nullable=False))
        batch.add_column(sa.Column("fate_other", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("fate_detail", sa.Text(), nullable=True))
        batch.create_index("ix_members_moved_to", ["moved_to"], unique=False)
