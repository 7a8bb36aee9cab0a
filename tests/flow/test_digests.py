"""What happens on the issue is told on the ticket: once a day, and at once where it is critical."""

from pathlib import Path

from tests.flow.living import (
    MARIT,
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


def list_digests(patient: Rig) -> list[str]:
    return [note for note in list_notes(patient) if "What happened on" in note]


def test_questions_and_answers_of_a_day_are_one_note(patient: Rig) -> None:
    patient.live(4.3)
    assert len(list_questions(patient)) == 1
    comment(patient, "We are looking at it.")
    patient.live(0.5)
    comment(patient, "Still looking.")
    patient.live(1)
    assert list_digests(patient) == []
    patient.live(1)
    (digest,) = list_digests(patient)
    question = next(line for line in digest.splitlines() if "was asked for progress" in line)
    assert digest.count("Marit Solheim wrote on the issue") == 2
    assert "We are looking" not in digest
    patient.restart()
    patient.live(16)
    assert len(list_digests(patient)) == 1
    patient.live(8)
    assert len(list_digests(patient)) == 2
    assert question not in list_digests(patient)[1]


def test_a_day_without_news_has_no_digest(patient: Rig) -> None:
    for _ in range(3):
        patient.live(3)
        reply(patient, "We are on it.")
        patient.box.jira.transition_issue(
            patient.box.jira.issues[0].key,
            "Start work" if patient.box.jira.issues[0].category == "new" else "Back to the list",
            account=MARIT,
        )
    assert list_questions(patient) == []
    assert list_digests(patient) == []


def test_news_of_a_critical_escalation_is_told_at_once(tmp_path: Path, database: Database) -> None:
    with build_rig(tmp_path, database) as patient:
        make_patient(patient)
        text = "Our production is down for all 400 users since 09:00, nobody can work. All sites are affected."
        patient.load(make_record(501, text=text, subject="Production down for everybody", priority="urgent"))
        patient.run()
        patient.live(0.1)
        assert find_escalation(patient).severity.value == "critical"
        patient.live(2.1)
        assert len(list_questions(patient)) == 1
        assert len(list_digests(patient)) == 1
        comment(patient, "We found it.")
        patient.live(0.5)
        assert "Marit Solheim wrote" in list_digests(patient)[1]


def test_an_issue_that_is_reopened_after_the_end_is_seen_without_a_webhook(patient: Rig) -> None:
    issue = patient.box.jira.issues[0]
    patient.box.jira.transition_issue(issue.key, "Finish", account=MARIT)
    patient.live(0.5)
    order(patient, Order.CLOSE, "it is over")
    patient.live(0.5)
    assert find_escalation(patient).state is EscalationState.CLOSED
    patient.live(30)
    before = len(patient.box.journal)
    patient.box.jira.transition_issue(issue.key, "Back to the list", account=MARIT)
    patient.live(1.5)
    assert len(patient.box.journal) > before
    again = find_escalation(patient)
    assert (again.state, again.course.stage, again.tickets) == (EscalationState.OPEN, Stage.ACTIVE, (501,))
    assert "Taken up again" in list_notes(patient)[-1]


def test_a_closed_escalation_is_not_watched_for_ever(tmp_path: Path, database: Database) -> None:
    with build_rig(tmp_path, database, overlay={"cadence.toml": 'watch_closed = "1d"\n'}) as rig:
        make_patient(rig)
        rig.load(make_record(501))
        rig.run()
        rig.live(0.1)
        order(rig, Order.CLOSE, "it is over")
        rig.live(12)
        watched = count_reads(rig)
        rig.live(14)
        reads = count_reads(rig)
        assert reads > watched
        rig.live(48)
        assert count_reads(rig) == reads


def count_reads(rig: Rig) -> int:
    return sum(entry.path.startswith("/rest/api/3/issue/bulkfetch") for entry in rig.box.journal)
