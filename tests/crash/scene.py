"""What a crash run plays on: a sandbox that misbehaves, one database, and real roles, killed and started again."""

import base64
import contextlib
import hashlib
import hmac
import json
import multiprocessing
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import requests

from connectors.sandbox.faults import Fault
from connectors.sandbox.jira.issues import Issue
from connectors.sandbox.server import Sandbox, SandboxSettings
from tests.rig import AGENT, CUSTOMER, FIELDS, make_record, spell, write_policy
from worker.cli.entry import main
from worker.failpoints import FailPoint
from worker.settings import FAIL_POINT, PREFIX

COMMAND = (sys.executable, "-m", "worker.cli", "serve")
LEASE_S = 5.0
WINDOWS = {
    "request_timeout": "2s",
    "lease": f"{LEASE_S:g}s",
    "search_lag": "0.5s",
    "create_quiet_window": "3s",
    "poll_every": "1s",
    "issue_poll_every": "3s",
}
SEARCH_LAG_S = 0.5
WORSE = "It is getting worse: the whole system is down for all our users and nobody can work. Rows are gone."
CONFIRMED = "Confirmed: production is down for all customers, data loss, rows are unrecoverable."
QUESTION = "How do I rename a column?"
OVERLAY = {
    "cadence.toml": "".join(f'[{name}]\nsend = ["update", "confirm"]\n' for name in ("critical", "high", "medium")),
    "fields.toml": "[zendesk]\nnative_links = true\n"
    + "".join(f"{name} = {number}\n" for name, number in FIELDS.items()),
}
"""Every kind of write is switched on."""
WEB_POINTS = frozenset(point for point in FailPoint if point.value.startswith("deliveries."))

_READY_S = 60.0

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["worker.cli.app", "worker.wiring", "tests.crash.scene", "sqlalchemy.dialects.postgresql.psycopg"]
)


def list_faults(seed: int) -> list[Fault]:
    """Trouble for ever: lost answers, late requests, throttling; webhooks doubled, late, lost, swapped."""
    write: dict[str, Any] = {"times": None, "seed": seed}
    return [
        Fault(action="drop_after", vendor="jira", method="POST", path=r"/issue$", probability=0.12, **write),
        Fault(action="slow", vendor="jira", method="POST", path=r"/issue$", probability=0.06, seconds=2.5, **write),
        Fault(action="status", vendor="jira", method="POST", path=r"/issue$", probability=0.06, commit=True, **write),
        Fault(action="drop_before", vendor="jira", method="POST", path=r"/issue$", probability=0.03, **write),
        Fault(action="drop_after", vendor="jira", method="POST", path=r"/comment$", probability=0.15, **write),
        Fault(action="drop_after", vendor="jira", method="POST", path=r"/remotelink$", probability=0.1, **write),
        Fault(action="drop_after", vendor="zendesk", method="PUT", path=r"/tickets/\d+$", probability=0.15, **write),
        Fault(action="truncate", vendor="zendesk", method="PUT", path=r"/tickets/\d+$", probability=0.05, **write),
        Fault(action="drop_after", vendor="zendesk", method="PUT", path=r"/tags$", probability=0.1, **write),
        Fault(action="drop_after", vendor="zendesk", method="POST", path=r"/jira/links$", probability=0.1, **write),
        Fault(
            action="status", status=429, headers={"Retry-After": "1"}, path=r"show_many|/issue/", probability=0.02,
            **write,
        ),
        Fault(action="status", vendor="zendesk", path=r"show_many|/comments", probability=0.02, **write),
        Fault(action="duplicate", probability=0.2, **write),
        Fault(action="lose", probability=0.1, **write),
        Fault(action="late", probability=0.1, seconds=1.5, **write),
        Fault(action="reorder", probability=0.1, **write),
    ]  # fmt: skip


def become(arguments: Sequence[str], environment: dict[str, str], log: Path, out: Path) -> None:
    """Turns a fresh fork of an interpreter that has done its imports into the command, with files as its outputs."""
    os.environ.clear()
    os.environ.update(environment)
    for path, descriptor in ((out, 1), (log, 2)):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(handle, descriptor)
        os.close(handle)
    sys.argv = ["escalator", *arguments]
    main()


@dataclass(frozen=True, kw_only=True, slots=True)
class Role:
    """A role as a process of its own. Forked with the imports done: a start would cost more than all of its life."""

    process: BaseProcess
    out: Path

    @property
    def pid(self) -> int:
        """Its number."""
        assert self.process.pid is not None
        return self.process.pid

    def await_ready(self, seconds: float = _READY_S) -> bool:
        """Waits for the line that says it is up; False when the process ended before."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and self.process.exitcode is None:
            if self.out.exists() and b"ready" in self.out.read_bytes():
                return True
            time.sleep(0.02)
        return False

    def await_death(self, seconds: float) -> bool:
        """True when it was killed within so many seconds."""
        self.process.join(seconds)
        return self.process.exitcode == -signal.SIGKILL

    def send_signal(self, number: int) -> None:
        """Sends a signal; harmless when it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def end(self, number: int = signal.SIGKILL) -> None:
        """Ends it and waits for its end."""
        if self.process.pid is None:
            return
        if self.process.exitcode is None:
            self.send_signal(number)
        self.process.join(60)
        self.process.kill()
        self.process.join()


