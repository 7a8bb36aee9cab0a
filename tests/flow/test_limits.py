"""The gate on real databases with a clock of the test's own: waits obeyed, budgets shared, outages cheap."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from structlog.testing import capture_logs

from connectors.errors import HeldBack, Refused, Throttled, Unauthorized, Uncertain, VendorProblem
from connectors.gate import NO_RATES, Charge, Passage, Rates, Reading
from worker.core.limits import Limit
from worker.flow.limits import Limits
from worker.store.budgets import read_levels
from worker.store.database import Database
from worker.store.degraded import find_degraded
from worker.store.subjects import Lane
from worker.store.vendors import claim_probe, read_vendors

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
READ = Passage(vendor="zendesk", target="GET /api/v2/tickets/1/comments", charges=(Charge(bucket="requests"),))
OTHER = Passage(vendor="zendesk", target="GET /api/v2/users/me", charges=(Charge(bucket="requests"),))
WRITE = Passage(
    vendor="zendesk",
    target="PUT /api/v2/tickets/1",
    charges=(Charge(bucket="requests"), Charge(bucket="updates"), Charge(bucket="ticket", key="1")),
)
SIZES = {
    "requests": Limit(count=6000, period_s=60.0),
    "updates": Limit(count=10, period_s=60.0),
    "ticket": Limit(count=30, period_s=600.0),
}


@dataclass
class Clock:
    """Wall and monotonic time that pass only when told, and by sleeping."""

    wall: datetime = START
    monotonic: float = 100.0
    slept: list[float] = field(default_factory=list)

    def pass_by(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.monotonic += seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_by(seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_gate(database: Database, clock: Clock) -> Callable[[], Limits]:
    """Makes a gate as one more process would have it."""
    numbers = iter(range(99))

    def make() -> Limits:
        return Limits(
            database=database,
            sizes=SIZES,
            unannounced=Limit(count=1_000_000, period_s=60.0),
            longest_request_s=120.0,
            owner=f"process-{next(numbers)}",
            now=lambda: clock.wall,
            monotonic=lambda: clock.monotonic,
            sleep=clock.sleep,
            jitter=lambda: 0.0,
            log=structlog.get_logger("test"),
        )

    return make


def throttled(retry_after_s: float | None = None) -> VendorProblem:
    return Throttled(vendor="zendesk", operation="x", status=429, detail="slow down", retry_after_s=retry_after_s)


def broken(status: int = 503, retry_after_s: float | None = None) -> VendorProblem:
    return Uncertain(vendor="zendesk", operation="x", status=status, detail="away", retry_after_s=retry_after_s)


def is_open(gate: Limits, passage: Passage) -> bool:
    try:
        gate.admit(passage)
    except HeldBack:
        return False
    gate.settle(passage, None, NO_RATES)
    return True


@pytest.mark.parametrize("passage", [READ, OTHER, WRITE], ids=["read", "other", "write"])
@pytest.mark.parametrize("wish", [0.25, 1.5, 1847.0])
def test_nothing_goes_to_the_vendor_before_a_retry_after_is_over(
    open_gate: Callable[[], Limits], clock: Clock, wish: float, passage: Passage
) -> None:
    here, there = open_gate(), open_gate()
    here.admit(WRITE)
    here.settle(WRITE, throttled(wish), NO_RATES)
    asked = clock.monotonic
    while not (is_open(there, passage) or is_open(here, passage)):
        assert clock.monotonic < asked + wish
        clock.pass_by(wish / 7)
    assert clock.monotonic >= asked + wish - 1e-3
    assert all(slept <= 1.0 for slept in clock.slept)


def test_a_thread_waits_a_moment_and_no_longer(open_gate: Callable[[], Limits], clock: Clock) -> None:
    gate = open_gate()
    gate.admit(READ)
    gate.settle(READ, throttled(0.75), NO_RATES)
    assert is_open(gate, READ)
    assert sum(clock.slept) == pytest.approx(0.75, abs=0.01)
    gate.admit(READ)
    gate.settle(READ, throttled(5.0), NO_RATES)
    with pytest.raises(HeldBack) as held:
        gate.admit(READ)
    assert held.value.retry_after_s == pytest.approx(5.0)
    assert sum(clock.slept) == pytest.approx(0.75, abs=0.01)


def test_a_wall_clock_that_jumps_ahead_ends_no_wait(open_gate: Callable[[], Limits], clock: Clock) -> None:
    gate = open_gate()
    gate.admit(READ)
    gate.settle(READ, throttled(60.0), NO_RATES)
    clock.wall += timedelta(hours=2)
    assert not is_open(gate, READ)
    clock.pass_by(60.0)
    assert is_open(gate, READ)


def test_a_wall_clock_that_jumps_back_makes_a_wait_no_longer(open_gate: Callable[[], Limits], clock: Clock) -> None:
    gate = open_gate()
    gate.admit(READ)
    gate.settle(READ, throttled(60.0), NO_RATES)
    clock.wall -= timedelta(hours=2)
    assert not is_open(open_gate(), READ)
    clock.pass_by(60.0)
    assert is_open(gate, READ)


def test_a_refusal_that_names_its_limit_stops_only_that(open_gate: Callable[[], Limits], clock: Clock) -> None:
    gate = open_gate()
    gate.admit(WRITE)
    gate.settle(WRITE, throttled(300.0), Rates(spent=("ticket:1",)))
    other = Passage(vendor="zendesk", target="PUT /2", charges=(*WRITE.charges[:2], Charge(bucket="ticket", key="2")))
    assert is_open(gate, READ)
    assert is_open(gate, other)
    assert not is_open(gate, WRITE)
    clock.pass_by(300.0)
    assert is_open(gate, WRITE)


def test_refusals_without_a_time_are_waited_out_ever_longer(open_gate: Callable[[], Limits], clock: Clock) -> None:
    gate, waits = open_gate(), []
    for _ in range(8):
        gate.admit(READ)
        gate.settle(READ, throttled(), NO_RATES)
        with pytest.raises(HeldBack) as held:
            gate.admit(READ)
        waits.append(held.value.retry_after_s)
        clock.pass_by(held.value.retry_after_s or 0)
    assert waits == pytest.approx([5, 10, 20, 40, 80, 160, 300, 300])
    assert is_open(gate, READ)
    gate.admit(READ)
    gate.settle(READ, throttled(), NO_RATES)
    with pytest.raises(HeldBack) as held:
        gate.admit(READ)
    assert held.value.retry_after_s == pytest.approx(5)


def test_after_a_refusal_only_one_request_at_a_time_goes_out(open_gate: Callable[[], Limits], clock: Clock) -> None:
    here, there = open_gate(), open_gate()
    here.admit(READ)
    here.settle(READ, throttled(2.0), NO_RATES)
    clock.pass_by(2.0)
    here.admit(READ)
    with pytest.raises(HeldBack):
        there.admit(OTHER)
    here.settle(READ, throttled(2.0), NO_RATES)
    clock.pass_by(1.9)
    there.admit(OTHER)  # waits the rest in place
    there.release(OTHER)
    assert is_open(here, READ)
    clock.pass_by(400.0)
    here.admit(READ)
    there.admit(OTHER)


def test_what_the_vendor_announces_goes_before_the_setting(
    open_gate: Callable[[], Limits], database: Database
) -> None:
    gate = open_gate()
    gate.admit(READ)
    gate.settle(READ, None, Rates(readings=(Reading(bucket="requests", limit=4, remaining=3, resets_s=60.0),)))
    with database.snapshot() as connection:
        assert read_levels(connection)["requests"].capacity == 4
    granted = 0
    while is_open(gate, READ):
        granted += 1
        assert granted < 9
    assert granted <= 3


def test_two_processes_on_one_row_get_no_more_than_one_would(open_gate: Callable[[], Limits]) -> None:
    gates = [open_gate() for _ in range(4)]
    granted: list[int] = []
    start = threading.Barrier(4)

    def grab(gate: Limits) -> None:
        start.wait()
        for ticket in range(8):
            charges = (Charge(bucket="updates"), Charge(bucket="ticket", key=str(ticket)))
            if is_open(gate, Passage(vendor="zendesk", target="PUT", charges=charges)):
                granted.append(ticket)

    threads = [threading.Thread(target=grab, args=(gate,)) for gate in gates]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 2 <= len(granted) <= 10


def test_a_write_that_was_paid_for_is_not_paid_twice(open_gate: Callable[[], Limits], database: Database) -> None:
    gate = open_gate()
    with database.transaction() as connection:
        assert gate.reserve(connection, "zendesk", WRITE.charges, Lane.LIVE, within_s=20.0) == 0.0
    with database.snapshot() as connection:
        before = read_levels(connection)
    gate.admit(WRITE)
    gate.settle(WRITE, None, NO_RATES)
    gate.drop_reserve()
    with database.snapshot() as connection:
        assert read_levels(connection) == before
    gate.admit(WRITE)
    with database.snapshot() as connection:
        assert read_levels(connection)["updates"].tat > before["updates"].tat


def test_a_write_that_was_allowed_too_long_ago_does_not_leave(
    open_gate: Callable[[], Limits], database: Database, clock: Clock
) -> None:
    gate = open_gate()
    with database.transaction() as connection:
        assert gate.reserve(connection, "zendesk", WRITE.charges, Lane.LIVE, within_s=20.0) == 0.0
    gate.admit(WRITE)
    clock.monotonic += 19.0
    gate.confirm(WRITE)
    clock.monotonic += 2.0
    with pytest.raises(HeldBack, match="stood still"):
        gate.confirm(WRITE)
    gate.drop_reserve()
    gate.confirm(READ)


def test_an_outage_is_told_once_and_ends_by_itself(
    open_gate: Callable[[], Limits], database: Database, clock: Clock
) -> None:
    gates = [open_gate(), open_gate()]
    sent = 0
    with capture_logs() as logs:
        for second in range(600):
            for gate in gates:
                for passage in (READ, OTHER, WRITE):
                    try:
                        gate.admit(passage)
                    except HeldBack:
                        continue
                    sent += 1
                    gate.settle(passage, broken(), NO_RATES)
            with database.transaction() as connection:
                now = clock.wall.timestamp()
                won = [claim_probe(connection, "zendesk", clock=now, until=now + 60) for _ in gates]
            assert sum(won) <= 1
            if any(won):
                sent += 1
                with gates[0].probe("zendesk"):
                    gates[0].admit(OTHER)
                    gates[0].settle(OTHER, broken(), NO_RATES)
            with database.snapshot() as connection:
                told = find_degraded(connection, clock.wall)
            assert second < 2 or "zendesk fails" in told[0].what
            clock.pass_by(1.0)
        while not is_open(gates[1], READ):
            clock.pass_by(1.0)
            now = clock.wall.timestamp()
            with database.transaction() as connection:
                won = [claim_probe(connection, "zendesk", clock=now, until=now + 60)]
            if any(won):
                with gates[0].probe("zendesk"):
                    gates[0].admit(OTHER)
                    gates[0].settle(OTHER, None, NO_RATES)
    assert sent < 20
    assert 2 <= len(logs) <= 12
    assert (logs[0]["event"], logs[-1]["event"]) == ("vendor_failing", "vendor_recovered")
    with database.snapshot() as connection:
        assert find_degraded(connection, clock.wall) == ()
        assert not read_vendors(connection)["zendesk"].breaker.failures


def test_refused_credentials_close_the_vendor_and_name_the_settings(
    open_gate: Callable[[], Limits], database: Database, clock: Clock
) -> None:
    gate = open_gate()
    gate.admit(READ)
    gate.settle(READ, Unauthorized(vendor="zendesk", operation="x", status=401, detail="no"), NO_RATES)
    assert not is_open(gate, OTHER)
    with database.snapshot() as connection:
        (degraded,) = find_degraded(connection, clock.wall)
    assert "ESCALATOR_ZENDESK_CLIENT_SECRET" in degraded.remedy


def test_one_ticket_that_always_fails_closes_nothing(open_gate: Callable[[], Limits], clock: Clock) -> None:
    gate = open_gate()
    for _ in range(50):
        gate.admit(READ)
        gate.settle(READ, broken(500), NO_RATES)
        clock.pass_by(1.0)
    assert is_open(gate, OTHER)


def test_a_no_is_an_answer(open_gate: Callable[[], Limits], database: Database) -> None:
    gate = open_gate()
    for number in range(40):
        passage = Passage(vendor="zendesk", target=f"PUT /{number}")
        gate.admit(passage)
        problem = Refused(vendor="zendesk", operation="x", status=422, detail="no")
        gate.settle(passage, broken() if number % 5 else problem, NO_RATES)
    with database.snapshot() as connection:
        assert not read_vendors(connection)["zendesk"].breaker.is_open


def test_a_database_that_fails_sends_nothing(open_gate: Callable[[], Limits], database: Database) -> None:
    gate = open_gate()
    with database.transaction() as connection:
        connection.exec_driver_sql("DROP TABLE pauses")
    with pytest.raises(HeldBack, match="shared limits"):
        gate.admit(READ)
