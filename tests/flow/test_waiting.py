"""What waits too long is told on the ticket once, with the way out; and when it is over, that too."""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.sandbox.faults import Fault
from tests.rig import BUG, CUSTOMER, FIELDS, Rig, build_rig, make_record
from worker.flow.replay import Operator, drop_letter, replay_letter
from worker.ground import now_utc
from worker.store.database import Database
from worker.store.deadletters import list_dead_letters
from worker.store.escalations import list_escalations

PATIENCE_S = 2.0
OUTAGE = "Nobody in our company can log in since this morning, the whole service is down for all our 240 users."


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database) as built:
        set_patience(built, PATIENCE_S)
        yield built


def set_patience(rig: Rig, seconds: float) -> None:
    settings = rig.make_means.settings.model_copy(update={"stuck_after": timedelta(seconds=seconds)})
    rig.make_means = dataclasses.replace(rig.make_means, settings=settings)


def list_notes(rig: Rig, ticket_id: int = 501) -> list[str]:
    return [note["body"] for note in rig.box.zendesk.notes(ticket_id)]


def wait_out(rig: Rig) -> None:
    rig.run_for(PATIENCE_S + 2.0)


def act(rig: Rig, *, drop: bool = False) -> None:
    operator = Operator(name="ina", now=now_utc(), command_id=f"{now_utc().timestamp()}")
    with rig.database.transaction() as connection:
        for letter in list_dead_letters(connection):
            if drop:
                drop_letter(connection, letter, letter.writes, operator, "not needed")
            else:
                replay_letter(connection, letter, letter.writes, operator)


def test_an_outage_of_jira_is_told_once_and_that_it_is_over(rig: Rig) -> None:
    rig.box.take_down("jira")
    rig.load(make_record(501))
    rig.run()
    assert list_notes(rig) == []
    wait_out(rig)
    (told,) = list_notes(rig)
    assert "Waiting: open the issue" in told
    assert "Engineering" in told
    assert "Jira does not answer" in told
    assert "nobody needs to do anything" in told
    rig.box.zendesk.add_comment(501, author_id=CUSTOMER, body="Any news?")
    rig.run()
    rig.run_for(1.0)
    assert len(list_notes(rig)) == 1
    rig.box.bring_up("jira")
    rig.run_for(6.0)
    assert len(rig.box.jira.issues) == 1
    _, opened = list_notes(rig)
    assert "ENG-1" in opened
    assert "is over" in opened
    wait_out(rig)
    assert len(list_notes(rig)) == 2


def test_what_goes_through_in_time_is_not_talked_about(rig: Rig) -> None:
    set_patience(rig, 30.0)
    rig.box.take_down("jira")
    rig.load(make_record(501))
    rig.run()
    rig.box.bring_up("jira")
    wait_out(rig)
    (opened,) = list_notes(rig)
    assert "ENG-1" in opened
    assert "over" not in opened


def test_a_refused_issue_names_who_must_act(rig: Rig) -> None:
    rig.box.faults.add(
        Fault(action="status", vendor="jira", method="POST", path=r"/issue$", times=None, status=400, body=b"{}")
    )
    rig.load(make_record(501))
    rig.run()
    wait_out(rig)
    with rig.database.snapshot() as connection:
        (escalation,) = list_escalations(connection)
    (told,) = list_notes(rig)
    assert "Jira does not take it" in told
    assert f"escalator deadletters show escalation:{escalation.id}" in told
    act(rig)
    wait_out(rig)
    assert len(list_notes(rig)) == 1
    act(rig, drop=True)
    rig.box.zendesk.add_comment(501, author_id=CUSTOMER, body="Any news?")
    rig.run()
    _, dropped = list_notes(rig)
    assert "dropped by ina: not needed" in dropped
    assert rig.box.jira.issues == []


def test_a_refused_write_to_the_ticket_is_told_on_it_when_a_plain_note_gets_through(rig: Rig) -> None:
    fault = Fault(action="status", vendor="zendesk", method="PUT", path=r"/tickets/501(\.json)?$", status=422)
    rig.box.faults.add(
        dataclasses.replace(fault, body=b'{"error":"RecordInvalid","description":"Team: is required"}')
    )
    rig.load(make_record(501))
    rig.run()
    assert list_notes(rig) == []
    wait_out(rig)
    (told,) = list_notes(rig)
    assert "write a note and fields here" in told
    assert "escalator deadletters show ticket:501" in told
    with rig.database.snapshot() as connection:
        assert [letter.id for letter in list_dead_letters(connection)] == ["ticket:501"]
    assert rig.box.zendesk.field(501, FIELDS["jira_issue"]) is None
    wait_out(rig)
    assert len(list_notes(rig)) == 1
    act(rig)
    rig.run_for(1.0)
    assert rig.box.zendesk.field(501, FIELDS["jira_issue"]) == "ENG-1"
    rig.box.zendesk.add_comment(501, author_id=CUSTOMER, body="Any news?")
    rig.run()
    assert ["Over" in note for note in list_notes(rig)] == [False, False, True]


def test_an_outage_of_zendesk_leaves_nothing_to_say(rig: Rig) -> None:
    path = r"/tickets/501(\.json)?$"
    rig.box.faults.add(Fault(action="drop_before", vendor="zendesk", method="PUT", path=path))
    rig.load(make_record(501))
    rig.run()
    rig.box.take_down("zendesk")
    wait_out(rig)
    rig.box.bring_up("zendesk")
    rig.run_for(10.0)
    (opened,) = list_notes(rig)
    assert "ENG-1" in opened


def test_a_severity_that_jira_does_not_take_is_told_and_its_end_too(rig: Rig) -> None:
    rig.load(make_record(501))
    rig.run()
    rig.run_for(0.5)
    rig.box.take_down("jira")
    rig.box.zendesk.add_comment(501, author_id=CUSTOMER, body=OUTAGE)
    rig.box.zendesk.add_comment(501, author_id=31, body=f"{BUG} Reproduced: a total outage.", public=False)
    rig.box.zendesk.update_ticket(501, priority="urgent")
    rig.run()
    with rig.database.snapshot() as connection:
        (escalation,) = list_escalations(connection)
    assert escalation.revision == 1
    wait_out(rig)
    (told,) = (note for note in list_notes(rig) if "Waiting" in note)
    assert "show the new severity on the issue" in told
    rig.box.bring_up("jira")
    rig.run_for(8.0)
    assert [note for note in list_notes(rig) if "Over" in note]
    assert len([note for note in list_notes(rig) if "Waiting" in note]) == 1
