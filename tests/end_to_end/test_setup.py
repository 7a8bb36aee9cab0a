"""From an empty account to escalations and back: every command a real process, every delivery over sockets."""

import copy
import json
import os
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.server import Sandbox, SandboxSettings
from mappings.loader import load_policy
from tests.rig import CUSTOMER, DURATIONS, make_record
from worker.cli.trial import run_service
from worker.flow.watch import Judged, Watch
from worker.settings import PREFIX
from worker.setup_files import read_settings_file
from worker.store.database import Database

COMMAND = (sys.executable, "-m", "worker.cli")
QUICK = {f"{PREFIX}{name.upper()}": value for name, value in DURATIONS.items()}
# Only webhooks can be what brings a change: no poll comes while the test lasts.
UNPOLLED = {f"{PREFIX}POLL_EVERY": "1h", f"{PREFIX}ISSUE_POLL_EVERY": "1h"}


def find_free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def snapshot(box: Sandbox) -> dict[str, Any]:
    """Everything of both vendors that can be set up."""
    tables = box.zendesk.tables
    parts = (tables.webhooks, tables.triggers, tables.ticket_fields, tables.views, box.jira.webhooks)
    return copy.deepcopy(dict(enumerate(parts)))


class Operator:
    """Who types the commands, and has only the folder that `init` wrote."""

    def __init__(self, box: Sandbox, folder: Path) -> None:
        self.box = box
        self.folder = folder

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the file, and what makes the test quick."""
        return read_settings_file(self.folder / "escalator.env") | QUICK | UNPOLLED

    def run(self, *words: str, text: str = "", code: int = 0) -> Any:
        """One command; its JSON."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        result = subprocess.run(
            [*COMMAND, *words, "--json"],
            env=clean | (self.environment if words[0] != "init" else {}),
            cwd=self.folder.parent,
            input=text,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert result.returncode == code, result.stdout + result.stderr
        return json.loads(result.stdout)

    def provision(self, verb: str, *words: str) -> Any:
        """A command of provision with the settings file."""
        return self.run("provision", verb, *words, "--env-file", str(self.folder / "escalator.env"))

    def set_modes(self, mode: str) -> None:
        """What a lead writes to go on."""
        names = ("l2", "engineering", "product", "security", "leadership")
        text = "".join(f'[targets.{name}]\nmode = "{mode}"\n' for name in names)
        (self.folder / "policy" / "routing.toml").write_text(text, encoding="utf-8")


def await_true(condition: Callable[[], object], log: Path, seconds: float = 30.0) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, log.read_text(encoding="utf-8")[-3000:]
        time.sleep(0.1)


def set_up(operator: Operator, port: int) -> None:
    """init, doctor, provision, verify, as the README says."""
    named = {name: value for name, value in operator.box.environment.items() if "WEBHOOK" not in name}
    named |= {f"{PREFIX}WEB_PORT": str(port), f"{PREFIX}DATABASE_URL": f"sqlite:///{operator.folder}/escalator.db"}
    lines = "".join(f"{name}={value}\n" for name, value in named.items())
    url = f"http://127.0.0.1:{port}"
    operator.run("init", "--dir", str(operator.folder), "--stdin", "--public-url", url, text=lines)
    assert operator.run("doctor")["ok"] is True
    operator.provision("apply", "--yes")
    assert operator.provision("verify")["ok"] is True


def try_policies(operator: Operator) -> None:
    """What a lead asks before anything is switched on: the rules of now, and no rules at all."""
    same = operator.run("simulate", "--since", "90d", "--against", "current")
    assert (same["tickets"], same["same"]) == (1, 1)
    bare = operator.folder / "bare"
    bare.mkdir()
    rules = load_policy().criteria.criteria
    text = "".join(f'[[criteria]]\nid = "{rule.id}"\nenabled = false\n' for rule in rules)
    (bare / "criteria.toml").write_text(text, encoding="utf-8")
    tried = operator.run("simulate", "--policy", str(bare), "--since", "90d")
    assert [(one["ticket"], one["before"]["target"], one["after"]["goes_up"]) for one in tried["changed"]] == [
        (501, "engineering", False)
    ]


@pytest.mark.parametrize("jira", ["cloud", pytest.param("datacenter", marks=pytest.mark.slow)])
def test_from_an_empty_account_to_escalations_and_back(tmp_path: Path, jira: Any) -> None:
    log = tmp_path / "service.log"
    with Sandbox(SandboxSettings(export_lag_s=0.0, search_lag_s=0.2, jira_deployment=jira)) as box:
        before = snapshot(box)
        operator = Operator(box, tmp_path / "escalator")
        set_up(operator, find_free_port())
        with run_service(operator.environment, log):
            found = {one["check"]: one["verdict"] for one in operator.run("doctor")["checks"]}
            looked_at = ("zendesk.trigger", "zendesk.reach", "jira.reach", "jira.webhook")
            assert {name: found[name] for name in looked_at} == dict.fromkeys(looked_at, "ok")
            box.zendesk.load_records([make_record(501)])
            with Database(operator.environment[f"{PREFIX}DATABASE_URL"]) as database:
                watch = Watch(database)
                await_true(lambda: any(isinstance(sight, Judged) for sight in watch.look()), log)
            assert box.jira.issues == []
            assert box.zendesk.notes(501) == []
        try_policies(operator)
        operator.set_modes("auto")
        ids = tomllib.loads((operator.folder / "policy" / "fields.toml").read_text(encoding="utf-8"))["zendesk"]
        with run_service(operator.environment, log):
            box.zendesk.add_comment(501, author_id=CUSTOMER, body="It still stops at row 1000.")
            await_true(lambda: box.zendesk.field(501, ids["jira_issue"]), log)
            (issue,) = box.jira.issues
            assert box.zendesk.field(501, ids["jira_issue"]) == issue.key
            assert box.zendesk.field(501, ids["state"]) == "escalated"
            box.jira.transition_issue(issue.key, "In Progress")
            await_true(lambda: box.zendesk.field(501, ids["state"]) == "in_progress", log)
        assert {receipt.status for receipt in box.courier.receipts() if receipt.final} == {200}
        operator.provision("remove", "--yes")
        assert snapshot(box) == before
