"""Every order enters the same inbox as the command line's, once, with its reason; a stale form does nothing."""

import json
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.dashboard.conftest import Open
from tests.dashboard.pages import find_field
from tests.dashboard.story import HOSTILE, PLAN, REFUSED, Played
from tests.dashboard.test_pages import find_escalation
from worker.core.assessment import Severity
from worker.flow.backfill_control import PlanOrder, pause_backfill
from worker.flow.orders import read_instruction
from worker.store.audit import list_audit
from worker.store.backfills import Backfill, BackfillState, move_backfill, read_backfill
from worker.store.clocks import list_snoozes
from worker.store.database import Database
from worker.store.escalations import change_escalation
from worker.store.inbox import list_pending
from worker.store.lessons import list_lessons
from worker.store.subjects import SubjectKind


def read_form(client: httpx.Client, path: str, **fields: Any) -> dict[str, Any]:
    page = client.get(path).text
    return {name: find_field(page, name) for name in ("token", "once", "seen", "back")} | fields


def list_events(played: Played, kind: SubjectKind, subject_id: str) -> list[dict[str, Any]]:
    with Database(played.settings.database_url.get_secret_value()) as database, database.snapshot() as connection:
        return [json.loads(event.body or b"{}") for event in list_pending(connection, kind, [subject_id])[subject_id]]


@pytest.mark.parametrize(("verb", "order"), [("close", "close"), ("deescalate", "stand_down")])
def test_a_step_is_ordered_once_however_often_it_is_sent(
    open_copy: Open, played_copy: Played, verb: str, order: str
) -> None:
    client, name = open_copy(), find_escalation(played_copy)
    form = read_form(client, f"/escalations/{name}", reason="  solved by phone ", lesson="clear the cache")
    for _ in range(3):
        answer = client.post(f"/escalations/{name}/{verb}", data=form)
        assert answer.status_code == 200
        assert "Ordered. The worker carries it out" in answer.text
    events = list_events(played_copy, SubjectKind.ESCALATION, name)
    assert events == [{"order": order, "reason": "solved by phone", "by": "otto"}]
    database = Database(played_copy.settings.database_url.get_secret_value())
    with database, database.snapshot() as connection:
        pending = list_pending(connection, SubjectKind.ESCALATION, [name])[name]
        instruction = read_instruction(pending)
        lessons = list_lessons(connection, name)
        ordered = connection.exec_driver_sql(
            "SELECT count(*) FROM audit WHERE event = 'ordered' AND subject_id = ?", (name,)
        )
        assert ordered.scalar() == 1
    assert instruction is not None
    assert [lesson.text for lesson in lessons] == (["clear the cache"] if verb == "close" else [])
    assert f"otto ordered: {order.replace('_', ' ')}" in client.get(f"/escalations/{name}").text


def test_an_order_that_cannot_follow_is_refused_in_words(open_copy: Open, played_copy: Played) -> None:
    client, path = open_copy(), f"/escalations/{find_escalation(played_copy)}"
    answer = client.post(f"{path}/escalate", data=read_form(client, path, reason="again"))
    assert answer.status_code == 422
    assert "the escalation is active, and that cannot follow from there" in answer.text
    assert client.post(f"{path}/explode", data=read_form(client, path, reason="x")).status_code == 404


@pytest.mark.parametrize(("changed", "told"), [("reason", "Write why"), ("seen", "open the page again")])
def test_a_form_that_is_not_whole_keeps_what_was_written(
    open_copy: Open, played_copy: Played, changed: str, told: str
) -> None:
    client, path = open_copy(), f"/escalations/{find_escalation(played_copy)}"
    form = read_form(client, path, reason="kept words", lesson="kept lesson") | {changed: "  "}
    answer = client.post(f"{path}/close", data=form)
    assert answer.status_code == 422
    assert told in answer.text
    assert "kept lesson" in answer.text


