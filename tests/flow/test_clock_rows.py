"""A customer's clock runs only while their ticket is part of the escalation."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.living import find_escalation, order
from tests.flow.test_patterns import find_pattern_id, give, share
from tests.rig import Rig, build_rig, make_record
from worker.core.escalation import EscalationState
from worker.core.patterns.orders import Verdict
from worker.core.review import Order
from worker.store.clocks import TEAM, Clock, list_clocks
from worker.store.database import Database


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database) as built:
        yield built


def read_clocks(rig: Rig) -> dict[tuple[str, int], Clock]:
    with rig.database.snapshot() as connection:
        return {(clock.escalation_id, clock.ticket_id): clock for clock in list_clocks(connection)}


def list_running(rig: Rig) -> set[int]:
    return {ticket_id for (_, ticket_id), clock in read_clocks(rig).items() if clock.due_at is not None}


def work(rig: Rig) -> None:
    rig.run()
    rig.settle()


def test_a_ticket_that_leaves_takes_its_clock_along(rig: Rig) -> None:
    share(rig)
    work(rig)
    assert list_running(rig) == {TEAM, 701, 702, 703}
    give(rig, Verdict.SPLIT, find_pattern_id(rig, 701), tickets=(703,))
    work(rig)
    shared = next(one for (one, ticket_id) in read_clocks(rig) if ticket_id == 701)
    assert {ticket_id for (one, ticket_id) in read_clocks(rig) if one == shared} == {TEAM, 701, 702}


def test_a_merged_ticket_hands_its_clock_on(rig: Rig) -> None:
    rig.load(make_record(501), make_record(502, note=None, text="Thank you, that helps."))
    work(rig)
    rig.box.zendesk.merge_tickets(501, 502)
    work(rig)
    rig.box.zendesk.touch(501)
    work(rig)
    assert {ticket_id for (_, ticket_id) in read_clocks(rig)} == {TEAM, 502}


def test_no_clock_of_a_closed_escalation_runs(rig: Rig) -> None:
    rig.load(make_record(501))
    work(rig)
    assert list_running(rig) == {TEAM, 501}
    order(rig, Order.CLOSE, "it is over")
    work(rig)
    assert find_escalation(rig).state is EscalationState.CLOSED
    assert list_running(rig) == set()
    assert {clock.reasons for clock in read_clocks(rig).values()} == {("the escalation is closed",)}
    rig.box.zendesk.touch(501)
    work(rig)
    assert list_running(rig) == set()
