"""Hostile HTTP against the real web process: no server error, no hang, no memory lost, nothing in its log."""

import contextlib
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.hostile.http_requests import JIRA_SECRET, ZENDESK_SECRET, pick_request
from tests.web.sockets import connect, read_answer

SEED = 20260302
ALLOWED_5XX = {503}
_PATIENCE_S = 25.0
_SILENCE_S = 0.3


class WebProcess:
    """A running `escalator serve --only web`."""

    def __init__(self, process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
        self.process = process
        self.url = url
        self._log = log

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def resident_bytes(self) -> int:
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize()

    @property
    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))  # noqa: PTH208 - descriptors, not paths


@contextmanager
def run_web_process(folder: Path) -> Iterator[WebProcess]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("ESCALATOR_")}
    settings = {
        "ESCALATOR_DATABASE_URL": f"sqlite:///{folder / 'escalator.db'}",
        "ESCALATOR_WEB_PORT": "0",
        "ESCALATOR_ZENDESK_WEBHOOK_SECRET": ZENDESK_SECRET,
        "ESCALATOR_JIRA_WEBHOOK_SECRET": JIRA_SECRET,
    }
    log = folder / "web.log"
    command = [sys.executable, "-m", "worker.cli", "serve", "--only", "web"]
    with (
        log.open("ab") as errors,
        subprocess.Popen(command, env=clean | settings, stdout=subprocess.PIPE, stderr=errors) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, log.read_text()
            yield WebProcess(process, line.decode().split('"url": "')[1].split('"')[0], log)
            process.send_signal(signal.SIGTERM)
            assert process.wait(40) == 0
        finally:
            process.kill()


def throw(url: str, data: bytes, leave: float) -> int:
    """Sends the bytes, in one piece or two, then leaves at once, half-closes or listens; the status of the answer."""
    received = bytearray()
    with connect(url, timeout_s=_PATIENCE_S) as connection:
        try:
            at = len(data) // 2 if leave > 0.8 else len(data)
            connection.sendall(data[:at])
            connection.sendall(data[at:])
            if leave < 0.1:
                return 0
            if leave < 0.2:
                # The server may have hung up already.
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_WR)
            else:
                connection.settimeout(_SILENCE_S)
            while chunk := connection.recv(65536):
                received += chunk
        except TimeoutError:
            assert leave >= 0.2, f"no end to it: {data[:300]!r}"
        except ConnectionError:
            pass
    statuses = [read_status(part) for part in split(received)]
    assert {status for status in statuses if status >= 500} <= ALLOWED_5XX, data[:300]
    return statuses[0] if statuses else 0


def split(received: bytearray) -> list[bytes]:
    return [b"HTTP/1.1 " + part for part in bytes(received).split(b"HTTP/1.1 ")[1:]]


def read_status(part: bytes) -> int:
    status = read_answer(part).status
    return 0 if status == 100 else status


def bombard(web: WebProcess, dice: random.Random, count: int) -> Counter[int]:
    with ThreadPoolExecutor(16) as pool:
        shots = ((pick_request(dice), dice.random()) for _ in range(count))
        return Counter(pool.map(lambda shot: throw(web.url, *shot), shots))


@pytest.mark.parametrize(
    ("count", "growth_mb"), [(800, 80), pytest.param(30_000, 80, marks=pytest.mark.slow)], ids=["sample", "many"]
)
def test_hostile_requests(tmp_path: Path, count: int, growth_mb: int) -> None:
    dice = random.Random(SEED)
    with run_web_process(tmp_path) as web:
        bombard(web, dice, 300)
        files, resident = web.open_files, web.resident_bytes
        began = time.monotonic()
        statuses = bombard(web, dice, count)
        grown = (web.resident_bytes - resident) / 2**20
        print(f"{count} requests, seed {SEED}: {dict(statuses)}, {time.monotonic() - began:.0f} s, {grown:+.1f} MiB")  # noqa: T201 - a figure to read
        assert {status for status in statuses if status >= 500} <= ALLOWED_5XX
        assert {200, 400, 401, 404, 405} <= set(statuses)
        assert grown < growth_mb
        assert httpx.get(f"{web.url}/readyz").json()["ready"] is True
        assert web.open_files <= files + 8
        assert [line for line in web.log.splitlines() if "rror" in line] == []
        assert sum('"level": "warning"' in line for line in web.log.splitlines()) < 300
