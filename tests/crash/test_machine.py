"""Thousands of deaths in one process: see `machine`."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from connectors.records import StatusCategory
from tests.conftest import PostgresServer
from tests.crash.doubles import Trouble
from tests.crash.machine import LEASE_S, TALLY, CrashMachine, LaggingMachine
from tests.crash.storm import make_postgres_machine, run_storm
from worker.failpoints import FailPoint, install_hook
from worker.flow.loop import work_once


@pytest.mark.slow
def test_no_schedule_of_deaths_loses_or_doubles_anything() -> None:
    run_storm(CrashMachine, deaths=200, seed=1)
    assert TALLY.deaths >= 200
    assert TALLY.sleeps.total() > 10


@pytest.mark.slow
def test_the_same_on_postgresql(postgres: PostgresServer) -> None:
    run_storm(make_postgres_machine(postgres), deaths=100, seed=1)


@pytest.mark.slow
def test_a_search_that_lags_too_long_leaves_one_live_issue() -> None:
    run_state_machine_as_test(
        LaggingMachine,
        settings=settings(
            max_examples=10, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_an_answer_that_is_lost_beyond_the_window_makes_a_twin_that_is_swept() -> None:
    state = LaggingMachine()
    state.begin(bugs=1)
    state.brew_trouble(writes=[Trouble.LOSE], reads=[])
    state.work(rounds=4)
    state.teardown()
    assert len(state.world.issues) == 2
    assert [one.status for one in state.world.issues if one.duplicate_of] == [StatusCategory.DONE]


def test_a_worker_that_slept_between_its_row_and_its_request_does_not_send_it() -> None:
    """Found by the machine: the other worker had looked, waited, and sent it once more."""
    state = CrashMachine()
    state.begin(bugs=1)
    state.work_and_sleep(point=FailPoint.EFFECT_STARTED, count=1, asleep=40.0, dies=False, jump=0.0)
    state.nothing_is_doubled()
    state.teardown()


def test_a_poller_that_slept_past_its_lease_stops_without_an_alarm() -> None:
    state = CrashMachine()
    state.begin(bugs=1)
    state.work_and_sleep(point=FailPoint.POLL_READ, count=1, asleep=40.0, dies=False, jump=0.0)
    state.teardown()


def test_a_batch_that_takes_longer_than_its_lease_is_kept_and_read_once() -> None:
    """Found by the matrix on a slow machine: workers read each other's tickets again and again."""
    state = CrashMachine()
    for _ in range(6):
        state.open_ticket(escalates=True, told=True)
    slow, second = LEASE_S / 3, state.make_worker("second")

    def let_the_other_work(point: FailPoint) -> None:
        if point is FailPoint.TICKET_JUDGED:
            install_hook(None)
            state.world.latency_s = 0.0
            work_once(second)
            state.world.latency_s = slow
            install_hook(let_the_other_work)

    state.world.latency_s = slow
    install_hook(let_the_other_work)
    work_once(state.worker)
    install_hook(None)
    assert set(state.world.comments_read.values()) == {1}
    state.world.latency_s = 0.05
    state.teardown()
