"""`make soak`: tens of thousands of webhooks through a real `serve` while vendors fail, and its memory stays flat.

Prints figures, exits 1 when something was lost or doubled, or when a role's memory goes on growing after warm-up.
"""

import argparse
import secrets
import shutil
import signal
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import PostgresServer
from tests.crash.audit import audit, await_quiet
from tests.crash.ending import exit_at_signal
from tests.crash.scene import Scene, await_ready, build_scene, end_service, find_children, list_faults
from worker.log import configure_logging
from worker.store.database import Database
from worker.store.migrate import upgrade_database

_SENDERS = 6
_SAMPLE_S = 1.0
_WARM_UP = 0.4
_GROWTH_MB = 12.0
_QUIET_S = 600.0
_PAGE_MB = 4096 / (1 << 20)


@dataclass(kw_only=True)
class Memory:
    """Resident megabytes of the roles over time."""

    samples: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def describe(self) -> str:
        """Level and slope of each role after warm-up."""
        return ", ".join(
            f"{role}: {steady[-1][1]:.0f} MB at the end, {self.find_slope(role):+.2f} MB a minute once warm"
            for role in self.samples
            if (steady := self._steady(role))
        )

    def find_slope(self, role: str) -> float:
        """Megabytes a minute, by least squares over the samples after warm-up."""
        steady = self._steady(role)
        if len(steady) < 3:
            return 0.0
        return statistics.linear_regression([at for at, _ in steady], [size for _, size in steady]).slope * 60

    def find_growth(self, role: str) -> float:
        """Megabytes between the medians of the first and the last fifth after warm-up."""
        steady = [size for _, size in self._steady(role)]
        fifth = max(1, len(steady) // 5)
        return statistics.median(steady[-fifth:]) - statistics.median(steady[:fifth]) if steady else 0.0

    def _steady(self, role: str) -> list[tuple[float, float]]:
        rows = self.samples[role]
        return rows[int(len(rows) * _WARM_UP) :]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a soak came to."""

    sent: int
    acked: int
    seconds: float
    settled_s: float
    faults: int
    escalations: int
    drained: int
    memory: Memory
    violations: tuple[str, ...]

    def describe(self) -> str:
        """The figures."""
        return (
            f"{self.sent} webhooks in {self.seconds:.0f} s ({self.acked} acknowledged, the others refused or cut),"
            f" quiet {self.settled_s:.0f} s later; {self.escalations} escalations, {self.faults} faults,"
            f" {self.drained} subjects parked and replayed\n{self.memory.describe()}"
            f"\n{len(self.violations)} violations"
        )


def soak(folder: Path, database_url: str, *, webhooks: int, rate: float, seed: int) -> Outcome:
    """Sends, waits, audits."""
    with build_scene(folder, database_url, seed) as scene, Database(database_url) as database:
        upgrade_database(database)
        for fault in list_faults(seed):
            scene.box.faults.add(fault)
        service, memory = scene.start_service(), Memory()
        over = threading.Event()
        try:
            await_ready(service)
            roles = _name_roles(find_children(service.pid))
            sampler = threading.Thread(target=_sample, args=(roles, memory, over), daemon=True)
            sampler.start()
            began = time.monotonic()
            _send(scene, webhooks, rate)
            sent_at = time.monotonic()
            faults = scene.box.faults.fired()
            scene.box.faults.clear()
            quiet = await_quiet(scene, database, seconds=_QUIET_S)
            settled = time.monotonic()
            over.set()
            sampler.join()
        finally:
            over.set()
            end_service(service, signal.SIGTERM)
        violations = [f"never settled: {what}" for what in quiet.unsettled]
        violations += audit(scene, database)
        violations += [
            f"{role} grew by {memory.find_growth(role):.1f} MB after warm-up"
            for role in memory.samples
            if memory.find_growth(role) > _GROWTH_MB
        ]
    return Outcome(
        sent=webhooks,
        acked=len(scene.acked),
        seconds=sent_at - began,
        settled_s=settled - sent_at,
        faults=faults,
        escalations=len(scene.bugs),
        drained=quiet.drained,
        memory=memory,
        violations=tuple(violations),
    )


def _send(scene: Scene, webhooks: int, rate: float) -> None:
    """Keeps to the rate; fifty times on the way there are new tickets and changes on both sides."""
    began, every = time.monotonic(), max(1, webhooks // 50)
    with ThreadPoolExecutor(_SENDERS) as senders:
        for number in range(webhooks):
            if number % every == 0:
                scene.add_trouble(count=3)
            late = began + number / rate - time.monotonic()
            if late > 0:
                time.sleep(late)
            while senders._work_queue.qsize() > 200:  # else the queue would hold all of them
                time.sleep(0.01)
            senders.submit(scene.post_witness)


def _name_roles(pids: list[int]) -> dict[str, int]:
    lines = {pid: Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in pids}
    return {line[-2].decode(): pid for pid, line in lines.items()}


def _sample(roles: dict[str, int], memory: Memory, over: threading.Event) -> None:
    began = time.monotonic()
    while not over.wait(_SAMPLE_S):
        for role, pid in roles.items():
            try:
                pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
            except OSError:
                continue
            memory.samples.setdefault(role, []).append((time.monotonic() - began, pages * _PAGE_MB))


def main() -> None:
    """Soaks, prints, exits; a signal ends what was started too."""
    exit_at_signal()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--webhooks", type=int, default=50_000)
    parser.add_argument("--rate", type=float, default=300.0, help="webhooks a second, at most")
    parser.add_argument("--stores", default="sqlite,postgresql")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    asked = parser.parse_args()
    configure_logging(level=40)
    failed = False
    for store in asked.stores.split(","):
        folder = Path(tempfile.mkdtemp(prefix="escalator-soak-"))
        server = PostgresServer(folder) if store == "postgresql" else None
        url = server.create_database() if server else f"sqlite:///{folder / 'escalator.db'}"
        # The second store is there to show that it is no different, not to measure the first one again.
        webhooks = asked.webhooks if server is None else asked.webhooks // 5
        try:
            outcome = soak(folder / "scene", url, webhooks=webhooks, rate=asked.rate, seed=asked.seed)
        finally:
            if server is not None:
                server.stop()
            shutil.rmtree(folder, ignore_errors=True)
        _say(f"{store}, seed {asked.seed}: {outcome.describe()}")
        for what in outcome.violations:
            _say(f"VIOLATION {what}")
        failed |= bool(outcome.violations)
    sys.exit(1 if failed else 0)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
