"""The rate of alarms: what counts, what a person's word changes, and that it can be read back."""

from datetime import UTC, datetime, timedelta

from mappings.loader import load_policy
from worker.core.patterns.report import Group
from worker.store.database import Database
from worker.store.pattern_rates import keep_rate, read_rate
from worker.store.patterns import PatternRow, PatternStanding, drop_pattern, read_pattern, save_pattern

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def make_row(name: str, standing: PatternStanding, score: float | None, *, days: float = 1.0) -> PatternRow:
    at = NOW - timedelta(days=days)
    return PatternRow(
        id=name,
        standing=standing,
        group=Group(id=name),
        tickets=3,
        customers=3,
        score=score,
        by_meaning=True,
        first_at=at,
        last_at=at,
        explanation=None,
        decided_by=None,
        decided_reason=None,
        decided_at=None,
        policy_digest="d",
    )


def test_only_what_nobody_confirmed_and_happened_lately_counts(database: Database) -> None:
    rows = (
        make_row("1", PatternStanding.RAISED, 0.9), make_row("2", PatternStanding.CONFIRMED, 0.9),
        make_row("3", PatternStanding.RAISED, 0.9, days=200), make_row("4", PatternStanding.FORMING, None),
    )  # fmt: skip
    with database.transaction() as connection:
        assert read_rate(connection) is None
        for row in rows:
            save_pattern(connection, row, NOW)
        keep_rate(connection, load_policy().patterns, NOW)
        rate = read_rate(connection)
    assert rate is not None
    assert (rate.raised, rate.reports, rate.per_thousand, rate.suggested) == (1, 0, None, None)
    assert rate.limit == load_policy().patterns.lanes.raises.by_meaning


def test_a_pattern_without_tickets_is_forgotten(database: Database) -> None:
    with database.transaction() as connection:
        save_pattern(connection, make_row("1", PatternStanding.FORMING, None), NOW)
        drop_pattern(connection, "1")
        assert read_pattern(connection, "1") is None
