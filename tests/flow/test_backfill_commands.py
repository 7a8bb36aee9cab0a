"""The backfill commands as an operator sees them: plan, run, status, what they refuse, and what they exit with."""

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tests.rig import Rig, build_rig, make_record
from worker.cli.app import app
from worker.cli.backfill import read_instant
from worker.ground import now_utc
from worker.settings import PREFIX
from worker.store.backfills import BackfillState, move_backfill, read_backfill
from worker.store.database import Database
from worker.store.migrate import upgrade_database
from worker.store.progress import beat

NASTY = "Export \x1b[2J of \u202esales[/red]"


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    url = f"sqlite:///{tmp_path / 'escalator.db'}"
    with Database(url) as database:
        upgrade_database(database)
        with build_rig(tmp_path, database) as built:
            policy = built.make_means.settings.policy_dir
            values = built.box.environment | {
                f"{PREFIX}DATABASE_URL": url,
                f"{PREFIX}POLICY_DIR": str(policy),
                f"{PREFIX}ZENDESK_EXPORTS_PER_MINUTE": "6000",
            }
            for name, value in values.items():
                monkeypatch.setenv(name, value)
            yield built


def call(*words: str) -> Result:
    return CliRunner().invoke(app, ["backfill", *words])


def call_json(*words: str, code: int = 0) -> dict[str, Any]:
    result = call(*words, "--json")
    assert result.exit_code == code, result.output
    lines = result.stdout.splitlines()
    assert len(lines) == 1
    found: dict[str, Any] = json.loads(lines[0])
    return found


def spell_day(days_ago: float) -> str:
    return (now_utc() - timedelta(days=days_ago)).date().isoformat()


def test_plan_run_status(rig: Rig) -> None:
    rig.load(make_record(501, subject=NASTY), make_record(502, note=None, text="Where is the invoice of March?"))
    made = call_json("plan", "--since", spell_day(3))
    assert (made["tickets"], made["actions"]) == (2, {"open": 1, "stay": 1})
    assert [row["ticket"] for row in made["would_create"]] == [501]
    assert {row["ticket"] for row in made["sample"]} == {501, 502}
    assert made["calls"] == {
        "plan": {"exports": 1, "comments": 2, "incidents": 0},
        "run": {"reads": 3, "issue_writes": 2, "ticket_writes": 2},
    }
    assert made["eta_s"] > 0
    assert rig.writes == []
    assert call_json("status", made["plan"])["state"] == "planned"
    done = call_json("run", made["plan"], "--max-create", "5", "--yes")
    figures = {name: done[name] for name in ("state", "read", "opened", "joined", "stayed", "held_back", "parked")}
    assert figures == {
        "state": "done",
        "read": 2,
        "opened": 1,
        "joined": 0,
        "stayed": 1,
        "held_back": 0,
        "parked": 0,
    }
    assert len(rig.box.jira.issues) == 1
    assert [row["plan"] for row in call_json("status")["plans"]] == [made["plan"]]


def test_the_same_in_words(rig: Rig) -> None:
    rig.load(make_record(501, subject=NASTY), make_record(502))
    planned = call("plan", "--since", spell_day(3), "--until", spell_day(0))
    assert planned.exit_code == 0
    assert "a run would make 2 escalations" in planned.stdout
    plan_id = planned.stdout.split()[1].rstrip(":")
    ran = call("run", plan_id, "--max-create", "1", "--yes")
    assert ran.exit_code == 0
    assert "done capped" in ran.stdout
    assert "held back 1" in ran.stdout
    assert "of 2 tickets" in ran.stderr
    assert "opened 1" in call("status").stdout
    assert not any(mark in planned.stdout + ran.stdout for mark in ("\x1b", "\u202e"))


