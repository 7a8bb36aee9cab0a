"""The pattern commands as an operator sees them: lists, reasons, verdicts, and what they refuse."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tests.flow.test_patterns import find_pattern_id, find_standing, load_outage
from tests.rig import Rig, build_rig
from worker.cli.app import app
from worker.store.database import Database


@pytest.fixture
def rig(tmp_path: Path, migrated: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, migrated) as built:
        yield built


def call(*words: str) -> Result:
    return CliRunner().invoke(app, ["patterns", *words])


def call_json(*words: str) -> Any:
    result = call(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_lists_and_explains_what_forms(rig: Rig) -> None:
    assert "no pattern" in call("list").output
    load_outage(rig, 2)
    rig.run()
    (forming,) = call_json("list")
    assert (forming["standing"], forming["customers"], forming["tickets"]) == ("forming", 2, 2)
    shown = call_json("show", forming["id"])
    assert [member["ticket"] for member in shown["members"]] == [701, 702]
    assert [member["customer"] for member in shown["members"]] == ["Shop 1", "Shop 2"]
    assert "Shop 2" in call("show", forming["id"]).output
    assert forming["id"] in call("list").output


def test_a_verdict_is_carried_out_and_kept_with_who_and_why(rig: Rig) -> None:
    load_outage(rig, 3)
    rig.run()
    pattern = find_pattern_id(rig, 701)
    told = call_json("confirm", pattern, "--by", "kim", "--reason", "one outage")
    assert (told["verdict"], told["by"]) == ("confirm", "kim")
    rig.run()
    shown = call_json("show", pattern)
    assert (shown["standing"], shown["decided_by"], shown["decided_reason"]) == ("confirmed", "kim", "one outage")
    (escalation,) = shown["escalations"]
    assert escalation["tickets"] == [701, 702, 703]
    assert escalation["issue"].startswith("ENG-")
    assert escalation["issue"] in call("show", pattern).output
    call_json("reject", pattern, "--reason", "they differ")
    rig.run()
    assert find_standing(rig, 701) == "rejected"
    assert call_json("list") == []
    assert [row["id"] for row in call_json("list", "--all")] == [pattern]


def test_tells_what_is_wrong_with_a_verdict(rig: Rig) -> None:
    load_outage(rig, 2)
    rig.run()
    pattern = find_pattern_id(rig, 701)
    for words, complaint in (
        (("show", "nope"), "no pattern is named nope"),
        (("split", pattern, "999"), "not in pattern"),
        (("split", pattern, "701", "702"), "all its tickets are named"),
        (("merge", pattern, pattern), "one pattern already"),
    ):
        result = call(*words)
        assert result.exit_code == 2
        assert complaint in result.output


def call_similar(*words: str) -> Result:
    return CliRunner().invoke(app, ["similar", *words])


def test_similar_tickets_come_with_why_and_what_became_of_them(rig: Rig) -> None:
    load_outage(rig, 3)
    rig.run()
    call_json("confirm", find_pattern_id(rig, 701), "--by", "kim")
    rig.run()
    result = call_similar("703", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert {row["ticket"] for row in told["similar"]} == {701, 702}
    first = told["similar"][0]
    assert first["chance"] >= told["similar"][1]["chance"]
    assert first["codes"] == ["sync-4410"]
    assert first["customer"].startswith("Shop ")
    assert first["escalation"]["issue"].startswith("ENG-")
    text = call_similar("703").output
    assert "sync-4410" in text
    assert first["escalation"]["issue"] in text
    assert json.loads(call_similar("703", "--json", "--most", "1").stdout)["similar"] == [first]
    assert "no ticket" in call_similar("703", "--least", "1").output


def test_a_ticket_that_was_not_read_is_like_none(rig: Rig) -> None:
    result = call_similar("999")
    assert result.exit_code == 2
    assert "ticket 999" in result.output


def test_the_rate_of_alarms_stands_below_the_list(rig: Rig) -> None:
    load_outage(rig, 3)
    rig.run()
    assert "of 3 tickets read" in call("list").output
