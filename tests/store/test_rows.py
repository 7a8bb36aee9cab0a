"""Inbox, effects, budgets, vendors: what is kept once, and what has an exit."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import NOW
from worker.store.budgets import Budget, take_token
from worker.store.database import Database, DatabaseProblem
from worker.store.effects import (
    EffectState,
    Intent,
    add_intents,
    finish_effect,
    list_effects,
    list_open,
    reject_effect,
    return_effect,
    start_effect,
)
from worker.store.inbox import InboxRow, add_rows, consume_events, count_pending, list_pending
from worker.store.subjects import Due, Lane, SubjectKind, claim_subjects
from worker.store.vendors import note_failure, note_success, read_vendors


def make_row(key: str, *, subject: str | None = "7", replay: str | None = None) -> InboxRow:
    return InboxRow(
        source="zendesk.webhook",
        dedupe_key=key,
        replay_key=replay,
        subject_kind=SubjectKind.TICKET,
        subject_id=subject,
        lane=Lane.LIVE,
        received_at=NOW,
    )


def test_a_delivery_counts_once_by_either_key(database: Database) -> None:
    with database.transaction() as connection:
        assert add_rows(connection, [make_row("a", replay="x"), make_row("b", replay="y")]) == 2
        assert add_rows(connection, [make_row("a", replay="z"), make_row("c", replay="x")]) == 0
        assert count_pending(connection) == (2, NOW)


def test_pending_events_are_consumed_together(database: Database) -> None:
    with database.transaction() as connection:
        add_rows(connection, [make_row("a"), make_row("b"), make_row("c", subject="8")])
        events = list_pending(connection, SubjectKind.TICKET, ["7", "8", "9"])
        assert [len(events[name]) for name in ("7", "8", "9")] == [2, 1, 0]
        consume_events(connection, [event.id for event in events["7"]], NOW)
        assert list_pending(connection, SubjectKind.TICKET, ["7"])["7"] == ()


def test_a_row_without_a_subject_wakes_nobody(database: Database) -> None:
    with database.transaction() as connection:
        assert add_rows(connection, [make_row("a", subject=None)]) == 1
        assert count_pending(connection) == (0, None)
        claimed = claim_subjects(
            connection, SubjectKind.TICKET, Due.PLAN, owner="a", now=NOW, lease=timedelta(1), limit=9
        )
    assert claimed == ()


def test_an_intent_is_kept_once_and_a_rejected_one_revives(database: Database) -> None:
    def intend(payload: str) -> int:
        intents = [Intent(key="note:1", kind="ticket.update", payload=payload)]
        return add_intents(connection, SubjectKind.TICKET, "7", intents, policy_digest="d", now=NOW)

    with database.transaction() as connection:
        assert intend("one") == 1
        assert intend("two") == 0
        (row,) = list_open(connection, SubjectKind.TICKET, "7")
        assert (row.payload, row.state, row.attempts) == ("one", EffectState.INTENDED, 0)
        start_effect(connection, row.id, NOW)
        assert intend("three") == 0
        reject_effect(connection, row.id, error="no", now=NOW)
        assert list_open(connection, SubjectKind.TICKET, "7") == ()
        assert intend("four") == 1
        (row,) = list_open(connection, SubjectKind.TICKET, "7")
        assert (row.payload, row.attempts) == ("four", 1)
        finish_effect(connection, row.id, outcome="{}", now=NOW)
        assert intend("five") == 0
        (row,) = list_effects(connection, SubjectKind.TICKET, "7")
        assert row.state is EffectState.DONE


def test_a_request_that_was_not_sent_is_an_intent_again(database: Database) -> None:
    with database.transaction() as connection:
        add_intents(
            connection,
            SubjectKind.TICKET,
            "7",
            [Intent(key="k", kind="ticket.tag", payload="{}")],
            policy_digest="d",
            now=NOW,
        )
        (row,) = list_open(connection, SubjectKind.TICKET, "7")
        start_effect(connection, row.id, NOW)
        assert list_open(connection, SubjectKind.TICKET, "7")[0].state is EffectState.STARTED
        return_effect(connection, row.id, error="refused")
        assert list_open(connection, SubjectKind.TICKET, "7")[0].state is EffectState.INTENDED


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gaps=st.lists(st.floats(0, 30), min_size=1, max_size=60), count=st.integers(1, 40), burst=st.integers(1, 9))
def test_a_budget_is_never_exceeded(database: Database, gaps: list[float], count: int, burst: int) -> None:
    budget = Budget(name=f"{gaps!r}{count}{burst}"[:60], count=count, period_s=60, burst=burst)
    now, granted = NOW, []
    for gap in gaps:
        now += timedelta(seconds=gap)
        with database.transaction() as connection:
            if take_token(connection, budget, now) == 0.0:
                granted.append(now)
    for number, start in enumerate(granted):
        window = [at for at in granted[number:] if at <= start + timedelta(seconds=60)]
        assert len(window) <= count + burst
    with database.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM budgets")


def test_an_empty_budget_says_how_long_to_wait(database: Database) -> None:
    budget = Budget(name="b", count=10, period_s=60, burst=1)
    with database.transaction() as connection:
        assert take_token(connection, budget, NOW) == 0.0
        assert take_token(connection, budget, NOW) == pytest.approx(6.0)
        assert take_token(connection, budget, NOW + timedelta(seconds=6)) == 0.0


def test_a_failing_vendor_is_tried_ever_less_often_and_obeyed(database: Database) -> None:
    def fail(now: datetime, retry_after_s: float | None = None) -> float:
        until = note_failure(connection, "jira", detail="away", remedy="wait", retry_after_s=retry_after_s, now=now)
        return (until - now).total_seconds()

    with database.transaction() as connection:
        assert [fail(NOW) for _ in range(4)] == [1, 2, 4, 8]
        assert fail(NOW, retry_after_s=1847) == 1847
        assert max(fail(NOW) for _ in range(9)) == 300
        assert read_vendors(connection)["jira"].failing_since == NOW
        note_success(connection, "jira", NOW + timedelta(hours=1))
        assert read_vendors(connection)["jira"].failing_since is None
        assert fail(NOW) == 1


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://h/d", "nonsense"])
def test_an_unusable_database_is_told_with_what_to_write(url: str) -> None:
    with pytest.raises(DatabaseProblem, match="sqlite:///"):
        Database(url)