@pytest.mark.parametrize(
    "words",
    [
        ("plan",),
        ("plan", "--since", "yesterday"),
        ("plan", "--since", ""),
        ("plan", "--since", "2026-02-30"),
        ("plan", "--since", "2026-01-31T09:00:00"),
        ("plan", "--since", "0001-01-01T00:00:00+14:00"),
        ("plan", "--since", "2999-01-01"),
        ("plan", "--since", "2026-01-31", "--until", "2026-01-30"),
        ("plan", "--since", "2026-01-31", "--until", "soon"),
        ("run",),
        ("run", "nosuchplan", "--max-create", "1", "--yes"),
        ("run", "nosuchplan", "--max-create", "-1", "--yes"),
        ("run", "nosuchplan", "--max-create", "many", "--yes"),
        ("status", "nosuchplan"),
        ("pause",),
    ],
)
def test_bad_input_is_exit_2_and_changes_nothing(rig: Rig, words: tuple[str, ...]) -> None:
    result = call(*words)
    assert result.exit_code == 2
    assert result.stderr.strip()
    assert result.stdout == ""
    assert len(rig.box.journal) == 0


@pytest.mark.parametrize("words", [(), ("--yes",), ("--max-create", "1")])
def test_a_run_needs_both_words_and_says_what_it_would_do(rig: Rig, words: tuple[str, ...]) -> None:
    rig.load(make_record(501))
    plan_id = call_json("plan", "--since", spell_day(3))["plan"]
    result = call("run", plan_id, *words)
    assert result.exit_code == 2
    assert "up to 1 escalations" in result.stderr
    assert call_json("status", plan_id)["state"] == "planned"
    assert rig.writes == []


def test_a_plan_is_run_once_and_only_under_its_policy(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.load(make_record(501))
    first, second = (call_json("plan", "--since", spell_day(3))["plan"] for _ in range(2))
    assert call("run", first, "--max-create", "1", "--yes").exit_code == 0
    again = call("run", first, "--max-create", "1", "--yes")
    assert again.exit_code == 2
    assert "done already" in again.stderr
    monkeypatch.delenv(f"{PREFIX}POLICY_DIR")
    other = call("run", second, "--max-create", "1", "--yes")
    assert other.exit_code == 2
    assert "plan again" in other.stderr


def test_parked_work_is_exit_1(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_args: object) -> None:
        raise ValueError("boom")

    monkeypatch.setattr("worker.flow.ticket.assess", stumble)
    rig.load(make_record(501))
    made = call_json("plan", "--since", spell_day(3), code=1)
    assert made["actions"] == {"park": 1}
    assert call_json("run", made["plan"], "--max-create", "1", "--yes", code=1)["parked"] == 1


def test_a_running_service_does_the_work_and_the_command_watches(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.load(make_record(501))
    plan_id = call_json("plan", "--since", spell_day(3))["plan"]
    with rig.database.transaction() as connection:
        beat(connection, "service", "worker", now_utc())

    def serve(_seconds: float) -> None:
        """Stands where the command sleeps: the service ends the plan meanwhile."""
        with rig.database.transaction() as connection:
            found = read_backfill(connection, plan_id)
            assert found is not None
            assert found.state is BackfillState.RUNNING
            move_backfill(
                connection, dataclasses.replace(found, state=BackfillState.DONE), away_from=tuple(BackfillState)
            )

    monkeypatch.setattr("worker.cli.backfill_follow.time.sleep", serve)
    rig.box.journal.clear()
    assert call_json("run", plan_id, "--max-create", "1", "--yes")["state"] == "done"
    assert len(rig.box.journal) == 0


def test_days_and_instants() -> None:
    assert read_instant("2026-01-31", "--since") == datetime(2026, 1, 31, tzinfo=UTC)
    assert read_instant("2026-01-31", "--until", whole_day=True) == datetime(2026, 1, 31, 23, 59, 59, 999999, UTC)
    assert read_instant("2026-01-31T10:00:00+01:00", "--until", whole_day=True) == datetime(
        2026, 1, 31, 9, tzinfo=UTC
    )
