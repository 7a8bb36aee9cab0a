"""A word to the customer by itself: only where it is switched on, once, and never between two people."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.faults import Fault
from tests.flow.conftest import CONFIRMED, SECRET
from tests.flow.living import MARIT, find_escalation, list_drafts, list_notes, make_patient, reply, say
from tests.rig import Rig, build_rig, make_record
from worker.core.life import Stage
from worker.store.audit import list_audit
from worker.store.database import Database
from worker.store.subjects import SubjectKind

SENDS = "".join(f'[{severity}]\nsend = ["update", "confirm"]\n' for severity in ("critical", "high", "medium"))
SECURED = '[targets.security]\nmode = "auto"\nsecurity_level = "Security team only"\nrequire_level = true\n'
PUT = {"vendor": "zendesk", "method": "PUT", "path": r"/tickets/501(?:\.json)?$"}


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database, overlay={"cadence.toml": SENDS}) as built:
        make_patient(built)
        built.load(make_record(501, subject="Export for {{ticket.requester.email}} stops at row 1000"))
        built.run()
        built.live(0.1)
        assert find_escalation(built).severity.value == "high"
        yield built


def list_public(rig: Rig, ticket_id: int = 501) -> list[dict[str, Any]]:
    """What we wrote in public."""
    return [
        row
        for row in rig.box.zendesk.comments(ticket_id)
        if row["public"] and "escalator" in row["metadata"].get("custom", {})
    ]


def list_told(rig: Rig) -> list[str]:
    return [note for note in list_notes(rig) if "Sent to the customer" in note]


def list_outcomes(rig: Rig) -> list[Any]:
    with rig.database.snapshot() as connection:
        return [row.data for row in list_audit(connection, SubjectKind.TICKET, "501") if row.event == "replied"]


def test_the_word_that_is_due_is_sent_once_and_the_agents_are_told(rig: Rig) -> None:
    rig.live(3.8)
    assert list_public(rig) == []
    rig.live(0.6)
    (sent,) = list_public(rig)
    assert "Hello Ines" in sent["body"]
    assert "We are still working on your request" in sent["body"]
    assert "escalator-" not in sent["body"]
    assert "ENG-" not in sent["body"]
    assert "ines@falk.example" not in sent["body"]
    (line,) = list_told(rig)
    assert "still being worked on" in line
    assert list_drafts(rig) == []
    rig.restart()
    rig.live(3)
    assert len(list_public(rig)) == 1
    rig.live(1.2)
    assert len(list_public(rig)) == 2
    assert len(list_told(rig)) == 2


def test_without_the_switch_nothing_is_sent(tmp_path: Path, database: Database) -> None:
    with build_rig(tmp_path, database, overlay={"cadence.toml": '[medium]\nsend = ["update"]\n'}) as rig:
        make_patient(rig)
        rig.load(make_record(501))
        rig.run()
        rig.live(5)
        assert list_public(rig) == []
        assert len(list_drafts(rig)) == 1


def test_what_a_customer_writes_is_answered_by_a_person(rig: Rig) -> None:
    rig.live(2)
    say(rig, "Do you know when it will be fixed?")
    rig.live(3)
    assert list_public(rig) == []
    assert len(list_drafts(rig)) == 1
    reply(rig, "Not yet, we go on looking.")
    rig.live(5)
    assert len(list_public(rig)) == 1


@pytest.mark.parametrize("action", ["drop_after", "drop_before"])
def test_a_lost_answer_sends_nothing_twice(rig: Rig, action: Any) -> None:
    rig.live(3.8)
    rig.box.faults.add(Fault(action=action, **PUT))
    rig.live(1)
    assert len(list_public(rig)) == 1
    assert len(list_told(rig)) == 1


def test_a_change_at_the_same_moment_is_looked_at_before_it_is_sent(rig: Rig) -> None:
    rig.live(3.8)
    rig.box.faults.add(Fault(action="status", status=409, body='{"error": "UpdateConflict"}', **PUT))
    rig.live(0.5)
    assert len(list_public(rig)) == 1


def test_nothing_is_sent_on_a_ticket_that_was_solved_meanwhile(rig: Rig) -> None:
    rig.live(3.8)
    rig.box.faults.add(Fault(action="status", status=429, times=None, headers={"Retry-After": "60"}, **PUT))
    rig.live(0.2)
    rig.box.zendesk.update_ticket(501, status="solved")
    rig.box.faults.clear()
    rig.live(4)
    assert list_public(rig) == []
    assert list_told(rig) == []
    assert any(entry.status == 429 for entry in rig.box.journal)


def test_a_reply_of_an_agent_while_it_waits_makes_it_needless(rig: Rig) -> None:
    rig.live(3.8)
    rig.box.faults.add(Fault(action="status", status=429, times=None, headers={"Retry-After": "60"}, **PUT))
    rig.live(0.25)
    reply(rig, "We are on it.")
    rig.box.faults.clear()
    rig.live(0.6)
    assert list_public(rig) == []
    (outcome,) = list_outcomes(rig)
    assert outcome["sent"] is False
    assert outcome["because"] == "somebody wrote in public meanwhile"


def test_the_question_whether_it_works_is_sent_when_the_fix_is_out(rig: Rig) -> None:
    rig.live(1)
    rig.box.jira.transition_issue(rig.box.jira.issues[0].key, "Finish", account=MARIT)
    rig.live(0.5)
    assert find_escalation(rig).course.stage is Stage.RESOLVED
    (sent,) = list_public(rig)
    assert "tell us whether it works" in sent["body"]
    assert "by itself" in list_notes(rig)[-2]
    assert "whether it works for them now" in list_notes(rig)[-1]
    rig.live(30)
    assert len(list_public(rig)) == 1
    say(rig, "Perfect, it works again. Thank you!")
    rig.live(0.5)
    assert find_escalation(rig).course.stage is Stage.CLOSED


def test_our_own_words_are_no_evidence(rig: Rig) -> None:
    rig.box.jira.plan_fix(rig.box.jira.issues[0].key, "8.15", account=MARIT)
    rig.box.jira.transition_issue(rig.box.jira.issues[0].key, "Finish", account=MARIT)
    rig.live(30)
    assert find_escalation(rig).course.stage is Stage.FIXED
    assert any("A fix has been made" in sent["body"] for sent in list_public(rig))
    rig.live(2)
    assert find_escalation(rig).course.stage is Stage.FIXED


def test_never_about_security(tmp_path: Path, database: Database) -> None:
    with build_rig(tmp_path, database, extra=SECURED, overlay={"cadence.toml": SENDS}) as rig:
        make_patient(rig)
        rig.load(make_record(501, text=SECRET, note=CONFIRMED, subject="I can see another company's invoices"))
        rig.run()
        rig.live(9)
        assert find_escalation(rig).target.value == "security"
        assert list_public(rig) == []
        assert len(list_drafts(rig)) == 2
