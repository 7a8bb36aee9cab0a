"""What stops is seen, tried again or given up; a new event drains it; and nothing is sent twice on the way."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

import worker.flow.ticket as reconciler
from connectors.sandbox.faults import Fault
from connectors.sandbox.jira.catalog import find_project
from tests.rig import BUG, CUSTOMER, Rig, build_rig, make_record
from worker.cli.app import app
from worker.ground import now_utc
from worker.settings import PREFIX
from worker.store.audit import list_audit
from worker.store.database import Database
from worker.store.deadletters import DeadLetter, list_dead_letters
from worker.store.effects import EffectState, list_effects
from worker.store.escalations import list_escalations
from worker.store.status import read_status
from worker.store.subjects import Lane, SubjectKind, insert_wakes

OUTAGE = "Nobody in our company can log in since this morning, the whole service is down for all our 240 users."


@pytest.fixture
def rig(tmp_path: Path, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with build_rig(tmp_path, database) as built:
        monkeypatch.setenv(f"{PREFIX}DATABASE_URL", database_url)
        yield built


def call(*words: str) -> Result:
    return CliRunner().invoke(app, ["deadletters", *words])


def call_json(*words: str, code: int = 0) -> Any:
    result = call(*words, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def read_letters(rig: Rig) -> tuple[DeadLetter, ...]:
    with rig.database.snapshot() as connection:
        return list_dead_letters(connection)


def find_states(rig: Rig, kind: SubjectKind, subject_id: str) -> dict[str, str]:
    with rig.database.snapshot() as connection:
        return {row.key.split(":")[0]: row.state.value for row in list_effects(connection, kind, subject_id)}


def refuse(rig: Rig, *, vendor: Any, method: str, path: str, times: int | None = None) -> None:
    body = b'{"errorMessages":["A field is required"],"errors":{"customfield_1":"Team is required."}}'
    fault = Fault(action="status", vendor=vendor, method=method, path=path, times=times, status=400, body=body)
    rig.box.faults.add(fault)


def refuse_the_issue(rig: Rig) -> str:
    """A create that Jira refuses; the escalation's id."""
    refuse(rig, vendor="jira", method="POST", path=r"/issue$")
    rig.load(make_record(501))
    rig.run()
    with rig.database.snapshot() as connection:
        (escalation,) = list_escalations(connection)
    return escalation.id


def test_a_refused_create_is_seen_corrected_and_replayed(rig: Rig) -> None:
    escalation_id = refuse_the_issue(rig)
    (letter,) = call_json("list")
    assert letter["id"] == f"escalation:{escalation_id}"
    assert letter["parked"]
    assert "400" in letter["reason"]
    assert letter["attempts"] == 1
    (effect,) = letter["effects"]
    assert (effect["kind"], effect["state"]) == ("issue.open", "rejected")
    assert "replay" in letter["way_out"]
    shown = call_json("show", str(effect["id"]))
    assert shown["id"] == letter["id"]
    assert shown["history"][-1]["event"] == "rejected"
    rig.box.faults.clear()
    rig.settle()
    assert rig.box.jira.issues == []
    assert call_json("replay", letter["id"], "--by", "ina") == {"replayed": [letter["id"]], "writes": 1, "by": "ina"}
    rig.settle()
    assert len(rig.box.jira.issues) == 1
    assert len(rig.box.zendesk.notes(501)) == 1
    assert read_letters(rig) == ()
    with rig.database.snapshot() as connection:
        assert read_status(connection, now_utc())["parked"] == 0
        audit = list_audit(connection, SubjectKind.ESCALATION, escalation_id)
    assert [(row.data["by"], row.data["writes"]) for row in audit if row.event == "replayed"] == [
        ("ina", [f"open:{escalation_id}"])
    ]


def test_a_new_event_drains_it_without_anybody(rig: Rig) -> None:
    refuse_the_issue(rig)
    assert len(read_letters(rig)) == 1
    rig.box.faults.clear()
    rig.box.zendesk.add_comment(501, author_id=CUSTOMER, body="Any news? It still stops at row 1000.")
    rig.run()
    assert len(rig.box.jira.issues) == 1
    assert read_letters(rig) == ()


