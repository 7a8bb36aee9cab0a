"""Known secrets through whole runs with failures: none of them is in a log, an error, the database or a journal."""

import base64
import dataclasses
import io
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog
from pydantic import SecretStr

from connectors.jira.access import JiraAccess
from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox, SandboxSettings
from connectors.zendesk.access import ZendeskAccess
from connectors.zendesk.auth import ClientCredentials
from tests.rig import DURATIONS, build_rig, make_record, spell, write_policy
from worker.cli.entry import main
from worker.log import configure_logging
from worker.settings import Settings, SettingsProblem, load_settings
from worker.store.database import Database, DatabaseProblem
from worker.store.migrate import upgrade_database

COMMAND = (sys.executable, "-m", "worker.cli")
SECRETS = {
    "zendesk_client_secret": "Zx-oauth+client/secret=7f3a91",
    "zendesk_api_token": "Zx-api-token-55b0c2d4",
    "zendesk_webhook_secret": "Zx-webhook-secret-91ac33",
    "jira_api_token": "Jx-api-token-0c77e1aa42",
    "jira_webhook_secret": "Jx-webhook-secret-6d21ff",
}
PREVIOUS = {
    "zendesk_webhook_secret_previous": "Zp-previous-secret-4410ab",
    "jira_webhook_secret_previous": "Jp-previous-secret-87cd01",
    "dashboard_viewer": "Dv-viewer-credential-c0ffee",
    "dashboard_operator": "Do-operator-credential-beef01",
}
EMAIL = "escalator@sandbox.example"
FAULTS = (
    Fault(action="status", status=401, times=1, body=b'{"error":"invalid_token"}'),
    Fault(action="status", status=503, times=2),
    Fault(action="status", status=429, times=1, headers={"Retry-After": "0.1"}),
    Fault(action="redirect", vendor="jira", times=1, location="https://user:pass@evil.example/?token=x"),
    Fault(action="drop_after", method="POST", times=2),
    Fault(action="truncate", times=1),
    Fault(action="malformed", times=1),
    Fault(action="status", method="PUT", status=400, times=1, body=b'{"error":"RecordInvalid"}'),
)


