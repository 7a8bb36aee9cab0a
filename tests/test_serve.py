"""The supervisor, with tiny programs as its roles; each test starts a real parent process."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[1]

PARENT = """
import os
import signal
import sys
# A test run in the background has them ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from worker.log import configure_logging
from worker.serve import Patience, Role, supervise
from worker.web.listener import bind_listener, name_url
configure_logging(as_json=True)
names = sys.argv[2:]
listener = bind_listener("127.0.0.1", 0)
roles = [
    Role(
        name=name,
        command=(sys.executable, sys.argv[1] + "/" + name + ".py", name_url(listener)),
        listener=listener if name == "web" else None,
    )
    for name in names
]
patience = Patience(
    ready=float(os.environ["READY_SECONDS"]),
    grace=1.5,
    first_backoff=0.05,
    longest_backoff=0.1,
    deaths=5,
    deaths_within=60.0,
)
sys.exit(supervise(roles, patience=patience))
"""

HEAD = """
import os, signal, sys, time
from pathlib import Path
from worker.serve import announce_ready, follow_parent, inherit_listener
here = Path(__file__).parent
name = Path(__file__).stem
with (here / f"{name}.pids").open("a") as pids:
    pids.write(f"{os.getpid()}\\n")
follow_parent(grace_s=1.0)
"""

BODIES = {
    # Ends in peace when it is asked to.
    "good": """
        def finish(*_):
            (here / f"{name}.finished").touch()
            sys.exit(0)
        signal.signal(signal.SIGTERM, finish)
        announce_ready()
        while True:
            time.sleep(0.05)
    """,
    "web": """
        import socket
        listener = inherit_listener()
        listener.setblocking(True)
        assert inherit_listener() is None
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        print("chatter", flush=True)
        announce_ready(sys.argv[1])
        while True:
            connection, _ = listener.accept()
            connection.recv(65536)
            answer = str(os.getpid()).encode()
            connection.sendall(b"HTTP/1.0 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(answer))
            connection.sendall(answer)
            connection.close()
    """,
    # Does not listen to anybody.
    "stubborn": """
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        announce_ready()
        while True:
            time.sleep(0.05)
    """,
    "mortal": """
        announce_ready()
        sys.exit(7)
    """,
    "misconfigured": """
        sys.exit(2)
    """,
    "mute": """
        time.sleep(60)
    """,
    "chatty": """
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        sys.stdout.write("x" * 1_000_000 + "\\n" + "[]\\n" + '{"ready": false}\\n')
        announce_ready("http://127.0.0.1:1")
        announce_ready("http://127.0.0.1:2")
        while True:
            time.sleep(0.05)
    """,
}


class Run:
    """A parent under test and the folder in which its children leave their traces."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.process = process
        self.folder = folder

    def read_ready(self) -> dict[str, object]:
        assert self.process.stdout is not None
        said: dict[str, object] = json.loads(self.process.stdout.readline())
        return said

    def list_pids(self, name: str) -> list[int]:
        path = self.folder / f"{name}.pids"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> tuple[int, str, str]:
        out, logs = self.process.communicate(timeout=60)
        return self.process.returncode, out, logs


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def wait_until(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []
    for name, body in BODIES.items():
        (tmp_path / f"{name}.py").write_text(HEAD + textwrap.dedent(body))

    def begin(*names: str, ready_s: float = 8.0) -> Run:
        process = subprocess.Popen(
            [sys.executable, "-c", PARENT, str(tmp_path), *names],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "READY_SECONDS": str(ready_s)},
        )
        runs.append(Run(process, tmp_path))
        return runs[-1]

    yield begin
    for run in runs:
        with run.process:
            run.process.kill()
    for path in tmp_path.glob("*.pids"):
        for pid in path.read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_one_line_when_all_are_up_and_peace_at_a_signal(start: Callable[..., Run], number: signal.Signals) -> None:
    run = start("web", "good")
    said = run.read_ready()
    assert said["ready"] is True
    assert str(said["url"]).startswith("http://127.0.0.1:")
    assert httpx.get(str(said["url"])).text == str(run.list_pids("web")[0])
    code, out, _ = run.end(number)
    assert (code, out) == (0, "")
    assert (run.folder / "good.finished").exists()
    assert not any(is_alive(pid) for pid in run.list_pids("web") + run.list_pids("good"))


def test_a_dead_role_is_started_again_on_the_same_address(start: Callable[..., Run]) -> None:
    run = start("web", "good")
    url = str(run.read_ready()["url"])
    (first,) = run.list_pids("web")
    (good,) = run.list_pids("good")
    os.kill(first, signal.SIGKILL)
    answer = httpx.get(url, timeout=10)  # waits in the backlog until the next one serves it
    assert answer.text == str(run.list_pids("web")[1])
    assert run.list_pids("good") == [good]
    code, out, logs = run.end()
    assert (code, out) == (0, "")
    assert '"exit": -9' in logs


def test_a_role_that_dies_again_and_again_ends_it_all(start: Callable[..., Run]) -> None:
    run = start("good", "mortal")
    code, _, logs = run.wait()
    assert code == 1
    assert len(run.list_pids("mortal")) == 5
    gave_up = next(line for line in map(json.loads, logs.splitlines()) if line["event"] == "serve.gave_up")
    assert (gave_up["role"], gave_up["deaths"], gave_up["level"]) == ("mortal", 5, "error")
    assert (run.folder / "good.finished").exists()


def test_a_role_that_is_misconfigured_is_not_tried_again(start: Callable[..., Run]) -> None:
    run = start("misconfigured")
    code, out, logs = run.wait()
    assert (code, out) == (2, "")
    assert len(run.list_pids("misconfigured")) == 1
    assert "serve.role_misconfigured" in logs


def test_a_role_that_is_never_ready_ends_it_all(start: Callable[..., Run]) -> None:
    run = start("good", "mute", ready_s=2.0)
    code, out, logs = run.wait()
    assert (code, out) == (1, "")
    assert '"roles": ["mute"]' in logs
    assert not any(is_alive(pid) for pid in run.list_pids("mute"))


def test_a_role_that_does_not_finish_is_killed_after_the_grace_period(start: Callable[..., Run]) -> None:
    run = start("stubborn", "good")
    run.read_ready()
    began = time.monotonic()
    code, _, logs = run.end()
    assert code == 0
    assert 1.0 < time.monotonic() - began < 6.0
    assert "serve.role_killed" in logs
    assert not is_alive(run.list_pids("stubborn")[0])


def test_a_second_ctrl_c_does_not_wait(start: Callable[..., Run]) -> None:
    run = start("stubborn")
    run.read_ready()
    run.process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    began = time.monotonic()
    assert run.end(signal.SIGINT)[0] == 0
    assert time.monotonic() - began < 1.2


def test_a_role_may_print_what_it_likes(start: Callable[..., Run]) -> None:
    run = start("chatty")
    assert run.read_ready() == {"ready": True, "url": "http://127.0.0.1:1"}
    assert run.end()[:2] == (0, "")


@pytest.mark.parametrize("names", [("good", "web"), ("stubborn",)])
def test_no_child_outlives_a_parent_that_is_killed(start: Callable[..., Run], names: tuple[str, ...]) -> None:
    run = start(*names)
    run.read_ready()
    pids = [pid for name in names for pid in run.list_pids(name)]
    assert all(is_alive(pid) for pid in pids)
    run.process.kill()
    assert wait_until(lambda: not any(is_alive(pid) for pid in pids))


def test_a_program_that_cannot_be_started_ends_it_all(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from worker.serve import Patience, Role, supervise\n"
        "patience = Patience(first_backoff=0.01)\n"
        "sys.exit(supervise([Role(name='ghost', command=('/no/such/program',))], patience=patience))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
