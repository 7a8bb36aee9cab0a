"""`config diff`: what a policy folder changes, for people and for machines."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from mappings.loader import load_policy
from mappings.mistakes import PolicyProblem
from tests.cli.calling import call, call_json, set_settings
from worker.cli.app import app
from worker.credentials import Role, read_accounts

OVERLAY = '[targets.engineering]\nmode = "auto"\n[targets.product]\nmode = "shadow"\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "routing.toml").write_text(OVERLAY, encoding="utf-8")
    set_settings(monkeypatch)
    return tmp_path


def test_it_tells_what_differs(folder: Path) -> None:
    told = call("config", "diff", "--policy", str(folder))
    assert told.exit_code == 0
    assert told.stdout.splitlines()[:3] == [
        "routing.toml",
        '  targets.engineering.mode = "auto"  (shipped: "shadow")',
        '  targets.product.mode = "shadow"  (as shipped: needless)',
    ]


def test_as_json_with_both_digests(folder: Path) -> None:
    told = call_json("config", "diff", "--policy", str(folder))
    assert told["policy_digest"] == load_policy(folder).digest
    assert told["shipped_digest"] == load_policy().digest
    assert told["changes"][0] == {
        "file": "routing.toml",
        "key": "targets.engineering.mode",
        "shipped": "shadow",
        "own": "auto",
        "needless": False,
    }


def test_the_folder_of_the_settings_is_meant_without_another(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_settings(monkeypatch, policy_dir=str(folder))
    assert len(call_json("config", "diff")["changes"]) == 2


def test_without_a_folder_it_says_what_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    set_settings(monkeypatch)
    refused = call("config", "diff")
    assert refused.exit_code == 2
    assert "--policy DIR" in refused.stderr


def test_a_policy_with_mistakes_is_told_of_at_once(folder: Path) -> None:
    (folder / "routing.toml").write_text('[targets.product]\nmode = "loud"\n[targets.l3]\n', encoding="utf-8")
    refused = call("config", "diff", "--policy", str(folder))
    assert isinstance(refused.exception, PolicyProblem)
    assert len(refused.exception.problems) == 2


def test_dates_and_templates_are_shown(folder: Path) -> None:
    (folder / "cadence.toml").write_text("[business]\nholidays = [2026-12-24]\n", encoding="utf-8")
    (folder / "templates").mkdir()
    (folder / "templates" / "note_left.md.j2").write_text("Gone.\n", encoding="utf-8")
    told = call_json("config", "diff", "--policy", str(folder))
    assert told["changes"][-1]["own"] == ["2026-12-24"]
    assert "+Gone." in told["templates"][0]["lines"]
    assert "templates/note_left.md.j2" in call("config", "diff", "--policy", str(folder)).stdout


def test_a_password_becomes_what_a_setting_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    set_settings(monkeypatch)
    told = CliRunner().invoke(app, ["config", "password"], input="an open:secret\n")
    assert told.exit_code == 0
    assert "secret" not in told.stdout
    (account,) = read_accounts(f"ann:{told.stdout.strip()}", Role.VIEWER)
    assert account.accepts("an open:secret")
    assert CliRunner().invoke(app, ["config", "password"], input="\n").exit_code == 2
