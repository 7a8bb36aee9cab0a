"""The real `escalator serve` (web and worker) and a second worker process against the sandbox, over sockets."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from connectors.sandbox.server import Sandbox, SandboxSettings
from tests.rig import AGENT, BUG, DURATIONS, FIELDS, make_record, spell, write_policy

COMMAND = (sys.executable, "-m", "worker.cli")


class Service:
    """A running `escalator serve` and the sandbox that it works on."""

    def __init__(self, box: Sandbox, environment: dict[str, str], folder: Path) -> None:
        self.box = box
        self.environment = environment
        self.log = folder / "service.log"
        self.url = ""

    @contextmanager
    def running(self) -> Iterator["Service"]:
        """Starts it, waits for its one line, and proves that SIGTERM ends it with 0."""
        with self.log.open("ab") as output:
            process = subprocess.Popen(
                [*COMMAND, "serve"], env=self.environment, stdout=subprocess.PIPE, stderr=output
            )
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                assert line, self.log.read_text()[-3000:]
                self.url = json.loads(line)["url"]
                with self._second_worker():
                    yield self
                process.send_signal(signal.SIGTERM)
                assert process.wait(30) == 0
            finally:
                process.kill()
                process.wait()
                process.stdout.close()

    @contextmanager
    def _second_worker(self) -> Iterator[None]:
        """Another worker process on the same database, as on a second machine."""
        command = [*COMMAND, "serve", "--only", "worker"]
        with subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            try:
                assert process.stdout is not None
                assert json.loads(process.stdout.readline())["ready"]
                yield
            finally:
                process.terminate()

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Another command with the same settings."""
        return subprocess.run(
            [*COMMAND, *arguments], env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )

    def await_true(self, condition: Callable[[], object], seconds: float = 15.0) -> None:
        """Waits until the condition holds."""
        ends = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < ends, self.log.read_text()[-3000:]
            time.sleep(0.05)


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with Sandbox(SandboxSettings(export_lag_s=0.0, search_lag_s=0.2)) as box:
        clean = {key: value for key, value in os.environ.items() if not key.startswith("ESCALATOR_")}
        settings = box.environment | {
            "ESCALATOR_DATABASE_URL": database_url,
            "ESCALATOR_POLICY_DIR": str(write_policy(tmp_path / "policy")),
            "ESCALATOR_WEB_PORT": "0",
            "ESCALATOR_POLL_EVERY": "1h",
            "ESCALATOR_POLL_FROM": spell(datetime.now(UTC) - timedelta(days=9)),
            "ESCALATOR_ZENDESK_EXPORTS_PER_MINUTE": "600",
            **{f"ESCALATOR_{name.upper()}": value for name, value in DURATIONS.items()},
        }
        yield Service(box, clean | settings, tmp_path)


def kill_child(service: Service, role: str) -> None:
    """Kills a role's process at once, as a crash would; its number is in the log."""
    for line in service.log.read_text().splitlines():
        entry = json.loads(line)
        if entry["event"] == "serve.role_started" and entry["role"] == role:
            os.kill(entry["pid"], signal.SIGKILL)
            return
    raise AssertionError("the role was not started")


def has_note(box: Sandbox, ticket_id: int) -> bool:
    return bool(box.zendesk.notes(ticket_id)) and box.zendesk.field(ticket_id, FIELDS["jira_issue"]) is not None


def test_a_webhook_becomes_an_issue_and_a_note(service: Service) -> None:
    with service.running():
        service.box.webhook_target(service.url)
        service.box.zendesk.load_records([make_record(501)])
        service.await_true(lambda: has_note(service.box, 501))
    assert len(service.box.jira.issues) == 1
    assert len(service.box.zendesk.notes(501)) == 1


def test_the_poll_alone_gives_the_same_and_a_second_run_changes_nothing(service: Service) -> None:
    service.box.zendesk.load_records(
        [make_record(501), make_record(502, note=None, text="How do I rename a column?")]
    )
    first = service.run("poll", "--once", "--json")
    assert first.returncode == 0, first.stderr
    counts = json.loads(first.stdout)
    assert {name: counts[name] for name in ("read", "assessed", "opened", "parked")} == {
        "read": 2,
        "assessed": 2,
        "opened": 1,
        "parked": 0,
    }
    assert has_note(service.box, 501)
    again = service.run("poll", "--once", "--json")
    assert json.loads(again.stdout)["opened"] == 0
    service.box.webhook_target(None)
    with service.running():
        service.box.webhook_target(service.url)
        service.box.zendesk.touch(501)
        service.await_true(lambda: json.loads(service.run("status", "--json").stdout)["due"] == 0)
        time.sleep(1.0)
    assert len(service.box.jira.issues) == 1
    assert len(service.box.zendesk.notes(501)) == 1