def test_a_stale_form_says_what_changed_and_does_nothing(open_copy: Open, played_copy: Played) -> None:
    client, name = open_copy(), find_escalation(played_copy)
    form = read_form(client, f"/escalations/{name}", reason="my <reason>")
    database = Database(played_copy.settings.database_url.get_secret_value())
    with database, database.transaction() as connection:
        change_escalation(connection, name, played_copy.now, severity=Severity.CRITICAL, issue_status="In <Progress>")
    answer = client.post(f"/escalations/{name}/close", data=form)
    assert answer.status_code == 409
    assert re.search(r"severity</th><td><bdi>high</bdi></td><td><bdi>critical", answer.text)
    assert "In &lt;Progress&gt;" in answer.text
    assert ">my &lt;reason&gt;</textarea>" in answer.text
    assert list_events(played_copy, SubjectKind.ESCALATION, name) == []
    again = {field: find_field(answer.text, field) for field in ("token", "once", "seen", "back")}
    assert client.post(f"/escalations/{name}/close", data=again | {"reason": "still"}).status_code == 200


@pytest.mark.parametrize("clock", [0, HOSTILE])
def test_a_clock_sleeps_with_a_reason(open_copy: Open, played_copy: Played, clock: int) -> None:
    client, name = open_copy(), find_escalation(played_copy)
    form = read_form(client, f"/escalations/{name}", reason="they are on holiday", lasting="2d", clock=str(clock))
    answer = client.post(f"/escalations/{name}/snooze", data=form)
    assert "The clock sleeps" in answer.text
    assert "they are on holiday" in answer.text
    database = Database(played_copy.settings.database_url.get_secret_value())
    with database, database.snapshot() as connection:
        snooze = list_snoozes(connection, [name])[name, clock]
    assert (snooze.by, (snooze.until - played_copy.now).days) == ("otto", 2)
    for wrong in ({"lasting": "soon"}, {"lasting": "-1h"}, {"lasting": "99d"}, {"clock": "7"}, {"clock": "x"}):
        assert client.post(f"/escalations/{name}/snooze", data=form | wrong).status_code == 422


def test_a_ticket_is_escalated_whatever_the_rules_say(open_copy: Open, played_copy: Played) -> None:
    client = open_copy()
    form = read_form(client, "/tickets/510", reason="a partner asks", target="product", severity="")
    assert "Ordered" in client.post("/tickets/510/escalate", data=form).text
    (event,) = list_events(played_copy, SubjectKind.TICKET, "510")
    assert event == {
        "order": "escalate",
        "reason": "a partner asks",
        "by": "otto",
        "target": "product",
        "severity": None,
    }
    assert client.post("/tickets/510/escalate", data=form | {"once": "x", "target": "nobody"}).status_code == 422
    assert client.post("/tickets/999999/escalate", data=form | {"once": "y"}).status_code == 404
    assert client.post(f"/tickets/{HOSTILE}/escalate", data=form | {"once": "z"}).status_code == 409


