"""`escalator serve`: the web and the worker role as two child processes that live and end together.

A role is a command, run with `subprocess` and not forked from this process: it is what an operator can start alone
on another machine, it begins with a clean interpreter, and no thread or lock of the parent is copied into it.
Assessment is CPU work, which starves a server that acknowledges in the same process; hence two.

Three things pass between parent and child. The child prints one JSON line on its stdout when it is up. It inherits
the read end of a pipe that only the parent can write to: its end means that the parent is gone, however it died, on
every POSIX system. And the web role may inherit the listening socket, which stays open while that role is restarted,
so that a sender waits a moment in the backlog and is not refused.

The parent of both is this module alone: `escalator serve` checks settings, policy and database, and then becomes
`python -m worker.serve`, which keeps none of what the checks have loaded.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import threading
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn, TextIO

from worker.plain_log import write_line

# No setting, hence no prefix of settings: they pass between a parent and its child.
_PARENT_VARIABLE = "_HELPDESK_ESCALATOR_PARENT_FD"
_LISTENER_VARIABLE = "_HELPDESK_ESCALATOR_LISTENER_FD"

# glibc keeps an arena for each of a few threads, and what is freed in one serves no other: memory creeps.
_ARENAS = {"MALLOC_ARENA_MAX": "2"}

_USAGE_EXIT = 2
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(frozen=True, kw_only=True, slots=True)
class Role:
    """A child process: its name in logs, its command, and the listening socket that it inherits, if any."""

    name: str
    command: tuple[str, ...]
    listener: socket.socket | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long the supervisor waits, in seconds, and how many deaths of a role within `deaths_within` it accepts."""

    ready: float = 60.0
    grace: float = 30.0
    first_backoff: float = 0.5
    longest_backoff: float = 10.0
    deaths: int = 5
    deaths_within: float = 60.0


def supervise(roles: Sequence[Role], *, out: TextIO | None = None, patience: Patience | None = None) -> int:
    """Run the roles until SIGTERM, SIGINT or SIGHUP and return the exit code for this process.

    Prints `{"ready": true, "url": ...}` once on `out` (stdout) when every role is up; the URL is the first that a
    role names. A dead role is started again after a growing pause. 0: stopped by a signal. 1: a role died too often
    or was not ready in time. 2: a role says that its usage or configuration is wrong. Must run on the main thread.
    """
    supervisor = _Supervisor(roles, out=out or sys.stdout, patience=patience or Patience())
    return asyncio.run(supervisor.run())


def hand_over(listener: socket.socket) -> NoReturn:
    """Become the supervisor of both roles, which holds the listening socket; all else of this process is gone."""
    listener.set_inheritable(True)
    sys.stdout.flush()
    sys.stderr.flush()
    environment = os.environ | {_LISTENER_VARIABLE: str(listener.fileno())}
    os.execve(sys.executable, (sys.executable, "-m", __spec__.name), environment)  # noqa: S606 - no shell is wanted


def announce_ready(url: str | None = None, *, out: TextIO | None = None) -> None:
    """Print the JSON line that says this role is up; the same line serves an operator who runs the role alone."""
    print(json.dumps({"ready": True, "url": url}), file=out or sys.stdout, flush=True)


def follow_parent(*, grace_s: float = 30.0) -> None:
    """End this process when its supervisor is gone: SIGTERM to itself at once, and by force after `grace_s` seconds.

    Does nothing in a process that no supervisor started. Call it first thing, and only once.
    """
    descriptor = _take_descriptor(_PARENT_VARIABLE)
    if descriptor is None:
        return
    threading.Thread(target=_wait_for_end, args=(descriptor, grace_s), name="follow-parent", daemon=True).start()


def inherit_listener() -> socket.socket | None:
    """The listening socket that the supervisor holds for this role; None when there is none. Call it only once."""
    descriptor = _take_descriptor(_LISTENER_VARIABLE)
    return None if descriptor is None else socket.socket(fileno=descriptor)


def _take_descriptor(variable: str) -> int | None:
    """The descriptor that the variable names, from now on hidden from this process' own children."""
    value = os.environ.pop(variable, None)
    if value is None:
        return None
    os.set_inheritable(int(value), False)
    return int(value)


def _wait_for_end(descriptor: int, grace_s: float) -> None:
    with contextlib.suppress(OSError):
        while os.read(descriptor, 1):
            pass
    # No word of it: with the parent its pipes are gone, and a log that fails would keep this process alive.
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(grace_s)
    os._exit(1)