@dataclass(kw_only=True)
class Scene:
    """The sandbox, the settings, and what was put in so far."""

    box: Sandbox
    folder: Path
    database_url: str
    port: int
    dice: random.Random
    environment: dict[str, str]
    bugs: list[int] = field(default_factory=list)
    questions: list[int] = field(default_factory=list)
    acked: list[str] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    _number: int = 500

    def start_role(self, role: str, plan: str = "") -> Role:
        """`serve --only ROLE`."""
        environment = self.environment | ({FAIL_POINT: plan} if plan else {})
        out = self.folder / f"{role}-{len(self.roles)}.out"
        arguments = ("serve", "--only", role)
        process = _FORKS.Process(target=become, args=(arguments, environment, self.folder / f"{role}.log", out))
        started = Role(process=process, out=out)
        self.roles.append(started)
        process.start()
        return started

    def start_service(self) -> "subprocess.Popen[bytes]":
        """`serve`: the supervisor with both roles."""
        with (self.folder / "serve.log").open("ab") as log:
            return subprocess.Popen(COMMAND, env=self.environment, stdout=subprocess.PIPE, stderr=log)

    def add_trouble(self, count: int = 2) -> None:
        """New tickets, and something happens to the old ones on both sides."""
        first = self._number + 1
        self._number += count + 1
        bugs, question = list(range(first, first + count)), first + count
        records = [make_record(number) for number in bugs]
        self.box.zendesk.load_records([*records, make_record(question, note=None, text=QUESTION)])
        if self.bugs:
            old = self.dice.choice(self.bugs)
            self.box.zendesk.add_comment(old, author_id=CUSTOMER, body=WORSE)
            self.box.zendesk.add_comment(old, author_id=AGENT, public=False, body=CONFIRMED)
            self.box.zendesk.touch(self.dice.choice(self.questions))
        if issues := self.box.jira.issues:
            self._work_on(self.dice.choice(issues), steps=self.dice.choice((1, 2)))
        self.bugs += bugs
        self.questions.append(question)

    def _work_on(self, issue: Issue, *, steps: int) -> None:
        for _ in range(steps):
            name = {"new": "Start work", "indeterminate": "Finish"}.get(issue.category, "Back to the list")
            self.box.jira.transition_issue(issue.key, name)

    def post_witness(self) -> None:
        """One signed delivery about a known ticket; its id is kept when the web role says that it has it."""
        number, ticket_id = secrets.token_hex(8), self.dice.choice(self.bugs + self.questions)
        body = json.dumps({"ticket_id": str(ticket_id), "witness": number}).encode()
        stamp = spell(datetime.now(UTC))
        secret = self.box.settings.zendesk_webhook_secret.encode()
        signature = base64.b64encode(hmac.new(secret, stamp.encode() + body, hashlib.sha256).digest()).decode()
        headers = {
            "X-Zendesk-Webhook-Invocation-Id": number,
            "X-Zendesk-Webhook-Signature": signature,
            "X-Zendesk-Webhook-Signature-Timestamp": stamp,
        }
        with contextlib.suppress(requests.RequestException):
            answer = requests.post(f"{self.url}/webhooks/zendesk", data=body, headers=headers, timeout=3)
            if answer.status_code == requests.codes.ok:
                self.acked.append(f"zendesk:invocation:{number}")
            else:
                self.refused.append(answer.status_code)

    @property
    def url(self) -> str:
        """The web role's address, the same over its restarts."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def witnessing(self) -> Iterator[None]:
        """Deliveries arrive all the time, whoever lives."""
        over = threading.Event()

        def post() -> None:
            while not over.wait(0.5):
                if self.bugs:
                    self.post_witness()

        thread = threading.Thread(target=post, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _write_policy(folder: Path) -> Path:
    write_policy(folder)
    for name, text in OVERLAY.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@contextmanager
def build_scene(folder: Path, database_url: str, seed: int, **sandbox: float) -> Iterator[Scene]:
    """A scene on an empty sandbox; nothing is started, no fault is in force."""
    folder.mkdir(parents=True, exist_ok=True)
    shape: dict[str, float] = {"export_lag_s": 0.0, "search_lag_s": SEARCH_LAG_S, "webhook_retry_s": 0.5}
    with Sandbox(SandboxSettings(**(shape | sandbox))) as box:  # type: ignore[arg-type]
        port = _find_port()
        values = {
            "DATABASE_URL": database_url,
            "POLICY_DIR": str(_write_policy(folder / "policy")),
            "WEB_PORT": str(port),
            "POLL_FROM": spell(datetime.now(UTC) - timedelta(days=9)),
            "ZENDESK_EXPORTS_PER_MINUTE": "6000",
            "ZENDESK_UPDATES_PER_MINUTE": "6000",
        } | {name.upper(): value for name, value in WINDOWS.items()}
        clean = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        environment = clean | box.environment | {PREFIX + name: value for name, value in values.items()}
        scene = Scene(
            box=box,
            folder=folder,
            database_url=database_url,
            port=port,
            dice=random.Random(seed),
            environment=environment,
        )
        box.webhook_target(scene.url)
        try:
            yield scene
        finally:
            for role in scene.roles:
                role.end()


def await_ready(service: "subprocess.Popen[bytes]", seconds: float = _READY_S) -> bool:
    """Reads the line that says it is up; False when the process ended before."""
    assert service.stdout is not None
    timer = threading.Timer(seconds, service.kill)
    timer.start()
    try:
        return bool(service.stdout.readline())
    finally:
        timer.cancel()


def end_service(service: "subprocess.Popen[bytes]", number: int = signal.SIGKILL) -> None:
    """Ends a service that we started, and waits for its end."""
    with contextlib.suppress(ProcessLookupError):
        service.send_signal(number)
    service.wait(60)
    if service.stdout is not None:
        service.stdout.close()


def find_children(pid: int) -> list[int]:
    """The processes that a supervisor has started."""
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def await_gone(pids: Sequence[int], seconds: float) -> list[int]:
    """Waits until none of the processes lives; those that still do."""
    ends = time.monotonic() + seconds
    while (left := [pid for pid in pids if _lives(pid)]) and time.monotonic() < ends:
        time.sleep(0.05)
    return left


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
