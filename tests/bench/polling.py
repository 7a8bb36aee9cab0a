"""One poll of a thousand generated tickets, measured once for the two benchmarks that look at it."""

import json
import resource
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from connectors.sandbox.journal import Entry
from connectors.sandbox.server import Sandbox, SandboxSettings
from tests.bench.service import ESCALATOR, NotStarted, run_command, spell_environment
from tests.bench.tickets import generate_records

COUNT = 1000
_LIMIT_S = 120.0
_POLL = (*ESCALATOR, "poll", "--once", "--json")


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """One `poll --once`: what it printed, its wall and processor seconds, and the requests it made."""

    counts: dict[str, int]
    wall_s: float
    cpu_s: float
    calls: tuple[Entry, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Polls:
    """A poll of nothing (what a command costs by itself), of all the tickets, and of what our own writes changed."""

    empty: Turn
    full: Turn
    echo: Turn
    sandbox_cpu_s: float


@cache
def measure_polls(folder: Path) -> Polls:
    """Runs the three polls on one sandbox without latency and one SQLite file."""
    home = folder / "polling"
    home.mkdir()
    with Sandbox(SandboxSettings(export_lag_s=0.0, search_lag_s=0.0)) as box:
        environment = spell_environment(box, home, f"sqlite:///{home / 'escalator.db'}")
        empty = _poll(box, environment, home)
        box.zendesk.load_records(list(generate_records(COUNT)), announce=False)
        _await_next_second()
        before = time.process_time()
        full = _poll(box, environment, home)
        sandbox_cpu_s = time.process_time() - before
        _await_next_second()
        echo = _poll(box, environment, home)
    return Polls(empty=empty, full=full, echo=echo, sandbox_cpu_s=sandbox_cpu_s)


def _poll(box: Sandbox, environment: dict[str, str], home: Path) -> Turn:
    box.journal.clear()
    cpu, began = _read_children_s(), time.monotonic()
    done = run_command(_POLL, environment, home / "poll.log", _LIMIT_S)
    wall = time.monotonic() - began
    if not done.stdout:
        raise NotStarted((home / "poll.log").read_text(encoding="utf-8", errors="replace")[-500:])
    return Turn(
        counts=json.loads(done.stdout),
        wall_s=wall,
        cpu_s=_read_children_s() - cpu,
        calls=tuple(box.journal.entries()),
    )


def _read_children_s() -> float:
    """Processor seconds of all child processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _await_next_second() -> None:
    """The export tells changes of different seconds apart."""
    time.sleep(1.01 - time.time() % 1)
