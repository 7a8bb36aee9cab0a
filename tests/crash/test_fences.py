"""Fences: a worker that is stopped past its lease and goes on, with another one that took over meanwhile."""

import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.crash.audit import audit, await_quiet
from tests.crash.scene import Role, Scene, build_scene
from worker.failpoints import FailPoint
from worker.store.database import Database
from worker.store.migrate import upgrade_database

pytestmark = pytest.mark.slow

_STOPPED_S = 120.0
_TRIES = 8
_STATE_STOPPED = "T"


@contextmanager
def running(scene: Scene, role: str, plan: str = "") -> Iterator[Role]:
    process = scene.start_role(role, plan)
    try:
        yield process
    finally:
        process.end()


def await_stopped(process: Role) -> bool:
    """True once the process stands still by its own signal."""
    ends = time.monotonic() + _STOPPED_S
    while time.monotonic() < ends:
        state = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
        if state == _STATE_STOPPED:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    "point",
    [
        FailPoint.TICKET_JUDGED,
        FailPoint.ESCALATIONS_READ,
        FailPoint.POLL_READ,
        FailPoint.EFFECT_STARTED,
        FailPoint.EFFECT_SENT,
        FailPoint.EFFECT_FINISHED,
    ],
)
def test_a_worker_that_slept_past_its_lease_writes_nothing(
    tmp_path: Path, database_url: str, point: FailPoint
) -> None:
    """Another thread may hold the lock of SQLite's file when the process stops: then, once more."""
    if not database_url.startswith("sqlite"):
        assert play_sleep(tmp_path, database_url, point)
        return
    tries = (tmp_path / str(number) for number in range(_TRIES))
    assert any(play_sleep(folder, f"sqlite:///{folder / 'escalator.db'}", point) for folder in tries)


def play_sleep(folder: Path, url: str, point: FailPoint) -> bool:
    """False when the sleeper holds the store's lock, so that no other worker could take over."""
    folder.mkdir(exist_ok=True)
    with Database(url) as database, build_scene(folder, url, 1) as scene:
        upgrade_database(database)
        scene.add_trouble()
        with running(scene, "worker", f"{point.value}:1:stop") as sleeper:
            assert await_stopped(sleeper)
            if is_locked(database):
                return False
            with running(scene, "worker") as other:
                other.await_ready()
                quiet = await_quiet(scene, database, seconds=300)
                assert quiet.unsettled == ()
                before = [entry for entry in scene.box.journal if entry.effect == "committed"]
                sleeper.send_signal(signal.SIGCONT)
                time.sleep(4.0)
                after = [entry for entry in scene.box.journal if entry.effect == "committed"]
                assert [entry.path for entry in after[len(before) :] if "oauth" not in entry.path] == []
                assert await_quiet(scene, database, seconds=60).unsettled == ()
        assert audit(scene, database) == ()
    return True


def is_locked(database: Database) -> bool:
    """True when a writer on SQLite's file does not end, because it is stopped; PostgreSQL ends such a one itself."""
    path = database.engine.url.database
    if database.engine.dialect.name != "sqlite" or path is None:
        return False
    with closing(sqlite3.connect(path, timeout=2.0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        connection.execute("ROLLBACK")
    return False


def test_two_workers_that_are_stopped_in_turn_double_nothing(tmp_path: Path, database_url: str) -> None:
    """Each is stopped for longer than its lease again and again, wherever it is, while the other one goes on."""
    with Database(database_url) as database, build_scene(tmp_path, database_url, 2) as scene:
        upgrade_database(database)
        with running(scene, "worker") as first, running(scene, "worker") as second:
            first.await_ready()
            second.await_ready()
            for number in range(8):
                scene.add_trouble()
                time.sleep(scene.dice.uniform(0.0, 1.0))
                sleeper = (first, second)[number % 2]
                sleeper.send_signal(signal.SIGSTOP)
                time.sleep(6.0)
                sleeper.send_signal(signal.SIGCONT)
            assert await_quiet(scene, database, seconds=240).unsettled == ()
        assert audit(scene, database) == ()
