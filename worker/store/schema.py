"""The tables. Migrations build the same schema; a test proves that the two are equal."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant on both stores; refuses naive values. SQLite keeps text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC, without the zone where the store has none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Aware, in UTC."""
        if value is None:
            return None
        read: datetime = value
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

_SERIAL = BigInteger().with_variant(Integer(), "sqlite")

inbox = Table(
    "inbox",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    Column("source", String(32), nullable=False),
    Column("dedupe_key", String(255), nullable=False),
    Column("replay_key", String(255)),
    Column("subject_kind", String(16), nullable=False),
    Column("subject_id", String(64)),
    Column("lane", Integer, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("body", LargeBinary),
    Column("consumed_at", Instant),
    UniqueConstraint("source", "dedupe_key"),
    UniqueConstraint("source", "replay_key"),
    Index(
        "ix_inbox_pending",
        "subject_kind",
        "subject_id",
        sqlite_where=text("consumed_at IS NULL"),
        postgresql_where=text("consumed_at IS NULL"),
    ),
)

wakes = Table(
    "wakes",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    Column("subject_kind", String(16), nullable=False),
    Column("subject_id", String(64), nullable=False),
    Column("lane", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
)

subjects = Table(
    "subjects",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("lane", Integer, nullable=False),
    Column("plan_due_at", Instant),
    Column("write_due_at", Instant),
    Column("owner", String(64)),
    Column("lease_until", Instant),
    Column("fence", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("parked_at", Instant),
    Column("error", Text),
    Index(
        "ix_subjects_plan_due",
        "kind",
        "lane",
        "plan_due_at",
        sqlite_where=text("plan_due_at IS NOT NULL"),
        postgresql_where=text("plan_due_at IS NOT NULL"),
    ),
    Index(
        "ix_subjects_write_due",
        "kind",
        "lane",
        "write_due_at",
        sqlite_where=text("write_due_at IS NOT NULL"),
        postgresql_where=text("write_due_at IS NOT NULL"),
    ),
    Index(
        "ix_subjects_parked_at",
        "parked_at",
        sqlite_where=text("parked_at IS NOT NULL"),
        postgresql_where=text("parked_at IS NOT NULL"),
    ),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("subject", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("organization_id", BigInteger),
    Column("requester_id", BigInteger),
    Column("snapshot", LargeBinary),
    Column("read_at", Instant, nullable=False),
    Column("assessment", Text),
    Column("decision", Text),
    Column("policy_digest", String(64)),
    Column("assessed_at", Instant),
    Column("next_instant", Instant),
    Column("action", String(16)),
    Column("target", String(16)),
    Column("severity", String(16)),
    Column("opened_at", Instant),
    Index("ix_tickets_action", "action", "assessed_at"),
    Index("ix_tickets_target", "action", "target"),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    Column("ticket_id", BigInteger, nullable=False),
    Column("read_at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("context", LargeBinary, nullable=False),
    Column("escalated", Boolean, nullable=False),
    Column("action", String(16), nullable=False),
    Column("target", String(16)),
    Column("severity", String(16)),
    Column("policy_digest", String(64), nullable=False),
    Index("ix_snapshots_ticket_id", "ticket_id", "id"),
    Index("ix_snapshots_read_at", "read_at"),
)

marks = Table(
    "marks",
    metadata,
    Column("ticket_id", BigInteger, primary_key=True, autoincrement=False),
    Column("opinion", String(16), nullable=False),
    Column("action", String(16), nullable=False),
    Column("target", String(16)),
    Column("severity", String(16)),
    Column("criteria", Text, nullable=False),
    Column("policy_digest", String(64), nullable=False),
    Column("at", Instant, nullable=False),
)

simulations = Table(
    "simulations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("by", String(255), nullable=False),
    Column("policy", Text, nullable=False),
    Column("policy_digest", String(64), nullable=False),
    Column("against", String(64)),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("tickets", Integer, nullable=False),
    Column("weeks", Text, nullable=False),
    Column("criteria", Text, nullable=False),
    Column("agree", Integer, nullable=False),
    Column("disagree", Integer, nullable=False),
    Column("read_again", Integer, nullable=False),
    Column("followed_before", Integer, nullable=False),
    Column("followed_after", Integer, nullable=False),
)

simulated_tickets = Table(
    "simulated_tickets",
    metadata,
    Column("simulation_id", String(32), primary_key=True),
    Column("ticket_id", BigInteger, primary_key=True, autoincrement=False),
    Column("change", String(20), nullable=False),
    Column("week", String(8), nullable=False),
    Column("team", String(16)),
    Column("before_target", String(16)),
    Column("before_severity", String(16)),
    Column("after_target", String(16)),
    Column("after_severity", String(16)),
    Index("ix_simulated_tickets_change", "simulation_id", "change", "ticket_id"),
)

escalations = Table(
    "escalations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("target", String(16), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("sightings", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("deadline", Instant),
    Column("issue_id", String(32)),
    Column("issue_key", String(64)),
    Column("adopted", Boolean, nullable=False),
    Column("adopt_key", String(64)),
    Column("issue_severity", String(16)),
    Column("issue_status", String(255)),
    Column("issue_category", String(16)),
    Column("issue_resolution", String(255)),
    Column("issue_assignee", String(255)),
    Column("issue_priority", String(64)),
    Column("issue_seen_at", Instant),
    Column("issue_missing_since", Instant),
    Column("issue_exposed", Boolean, nullable=False, server_default=false()),
    Column("brief", Text),
    Column("brief_cut", Boolean, nullable=False),
    Column("policy_digest", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("pattern_id", String(64)),
    Column("shown", Text),
    Column("stage", String(16), nullable=False, server_default="opening"),
    Column("stage_at", Instant),
    Column("stage_turn", Integer, nullable=False, server_default="0"),
    Column("stage_mark", String(32)),
    Column("happening", String(32)),
    Column("stage_reasons", Text),
    Column("outcome", String(16)),
    Column("answered_at", Instant),
    Column("heard_until", Instant),
    Column("severity_reasons", Text),
    Column("lower_since", Instant),
    Column("moves", Integer, nullable=False, server_default="0"),
    Column("moving_to", String(16)),
    Column("moving_reasons", Text),
    Column("problem_ticket", BigInteger),
    Index("ix_escalations_issue_id", "issue_id"),
    Index("ix_escalations_state", "state", "created_at"),
)

members = Table(
    "members",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    Column("escalation_id", String(64), ForeignKey("escalations.id"), nullable=False),
    Column("ticket_id", BigInteger, nullable=False),
    Column("joined_at", Instant, nullable=False),
    Column("left_at", Instant),
    Column("moved_to", BigInteger),
    Column("fate", String(16)),
    Column("fate_turn", Integer, nullable=False, server_default="0"),
    Column("fate_other", BigInteger),
    Column("fate_detail", Text),
    Index(
        "uq_members_open",
        "ticket_id",
        unique=True,
        sqlite_where=text("left_at IS NULL"),
        postgresql_where=text("left_at IS NULL"),
    ),
    Index("ix_members_escalation_id", "escalation_id"),
    Index("ix_members_moved_to", "moved_to"),
)

doubts = Table(
    "doubts",
    metadata,
    Column("escalation_id", String(64), ForeignKey("escalations.id"), primary_key=True),
    Column("since", Instant, nullable=False),
    Column("resent_at", Instant),
    Column("sweep_at", Instant),
)

twins = Table(
    "twins",
    metadata,
    Column("escalation_id", String(64), ForeignKey("escalations.id"), primary_key=True),
    Column("issue_id", String(32), primary_key=True),
    Column("issue_key", String(64), nullable=False),
    Column("touched", Boolean, nullable=False),
    Column("exposed", Boolean, nullable=False),
    Column("found_at", Instant, nullable=False),
)

former_issues = Table(
    "former_issues",
    metadata,
    Column("escalation_id", String(64), ForeignKey("escalations.id"), primary_key=True),
    Column("issue_id", String(32), primary_key=True),
    Column("issue_key", String(64), nullable=False),
    Column("target", String(16), nullable=False),
    Column("number", Integer, nullable=False),
    Column("touched", Boolean, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("left_at", Instant, nullable=False),
    Index("ix_former_issues_issue_key", "issue_key"),
)

related_issues = Table(
    "related_issues",
    metadata,
    Column("escalation_id", String(64), ForeignKey("escalations.id"), primary_key=True),
    Column("issue_id", String(32), primary_key=True),
    Column("issue_key", String(64), nullable=False),
    Column("relation", String(16), nullable=False),
    Column("target", String(16), nullable=False),
    Column("found_at", Instant, nullable=False),
)

clocks = Table(
    "clocks",
    metadata,
    Column("escalation_id", String(64), ForeignKey("escalations.id"), primary_key=True),
    Column("ticket_id", BigInteger, primary_key=True, autoincrement=False),
    Column("due_at", Instant),
    Column("overdue_at", Instant),
    Column("reasons", Text, nullable=False),
    Column("set_at", Instant, nullable=False),
    Index("ix_clocks_due_at", "due_at"),
)

snoozes = Table(
    "snoozes",
    metadata,
    Column("escalation_id", String(64), ForeignKey("escalations.id"), primary_key=True),
    Column("ticket_id", BigInteger, primary_key=True, autoincrement=False),
    Column("until", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", String(255), nullable=False),
    Column("set_at", Instant, nullable=False),
)

tidings = Table(
    "tidings",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    Column("escalation_id", String(64), ForeignKey("escalations.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("author", String(255)),
    Column("text", Text, nullable=False),
    UniqueConstraint("escalation_id", "kind", "source_id"),
)

lessons = Table(
    "lessons",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    Column("escalation_id", String(64), ForeignKey("escalations.id"), nullable=False),
    Column("source", String(16), nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("ticket_id", BigInteger),
    Column("text", Text, nullable=False),
    Column("by", String(255), nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("escalation_id", "source", "source_id"),
)

effects = Table(
    "effects",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    Column("key", String(255), nullable=False),
    Column("subject_kind", String(16), nullable=False),
    Column("subject_id", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("looks", Integer, nullable=False),
    Column("intended_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("outcome", Text),
    Column("error", Text),
    Column("policy_digest", String(64), nullable=False),
    UniqueConstraint("key"),
    Index("ix_effects_subject", "subject_kind", "subject_id"),
    Index(
        "ix_effects_open",
        "subject_kind",
        "subject_id",
        sqlite_where=text("state IN ('intended', 'started')"),
        postgresql_where=text("state IN ('intended', 'started')"),
    ),
    Index("ix_effects_finished_at", "finished_at"),
    Index("ix_effects_state", "state", "kind"),
)

budgets = Table(
    "budgets",
    metadata,
    Column("name", String(96), primary_key=True),
    Column("tat", Float, nullable=False),
    Column("capacity", Integer),
    Column("remaining", Integer),
    Column("resets_at", Float),
)

pauses = Table(
    "pauses",
    metadata,
    Column("name", String(96), primary_key=True),
    Column("vendor", String(32), nullable=False),
    Column("since", Float, nullable=False),
    Column("noted_at", Float, nullable=False),
    Column("not_before", Float, nullable=False),
    Column("refusals", Integer, nullable=False),
    Column("logged_at", Float),
)

vendors = Table(
    "vendors",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("target", Text),
    Column("several", Boolean, nullable=False),
    Column("failing_since", Float),
    Column("opened_at", Float),
    Column("not_before", Float),
    Column("trips", Integer, nullable=False),
    Column("detail", Text),
    Column("remedy", Text),
    Column("trouble", String(16)),
    Column("last_success_at", Float),
    Column("noted_at", Float),
    Column("is_told", Boolean, nullable=False),
    Column("probe_until", Float),
    Column("careful_until", Float),
    Column("slot_owner", String(128)),
    Column("slot_until", Float),
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text),
    Column("updated_at", Instant, nullable=False),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("at", Instant, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("subject_kind", String(16), nullable=False),
    Column("subject_id", String(64), nullable=False),
    Column("event", String(32), nullable=False),
    Column("data", Text, nullable=False),
    Column("policy_digest", String(64)),
    Index("ix_audit_subject", "subject_kind", "subject_id", "id"),
    Index("ix_audit_event", "event", "at"),
)

backfills = Table(
    "backfills",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("policy_digest", String(64), nullable=False),
    Column("calls", Text, nullable=False),
    Column("cursor", Text),
    Column("max_create", Integer),
    Column("created", Integer, nullable=False),
    Column("error", Text),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
)

backfill_tickets = Table(
    "backfill_tickets",
    metadata,
    Column("plan_id", String(64), ForeignKey("backfills.id"), primary_key=True),
    Column("ticket_id", BigInteger, primary_key=True, autoincrement=False),
    Column("rank", Integer, nullable=False),
    Column("action", String(16)),
    Column("target", String(16)),
    Column("severity", String(16)),
    Column("reason", Text, nullable=False),
    Column("fed_at", Instant),
    Column("outcome", String(16)),
    Column("settled_at", Instant),
    Index("ix_backfill_tickets_outcome", "plan_id", "outcome", "settled_at"),
    Index("ix_backfill_tickets_group", "plan_id", "action", "target", "severity"),
    Index("ix_backfill_tickets_rank", "plan_id", "rank", "ticket_id"),
    Index(
        "ix_backfill_tickets_waiting",
        "plan_id",
        "rank",
        "ticket_id",
        sqlite_where=text("outcome IS NULL"),
        postgresql_where=text("outcome IS NULL"),
    ),
)

patterns = Table(
    "patterns",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("standing", String(16), nullable=False),
    Column("announced", String(64), nullable=False),
    Column("part_of", String(64), nullable=False),
    Column("tickets", Integer, nullable=False),
    Column("customers", Integer, nullable=False),
    Column("score", Float),
    Column("by_meaning", Boolean, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("explanation", Text),
    Column("decided_by", String(255)),
    Column("decided_reason", Text),
    Column("decided_at", Instant),
    Column("policy_digest", String(64), nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index("ix_patterns_standing", "standing", "last_at"),
)

pattern_reports = Table(
    "pattern_reports",
    metadata,
    Column("position", _SERIAL, primary_key=True),
    Column("ticket_id", BigInteger, nullable=False),
    Column("pattern_id", String(64), nullable=False),
    Column("customer", String(255), nullable=False),
    Column("customer_name", String(255), nullable=False),
    Column("at", Instant, nullable=False),
    Column("member", LargeBinary, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    UniqueConstraint("ticket_id"),
    Index("ix_pattern_reports_pattern_id", "pattern_id"),
    Index("ix_pattern_reports_at", "at"),
)

pattern_counts = Table(
    "pattern_counts",
    metadata,
    Column("field", String(32), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("role", String(16), nullable=False),
    Column("proof", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Index("ix_sessions_created_at", "created_at"),
)
