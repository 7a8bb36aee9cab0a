"""One campaign: a scene on which roles are killed one after the other, then left in peace, then audited.

A process of its own: reads an `Order` as JSON on stdin and writes a `Result` on stdout.
"""

import contextlib
import dataclasses
import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from connectors.sandbox.faults import Fault
from tests.crash.audit import audit, await_quiet
from tests.crash.ending import exit_at_signal
from tests.crash.scene import (
    WEB_POINTS,
    Role,
    Scene,
    await_gone,
    await_ready,
    build_scene,
    end_service,
    find_children,
    list_faults,
)
from worker.failpoints import FailPoint
from worker.log import configure_logging
from worker.store.database import Database
from worker.store.migrate import upgrade_database

_REACH_S = 12.0
_QUIET_S = 240.0
_TROUBLED = {FailPoint.EFFECT_FAILED, FailPoint.EFFECT_LOOKED, FailPoint.WRITES_PAUSING, FailPoint.CLAIMS_POSTPONING}


@dataclass(frozen=True, kw_only=True, slots=True)
class Kill:
    """One death. `way`: "point" (at the `count`th reach of `point`), "worker" or "web" (that role, `after_s` after
    it is up), "whole" (supervisor and roles), "parent" (the supervisor alone)."""

    way: str
    point: str = ""
    count: int = 0
    after_s: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What to play, where."""

    seed: int
    folder: str
    database_url: str
    kills: tuple[Kill, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What happened. `died` names deaths by way and point; `missed` the points that were not reached in time, where
    the process was killed at whatever it did."""

    seed: int
    died: tuple[str, ...]
    missed: tuple[str, ...]
    escalations: int
    acked: int
    faults: int
    drained: int
    seconds: float
    violations: tuple[str, ...]
    unexpected: tuple[str, ...]


def run_campaign(order: Order) -> Result:
    """Kills as ordered, converges, audits."""
    began, faults = time.monotonic(), 0
    died: list[str] = []
    missed: list[str] = []
    folder = Path(order.folder)
    with build_scene(folder, order.database_url, order.seed) as scene:
        for fault in list_faults(order.seed):
            scene.box.faults.add(fault)
        with Database(order.database_url) as database:
            upgrade_database(database)
            crew = _Crew(scene)
            with contextlib.closing(crew):
                with scene.witnessing():
                    for kill in order.kills:
                        (died if _perform(crew, kill) else missed).append(_name(kill))
                    faults = scene.box.faults.fired()
                    scene.box.faults.clear()
                    crew.keep("web", "worker")
                quiet = await_quiet(scene, database, seconds=_QUIET_S)
            violations = (*(f"never settled: {what}" for what in quiet.unsettled), *audit(scene, database))
    return Result(
        seed=order.seed,
        died=tuple(died),
        missed=tuple(missed),
        escalations=len(scene.bugs),
        acked=len(scene.acked),
        faults=faults,
        drained=quiet.drained,
        seconds=time.monotonic() - began,
        violations=violations,
        unexpected=_list_unexpected(folder),
    )


def _name(kill: Kill) -> str:
    return f"{kill.point}:{kill.count}" if kill.point else kill.way


class _Crew:
    """The roles that live; each is started only when it is wanted, for a start costs more than a kill."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._lives: dict[str, Role] = {}

    def keep(self, *roles: str) -> None:
        """From now on exactly these roles live; the others end in peace."""
        for role in set(self._lives) - set(roles):
            self._lives.pop(role).end(signal.SIGTERM)
        started = {role: self.scene.start_role(role) for role in roles if role not in self._lives}
        for process in started.values():
            process.await_ready()
        self._lives |= started

    def close(self) -> None:
        """Ends all."""
        self.keep()


def _perform(crew: _Crew, kill: Kill) -> bool:
    """True when the death came as ordered."""
    if kill.way in {"whole", "parent"}:
        crew.keep()
        _kill_service(crew.scene, kill)
        return True
    is_web = kill.way == "web" or kill.point in WEB_POINTS
    victim, other = ("web", "worker") if is_web else ("worker", "web")
    crew.keep(other)
    if kill.point:
        return _kill_at_point(crew.scene, victim, kill)
    process = crew.scene.start_role(victim)
    process.await_ready()
    crew.scene.add_trouble()
    time.sleep(kill.after_s)
    process.end()
    return True


def _kill_at_point(scene: Scene, victim: str, kill: Kill) -> bool:
    if kill.point in _TROUBLED:
        _provoke(scene, kill)
    process = scene.start_role(victim, f"{kill.point}:{kill.count}:kill")
    scene.add_trouble()
    if not process.await_ready() and process.process.exitcode != -signal.SIGKILL:
        raise RuntimeError(f"{victim} did not start; see its log in {scene.folder}")
    reached = process.await_death(_REACH_S)
    process.end()
    return reached


def _provoke(scene: Scene, kill: Kill) -> None:
    """Some points lie only on the ways of failure."""
    if kill.point == FailPoint.CLAIMS_POSTPONING:
        fault = Fault(action="status", status=400, path=r"show_many|bulkfetch", times=kill.count)
    else:
        fault = Fault(action="drop_after", method="PUT", path=r"/tickets/\d+$", times=kill.count)
    scene.box.faults.add(fault)


def _kill_service(scene: Scene, kill: Kill) -> None:
    process = scene.start_service()
    await_ready(process)
    children = find_children(process.pid)
    scene.add_trouble()
    time.sleep(kill.after_s)
    end_service(process)
    if kill.way == "whole":
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
    await_gone(children, 40.0)


def _list_unexpected(folder: Path) -> tuple[str, ...]:
    """What the roles logged that no kill and no fault of the sandbox explains."""
    marks = ("worker_failed", "Traceback", '"event": "parked"')
    return tuple(
        line[:1500]
        for log in sorted(folder.glob("*.log"))
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
        if any(mark in line for mark in marks)
    )


def main() -> None:
    """Carries out the order on stdin; a signal ends what was started too."""
    exit_at_signal()
    configure_logging(level=40)
    data = json.load(sys.stdin)
    order = Order(**data | {"kills": tuple(Kill(**kill) for kill in data["kills"])})
    sys.stdout.write(json.dumps(dataclasses.asdict(run_campaign(order))))


if __name__ == "__main__":
    main()