class _Supervisor:
    """One run of `supervise`."""

    def __init__(self, roles: Sequence[Role], *, out: TextIO, patience: Patience) -> None:
        self._roles = roles
        self._out = out
        self._patience = patience
        self._stopping = asyncio.Event()
        self._all_ready = asyncio.Event()
        self._urls: dict[str, str | None] = {}
        self._children: dict[str, Process] = {}
        self._exit_code = 0
        self._read_end, self._write_end = -1, -1

    async def run(self) -> int:
        """See `supervise`."""
        loop = asyncio.get_running_loop()
        for number in _STOP_SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup wants it for SIGHUP
                loop.add_signal_handler(number, self._note_signal, number)
        self._read_end, self._write_end = os.pipe()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._announce())
                for role in self._roles:
                    group.create_task(self._keep(role))
        finally:
            os.close(self._write_end)
            os.close(self._read_end)
        return self._exit_code

    async def _announce(self) -> None:
        """Print the line once; give up when a role needs too long for its first start."""
        if await _wait_for_either(self._all_ready, self._stopping, self._patience.ready) and self._all_ready.is_set():
            url = next((url for url in self._urls.values() if url is not None), None)
            try:
                announce_ready(url, out=self._out)
            except OSError as problem:
                self._give_up(1, "serve.stdout_gone", problem=problem.strerror)
        elif not self._stopping.is_set():
            late = [role.name for role in self._roles if role.name not in self._urls]
            self._give_up(1, "serve.not_ready", roles=late, seconds=self._patience.ready)

    async def _keep(self, role: Role) -> None:
        """Start the role again and again until the end; the pause grows while it dies soon after its start."""
        deaths: deque[float] = deque(maxlen=self._patience.deaths)
        while not self._stopping.is_set():
            code = await self._run_once(role)
            if self._stopping.is_set():
                return
            deaths.append(time.monotonic())
            if code == _USAGE_EXIT:
                self._give_up(_USAGE_EXIT, "serve.role_misconfigured", role=role.name)
            elif self._died_too_often(deaths):
                self._give_up(
                    1, "serve.gave_up", role=role.name, deaths=len(deaths), seconds=self._patience.deaths_within
                )
            else:
                await self._pause(role, code, deaths)

    def _died_too_often(self, deaths: deque[float]) -> bool:
        return len(deaths) == deaths.maxlen and deaths[-1] - deaths[0] <= self._patience.deaths_within

    async def _pause(self, role: Role, code: int, deaths: deque[float]) -> None:
        recent = sum(1 for death in deaths if deaths[-1] - death <= self._patience.deaths_within)
        pause = min(self._patience.first_backoff * 2 ** (recent - 1), self._patience.longest_backoff)
        write_line("error", "serve.role_died", role=role.name, exit=code, restart_in_s=pause)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), pause)

    async def _run_once(self, role: Role) -> int:
        """One life of the role, ended by itself or by us; its exit code, negative for a signal."""
        try:
            child = await self._start(role)
        except OSError as problem:
            write_line("error", "serve.role_not_started", role=role.name, problem=problem.strerror)
            return 1
        self._children[role.name] = child
        listening = asyncio.create_task(self._listen(role, child))
        ending = asyncio.create_task(child.wait())
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({ending, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not ending.done():
            await self._end(role, child, ending)
        listening.cancel()
        del self._children[role.name]
        return await ending

    async def _start(self, role: Role) -> Process:
        environment = {**_ARENAS, **os.environ, _PARENT_VARIABLE: str(self._read_end)}
        passed = [self._read_end]
        if role.listener is not None:
            environment[_LISTENER_VARIABLE] = str(role.listener.fileno())
            passed.append(role.listener.fileno())
        # A process group of its own: Ctrl-C in a terminal reaches the parent alone, which then tells the children.
        child = await asyncio.create_subprocess_exec(
            *role.command, stdin=DEVNULL, stdout=PIPE, env=environment, pass_fds=passed, process_group=0
        )
        write_line("info", "serve.role_started", role=role.name, pid=child.pid)
        return child

    async def _listen(self, role: Role, child: Process) -> None:
        """Wait for the child's line; whatever else it prints is read and dropped, so that it never blocks."""
        assert child.stdout is not None  # noqa: S101 - it is a pipe, as `_start` asked
        while True:
            try:
                line = await child.stdout.readline()
            except ValueError:
                continue  # longer than any line of ours
            if not line:
                return
            self._note_line(role, line)

    def _note_line(self, role: Role, line: bytes) -> None:
        try:
            said = json.loads(line)
        except ValueError:
            return
        if isinstance(said, dict) and said.get("ready") is True and role.name not in self._urls:
            url = said.get("url")
            self._urls[role.name] = url if isinstance(url, str) else None
            if len(self._urls) == len(self._roles):
                self._all_ready.set()

    async def _end(self, role: Role, child: Process, ending: "asyncio.Task[int]") -> None:
        """Ask the child to finish; after the grace period, make it."""
        _send(child, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(ending), self._patience.grace)
        if not ending.done():
            write_line("error", "serve.role_killed", role=role.name, after_s=self._patience.grace)
            _send(child, signal.SIGKILL)

    def _note_signal(self, number: signal.Signals) -> None:
        if self._stopping.is_set() and number == signal.SIGINT:
            for child in self._children.values():
                _send(child, signal.SIGKILL)
            return
        write_line("info", "serve.stopping", signal=number.name)
        self._stopping.set()

    def _give_up(self, code: int, event: str, **details: object) -> None:
        write_line("error", event, **details)
        self._exit_code = code
        self._stopping.set()


def _send(child: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.send_signal(number)


async def _wait_for_either(first: asyncio.Event, second: asyncio.Event, limit_s: float) -> bool:
    """True when one of the events happened within the limit."""
    waits = {asyncio.create_task(first.wait()), asyncio.create_task(second.wait())}
    done, pending = await asyncio.wait(waits, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
    for wait in pending:
        wait.cancel()
    return bool(done)


def _main() -> NoReturn:
    """The supervisor of both roles, on the socket that `hand_over` left open."""
    listener = inherit_listener()
    if listener is None:
        sys.exit("this is started by escalator serve")
    command = (sys.executable, "-m", "worker.cli", "serve", "--only")
    roles = (
        Role(name="web", command=(*command, "web"), listener=listener),
        Role(name="worker", command=(*command, "worker")),
    )
    sys.exit(supervise(roles))


if __name__ == "__main__":
    _main()
