"""What happens on the issue is told on the ticket: once a day, and at once where it is critical."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.living import (
    MARIT,
    START,
    comment,
    find_escalation,
    list_notes,
    list_questions,
    make_patient,
    order,
    reply,
)
from tests.rig import Rig, build_rig, make_record
from worker.core.escalation import EscalationState
from worker.core.life import Stage
from worker.core.review import Order
from worker.store.database import Database


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database, start=START) as built:
        make_patient(built)
        built.load(make_record(501))
        built.run()
        built.live(0.1)
        yield built


def list_digests(rig: Rig) -> list[str]:
    return [note for note in list_notes(rig) if "What happened on" in note]


def test_questions_and_answers_of_a_day_are_one_note(rig: Rig) -> None:
    rig.live(4.3)
    assert len(list_questions(rig)) == 1
    comment(rig, "We are looking at it.")
    rig.live(0.5)
    comment(rig, "Still looking.")
    rig.live(1)
    assert list_digests(rig) == []
    rig.live(1)
    (digest,) = list_digests(rig)
    assert "asked for progress (question 1)" in digest
    assert digest.count("Marit Solheim wrote on the issue") == 2
    assert "We are looking" not in digest
    rig.restart()
    rig.live(16)
    assert len(list_digests(rig)) == 1
    rig.live(8)
    assert len(list_digests(rig)) == 2
    assert "question 1)" not in list_digests(rig)[1]


def test_a_day_without_news_has_no_digest(rig: Rig) -> None:
    for _ in range(3):
        rig.live(3)
        reply(rig, "We are on it.")
        rig.box.jira.transition_issue(
            rig.box.jira.issues[0].key,
            "Start work" if rig.box.jira.issues[0].category == "new" else "Back to the list",
            account=MARIT,
        )
    assert list_questions(rig) == []
    assert list_digests(rig) == []


def test_news_of_a_critical_escalation_is_told_at_once(tmp_path: Path, database: Database) -> None:
    with build_rig(tmp_path, database, start=START) as rig:
        make_patient(rig)
        text = "Our production is down for all 400 users since 09:00, nobody can work. All sites are affected."
        rig.load(make_record(501, text=text, subject="Production down for everybody", priority="urgent"))
        rig.run()
        rig.live(0.1)
        assert find_escalation(rig).severity.value == "critical"
        rig.live(2.1)
        assert len(list_questions(rig)) == 1
        assert len(list_digests(rig)) == 1
        comment(rig, "We found it.")
        rig.live(0.5)
        assert "Marit Solheim wrote" in list_digests(rig)[1]


def test_an_issue_that_is_reopened_after_the_end_is_seen_without_a_webhook(rig: Rig) -> None:
    issue = rig.box.jira.issues[0]
    rig.box.jira.transition_issue(issue.key, "Finish", account=MARIT)
    rig.live(0.5)
    order(rig, Order.CLOSE, "it is over")
    rig.live(0.5)
    assert find_escalation(rig).state is EscalationState.CLOSED
    rig.live(30)
    before = len(rig.box.journal)
    rig.box.jira.transition_issue(issue.key, "Back to the list", account=MARIT)
    rig.live(1.5)
    assert len(rig.box.journal) > before
    again = find_escalation(rig)
    assert (again.state, again.course.stage, again.tickets) == (EscalationState.OPEN, Stage.ACTIVE, (501,))
    assert "Taken up again" in list_notes(rig)[-1]


def test_a_closed_escalation_is_not_watched_for_ever(rig: Rig) -> None:
    order(rig, Order.CLOSE, "it is over")
    rig.live(31 * 24)
    reads = [entry for entry in rig.box.journal if entry.path.startswith("/rest/api/3/issue/bulkfetch")]
    rig.live(48)
    later = [entry for entry in rig.box.journal if entry.path.startswith("/rest/api/3/issue/bulkfetch")]
    assert len(later) == len(reads)
