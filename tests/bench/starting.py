"""How long the service takes to be up, and what it costs while nothing happens."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from connectors.sandbox.server import Sandbox, SandboxSettings
from tests.bench.figures import Figure, Result, divide, find_median
from tests.bench.service import ESCALATOR, open_service, spell_environment

NAME = "start"
_STARTS = 3
_SETTLE_S = 2.0
_IDLE_S = 10.0
_MEGABYTE = 1 << 20
_GOAL_CPU, _GOAL_MEGABYTES = 1.0, 150.0
METHOD = (
    f"`escalator serve` on SQLite against the sandbox, {_STARTS} starts (the first makes the database); then"
    f" {_IDLE_S:.0f} s of nothing to do, processor time and memory of its processes from /proc. Floor: the"
    " command's imports alone; for idling, the goals of 1 % of a core and 150 MB."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What a process has used: processor seconds, resident bytes, and those shared with others counted in part."""

    cpu_s: float
    resident: int
    proportional: int


def run(folder: Path) -> Result:
    """Measures starts, then idling."""
    home = folder / "starting"
    home.mkdir()
    with Sandbox(SandboxSettings(export_lag_s=0.0)) as box:
        environment = spell_environment(box, home, f"sqlite:///{home / 'escalator.db'}")
        starts: list[float] = []
        idle: tuple[Figure, ...] = ()
        for number in range(_STARTS):
            log = home / f"service-{number}.log"
            with open_service((*ESCALATOR, "serve"), environment, log) as running:
                starts.append(running.start_s)
                if number == _STARTS - 1:
                    idle = _measure_idling({"parent": running.pid} | _find_roles(log))
    bare = find_median([_time_command("-c", "pass") for _ in range(_STARTS)])
    command = find_median([_time_command("-m", "worker.cli", "--help") for _ in range(_STARTS)])
    return Result(
        benchmark=NAME,
        method=METHOD,
        figures=(
            _describe_start("start until ready, new database", starts[0], command),
            _describe_start("start until ready, fastest of the others", min(starts[1:]), command),
            Figure(
                name="a command that does nothing (--help)",
                value=command,
                unit="s",
                floor=f"python -c pass: {bare:.3f} s",
                ratio=divide(command, bare),
            ),
            *idle,
        ),
        problem="" if idle else "idling: there is no /proc on this system",
    )


def _describe_start(name: str, seconds: float, command_s: float) -> Figure:
    return Figure(
        name=name,
        value=seconds,
        unit="s",
        floor=f"{command_s:.2f} s, --help: the imports; service and roles start in turn",
        ratio=divide(seconds, command_s),
    )


def _time_command(*arguments: str) -> float:
    began = time.monotonic()
    subprocess.run((sys.executable, *arguments), check=True, capture_output=True)
    return time.monotonic() - began


def _find_roles(log: Path) -> dict[str, int]:
    """The process numbers of the roles, from the service's own log."""
    found = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line) if line.startswith("{") else {}
        if entry.get("event") == "serve.role_started":
            found[str(entry["role"])] = int(entry["pid"])
    return found


def _measure_idling(processes: dict[str, int]) -> tuple[Figure, ...]:
    """Figures of each process and of all together; none where there is no /proc."""
    time.sleep(_SETTLE_S)
    before = {name: usage for name, pid in processes.items() if (usage := _read_usage(pid)) is not None}
    began = time.monotonic()
    time.sleep(_IDLE_S)
    seconds = time.monotonic() - began
    after = {name: usage for name, pid in processes.items() if (usage := _read_usage(pid)) is not None}
    if not before or before.keys() != after.keys():
        return ()
    shares = {name: (after[name].cpu_s - before[name].cpu_s) / seconds * 100 for name in after}
    memory = sum(usage.proportional for usage in after.values()) / _MEGABYTE
    return (
        Figure(
            name="idle: processor, all processes",
            value=sum(shares.values()),
            unit="% of a core",
            floor=f"goal {_GOAL_CPU:.0f} %",
            ratio=sum(shares.values()) / _GOAL_CPU,
        ),
        *(Figure(name=f"idle: processor, {name}", value=share, unit="% of a core") for name, share in shares.items()),
        Figure(
            name="idle: memory of all, shared pages once",
            value=memory,
            unit="MB",
            floor=f"goal {_GOAL_MEGABYTES:.0f} MB",
            ratio=memory / _GOAL_MEGABYTES,
        ),
        *(
            Figure(name=f"idle: resident, {name}", value=usage.resident / _MEGABYTE, unit="MB")
            for name, usage in after.items()
        ),
    )


def _read_usage(pid: int) -> Usage | None:
    """From /proc (Linux); None where that does not exist or the process is gone."""
    place = Path("/proc") / str(pid)
    try:
        fields = (place / "stat").read_text().rpartition(")")[2].split()
        rows = (place / "smaps_rollup").read_text().splitlines()
    except OSError:
        return None
    sizes = {row.split(":")[0]: int(row.split()[1]) * 1024 for row in rows if row.endswith("kB")}
    return Usage(
        cpu_s=(int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
        resident=sizes.get("Rss", 0),
        proportional=sizes.get("Pss", 0),
    )
