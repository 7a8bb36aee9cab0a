"""Our own writes come back as events and cause no write; what answers each of them is stopped, and says so."""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.rig import FIELDS, Rig, build_rig, make_record
from worker.flow.loop import work_once
from worker.flow.poll import start_polling
from worker.flow.replay import Operator, replay_letter
from worker.ground import now_utc
from worker.store.audit import list_audit
from worker.store.database import Database
from worker.store.deadletters import DeadLetter, list_dead_letters
from worker.store.escalations import list_escalations
from worker.store.inbox import InboxRow, add_rows
from worker.store.subjects import Lane, SubjectKind

MOST = 6
MOVES = ("Start work", "Back to the list")


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database) as built:
        built.load(make_record(501))
        built.run()
        built.run_for(0.5)
        yield built


def change_settings(rig: Rig, **values: object) -> None:
    settings = rig.make_means.settings.model_copy(update=values)
    rig.make_means = dataclasses.replace(rig.make_means, settings=settings)


def deliver(rig: Rig, kind: SubjectKind, subject_id: str, name: str) -> None:
    """An accepted webhook about a subject."""
    row = InboxRow(
        source="webhook",
        dedupe_key=name,
        subject_kind=kind,
        subject_id=subject_id,
        lane=Lane.LIVE,
        received_at=now_utc(),
    )
    with rig.database.transaction() as connection:
        add_rows(connection, [row])


def find_escalation(rig: Rig) -> str:
    with rig.database.snapshot() as connection:
        (escalation,) = list_escalations(connection)
    return escalation.id


def drain(rig: Rig) -> None:
    means = rig.means
    while work_once(means):
        pass


def read_letters(rig: Rig) -> tuple[DeadLetter, ...]:
    with rig.database.snapshot() as connection:
        return list_dead_letters(connection)


def bounce(rig: Rig, rounds: int) -> None:
    """A Jira automation and a Zendesk trigger that change something after each of our writes, and after none."""
    escalation_id = find_escalation(rig)
    for turn in range(rounds):
        rig.box.jira.transition_issue("ENG-1", MOVES[turn % 2])
        rig.box.zendesk.update_ticket(501, subject=f"Sales export stops at row 1000, seen {turn} times")
        deliver(rig, SubjectKind.ESCALATION, escalation_id, f"jira-{turn}")
        deliver(rig, SubjectKind.TICKET, "501", f"zendesk-{turn}")
        drain(rig)


@pytest.mark.parametrize("rounds", [40, pytest.param(200, marks=pytest.mark.slow)])
def test_automations_that_answer_each_other_are_stopped_with_one_note(rig: Rig, rounds: int) -> None:
    before = len(rig.writes)
    bounce(rig, rounds)
    made = rig.writes[before:]
    to_ticket = [line for line in made if "/tickets/" in line]
    to_issue = [line for line in made if "/tickets/" not in line]
    assert 0 < len(to_ticket) <= MOST + 1
    assert 0 < len(to_issue) <= MOST
    told = [note["body"] for note in rig.box.zendesk.notes(501) if "nothing is written for now" in note["body"]]
    assert len(told) == 1
    assert "something else seems to answer" in told[0]
    escalation_id = find_escalation(rig)
    assert {letter.id for letter in read_letters(rig)} == {"ticket:501", f"escalation:{escalation_id}"}
    with rig.database.snapshot() as connection:
        for kind, subject_id in ((SubjectKind.TICKET, "501"), (SubjectKind.ESCALATION, escalation_id)):
            events = [row.event for row in list_audit(connection, kind, subject_id)]
            assert events.count("bounced") == 1


def test_the_end_of_the_window_drains_it_and_the_last_state_is_shown(rig: Rig) -> None:
    change_settings(rig, loop_window=timedelta(seconds=60), loop_writes=5)
    bounce(rig, 15)
    assert read_letters(rig)
    rig.run_for(90.0)
    assert read_letters(rig) == ()
    assert rig.box.zendesk.field(501, FIELDS["state"]) == "in_progress"
    (link,) = rig.box.jira.issues[0].remote_links.values()
    assert "seen 14 times" in link["object"]["title"]


def test_an_operator_lets_it_go_on_at_once(rig: Rig) -> None:
    change_settings(rig, loop_writes=5)
    bounce(rig, 15)
    letters = read_letters(rig)
    assert letters
    with rig.database.transaction() as connection:
        for letter in letters:
            operator = Operator(name="ina", now=now_utc(), command_id=f"c{letter.id}")
            replay_letter(connection, letter, letter.writes, operator)
    drain(rig)
    assert read_letters(rig) == ()
    (link,) = rig.box.jira.issues[0].remote_links.values()
    assert "seen 14 times" in link["object"]["title"]


def test_the_echo_of_our_own_writes_is_read_once_and_writes_nothing(rig: Rig) -> None:
    """Two PUTs of ours (note with fields, then tags) come back as two webhooks and as a row of the export."""
    change_settings(rig, poll_every=timedelta(seconds=1))
    rig.load(make_record(502))
    rig.run()
    rig.settle()
    rig.box.journal.clear()
    deliver(rig, SubjectKind.TICKET, "502", "echo-of-the-note")
    deliver(rig, SubjectKind.TICKET, "502", "echo-of-the-tags")
    start_polling(rig.means)
    rig.run_for(2.5)
    reads = [entry.path for entry in rig.box.journal if entry.method == "GET" and "incremental" not in entry.path]
    shown = [path for path in reads if "show_many" in path]
    comments = [path for path in reads if "/comments" in path]
    assert len(shown) <= 1
    assert len(comments) <= 1
    assert rig.writes == []


def test_our_own_note_alone_changes_no_judgement(rig: Rig) -> None:
    before = list(rig.writes)
    for turn in range(5):
        rig.box.zendesk.touch(501)
        deliver(rig, SubjectKind.TICKET, "501", f"again-{turn}")
        rig.settle()
    assert rig.writes == before
