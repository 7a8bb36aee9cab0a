"""The state machine for as long as it takes to die so many times, from one seed.

A process of its own: reads an `Order` as JSON on stdin and writes its `Tally` on stdout; exits 1 with the shortest
schedule that fails, when there is one.
"""

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis.core
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.conftest import PostgresServer
from tests.crash.ending import exit_at_signal
from tests.crash.machine import TALLY, CrashMachine, open_fast
from worker.store.database import Database

_SETTINGS = settings(
    max_examples=20,
    stateful_step_count=25,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """How often to die, from which seed, on which store."""

    deaths: int
    seed: int
    store: str


def run_storm(machine: type[CrashMachine], deaths: int, seed: int) -> None:
    """Runs schedules until at least so many more processes have died; raises what a schedule found, shrunk."""
    wanted, round_number = TALLY.deaths + deaths, 0
    core: Any = hypothesis.core
    forced = core.global_force_seed
    try:
        while TALLY.deaths < wanted:
            # As --hypothesis-seed does; there is no other way to seed a state machine.
            core.global_force_seed = seed * 1_000_003 + round_number
            run_state_machine_as_test(machine, settings=_SETTINGS)
            round_number += 1
    finally:
        core.global_force_seed = forced


def make_postgres_machine(server: PostgresServer) -> type[CrashMachine]:
    """The machine on a PostgreSQL server, with a database for each schedule."""

    class PostgresMachine(CrashMachine):
        @staticmethod
        def make_database() -> Database:
            return open_fast(server.create_database())

    return PostgresMachine


def main() -> None:
    """Carries out the order on stdin; a signal ends what was started too."""
    exit_at_signal()
    order = Order(**json.load(sys.stdin))
    server = PostgresServer(Path(tempfile.mkdtemp(prefix="escalator-pg-"))) if order.store == "postgresql" else None
    try:
        run_storm(make_postgres_machine(server) if server else CrashMachine, order.deaths, order.seed)
    finally:
        if server is not None:
            server.stop()
    sys.stdout.write(
        json.dumps(
            {
                "deaths": TALLY.deaths,
                "points": sorted(TALLY.crashes),
                "sleeps": TALLY.sleeps.total(),
                "schedules": TALLY.schedules,
                "escalations": TALLY.escalations,
                "replays": TALLY.parked,
            }
        )
    )


if __name__ == "__main__":
    main()
