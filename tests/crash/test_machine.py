"""Thousands of deaths in one process: see `machine`."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.crash.machine import TALLY, CrashMachine
from worker.failpoints import FailPoint


def test_no_schedule_of_deaths_loses_or_doubles_anything() -> None:
    run_state_machine_as_test(
        CrashMachine,
        settings=settings(
            max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    assert TALLY.crashes.total() > 100
    assert TALLY.sleeps.total() > 10


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
