"""The commands about running escalations as an operator sees them, and what they refuse."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tests.flow.living import find_escalation, list_comments, list_drafts, list_notes, make_patient
from tests.rig import AGENT, Rig, build_rig, make_record
from worker.cli.app import app
from worker.core.escalation import EscalationState
from worker.core.life import Stage
from worker.store.database import Database

QUIET = "Could you tell me where I change the colour of my invoices?"


@pytest.fixture
def rig(tmp_path: Path, migrated: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, migrated) as built:
        make_patient(built)
        built.load(make_record(501), make_record(502, note=None, text=QUIET))
        built.run()
        built.live(0.1)
        yield built


def call(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def call_json(*words: str) -> Any:
    result = call(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_due_lists_both_clocks_with_reasons(rig: Rig) -> None:
    clocks = call_json("due")["clocks"]
    assert [(clock["clock"], clock["ticket"]) for clock in clocks] == [("customer", 501), ("team", None)]
    assert all(clock["due_at"] and clock["reasons"] and not clock["is_due"] for clock in clocks)
    assert call_json("due", "--within", "1h")["clocks"] == []
    assert "#501" in call("due").output
    assert call("due", "--within", "soon").exit_code == 2


def test_snooze_puts_off_one_clock_with_reason_and_end(rig: Rig) -> None:
    told = call_json("snooze", "501", "--for", "10h", "--reason", "the customer is away", "--by", "kim")
    assert told["clock"] == 501
    rig.live(6)
    assert list_drafts(rig) == []
    assert len(list_comments(rig)) == 1
    due = {clock["ticket"]: clock for clock in call_json("due")["clocks"]}
    assert "the customer is away" in " ".join(due[501]["reasons"])
    rig.live(6)
    assert len(list_drafts(rig)) >= 1


def test_the_teams_clock_is_snoozed_by_its_issue(rig: Rig) -> None:
    assert call_json("snooze", "eng-1", "--for", "10h", "--reason", "they are on it")["clock"] == "team"
    rig.live(9)
    assert list_comments(rig) == []
    rig.live(2)
    assert len(list_comments(rig)) == 1


def test_deescalate_and_escalate_again(rig: Rig) -> None:
    assert call("deescalate", "501").exit_code == 2
    assert "--reason" in call("deescalate", "501").output
    call_json("deescalate", "501", "--reason", "a workaround was found", "--by", "kim")
    rig.live(0.5)
    assert find_escalation(rig).course.stage is Stage.STOOD_DOWN
    assert "a workaround was found (kim)" in list_comments(rig)[-1]
    refused = call("deescalate", "501", "--reason", "again")
    assert (refused.exit_code, "stood down" in refused.output) == (2, True)
    call_json("escalate", "ENG-1", "--reason", "it fails after all", "--by", "kim")
    rig.live(0.5)
    assert find_escalation(rig).course.stage is Stage.ACTIVE


def test_escalate_opens_what_the_rules_would_not(rig: Rig) -> None:
    call_json(
        "escalate", "502", "--target", "product", "--severity", "high", "--reason", "asked by many", "--by", "kim"
    )
    rig.live(0.5)
    escalation = find_escalation(rig)
    assert (escalation.tickets, escalation.target.value, escalation.severity.value) == ((502,), "product", "high")
    assert "asked by many" in " ".join(escalation.reasons)
    assert len(rig.box.jira.issues) == 2
    assert call("escalate", "ENG-99", "--reason", "x").exit_code == 2


def test_close_asks_for_a_reason_keeps_the_lesson_and_lists_what_has_none(rig: Rig) -> None:
    call_json("close", "501", "--reason", "solved on the phone", "--by", "kim")
    rig.live(0.5)
    closed = find_escalation(rig)
    assert closed.state is EscalationState.CLOSED
    assert "solved on the phone" in list_notes(rig)[-1]
    assert call_json("due") == {"clocks": [], "without_lesson": [closed.id]}
    assert closed.id in call("due").output
    call_json("close", closed.id, "--lesson", "Ask for the  export log first.")
    assert call_json("due")["without_lesson"] == []
    assert call("close", closed.id).exit_code == 2
    rig.live(5)
    assert len(rig.box.jira.issues) == 1


def test_audit_tells_the_whole_story_under_each_name(rig: Rig) -> None:
    call_json("deescalate", "501", "--reason", "a workaround was found", "--by", "kim")
    rig.live(0.5)
    escalation = find_escalation(rig)
    for name in ("501", "ENG-1", escalation.id):
        steps = call_json("audit", name)["steps"]
        events = [step["event"] for step in steps]
        assert {"decided", "ordered", "stepped", "write"} <= set(events)
        assert [step["at"] for step in steps] == sorted(step["at"] for step in steps)
        written = [step for step in steps if step["event"] == "write"]
        assert all(step["data"]["state"] == "done" and step["data"]["finished_at"] for step in written)
        assert all(step["policy_digest"] for step in steps if step["event"] == "decided")
    assert "a workaround was found" in call("audit", "ENG-1").output
    assert {step["event"] for step in call_json("audit", "502")["steps"]} == {"decided"}
    assert call("audit", "999").exit_code == 2


def test_export_prints_each_escalation_whole(rig: Rig) -> None:
    rig.box.zendesk.add_comment(501, author_id=AGENT, body="Lesson: look at the pager first.", public=False)
    rig.live(0.5)
    (row,) = [json.loads(line) for line in call("export").stdout.splitlines()]
    assert (row["issue"], row["tickets"], row["stage"]) == ("ENG-1", [501], "active")
    assert [lesson["text"] for lesson in row["lessons"]] == ["look at the pager first."]
    assert len(row["clocks"]) == 2
    assert row["steps"]
    assert call("export", "--since", "2030-01-01").stdout == ""
    assert call("export", "--since", "tomorrow").exit_code == 2


def test_escalate_sends_a_running_escalation_to_another_team(rig: Rig) -> None:
    known = find_escalation(rig)
    assert known.issue is not None
    told = call_json(
        "escalate", known.issue.key, "--target", "product", "--reason", "works as designed", "--by", "kim"
    )
    assert told["subject"] == f"escalation {known.id}"
    rig.live(0.2)
    after = find_escalation(rig)
    assert (after.id, after.target.value) == (known.id, "product")
    assert call_json("audit", known.issue.key)
    back = call("escalate", "501", "--target", "l2", "--reason", "ours")
    assert back.exit_code == 2
    assert "de-escalating" in back.output
