"""Inbox, effects, budgets, vendors: what is kept once, and what has an exit."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import NOW
from worker.core.limits import Limit
from worker.store.budgets import Draw, forget_full, read_levels, take_tokens
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
@given(gaps=st.lists(st.floats(0, 30), min_size=1, max_size=60), count=st.integers(1, 40))
def test_a_budget_is_never_exceeded(database: Database, gaps: list[float], count: int) -> None:
    limit = Limit(count=count, period_s=60)
    with database.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM budgets")
    now, granted = NOW.timestamp(), []
    for gap in gaps:
        now += gap
        with database.transaction() as connection:
            if take_tokens(connection, [Draw(name="b", family="b", limit=limit)], part=1.0, clock=now) == 0.0:
                granted.append(now)
    for number, start in enumerate(granted):
        assert len([at for at in granted[number:] if at <= start + 60]) <= count


def test_draws_are_all_taken_or_none(database: Database) -> None:
    wide = Draw(name="wide", family="wide", limit=Limit(count=100, period_s=60))
    narrow = Draw(name="narrow:7", family="narrow", limit=Limit(count=1, period_s=60))
    clock = NOW.timestamp()
    with database.transaction() as connection:
        assert take_tokens(connection, [wide, narrow], part=1.0, clock=clock) == 0.0
        before = read_levels(connection)
        assert take_tokens(connection, [wide, narrow], part=1.0, clock=clock) == pytest.approx(63.0)
        assert read_levels(connection) == before
        assert take_tokens(connection, [wide, narrow], part=1.0, clock=clock + 63.001) == 0.0
        forget_full(connection, clock + 9999)
        assert set(read_levels(connection)) == {"wide", "narrow"}


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://h/d", "nonsense"])
def test_an_unusable_database_is_told_with_what_to_write(url: str) -> None:
    with pytest.raises(DatabaseProblem, match="sqlite:///"):
        Database(url)
