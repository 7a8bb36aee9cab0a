"""The state machine for as long as it takes to die so many times, from one seed."""

from collections.abc import Callable

import hypothesis.core
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.conftest import PostgresServer
from tests.crash.machine import TALLY, CrashMachine, open_fast
from worker.store.database import Database

_ROUND = 20
_STEPS = 25


def run_storm(machine: type[CrashMachine], crashes: int, seed: int, told: Callable[[str], None]) -> None:
    """Runs schedules until at least so many more processes have died; raises what a schedule found, shrunk."""
    wanted, round_number = TALLY.crashes.total() + crashes, 0
    while TALLY.crashes.total() < wanted:
        # As --hypothesis-seed does; there is no other way to seed a state machine.
        hypothesis.core.global_force_seed = seed * 1_000_003 + round_number
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=_ROUND,
                stateful_step_count=_STEPS,
                deadline=None,
                database=None,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
            ),
        )
        round_number += 1
        told(f"  {TALLY.crashes.total()} of {wanted} deaths in {TALLY.schedules} schedules")


def make_postgres_machine(server: PostgresServer) -> type[CrashMachine]:
    """The machine on a PostgreSQL server, with a database for each schedule."""

    class PostgresMachine(CrashMachine):
        @staticmethod
        def make_database() -> Database:
            return open_fast(server.create_database())

    return PostgresMachine


def describe_storm() -> str:
    """The figures of all storms so far."""
    return (
        f"state machine: {TALLY.crashes.total()} deaths at {len(TALLY.crashes)} points and"
        f" {TALLY.sleeps.total()} sleeps past a take-over, in {TALLY.schedules} schedules with"
        f" {TALLY.escalations} escalations, {TALLY.parked} replays of parked subjects: 0 violations"
    )