def list_forms(secrets: dict[str, str], tokens: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Each secret as it is, quoted, as base64, and as the credentials of a request."""
    forms: dict[str, bytes] = {}
    for name, value in secrets.items():
        forms[name] = value.encode()
        forms[f"{name} quoted"] = quote(value, safe="").encode()
        for user in ("", f"{EMAIL}:", f"{EMAIL}/token:", "escalator:"):
            forms[f"{name} basic {user}"] = base64.b64encode((user + value).encode()).rstrip(b"=")
    return forms | {f"minted token {number}": token.encode() for number, token in enumerate(tokens)}


def find_leaks(content: bytes, forms: dict[str, bytes]) -> list[str]:
    return [name for name, form in forms.items() if form in content]


def read_database(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("escalator.db*"))


def spell_journal(box: Sandbox) -> bytes:
    return "\n".join(map(repr, box.journal)).encode()


@pytest.fixture
def _logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_the_forms_would_be_found() -> None:
    forms = list_forms(SECRETS)
    header = base64.b64encode(f"{EMAIL}:{SECRETS['jira_api_token']}".encode())
    assert find_leaks(b"Authorization: Basic " + header, forms) == [f"jira_api_token basic {EMAIL}:"]


@pytest.mark.usefixtures("_logging")
@pytest.mark.parametrize("with_token", [False, True])
def test_a_run_with_failures_at_debug_level(tmp_path: Path, with_token: bool) -> None:
    stream = io.StringIO()
    with Database(f"sqlite:///{tmp_path / 'escalator.db'}") as database:
        upgrade_database(database)
        with build_rig(tmp_path, database, **SECRETS) as rig:
            configure_logging(stream=stream, as_json=True, level=logging.DEBUG)
            if with_token:
                rig.make_means = dataclasses.replace(
                    rig.make_means,
                    settings=rig.make_means.settings.model_copy(
                        update={
                            "zendesk_client_id": None,
                            "zendesk_client_secret": None,
                            "zendesk_email": EMAIL,
                            "zendesk_api_token": SecretStr(SECRETS["zendesk_api_token"]),
                        }
                    ),
                )
            rig.load(make_record(501), make_record(502), make_record(503))
            rig.run()
            for fault in FAULTS:
                rig.box.faults.add(fault)
                rig.load(make_record(600 + FAULTS.index(fault)))
                try:
                    rig.run()
                except Exception:
                    structlog.get_logger("worker").exception("run.failed", means=repr(rig.make_means))
            rig.run_for(1.0)
            forms = list_forms(SECRETS, tuple(rig.box.zendesk.tokens))
            journal = spell_journal(rig.box)
            assert len(rig.box.jira.issues) >= 3
            assert with_token or rig.box.zendesk.tokens
    log = stream.getvalue().encode()
    assert len(log) > 1000
    assert find_leaks(log, forms) == []
    assert find_leaks(read_database(tmp_path), forms) == []
    assert find_leaks(journal, forms) == []


def run_command(environment: dict[str, str], *arguments: str) -> bytes:
    done = subprocess.run(
        [*COMMAND, *arguments],
        env=environment,
        capture_output=True,
        timeout=90,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout + done.stderr


def make_environment(folder: Path, box: Sandbox) -> dict[str, str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("ESCALATOR_")}
    return (
        clean
        | box.environment
        | {f"ESCALATOR_{name.upper()}": value for name, value in PREVIOUS.items()}
        | {f"ESCALATOR_{name.upper()}": value for name, value in DURATIONS.items()}
        | {
            "ESCALATOR_DATABASE_URL": f"sqlite:///{folder / 'escalator.db'}",
            "ESCALATOR_POLICY_DIR": str(write_policy(folder / "policy")),
            "ESCALATOR_WEB_PORT": "0",
            "ESCALATOR_POLL_FROM": spell(datetime.now(UTC) - timedelta(days=9)),
            "ESCALATOR_POLL_EVERY": "1s",
            "ESCALATOR_ZENDESK_EXPORTS_PER_MINUTE": "600",
        }
    )


@pytest.mark.slow
def test_serve_and_every_command(tmp_path: Path) -> None:
    seen: list[bytes] = []
    with Sandbox(SandboxSettings(export_lag_s=0.0, search_lag_s=0.2, **SECRETS)) as box:
        environment = make_environment(tmp_path, box)
        box.zendesk.load_records([make_record(501), make_record(502)])
        log = tmp_path / "service.log"
        with log.open("ab") as output:
            process = subprocess.Popen([*COMMAND, "serve"], env=environment, stdout=subprocess.PIPE, stderr=output)
            try:
                assert process.stdout is not None
                seen.append(process.stdout.readline())
                for fault in FAULTS:
                    box.faults.add(fault)
                ends = time.monotonic() + 150
                while len(box.jira.issues) < 1 and time.monotonic() < ends:
                    time.sleep(0.1)
                assert box.jira.issues
                commands = (["status"], ["health"], ["config", "check"], ["config", "check", "--json"])
                seen += [run_command(environment, *command) for command in commands]
                seen += [run_command(environment, *command, "501") for command in (["score"], ["explain"], ["brief"])]
                seen += [Path(f"/proc/{process.pid}/cmdline").read_bytes()]
            finally:
                process.terminate()
                process.wait(40)
                process.stdout.close()
        forms = list_forms(SECRETS | PREVIOUS, tuple(box.zendesk.tokens))
        seen += [log.read_bytes(), read_database(tmp_path), spell_journal(box)]
        box.stop()
        seen += [run_command(environment, "poll", "--once"), run_command(environment, "score", "501")]
    assert all(seen)
    assert [leak for content in seen for leak in find_leaks(content, forms)] == []


WRONG = {
    "a secret with a line break": {"JIRA_API_TOKEN": SECRETS["jira_api_token"] + "\nmore"},
    "credentials in an address": {"JIRA_URL": f"https://user:{SECRETS['jira_api_token']}@jira.example"},
    "credentials in the other address": {"ZENDESK_URL": f"https://{SECRETS['zendesk_api_token']}@desk.example"},
    "a query in an address": {"JIRA_URL": f"https://jira.example/?token={SECRETS['jira_api_token']}"},
    "a database that is none": {"DATABASE_URL": f"mysql://u:{SECRETS['zendesk_api_token']}@db.example/x"},
    "a database that does not answer": {
        "DATABASE_URL": f"postgresql://u:{SECRETS['zendesk_api_token']}@127.0.0.1:1/x"
    },
    "a database address that cannot be read": {"DATABASE_URL": f"{SECRETS['zendesk_api_token']}://["},
    "half a rotation": {"ZENDESK_WEBHOOK_SECRET": "", "ZENDESK_WEBHOOK_SECRET_PREVIOUS": "Zp-previous-secret-4410ab"},
    "a vendor that is not there": {"JIRA_URL": "http://127.0.0.1:1", "ZENDESK_URL": "http://127.0.0.1:1"},
}


@pytest.mark.usefixtures("_logging")
@pytest.mark.parametrize("command", [("config", "check"), ("poll", "--once")], ids=" ".join)
@pytest.mark.parametrize("name", WRONG)
def test_errors_about_settings_show_none_of_them(
    name: str,
    command: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with Sandbox(SandboxSettings(**SECRETS)) as box:
        wrong = {f"ESCALATOR_{key}": value for key, value in WRONG[name].items()}
        for key, value in (make_environment(tmp_path, box) | wrong).items():
            monkeypatch.setenv(key, value)
        monkeypatch.setattr(sys, "argv", ["escalator", *command])
        with pytest.raises(SystemExit):
            main()
    shown = capfd.readouterr()
    assert shown.out + shown.err
    assert find_leaks((shown.out + shown.err).encode(), list_forms(SECRETS | PREVIOUS)) == []


def test_no_record_shows_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    token = SECRETS["jira_api_token"]
    for name, value in (SECRETS | PREVIOUS).items():
        monkeypatch.setenv(f"ESCALATOR_{name.upper()}", value)
    monkeypatch.setenv("ESCALATOR_DATABASE_URL", f"postgresql://u:{token}@127.0.0.1:1/x")
    database = Database(f"postgresql://u:{token}@127.0.0.1:1/x")
    shown = [
        repr(Settings()),
        str(Settings().model_dump()),
        repr(JiraAccess(url="https://j.example", token=token, connect_timeout_s=1, read_timeout_s=1)),
        repr(ZendeskAccess(url="https://z.example", api_token=token, connect_timeout_s=1, read_timeout_s=1)),
        repr(ClientCredentials(client_id="a", client_secret=token)),
        repr(SandboxSettings(**SECRETS)),
        repr(database) + repr(vars(database)),
    ]
    with pytest.raises(SettingsProblem) as problem:
        load_settings()
    shown.append(str(problem.value))
    with pytest.raises(DatabaseProblem) as unusable:
        Database(f"oracle://u:{token}@h/x")
    shown.append(str(unusable.value))
    database.close()
    forms = list_forms(SECRETS | PREVIOUS)
    assert [leak for text in shown for leak in find_leaks(text.encode(), forms)] == []
