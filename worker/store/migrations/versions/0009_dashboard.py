"""The dashboard: sessions, what was decided of each ticket as columns, and what reports scan by."""

import sqlalchemy as sa
from alembic import op

from worker.store.schema import Instant

revision = "0009"
down_revision = "0008"

_SQLITE = "json_extract(decision, '$.{name}')"
_POSTGRES = "(decision::json ->> '{name}')"


def upgrade() -> None:
    for name in ("action", "target", "severity"):
        op.add_column("tickets", sa.Column(name, sa.String(length=16), nullable=True))
    op.add_column("tickets", sa.Column("opened_at", Instant(), nullable=True))
    spell = _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRES
    values = ", ".join(f"{name} = {spell.format(name=name)}" for name in ("action", "target", "severity"))
    op.execute(f"UPDATE tickets SET {values} WHERE decision IS NOT NULL")  # noqa: S608 - our own words
    op.create_index("ix_tickets_action", "tickets", ["action", "assessed_at"], unique=False)
    op.create_index("ix_tickets_target", "tickets", ["action", "target"], unique=False)
    op.create_index("ix_audit_event", "audit", ["event", "at"], unique=False)
    op.create_index("ix_effects_finished_at", "effects", ["finished_at"], unique=False)
    op.create_index("ix_effects_state", "effects", ["state", "kind"], unique=False)
    op.create_index(
        "ix_subjects_parked_at",
        "subjects",
        ["parked_at"],
        unique=False,
        sqlite_where=sa.text("parked_at IS NOT NULL"),
        postgresql_where=sa.text("parked_at IS NOT NULL"),
    )
    op.create_index("ix_escalations_state", "escalations", ["state", "created_at"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("proof", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_created_at", "sessions", ["created_at"], unique=False)
