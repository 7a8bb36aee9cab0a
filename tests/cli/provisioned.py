"""An empty sandbox account with settings and a policy folder, and everything of it that `provision` may change."""

import copy
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.server import Sandbox
from tests.cli.calling import call, set_settings
from worker.settings import PREFIX

URL = "https://escalator.example"
PARTS = 8


@dataclasses.dataclass(kw_only=True)
class Account:
    """A sandbox, and what the operator has."""

    box: Sandbox
    folder: Path
    settings: dict[str, str]
    monkeypatch: pytest.MonkeyPatch

    @property
    def env_file(self) -> Path:
        return self.folder / "escalator.env"

    @property
    def fields_file(self) -> Path:
        return self.folder / "policy" / "fields.toml"

    def call(self, *words: str, exit_code: int = 0, url: bool = True) -> Any:
        """Runs `provision …` with --json; its JSON, or what it wrote when it printed none."""
        set_settings(self.monkeypatch, **self.settings)
        where = ("--url", URL) if url and words[0] != "remove" else ()
        result = call("provision", *words, *where, "--env-file", str(self.env_file), "--json")
        assert result.exit_code == exit_code, (result.output, result.exception)
        try:
            return json.loads(result.stdout)
        except ValueError:
            return result.output

    def snapshot(self) -> dict[str, Any]:
        """All that can be set up, of both vendors."""
        tables = self.box.zendesk.tables
        found = {
            "webhooks": tables.webhooks,
            "triggers": tables.triggers,
            "fields": tables.ticket_fields,
            "views": tables.views,
            "jira": self.box.jira.webhooks,
        }
        return copy.deepcopy(found)

    def find(self, noun: str) -> dict[str, Any]:
        """The one row of ours."""
        (row,) = [row for row in self.snapshot()[noun].values() if is_ours(row)]
        return dict(row)

    def count_ours(self) -> list[int]:
        """Fields, webhooks, triggers and views of ours in Zendesk, and webhooks in Jira."""
        found = self.snapshot()
        nouns = ("fields", "webhooks", "triggers", "views", "jira")
        return [sum(map(is_ours, found[noun].values())) for noun in nouns]

    def count_writes(self) -> int:
        """The writes that either vendor has committed."""
        return sum(1 for entry in self.box.journal if entry.effect == "committed" and "oauth" not in entry.path)


def is_ours(row: dict[str, Any]) -> bool:
    return "[escalator:" in f"{row.get('description')} {row.get('name')}"


def set_account(box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An account without anything of ours."""
    policy = tmp_path / "policy"
    policy.mkdir()
    named = {name.removeprefix(PREFIX).lower(): value for name, value in box.environment.items()}
    settings = {name: value for name, value in named.items() if "webhook" not in name}
    more = {"policy_dir": str(policy), "database_url": f"sqlite:///{tmp_path / 'escalator.db'}"}
    quick = {"request_timeout": "5s", "lease": "20s"}
    return Account(box=box, folder=tmp_path, settings=settings | more | quick, monkeypatch=monkeypatch)