def test_a_silent_ticket_escalates_when_its_clock_breaches(service: Service) -> None:
    """At risk it is L2's, breached it is Leadership's, because the account is strategic; nobody touches it."""
    record = make_record(501, note=None, text="Could you tell me when the figures of March will be complete?")
    record["organizations"][0]["organization_fields"] = {"arr": 900000, "tier": "strategic"}
    breach = spell(datetime.now(UTC) + timedelta(seconds=20))
    record["slas"] = {"policy_metrics": [{"metric": "requester_wait_time", "stage": "active", "breach_at": breach}]}
    service.box.zendesk.load_records([record])
    with service.running():
        service.await_true(lambda: service.box.zendesk.field(501, FIELDS["state"]) == "with_l2")
        service.await_true(lambda: json.loads(service.run("status", "--json").stdout)["due"] == 0)
        service.box.journal.clear()
        service.await_true(lambda: has_note(service.box, 501), seconds=40)
    (issue,) = service.box.jira.issues
    assert issue.key.startswith("LEAD-")
    assert len(service.box.zendesk.notes(501)) == 2
    assert not service.box.journal.entries(path="incremental")


def test_the_edge_answers_and_says_how_it_is(service: Service) -> None:
    with service.running():
        assert requests.get(f"{service.url}/healthz", timeout=5).status_code == 200
        ready = requests.get(f"{service.url}/readyz", timeout=5)
        assert ready.status_code == 200
        assert ready.json()["degraded"] == []
        forged = requests.post(f"{service.url}/webhooks/zendesk", data=b'{"ticket_id":"1"}', timeout=5)
        assert forged.status_code == 401
        service.box.take_down("jira")
        service.box.zendesk.load_records([make_record(501)])
        service.box.webhook_target(service.url)
        service.box.zendesk.add_comment(501, author_id=AGENT, body=BUG, public=False)
        url = f"{service.url}/readyz"
        service.await_true(lambda: requests.get(url, timeout=5).json()["degraded"])
        down = requests.get(url, timeout=5)
        assert down.status_code == 200
        assert "jira" in down.json()["degraded"][0]["what"]
        service.box.bring_up("jira")
        service.await_true(lambda: has_note(service.box, 501))
        service.await_true(lambda: not requests.get(url, timeout=5).json()["degraded"])
        assert service.run("health").returncode == 0
    assert len(service.box.jira.issues) == 1


def test_a_killed_service_goes_on_where_it_was(service: Service) -> None:
    with service.running():
        service.box.webhook_target(service.url)
        service.box.zendesk.load_records([make_record(number) for number in range(501, 511)])
        service.await_true(lambda: len(service.box.jira.issues) >= 3)
        kill_child(service, "worker")
        service.await_true(lambda: all(has_note(service.box, number) for number in range(501, 511)), seconds=60)
    assert len(service.box.jira.issues) == 10
    assert all(len(service.box.zendesk.notes(number)) == 1 for number in range(501, 511))


def test_secrets_are_nowhere(service: Service, tmp_path: Path, database_url: str) -> None:
    with service.running():
        service.box.webhook_target(service.url)
        service.box.zendesk.load_records([make_record(501)])
        service.await_true(lambda: has_note(service.box, 501))
    secrets = [
        value.encode()
        for name, value in service.environment.items()
        if name.startswith("ESCALATOR_") and name.endswith(("_SECRET", "_TOKEN"))
    ]
    assert len(secrets) >= 4
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    journal = repr(list(service.box.journal)).encode()
    assert not [secret for secret in secrets for text in (*kept, journal) if secret in text]


def test_two_worker_processes_share_the_work(service: Service) -> None:
    numbers = range(501, 513)
    with service.running():
        service.box.webhook_target(service.url)
        service.box.zendesk.load_records([make_record(number) for number in numbers])
        service.await_true(lambda: all(has_note(service.box, number) for number in numbers), seconds=40)
    assert len(service.box.jira.issues) == len(numbers)
    assert [len(service.box.zendesk.notes(number)) for number in numbers] == [1] * len(numbers)


@pytest.mark.parametrize("way", ["webhook", "poll"])
def test_what_happens_in_jira_arrives_on_the_ticket(service: Service, way: str) -> None:
    service.environment["ESCALATOR_ISSUE_POLL_EVERY"] = "1s" if way == "poll" else "1h"
    with service.running():
        service.box.webhook_target(service.url)
        service.box.zendesk.load_records([make_record(501)])
        service.await_true(lambda: has_note(service.box, 501))
        service.await_true(lambda: json.loads(service.run("status", "--json").stdout)["due"] == 0)
        service.box.webhook_target(service.url if way == "webhook" else None)
        (issue,) = service.box.jira.issues
        service.box.jira.transition_issue(issue.key, "Start work")
        service.await_true(lambda: service.box.zendesk.field(501, FIELDS["state"]) == "in_progress")
    assert len(service.box.zendesk.notes(501)) == 2
