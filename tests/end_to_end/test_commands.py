"""The commands as people run them: what they print, and what they exit with."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.sandbox.server import Sandbox, SandboxSettings
from connectors.ticket_file import FileTicket, read_ticket_file
from tests.rig import make_record, write_policy
from worker.flow.reading import read_whole_ticket
from worker.settings import Settings
from worker.wiring import open_helpdesk, read_policy

COMMAND = (sys.executable, "-m", "worker.cli")


def run(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    clean = {key: value for key, value in os.environ.items() if not key.startswith("ESCALATOR_")}
    return subprocess.run(
        [*COMMAND, *arguments], env=clean | settings, capture_output=True, text=True, timeout=60, check=False
    )


def write_file(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("command", ["score", "explain", "brief"])
def test_files_need_no_settings_and_a_bad_row_spoils_no_other(command: str, tmp_path: Path) -> None:
    path = write_file(tmp_path / "t.jsonl", make_record(501), "{oops", make_record(502), "")
    done = run(command, str(path), "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [row["id"] for row in rows] == ["t-501", "line 2", "t-502"]
    assert set(rows[1]) == {"id", "error"}
    assert "error" not in rows[0]


def test_score_prints_the_row_that_is_promised(tmp_path: Path) -> None:
    done = run("score", str(write_file(tmp_path / "t.jsonl", make_record(501))), "--json")
    assert done.returncode == 0
    assert set(json.loads(done.stdout)) == {
        "id",
        "escalate",
        "target",
        "severity",
        "criteria",
        "sla_status",
        "handle_in_support",
        "de_escalate",
        "missing",
        "policy_digest",
    }


def test_brief_prints_the_row_that_is_promised(tmp_path: Path) -> None:
    done = run("brief", str(write_file(tmp_path / "t.jsonl", make_record(501))), "--json")
    row = json.loads(done.stdout)
    assert {
        "id",
        "repro_steps",
        "expected",
        "actual",
        "environment",
        "frequency",
        "tried",
        "last_customer_update",
        "customer_expectation",
        "escalation_risk",
        "workflow_impact",
        "revenue_at_risk",
        "ask",
        "deadline",
        "missing",
        "markdown",
    } <= set(row)
    assert row["markdown"].startswith("# ")


def test_explain_quotes_the_ticket_and_shows_near_misses(tmp_path: Path) -> None:
    done = run("explain", str(write_file(tmp_path / "t.jsonl", make_record(501))))
    assert done.returncode == 0
    assert "reproduced this on our test account" in done.stdout


def test_all_configuration_errors_come_at_once() -> None:
    done = run("poll", "--once", ESCALATOR_POLL_EVERY="soon", ESCALATOR_ZENDESK_URL="http://desk.example")
    assert done.returncode == 2
    for name in ("POLL_EVERY", "ZENDESK_URL", "ZENDESK_CLIENT_ID", "JIRA_URL", "JIRA_EMAIL"):
        assert f"ESCALATOR_{name}" in done.stderr, done.stderr
    assert done.stdout == ""


def test_policy_errors_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "routing.toml").write_text('[targets.product]\nmode = "loud"\n[targets.l3]\n', encoding="utf-8")
    (tmp_path / "fields.toml").write_text("[zendesk]\njira_isue = 4\n", encoding="utf-8")
    (tmp_path / "extra.toml").write_text("", encoding="utf-8")
    done = run("config", "check", "--policy", str(tmp_path))
    assert done.returncode == 2
    for word in ("targets.product.mode", "l3", "jira_isue", "extra.toml"):
        assert word in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("score", "no-such-file"), 2),
        (("poll",), 2),
        (("nonsense",), 2),
        (("sandbox", "--jira", "mainframe"), 2),
        (("--help",), 0),
    ],
)
def test_usage(arguments: tuple[str, ...], code: int) -> None:
    assert run(*arguments).returncode == code


def test_an_unreachable_vendor_is_named_with_exit_3(tmp_path: Path) -> None:
    with Sandbox(SandboxSettings()) as box:
        settings = dict(box.environment)
        address = {"ESCALATOR_DATABASE_URL": f"sqlite:///{tmp_path / 'e.db'}"}
        wrong = run("poll", "--once", **settings | address | {"ESCALATOR_JIRA_API_TOKEN": "wrong"})
        assert wrong.returncode == 3
        assert "jira" in wrong.stderr
    gone = run("poll", "--once", **settings | address)
    assert gone.returncode == 3
    assert "zendesk" in gone.stderr


def test_a_ticket_over_http_and_in_a_file_are_judged_alike(tmp_path: Path) -> None:
    """The record itself is the same, so every assessment of it is."""
    story = Path(__file__).parents[2] / "connectors" / "sandbox" / "stories" / "demo.jsonl"
    records = [json.loads(line) for line in story.read_text(encoding="utf-8").splitlines()]
    plain = [record for record in records if not record.get("incidents") and record["ticket"]["type"] != "problem"]
    with Sandbox(SandboxSettings()) as box:
        box.zendesk.load_records(plain, shift=timedelta(0))
        values = {name.removeprefix("ESCALATOR_").lower(): value for name, value in box.environment.items()}
        settings = Settings(**values)  # type: ignore[arg-type]
        rows = [
            row for row in read_ticket_file(write_file(tmp_path / "s.jsonl", *plain)) if isinstance(row, FileTicket)
        ]
        assert len(rows) == len(plain) > 20
        with open_helpdesk(settings, read_policy(settings)) as helpdesk:
            for row in rows:
                read = read_whole_ticket(helpdesk, row.ticket.id)
                assert read is not None
                assert _without_stamp(read) == _without_stamp(row.ticket), row.id


def _without_stamp(ticket):  # type: ignore[no-untyped-def]
    """Only the API tells when it generated a row; a closed ticket's comments are not read again."""
    same = replace(ticket, generated_at=None)
    return replace(same, comments=(), comments_read=False, people=()) if ticket.status == "closed" else same


def test_settings_that_the_sandbox_prints_are_accepted(tmp_path: Path) -> None:
    with Sandbox(SandboxSettings()) as box:
        done = run("config", "check", "--policy", str(write_policy(tmp_path)), "--json", **box.environment)
    assert json.loads(done.stdout)["ok"] is True