def test_an_event_on_the_ticket_drains_its_escalation_also_when_the_issue_exists(rig: Rig) -> None:
    rig.load(make_record(501))
    rig.run()
    refuse(rig, vendor="jira", method="PUT", path=r"/issue/\d+")
    rig.box.zendesk.add_comment(501, author_id=CUSTOMER, body=OUTAGE)
    rig.box.zendesk.update_ticket(501, priority="urgent")
    rig.run()
    rig.settle()
    (letter,) = read_letters(rig)
    assert [write.kind for write in letter.writes] == ["issue.change"]
    rig.box.faults.clear()
    rig.box.zendesk.add_comment(501, author_id=CUSTOMER, body="Please hurry.")
    rig.run()
    rig.settle()
    assert read_letters(rig) == ()
    assert len(rig.box.jira.issues[0].comments) == 1


def test_what_keeps_failing_is_tried_once_for_each_event_and_never_in_circles(rig: Rig) -> None:
    escalation_id = refuse_the_issue(rig)
    rig.settle()
    assert count_posts(rig) == 1
    call_json("replay", f"escalation:{escalation_id}")
    rig.settle()
    assert count_posts(rig) == 2
    assert len(read_letters(rig)) == 1


def test_a_dropped_write_never_comes_back_and_the_rest_goes_on(rig: Rig) -> None:
    refuse(rig, vendor="zendesk", method="PUT", path=r"/tickets/501(\.json)?$")
    rig.load(make_record(501))
    rig.run()
    (letter,) = call_json("list")
    assert letter["id"] == "ticket:501"
    assert letter["held_up"] == 1
    rig.box.faults.clear()
    number = str(letter["effects"][0]["id"])
    assert call("drop", number).exit_code == 2
    assert call_json("drop", number, "--reason", "told by hand", "--by", "ina")["writes"] == 1
    rig.settle()
    assert rig.box.zendesk.notes(501) == []
    assert "escalator_escalated" in rig.box.zendesk.tickets[501]["tags"]
    rig.box.zendesk.add_comment(501, author_id=CUSTOMER, body="Any news?")
    rig.run()
    assert rig.box.zendesk.notes(501) == []
    assert find_states(rig, SubjectKind.TICKET, "501") == {"note": "dropped", "tag": "done"}
    rig.box.jira.transition_issue(rig.box.jira.issues[0].key, "Start work")
    wake_escalations(rig)
    rig.settle()
    assert len(rig.box.zendesk.notes(501)) == 1
    assert read_letters(rig) == ()


def test_an_unknown_create_is_looked_for_before_a_replay_sends_it(rig: Rig) -> None:
    """Both requests of a create arrive, their answers are lost, and the search knows nothing yet."""
    rig.box.faults.add(Fault(action="drop_before", vendor="jira", method="POST", path=r"/issue$", times=2))
    rig.load(make_record(501))
    rig.run()
    rig.run_for(20.0)
    (letter,) = read_letters(rig)
    (write,) = letter.writes
    assert (write.state, write.attempts) == (EffectState.UNKNOWN, 2)
    assert letter.is_unknown
    with rig.database.snapshot() as connection:
        (escalation,) = list_escalations(connection)
    # Somebody opened it meanwhile, or the late request arrived after all: its marker is there.
    create_late(rig, escalation.marker)
    posts = count_posts(rig)
    call_json("replay", f"effect:{write.id}")
    rig.run_for(15.0)
    assert count_posts(rig) == posts
    assert len(rig.box.jira.issues) == 1
    assert read_letters(rig) == ()
    assert len(rig.box.zendesk.notes(501)) == 1


def test_an_unknown_create_is_looked_for_when_an_event_drains_it(rig: Rig) -> None:
    rig.box.faults.add(Fault(action="drop_before", vendor="jira", method="POST", path=r"/issue$", times=2))
    rig.load(make_record(501))
    rig.run()
    rig.run_for(20.0)
    with rig.database.snapshot() as connection:
        (escalation,) = list_escalations(connection)
    create_late(rig, escalation.marker)
    rig.box.zendesk.add_comment(501, author_id=CUSTOMER, body="Any news?")
    rig.run()
    rig.run_for(15.0)
    assert len(rig.box.jira.issues) == 1
    assert read_letters(rig) == ()