@pytest.mark.parametrize(
    ("verdict", "fields", "wanted"),
    [("confirm", {}, {}), ("reject", {}, {}), ("mute", {}, {}), ("reopen", {}, {}),
     ("split", {"ticket": ["9002"]}, {"tickets": [9002]}), ("merge", {"other": "9003"}, {"other": "9003"})],
)  # fmt: skip
def test_a_verdict_on_a_pattern(
    open_copy: Open, played_copy: Played, verdict: str, fields: dict[str, Any], wanted: dict[str, Any]
) -> None:
    client = open_copy()
    form = read_form(client, "/patterns/9001", reason="I looked") | fields
    for _ in range(2):
        assert "The verdict is given" in client.post(f"/patterns/9001/{verdict}", data=form).text
    database = Database(played_copy.settings.database_url.get_secret_value())
    with database, database.snapshot() as connection:
        rows = connection.exec_driver_sql("SELECT body FROM inbox WHERE source = 'pattern.order'").all()
    (order,) = [json.loads(row[0]) for row in rows]
    assert (order["verdict"], order["by"], order["reason"]) == (verdict, "otto", "I looked")
    assert {name: order[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("verdict", "fields"),
    [("split", {}), ("split", {"ticket": ["9001", "9002"]}), ("split", {"ticket": ["501"]}), ("merge", {}),
     ("merge", {"other": "none"}), ("merge", {"other": "9001"})],
)  # fmt: skip
def test_a_verdict_that_cannot_be(open_copy: Open, verdict: str, fields: dict[str, Any]) -> None:
    client = open_copy()
    answer = client.post(
        f"/patterns/9001/{verdict}", data=read_form(client, "/patterns/9001", reason="I looked") | fields
    )
    assert answer.status_code == 422
    assert "Nothing was done" in answer.text


@pytest.mark.parametrize("verb", ["replay", "drop"])
def test_a_dead_letter_is_replayed_or_dropped(open_copy: Open, played_copy: Played, verb: str) -> None:
    client, path = open_copy(), f"/ops/letters/ticket:{REFUSED}"
    form = read_form(client, path, reason="the field is mended")
    stale = form | {"seen": json.dumps({"reason": "another"}), "once": "stale"}
    assert client.post(f"{path}/{verb}", data=stale).status_code == 409
    for _ in range(2):
        assert client.post(f"{path}/{verb}", data=form).status_code == 200
    (event,) = list_events(played_copy, SubjectKind.TICKET, str(REFUSED))
    assert event["by"] == "otto"
    page = client.get(f"/tickets/{REFUSED}").text
    assert ("replayed" if verb == "replay" else "given up by an operator") in page


def test_an_oversized_form_is_refused(open_copy: Open, played_copy: Played) -> None:
    client, path = open_copy(), f"/escalations/{find_escalation(played_copy)}"
    assert client.post(f"{path}/close", data={"reason": "x" * 200_000}).status_code == 413
    assert client.post(f"{path}/close", data={f"f{n}": "x" for n in range(2000)}).status_code == 400


def read_plan(played: Played) -> Backfill:
    with Database(played.settings.database_url.get_secret_value()) as database, database.snapshot() as connection:
        found = read_backfill(connection, PLAN)
    assert found is not None
    return found


def test_a_backfill_is_paused_goes_on_and_ends_with_reasons(open_copy: Open, played_copy: Played) -> None:
    client, path = open_copy(), f"/ops/backfills/{PLAN}"
    for step, state in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        form = read_form(client, path, reason=f"{step} for <Ann>")
        for _ in range(2):
            answer = client.post(f"{path}/{step}", data=form)
            assert answer.status_code == 200
            assert "Done. The worker notices" in answer.text
        assert read_plan(played_copy).state.value == state
        assert f"{step} for &lt;Ann&gt;" in answer.text
    assert read_plan(played_copy).max_create == 5
    assert "What to do" not in client.get(path).text
    database = Database(played_copy.settings.database_url.get_secret_value())
    with database, database.snapshot() as connection:
        rows = list_audit(connection, SubjectKind.BACKFILL, PLAN)
    assert [(row.event, row.data.get("by")) for row in rows[1:]] == [
        ("paused", "otto"), ("started", "otto"), ("cancelled", "otto"),
    ]  # fmt: skip


def test_a_plan_that_changed_meanwhile_is_left_alone(open_copy: Open, played_copy: Played) -> None:
    client, path = open_copy(), f"/ops/backfills/{PLAN}"
    form = read_form(client, path, reason="too many")
    database = Database(played_copy.settings.database_url.get_secret_value())
    with database, database.transaction() as connection:
        pause_backfill(connection, PLAN, PlanOrder(by="Ann", now=played_copy.now))
    answer = client.post(f"{path}/cancel", data=form)
    assert answer.status_code == 409
    assert re.search(r"state</th><td><bdi>running</bdi></td><td><bdi>paused", answer.text)
    assert ">too many</textarea>" in answer.text
    assert read_plan(played_copy).state.value == "paused"
    assert client.post(f"{path}/explode", data=read_form(client, path, reason="x")).status_code == 404


def test_a_plan_of_another_policy_cannot_go_on(open_copy: Open, played_copy: Played) -> None:
    client, path = open_copy(), f"/ops/backfills/{PLAN}"
    paused = replace(read_plan(played_copy), state=BackfillState.PAUSED, policy_digest="another")
    database = Database(played_copy.settings.database_url.get_secret_value())
    with database, database.transaction() as connection:
        move_backfill(connection, paused, away_from=[BackfillState.RUNNING])
    answer = client.post(f"{path}/resume", data=read_form(client, path, reason="go on"))
    assert answer.status_code == 422
    assert "the policy has changed since the plan was made" in answer.text
    assert read_plan(played_copy).state is BackfillState.PAUSED
