"""`init` asks, tries and writes once; what is wrong is told all at once, and then nothing is written."""

import os
import select
import stat
import subprocess
import sys
import termios
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors.sandbox.server import Sandbox, SandboxSettings
from connectors.sandbox.zendesk.tables import API_USER_ID
from mappings.loader import load_policy
from tests.cli.calling import set_settings
from worker.cli.app import app
from worker.settings import PREFIX, SettingsProblem
from worker.setup_files import read_settings_file


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings()) as opened:
        yield opened


def spell_lines(box: Sandbox, **changes: str) -> str:
    named = {name: value for name, value in box.environment.items() if "WEBHOOK" not in name}
    return "".join(
        f"{name}={changes.get(name.removeprefix(PREFIX).lower(), value)}\n" for name, value in named.items()
    )


def call_init(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str, *words: str):  # type: ignore[no-untyped-def]
    set_settings(monkeypatch)
    return CliRunner().invoke(app, ["init", "--dir", str(folder), "--stdin", *words], input=text)


def test_it_writes_settings_for_the_owner_only_and_a_policy_as_shipped(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = call_init(monkeypatch, tmp_path / "new", spell_lines(box), "--public-url", "https://e.example")
    assert result.exit_code == 0, (result.output, result.exception)
    path = tmp_path / "new" / "escalator.env"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    written = read_settings_file(path)
    assert written["ESCALATOR_JIRA_URL"] == box.jira_url
    assert written["ESCALATOR_ZENDESK_CLIENT_SECRET"] == box.settings.zendesk_client_secret
    assert written["ESCALATOR_PUBLIC_URL"] == "https://e.example"
    overlay = Path(written["ESCALATOR_POLICY_DIR"])
    assert load_policy(overlay).digest == load_policy().digest
    routing = (overlay / "routing.toml").read_text(encoding="utf-8")
    assert "Projects that our account sees: ENG, PROD" in routing
    uncommented = "\n".join(line.removeprefix("#") for line in routing.splitlines() if not line.startswith("# "))
    assert tomllib.loads(uncommented)["targets"]["product"]["project"] == "PROD"
    for secret in (box.settings.zendesk_client_secret, box.settings.jira_api_token):
        assert secret not in result.output
    assert {entry.effect for entry in box.journal.entries()} == {"read"}


def test_it_overwrites_nothing_without_force(box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "policy").mkdir()
    mine = tmp_path / "policy" / "routing.toml"
    mine.write_text("# mine\n", encoding="utf-8")
    result = call_init(monkeypatch, tmp_path, spell_lines(box))
    assert result.exit_code == 2
    assert "routing.toml is there already" in result.output.replace("\n", "")
    assert mine.read_text(encoding="utf-8") == "# mine\n"
    assert not (tmp_path / "escalator.env").exists()
    assert box.journal.entries() == []
    assert call_init(monkeypatch, tmp_path, spell_lines(box), "--force").exit_code == 0
    assert mine.read_text(encoding="utf-8") != "# mine\n"


def test_all_mistakes_come_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "ZENDESK_URL=http://acme.example\nJIRA_EMAIL=a@b.example\nLEASE=soon\n"
    result = call_init(monkeypatch, tmp_path, text)
    assert isinstance(result.exception, SettingsProblem)
    told = "\n".join(result.exception.problems)
    for name in ("ZENDESK_URL", "ZENDESK_CLIENT_ID", "JIRA_URL", "JIRA_API_TOKEN", "LEASE"):
        assert f"ESCALATOR_{name}" in told
    assert list(tmp_path.iterdir()) == []


def test_lines_that_are_no_settings_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = call_init(monkeypatch, tmp_path, "# a comment\nJIRA_URI=x\nhello\n")
    assert result.exit_code == 2
    assert "line 2: JIRA_URI is no setting" in result.output
    assert "line 3: write NAME=value" in result.output


@pytest.mark.parametrize(
    ("changes", "role", "code", "words"),
    [
        ({"zendesk_client_secret": "wrong"}, "admin", 3, ("zendesk.credentials", "401")),
        ({"jira_api_token": "wrong"}, "admin", 3, ("jira.credentials", "401")),
        ({"zendesk_client_secret": "wrong", "jira_api_token": "x"}, "admin", 3, ("zendesk.", "jira.")),
        ({"zendesk_url": "http://127.0.0.1:9"}, "admin", 3, ("zendesk.credentials", "failed")),
        ({}, "agent", 1, ("zendesk.rights", "administrator")),
    ],
)
def test_credentials_are_tried_before_anything_is_written(
    *,
    changes: dict[str, str],
    role: str,
    code: int,
    words: tuple[str, ...],
    box: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    box.zendesk.tables.users[API_USER_ID]["role"] = role
    result = call_init(monkeypatch, tmp_path, spell_lines(box, **changes))
    assert result.exit_code == code, (result.output, result.exception)
    assert all(word in result.output for word in words)
    assert list(tmp_path.iterdir()) == []
    assert "wrong" not in result.output.replace("something wrong", "")
    assert call_init(monkeypatch, tmp_path, spell_lines(box, **changes), "--no-test").exit_code == 0


def test_a_person_at_a_terminal_is_asked_and_secrets_are_not_echoed(box: Sandbox, tmp_path: Path) -> None:
    settings = box.settings
    answers = [
        ("Zendesk, such as", box.zendesk_url),
        ("Identifier of the OAuth client", ""),
        ("E-mail address of the agent", settings.zendesk_email),
        ("API token of Zendesk", settings.zendesk_api_token),
        ("Jira, such as", box.jira_url),
        ("Which Jira", ""),
        ("E-mail address of the account", settings.jira_email),
        ("API token of Jira", settings.jira_api_token),
        ("Where Zendesk and Jira reach us", ""),
    ]
    terminal, theirs = os.openpty()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    command = [sys.executable, "-m", "worker.cli", "init", "--dir", str(tmp_path / "f")]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=clean, start_new_session=True)
    os.close(theirs)
    shown = b""
    for question, answer in answers:
        shown += _await_question(terminal, question, hidden="API token" in question)
        os.write(terminal, f"{answer}\n".encode())
    while chunk := _read_rest(terminal):
        shown += chunk
    os.close(terminal)
    assert process.wait(30) == 0, shown.decode()
    assert read_settings_file(tmp_path / "f" / "escalator.env")["ESCALATOR_JIRA_API_TOKEN"] == settings.jira_api_token
    assert settings.jira_api_token.encode() not in shown
    assert settings.zendesk_api_token.encode() not in shown


def _await_question(terminal: int, question: str, *, hidden: bool) -> bytes:
    """What is shown up to the end of a question.

    A hidden one turns the echo off after its text is shown, and whatever was typed before that is thrown away.
    """
    fresh = b""
    deadline = time.monotonic() + 60
    while question.encode() not in fresh or not fresh.rstrip().endswith(b":") or _has_echo(terminal) is hidden:
        assert time.monotonic() < deadline, (question, fresh.decode())
        if select.select([terminal], [], [], 0.05)[0]:
            fresh += os.read(terminal, 4096)
    return fresh


def _has_echo(terminal: int) -> bool:
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)


def _read_rest(terminal: int) -> bytes:
    """What is still written; nothing once the other end is closed."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""
