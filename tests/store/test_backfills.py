"""Backfill plans in rows: what a plan keeps, the order of its run, and a cap that holds under contention."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.conftest import NOW
from worker.core.assessment import Severity, Target
from worker.core.decision import Action
from worker.store.backfill_runs import (
    CapReached,
    Outcome,
    count_outcomes,
    feed_tickets,
    find_last_settled,
    is_draining,
    is_writing,
    settle_planned,
    take_creation,
)
from worker.store.backfills import (
    CREATING,
    Backfill,
    BackfillState,
    PlannedTicket,
    VendorCalls,
    add_backfill,
    add_planned,
    count_groups,
    list_backfills,
    list_planned,
    list_ticket_ids,
    move_backfill,
    read_backfill,
    read_planned,
)
from worker.store.database import Database
from worker.store.inbox import list_pending
from worker.store.subjects import Due, Lane, SubjectKind, claim_subjects, insert_wakes, park_subject

PLAN = Backfill(
    id="p1",
    state=BackfillState.PLANNED,
    since=NOW - timedelta(days=9),
    until=NOW,
    policy_digest="d",
    created_at=NOW,
    calls=VendorCalls(plan_exports=2, run_reads=7, run_s=1.5),
)


def make_row(
    ticket_id: int, action: Action | None = Action.OPEN, severity: Severity | None = Severity.HIGH
) -> PlannedTicket:
    target = Target.ENGINEERING if action in CREATING else None
    return PlannedTicket(ticket_id=ticket_id, action=action, target=target, severity=severity, reason="because")


def store(database: Database, *rows: PlannedTicket, plan: Backfill = PLAN) -> None:
    with database.transaction() as connection:
        add_backfill(connection, plan)
        add_planned(connection, plan.id, rows)


def test_a_plan_is_read_as_it_was_written(database: Database) -> None:
    store(database)
    other = Backfill(
        id="p2",
        state=BackfillState.CANCELLED,
        since=NOW,
        until=NOW,
        policy_digest="e",
        created_at=NOW + timedelta(1),
        max_create=4,
        error="no",
        started_at=NOW,
        finished_at=NOW,
    )
    with database.transaction() as connection:
        add_backfill(connection, other)
        assert list_backfills(connection) == (other, PLAN)
        assert read_backfill(connection, "p3") is None


def test_saving_a_plan_leaves_the_count_to_the_tickets(database: Database) -> None:
    store(database)
    with database.transaction() as connection:
        take_creation(connection, "p1", capped=True)
        move_backfill(connection, PLAN, away_from=tuple(BackfillState))
        found = read_backfill(connection, "p1")
    assert found is not None
    assert found.created == 1


def test_the_last_reading_of_a_ticket_counts(database: Database) -> None:
    store(database, make_row(7), make_row(8, Action.STAY, None), make_row(9, None, None))
    with database.transaction() as connection:
        add_planned(connection, "p1", [make_row(7, Action.WATCH, Severity.MEDIUM)])
        assert read_planned(connection, "p1", [7]) == (make_row(7, Action.WATCH, Severity.MEDIUM),)
        groups = {(group.action, group.tickets) for group in count_groups(connection, "p1")}
        assert list_ticket_ids(connection, "p1") == (7, 8, 9)
    assert groups == {(Action.WATCH, 1), (Action.STAY, 1), (None, 1)}


def test_what_creates_goes_first_and_the_most_severe_before_all(database: Database) -> None:
    store(
        database,
        make_row(1, Action.STAY, None),
        make_row(2, Action.ADOPT, Severity.MEDIUM),
        make_row(3, Action.OPEN, Severity.HIGH),
        make_row(5, Action.OPEN, Severity.CRITICAL),
        make_row(4, Action.OPEN, Severity.CRITICAL),
        make_row(6, Action.ASK, Severity.CRITICAL),
    )
    fed = []
    with database.transaction() as connection:
        assert [row.ticket_id for row in list_planned(connection, "p1", CREATING)] == [4, 5, 3, 2]
        while feed_tickets(connection, "p1", limit=2, now=NOW):
            pending = list_pending(connection, SubjectKind.TICKET, list("123456"))
            fed.append({int(ticket_id) for ticket_id, events in pending.items() if events} - set().union(*fed))
    assert fed == [{4, 5}, {3}, {2}, {1, 6}]


def test_fed_tickets_wait_in_the_backfill_lane_and_name_their_plan(database: Database) -> None:
    store(database, make_row(7))
    with database.transaction() as connection:
        assert not is_draining(connection, "p1")
        assert feed_tickets(connection, "p1", limit=9, now=NOW) == 1
        assert is_draining(connection, "p1")
        (event,) = list_pending(connection, SubjectKind.TICKET, ["7"])["7"]
        (claim,) = claim_subjects(
            connection, SubjectKind.TICKET, Due.PLAN, owner="a", now=NOW, lease=timedelta(1), limit=9
        )
    assert (event.source, event.body, claim.lane) == ("backfill", b"p1", Lane.BACKFILL)


def test_the_last_settled_ticket_of_a_lot_wakes_the_plan(database: Database) -> None:
    def find_woken() -> int:
        claims = claim_subjects(
            connection, SubjectKind.BACKFILL, Due.PLAN, owner="a", now=NOW, lease=timedelta(0), limit=9
        )
        return len(claims)

    store(database, make_row(7), make_row(8))
    with database.transaction() as connection:
        feed_tickets(connection, "p1", limit=9, now=NOW)
        settle_planned(connection, ["p1"], 7, Outcome.OPENED, NOW)
        assert find_woken() == 0
        settle_planned(connection, ["p1"], 8, Outcome.PARKED, NOW)
        assert find_woken() == 1
        assert count_outcomes(connection, "p1") == {Outcome.OPENED: 1, Outcome.PARKED: 1}
        assert find_last_settled(connection, "p1") == NOW


@pytest.mark.parametrize(("outcome", "writing"), [(Outcome.OPENED, True), (Outcome.STAYED, False)])
def test_writes_are_waited_for_until_the_ticket_is_done_or_parked(
    database: Database, outcome: Outcome, writing: bool
) -> None:
    store(database, make_row(7))
    with database.transaction() as connection:
        settle_planned(connection, ["p1"], 7, outcome, NOW)
        assert not is_writing(connection, "p1", NOW)
        insert_wakes(connection, SubjectKind.TICKET, ["7", "8"], lane=Lane.LIVE, now=NOW)
        assert is_writing(connection, "p1", NOW) is writing
        claims = claim_subjects(
            connection, SubjectKind.TICKET, Due.PLAN, owner="a", now=NOW, lease=timedelta(1), limit=9
        )
        assert is_writing(connection, "p1", NOW) is writing
        for claim in claims:
            park_subject(connection, claim, error="no", now=NOW)
        assert not is_writing(connection, "p1", NOW)


@pytest.mark.parametrize("limit", [0, 1, 5])
def test_the_cap_holds_with_many_workers(database: Database, limit: int) -> None:
    store(database, plan=PLAN)
    with database.transaction() as connection:
        move_backfill(connection, replace(PLAN, max_create=limit), away_from=tuple(BackfillState))

    def take(_number: int) -> bool:
        try:
            with database.transaction() as connection:
                take_creation(connection, "p1", capped=True)
        except CapReached:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take, range(12))) == limit
    with database.transaction() as connection:
        take_creation(connection, "p1", capped=False)
        found = read_backfill(connection, "p1")
    assert found is not None
    assert found.created == limit + 1
