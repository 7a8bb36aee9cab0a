"""`make fleet`: three workers on one PostgreSQL that are killed, cut off, and robbed of the server itself.

Webhooks arrive and vendors fail all the time. Prints figures, exits 1 when something was lost or doubled, or when a
role ended that nobody killed.
"""

import argparse
import secrets
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import PostgresServer
from tests.crash.audit import audit, await_quiet
from tests.crash.ending import exit_at_signal
from tests.crash.inheritance import Inheritance
from tests.crash.scene import LEASE_S, Scene, build_scene, list_faults
from worker.log import configure_logging
from worker.store.database import Database

WORKERS = 3
RESUMED_S = 5.0
"""Within its lease and this, a dead worker's subject goes on."""

_SENDERS = 4
_BLOW_EVERY_S = (2.0, 5.0)
_AWAY_S = (1.0, 4.0)
_TROUBLE_EVERY_S = 2.0
_QUIET_S = 300.0


@dataclass(kw_only=True)
class Blows:
    """What was done to the fleet."""

    kills: int = 0
    cuts: int = 0
    stops: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What it came to."""

    blows: Blows
    inheritance: str
    sent: int
    acked: int
    escalations: int
    faults: int
    drained: int
    settled_s: float
    violations: tuple[str, ...]

    def describe(self) -> str:
        """The figures."""
        done = self.blows
        return (
            f"{WORKERS} workers: {done.kills} killed, connections cut {done.cuts} times, PostgreSQL stopped"
            f" {done.stops} times; {self.acked} of {self.sent} webhooks acknowledged, {self.escalations} escalations,"
            f" {self.faults} faults, {self.drained} subjects parked and replayed;"
            f" quiet {self.settled_s:.0f} s after the last blow\n"
            f"{self.inheritance}\n{len(self.violations)} violations"
        )


class Fleet:
    """The web role and its workers on one database, and what is done to them."""

    def __init__(self, scene: Scene, server: PostgresServer, inheritance: Inheritance) -> None:
        self._dice = scene.dice
        self._inheritance = inheritance
        self._scene = scene
        self._server = server
        self.web = scene.start_role("web")
        self.workers = [scene.start_role("worker") for _ in range(WORKERS)]
        self.blows = Blows()
        self.ended: list[str] = []

    def await_ready(self) -> None:
        """Raises RuntimeError when a role does not come up."""
        if not all(role.await_ready() for role in (self.web, *self.workers)):
            raise RuntimeError(f"a role did not start; see {self._scene.folder}")

    def kill_worker(self) -> None:
        """One dies without a word, and another one takes its place."""
        self.look()
        place = self._dice.randrange(WORKERS)
        dead = self.workers[place]
        dead.end()
        self._inheritance.note_death(dead.pid)
        self.workers[place] = self._scene.start_role("worker")
        self.blows.kills += 1

    def cut_connections(self) -> None:
        """Every session on the database ends, in the middle of whatever it does."""
        self._server.cut_connections(self._scene.database_url)
        self.blows.cuts += 1

    def stop_database(self) -> None:
        """PostgreSQL falls over, and is back after a few seconds."""
        self._server.stop_at_once()
        time.sleep(self._dice.uniform(*_AWAY_S))
        self._server.start_again()
        self.blows.stops += 1

    def look(self) -> None:
        """Notes, and replaces, what ended although nobody killed it."""
        if self.web.process.exitcode is not None:
            self.ended.append(f"the web role ended by itself with {self.web.process.exitcode}")
            self.web = self._scene.start_role("web")
        for place, worker in enumerate(self.workers):
            if worker.process.exitcode is not None:
                self.ended.append(f"a worker ended by itself with {worker.process.exitcode}")
                self.workers[place] = self._scene.start_role("worker")


def trouble_fleet(folder: Path, server: PostgresServer, *, seconds: float, rate: float, seed: int) -> Outcome:
    """Blow after blow for so many seconds, then waits until all is quiet, and audits."""
    url = server.create_database()
    with build_scene(folder, url, seed) as scene, Database(url) as database, Inheritance(database) as inheritance:
        for fault in list_faults(seed):
            scene.box.faults.add(fault)
        scene.add_trouble(count=3)
        fleet = Fleet(scene, server, inheritance)
        fleet.await_ready()
        with _sending(scene, rate) as sent:
            _strike(scene, fleet, seconds)
        faults = scene.box.faults.fired()
        scene.box.faults.clear()
        began = time.monotonic()
        quiet = await_quiet(scene, database, seconds=_QUIET_S)
        settled_s = time.monotonic() - began
        fleet.look()
        violations = [f"never settled: {what}" for what in quiet.unsettled]
        violations += [*fleet.ended, *audit(scene, database)]
        if inheritance.longest_s > LEASE_S + RESUMED_S:
            violations.append(
                f"a dead worker's subject waited {inheritance.longest_s:.1f} s, its lease {LEASE_S:.0f} s"
            )
    return Outcome(
        blows=fleet.blows,
        inheritance=inheritance.describe(),
        sent=sent[0],
        acked=len(scene.acked),
        escalations=len(scene.bugs),
        faults=faults,
        drained=quiet.drained,
        settled_s=settled_s,
        violations=tuple(violations),
    )


def _strike(scene: Scene, fleet: Fleet, seconds: float) -> None:
    """In a random order, but each kind of blow at least once in every six."""
    bag = list[Callable[[], None]]()
    ends = next_trouble = time.monotonic()
    ends += seconds
    while time.monotonic() < ends:
        if time.monotonic() >= next_trouble:
            scene.add_trouble(count=2)
            next_trouble = time.monotonic() + _TROUBLE_EVERY_S
        time.sleep(scene.dice.uniform(*_BLOW_EVERY_S))
        if not bag:
            bag = [fleet.kill_worker] * 4 + [fleet.cut_connections, fleet.stop_database]
            scene.dice.shuffle(bag)
        bag.pop()()
        fleet.look()


@contextmanager
def _sending(scene: Scene, rate: float) -> Iterator[list[int]]:
    """Webhooks at this rate all the while, whatever becomes of each; counts them."""
    over, sent = threading.Event(), [0]

    def send() -> None:
        with ThreadPoolExecutor(_SENDERS) as senders:
            while not over.wait(1 / rate):
                if senders._work_queue.qsize() < _SENDERS * 5:
                    senders.submit(scene.post_witness)
                    sent[0] += 1

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    try:
        yield sent
    finally:
        over.set()
        sender.join()


def main() -> None:
    """Strikes, prints, exits; a signal ends what was started too."""
    exit_at_signal()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--rate", type=float, default=40.0, help="webhooks a second, at most")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    asked = parser.parse_args()
    configure_logging(level=40)
    folder = Path(tempfile.mkdtemp(prefix="escalator-fleet-"))
    server = PostgresServer(folder)
    try:
        outcome = trouble_fleet(folder / "scene", server, seconds=asked.seconds, rate=asked.rate, seed=asked.seed)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(f"postgresql, seed {asked.seed}: {outcome.describe()}\n")
    for what in outcome.violations:
        sys.stdout.write(f"VIOLATION {what}\n")
    sys.exit(1 if outcome.violations else 0)


if __name__ == "__main__":
    main()
