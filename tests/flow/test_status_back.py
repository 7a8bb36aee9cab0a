"""What happens on the issue is shown on the ticket: once for each change, by webhook's wake or by poll."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig import FIELDS, Rig, build_rig, make_record
from worker.ground import now_utc
from worker.store.database import Database
from worker.store.escalations import list_escalations
from worker.store.subjects import Lane, SubjectKind, insert_wakes


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database) as built:
        built.load(make_record(501))
        built.run()
        built.run_for(0.3)
        yield built


def look_again(rig: Rig) -> None:
    """Makes the escalation due, as a webhook or the issue poll does."""
    with rig.database.transaction() as connection:
        ids = [escalation.id for escalation in list_escalations(connection)]
        insert_wakes(connection, SubjectKind.ESCALATION, ids, lane=Lane.LIVE, now=now_utc())
    rig.run_for(0.5)


def list_notes(rig: Rig) -> list[str]:
    return [note["body"] for note in rig.box.zendesk.notes(501)]


def test_each_change_is_one_note_and_a_state(rig: Rig) -> None:
    key = rig.box.jira.issues[0].key
    assert rig.box.zendesk.field(501, FIELDS["state"]) == "escalated"
    rig.box.jira.transition_issue(key, "Start work")
    look_again(rig)
    look_again(rig)
    assert rig.box.zendesk.field(501, FIELDS["state"]) == "in_progress"
    assert len(list_notes(rig)) == 2
    assert "In Progress" in list_notes(rig)[-1]
    rig.box.jira.transition_issue(key, "Finish", resolution="Won't Do")
    look_again(rig)
    assert rig.box.zendesk.field(501, FIELDS["state"]) == "declined"
    assert len(list_notes(rig)) == 3


def test_going_back_and_forth_is_told_each_time(rig: Rig) -> None:
    key = rig.box.jira.issues[0].key
    for name in ("Start work", "Back to the list", "Start work"):
        rig.box.jira.transition_issue(key, name)
        look_again(rig)
    assert len(list_notes(rig)) == 4


def test_a_moved_issue_keeps_its_identity(rig: Rig) -> None:
    issue = rig.box.jira.issues[0]
    moved = rig.box.jira.move_issue(issue.key, "SUP")
    look_again(rig)
    assert rig.box.zendesk.field(501, FIELDS["jira_issue"]) == moved
    assert moved in list_notes(rig)[-1]
    assert len(rig.box.jira.issues) == 1


def test_a_deleted_issue_is_said_so_and_not_opened_again(rig: Rig) -> None:
    rig.box.jira.delete_issue(rig.box.jira.issues[0].key)
    look_again(rig)
    look_again(rig)
    assert rig.box.zendesk.field(501, FIELDS["state"]) == "issue_lost"
    assert len(list_notes(rig)) == 2
    assert "deleted" in list_notes(rig)[-1]
    rig.box.zendesk.touch(501)
    rig.run()
    assert not [issue for issue in rig.box.jira.issues if not issue.deleted]