def test_a_replay_of_an_unknown_create_that_never_arrived_sends_it_once(rig: Rig) -> None:
    rig.box.faults.add(Fault(action="drop_before", vendor="jira", method="POST", path=r"/issue$", times=2))
    rig.load(make_record(501))
    rig.run()
    rig.run_for(20.0)
    assert len(read_letters(rig)) == 1
    call_json("replay", "--all", "--kind", "escalation")
    rig.run_for(20.0)
    assert len(rig.box.jira.issues) == 1
    assert count_posts(rig) == 3


def test_what_cannot_be_judged_is_forgotten_until_something_new_happens(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object) -> None:
        raise ValueError("boom")

    monkeypatch.setattr(reconciler, "assess", stumble)
    rig.load(make_record(501))
    rig.run()
    (letter,) = call_json("list")
    assert (letter["id"], letter["effects"]) == ("ticket:501", [])
    assert letter["events"] == 1
    call_json("replay", "ticket:501")
    rig.settle()
    assert [letter.id for letter in read_letters(rig)] == ["ticket:501"]
    call_json("drop", "ticket:501", "--reason", "a test ticket")
    rig.settle()
    assert read_letters(rig) == ()
    monkeypatch.undo()
    rig.run()
    assert rig.box.jira.issues == []
    rig.box.zendesk.add_comment(501, author_id=CUSTOMER, body="Any news?")
    rig.run()
    assert len(rig.box.jira.issues) == 1


def test_filters_choose_among_all(rig: Rig) -> None:
    refuse(rig, vendor="zendesk", method="PUT", path=r"/tickets/50[12](\.json)?$")
    rig.load(make_record(501), make_record(502, note=BUG))
    rig.run()
    assert [letter["id"] for letter in call_json("list")] == ["ticket:501", "ticket:502"]
    assert call_json("list", "--kind", "escalation") == []
    assert call_json("list", "--matching", "no such words") == []
    rig.box.faults.clear()
    assert call_json("replay", "--all", "--matching", "400")["replayed"] == ["ticket:501", "ticket:502"]
    rig.settle()
    assert (len(rig.box.zendesk.notes(501)), len(rig.box.zendesk.notes(502))) == (1, 1)
    assert call_json("replay", "--all")["replayed"] == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("replay",), 2, "name what is meant"),
        (("replay", "ticket:1", "--all"), 2, "name what is meant"),
        (("replay", "ticket:1", "--kind", "ticket"), 2, "leave them out"),
        (("replay", "nonsense"), 2, "is no id"),
        (("show", "poll:zendesk.export"), 2, "is no id"),
        (("show", "ticket:999"), 1, "is no dead letter"),
        (("replay", "999"), 1, "is no dead letter"),
        (("drop", "ticket:999"), 2, "--reason"),
    ],
)
def test_what_the_commands_refuse(rig: Rig, words: tuple[str, ...], code: int, said: str) -> None:
    result = call(*words)
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stdout == ""


def test_people_read_what_stopped_and_the_way_out(rig: Rig) -> None:
    escalation_id = refuse_the_issue(rig)
    listed = call("list")
    assert listed.exit_code == 0
    assert f"escalation:{escalation_id}" in listed.stdout
    assert "open the issue" in listed.stdout
    shown = call("show", f"escalation:{escalation_id}")
    assert "way out" in shown.stdout
    assert "correct what the reason names" in shown.stdout
    rig.box.faults.clear()
    call_json("replay", "--all")
    rig.settle()
    assert "nothing is parked" in call("list").stdout


def create_late(rig: Rig, marker: str) -> None:
    """An issue with our marker, as a request of ours that arrived much later would make it."""
    project = find_project("ENG")
    assert project is not None
    with rig.box.jira.lock:
        fields = {"summary": "Sales export stops", "labels": [marker], "issuetype": "10001", "status": "10100"}
        rig.box.jira.create_issue(project, fields, at=now_utc())


def wake_escalations(rig: Rig) -> None:
    with rig.database.transaction() as connection:
        ids = [escalation.id for escalation in list_escalations(connection)]
        insert_wakes(connection, SubjectKind.ESCALATION, ids, lane=Lane.LIVE, now=now_utc())


def count_posts(rig: Rig) -> int:
    """Creates that reached Jira's door, whatever became of them."""
    return len([entry for entry in rig.box.journal if entry.method == "POST" and entry.path.endswith("/issue")])
