"""The real commands in processes of their own, on a sandbox: started, waited for, ended in peace."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from connectors.sandbox.server import Sandbox
from tests.rig import write_policy
from worker.settings import PREFIX

ESCALATOR = (sys.executable, "-m", "worker.cli")
_STOP_S = 30.0


class NotStarted(Exception):
    """A process ended before it said that it was up; the message holds the end of its log."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A process that is up: its address, its number, and how many seconds it took."""

    url: str
    pid: int
    start_s: float


def spell_environment(box: Sandbox, folder: Path, database_url: str, **settings: str) -> dict[str, str]:
    """The settings that point the product at a sandbox and a database: mode auto, no budget in the way."""
    own = {
        "DATABASE_URL": database_url,
        "POLICY_DIR": str(write_policy(folder / "policy")),
        "WEB_PORT": "0",
        "ZENDESK_EXPORTS_PER_MINUTE": "6000",
        "ZENDESK_UPDATES_PER_MINUTE": "6000",
    }
    return box.environment | {PREFIX + name: value for name, value in (own | settings).items()}


@contextmanager
def open_service(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[Running]:
    """Runs a command that prints one JSON line when it is up; raises NotStarted when it does not."""
    began = time.monotonic()
    with log.open("ab") as output:
        process = subprocess.Popen(command, env=_clean(environment), stdout=subprocess.PIPE, stderr=output)
    try:
        yield Running(url=_await_ready(process, log), pid=process.pid, start_s=time.monotonic() - began)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def run_command(
    command: Sequence[str], environment: Mapping[str, str], log: Path, limit_s: float
) -> "subprocess.CompletedProcess[bytes]":
    """Runs a command to its end; raises subprocess.TimeoutExpired after `limit_s` seconds."""
    with log.open("ab") as output:
        return subprocess.run(
            command, env=_clean(environment), stdout=subprocess.PIPE, stderr=output, timeout=limit_s, check=False
        )


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)} | dict(environment)


def _await_ready(process: "subprocess.Popen[bytes]", log: Path) -> str:
    line = process.stdout.readline() if process.stdout is not None else b""
    if not line:
        raise NotStarted(log.read_text(encoding="utf-8", errors="replace")[-500:])
    return str(json.loads(line)["url"])
