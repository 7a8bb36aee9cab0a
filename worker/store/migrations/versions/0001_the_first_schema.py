"""The first schema."""

import sqlalchemy as sa
from alembic import op

from worker.store.schema import Instant

revision = "0001"
down_revision = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("policy_digest", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_subject", "audit", ["subject_kind", "subject_id", "id"], unique=False)

    op.create_table(
        "backfills",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("policy_digest", sa.String(length=64), nullable=False),
        sa.Column("calls", sa.Text(), nullable=False),
        sa.Column("max_create", sa.Integer(), nullable=True),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backfills")),
    )
    op.create_table(
        "budgets",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("tat", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_budgets")),
    )
    op.create_table(
        "cursors",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursors")),
    )
    op.create_table(
        "effects",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("intended_at", Instant(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("policy_digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effects")),
        sa.UniqueConstraint("key", name=op.f("uq_effects_key")),
    )
    op.create_index(
        "ix_effects_open",
        "effects",
        ["subject_kind", "subject_id"],
        unique=False,
        sqlite_where=sa.text("state IN ('intended', 'started')"),
        postgresql_where=sa.text("state IN ('intended', 'started')"),
    )

    op.create_table(
        "escalations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=16), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sightings", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("deadline", Instant(), nullable=True),
        sa.Column("issue_id", sa.String(length=32), nullable=True),
        sa.Column("issue_key", sa.String(length=64), nullable=True),
        sa.Column("adopted", sa.Boolean(), nullable=False),
        sa.Column("adopt_key", sa.String(length=64), nullable=True),
        sa.Column("issue_severity", sa.String(length=16), nullable=True),
        sa.Column("issue_status", sa.String(length=255), nullable=True),
        sa.Column("issue_category", sa.String(length=16), nullable=True),
        sa.Column("issue_resolution", sa.String(length=255), nullable=True),
        sa.Column("issue_assignee", sa.String(length=255), nullable=True),
        sa.Column("issue_priority", sa.String(length=64), nullable=True),
        sa.Column("issue_seen_at", Instant(), nullable=True),
        sa.Column("issue_missing_since", Instant(), nullable=True),
        sa.Column("brief", sa.Text(), nullable=True),
        sa.Column("brief_cut", sa.Boolean(), nullable=False),
        sa.Column("policy_digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalations")),
    )
    op.create_index("ix_escalations_issue_id", "escalations", ["issue_id"], unique=False)

    op.create_table(
        "heartbeats",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("dedupe_key", sa.String(length=255), nullable=False),
        sa.Column("replay_key", sa.String(length=255), nullable=True),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=True),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("consumed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("source", "dedupe_key", name=op.f("uq_inbox_source_dedupe_key")),
        sa.UniqueConstraint("source", "replay_key", name=op.f("uq_inbox_source_replay_key")),
    )
    op.create_index(
        "ix_inbox_pending",
        "inbox",
        ["subject_kind", "subject_id"],
        unique=False,
        sqlite_where=sa.text("consumed_at IS NULL"),
        postgresql_where=sa.text("consumed_at IS NULL"),
    )

    op.create_table(
        "subjects",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("plan_due_at", Instant(), nullable=True),
        sa.Column("write_due_at", Instant(), nullable=True),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("parked_at", Instant(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_subjects")),
    )
    op.create_index(
        "ix_subjects_plan_due",
        "subjects",
        ["kind", "lane", "plan_due_at"],
        unique=False,
        sqlite_where=sa.text("plan_due_at IS NOT NULL"),
        postgresql_where=sa.text("plan_due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_subjects_write_due",
        "subjects",
        ["kind", "lane", "write_due_at"],
        unique=False,
        sqlite_where=sa.text("write_due_at IS NOT NULL"),
        postgresql_where=sa.text("write_due_at IS NOT NULL"),
    )

    op.create_table(
        "tickets",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=True),
        sa.Column("requester_id", sa.BigInteger(), nullable=True),
        sa.Column("snapshot", sa.LargeBinary(), nullable=True),
        sa.Column("read_at", Instant(), nullable=False),
        sa.Column("assessment", sa.Text(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("policy_digest", sa.String(length=64), nullable=True),
        sa.Column("assessed_at", Instant(), nullable=True),
        sa.Column("next_instant", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
    )
    op.create_table(
        "vendors",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("last_success_at", Instant(), nullable=True),
        sa.Column("failing_since", Instant(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", Instant(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("remedy", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_vendors")),
    )
    op.create_table(
        "wakes",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wakes")),
    )
    op.create_table(
        "backfill_tickets",
        sa.Column("plan_id", sa.String(length=64), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=True),
        sa.Column("target", sa.String(length=16), nullable=True),
        sa.Column("severity", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("fed_at", Instant(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["backfills.id"], name=op.f("fk_backfill_tickets_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "ticket_id", name=op.f("pk_backfill_tickets")),
    )
    op.create_index(
        "ix_backfill_tickets_waiting",
        "backfill_tickets",
        ["plan_id", "rank", "ticket_id"],
        unique=False,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )

    op.create_table(
        "clocks",
        sa.Column("escalation_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["escalation_id"], ["escalations.id"], name=op.f("fk_clocks_escalation_id")),
        sa.PrimaryKeyConstraint("escalation_id", "kind", name=op.f("pk_clocks")),
    )
    op.create_index("ix_clocks_due_at", "clocks", ["due_at"], unique=False)

    op.create_table(
        "members",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("escalation_id", sa.String(length=64), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("joined_at", Instant(), nullable=False),
        sa.Column("left_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["escalation_id"], ["escalations.id"], name=op.f("fk_members_escalation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
    )
    op.create_index("ix_members_escalation_id", "members", ["escalation_id"], unique=False)
    op.create_index(
        "uq_members_open",
        "members",
        ["ticket_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )
