"""The life of an escalation: its stage, clocks for each customer, snoozes, tidings from the team, and lessons."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from worker.store.schema import Instant

revision = "0006"
down_revision = "0005"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_COLUMNS: tuple[sa.Column[Any], ...] = (
    sa.Column("stage", sa.String(length=16), nullable=False, server_default="opening"),
    sa.Column("stage_at", Instant(), nullable=True),
    sa.Column("stage_turn", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("stage_mark", sa.String(length=32), nullable=True),
    sa.Column("happening", sa.String(length=32), nullable=True),
    sa.Column("stage_reasons", sa.Text(), nullable=True),
    sa.Column("outcome", sa.String(length=16), nullable=True),
    sa.Column("answered_at", Instant(), nullable=True),
    sa.Column("heard_until", Instant(), nullable=True),
    sa.Column("severity_reasons", sa.Text(), nullable=True),
    sa.Column("lower_since", Instant(), nullable=True),
)


def upgrade() -> None:
    for column in _COLUMNS:
        op.add_column("escalations", column)
    op.execute("UPDATE escalations SET stage = 'active', stage_at = updated_at WHERE issue_id IS NOT NULL")
    op.execute("UPDATE escalations SET stage = 'closed', stage_at = closed_at WHERE state = 'closed'")
    # The clocks of before were never read; they start anew with the next look at their escalations.
    op.drop_table("clocks")
    op.create_table(
        "clocks",
        sa.Column("escalation_id", sa.String(length=64), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("overdue_at", Instant(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["escalation_id"], ["escalations.id"], name=op.f("fk_clocks_escalation_id")),
        sa.PrimaryKeyConstraint("escalation_id", "ticket_id", name=op.f("pk_clocks")),
    )
    op.create_index("ix_clocks_due_at", "clocks", ["due_at"], unique=False)
    op.create_table(
        "snoozes",
        sa.Column("escalation_id", sa.String(length=64), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["escalation_id"], ["escalations.id"], name=op.f("fk_snoozes_escalation_id")),
        sa.PrimaryKeyConstraint("escalation_id", "ticket_id", name=op.f("pk_snoozes")),
    )
    op.create_table(
        "tidings",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("escalation_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("author", sa.String(length=255), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["escalation_id"], ["escalations.id"], name=op.f("fk_tidings_escalation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tidings")),
        sa.UniqueConstraint(
            "escalation_id", "kind", "source_id", name=op.f("uq_tidings_escalation_id_kind_source_id")
        ),
    )
    op.create_table(
        "lessons",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("escalation_id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["escalation_id"], ["escalations.id"], name=op.f("fk_lessons_escalation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lessons")),
        sa.UniqueConstraint(
            "escalation_id", "source", "source_id", name=op.f("uq_lessons_escalation_id_source_source_id")
        ),
    )
