"""Deaths and errors inside the real system calls, injected by strace: no code of the product takes part."""

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from tests.crash.audit import audit, await_quiet
from tests.crash.scene import Role, Scene, build_scene
from worker.store.database import Database
from worker.store.migrate import upgrade_database

pytestmark = pytest.mark.slow

_ATTACH_S = 15.0


@contextmanager
def injecting(role: Role, fault: str) -> Iterator[None]:
    """The fault is in force for the running role; skips where strace is missing or may not attach."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    calls = fault.partition(":")[0]
    command = [strace, "-f", "-p", str(role.pid), "-e", f"trace={calls}", "-e", f"inject={fault}", "-o", "/dev/null"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        try:
            await_attached(tracer, role)
            yield
        finally:
            tracer.send_signal(signal.SIGTERM)


def await_attached(tracer: "subprocess.Popen[str]", role: Role) -> None:
    """Waits until every thread is traced, or the role is already dead of the fault."""
    ends = time.monotonic() + _ATTACH_S
    while time.monotonic() < ends:
        if tracer.poll() is not None and role.await_death(2.0):
            return  # the fault has struck already
        if tracer.poll() is not None:
            pytest.skip(f"strace may not attach here: {tracer.stderr.read() if tracer.stderr else ''}")
        with suppress(FileNotFoundError, ProcessLookupError):
            tasks = list(Path(f"/proc/{role.pid}/task").glob("*/status"))
            if tasks and all("TracerPid:\t0\n" not in task.read_text(encoding="utf-8") for task in tasks):
                return
        time.sleep(0.05)
    raise AssertionError("strace did not attach")


@contextmanager
def scene_on_sqlite(folder: Path, seed: int) -> Iterator[tuple[Scene, Database]]:
    url = f"sqlite:///{folder / 'escalator.db'}"
    with Database(url) as database, build_scene(folder, url, seed) as scene:
        upgrade_database(database)
        yield scene, database


def test_a_disk_that_fails_is_never_acknowledged(tmp_path: Path) -> None:
    with scene_on_sqlite(tmp_path, 1) as (scene, _):
        scene.box.webhook_target(None)
        scene.add_trouble()
        web = scene.start_role("web")
        try:
            assert web.await_ready()
            scene.post_witness()
            assert len(scene.acked) == 1
            with injecting(web, "fdatasync:error=EIO"):
                for _ in range(5):
                    scene.post_witness()
            assert len(scene.acked) == 1
            assert scene.refused == [requests.codes.unavailable] * 5
            for _ in range(3):
                scene.post_witness()
            assert len(scene.acked) == 4
        finally:
            web.end()


@pytest.mark.parametrize("call", ["sendto", "fdatasync"])
@pytest.mark.parametrize("count", [1, 3, 6, 10])
def test_a_death_in_a_system_call_loses_and_doubles_nothing(tmp_path: Path, call: str, count: int) -> None:
    with scene_on_sqlite(tmp_path, count) as (scene, database):
        worker = scene.start_role("worker")
        try:
            assert worker.await_ready()
            with injecting(worker, f"{call}:signal=SIGKILL:when={count}"):
                scene.add_trouble()
                worker.await_death(20.0)
        finally:
            worker.end()
        worker = scene.start_role("worker")
        try:
            assert worker.await_ready()
            assert await_quiet(scene, database, seconds=120).unsettled == ()
        finally:
            worker.end()
        assert audit(scene, database) == ()
