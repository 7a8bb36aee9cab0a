"""More than one issue for one escalation: one goes on, the others are linked, told and closed."""

from pathlib import Path

from connectors.effects import (
    CommentTwin,
)
from connectors.sandbox.faults import Fault
from connectors.sandbox.jira.catalog import API_ACCOUNT_ID, PEOPLE
from tests.flow.stage import (
    BLIND,
    CREATE,
    add_copy,
    count_creates,
    deliver,
    find_escalation,
    find_state,
    hurry_sweeps,
    intend,
    list_events,
    list_live,
    prove,
    run_until,
    settle_by_hand,
    wake,
)
from tests.rig import FIELDS, Rig, build_rig, make_record
from worker.ground import now_utc
from worker.store.database import Database
from worker.store.doubts import read_doubt
from worker.store.effects import EffectState
from worker.store.escalations import list_escalations
from worker.store.status import read_status


def test_two_issues_become_one_live_issue(rig: Rig) -> None:
    """The first create arrived, but nothing could see it until after the second."""
    hurry_sweeps(rig)
    rig.box.faults.add(Fault(action="drop_after", vendor="jira", method="POST", path=CREATE))
    rig.run()
    first = prove(rig, rig.box.jira.issues[0])
    second = prove(rig, add_copy(rig))
    settle_by_hand(rig, second)
    deliver(rig, first)
    run_until(rig, lambda: second.category == "done")
    survivor = find_escalation(rig).issue
    assert survivor is not None
    assert survivor.id == first.id
    assert list_live(rig) == [first]
    assert second.fields["resolution"] == "10002"
    assert [link["outwardIssue"]["id"] for link in second.links] == [first.id]
    assert len(second.comments) == 1
    run_until(rig, lambda: rig.box.zendesk.field(501, FIELDS["jira_issue"]) == first.key)
    assert any(second.key in note["body"] for note in rig.box.zendesk.notes(501))
    run_until(rig, lambda: len(first.remote_links) == 1)


def test_a_first_create_that_shows_after_the_second_leaves_one_live_issue(rig: Rig) -> None:
    """The index lags far beyond the quiet window, and the next keys cannot be asked: the one case that doubles."""
    rig.box.faults.add(Fault(action="drop_after", vendor="jira", method="POST", path=CREATE))
    for fault in BLIND[1:]:
        rig.box.faults.add(fault)
    rig.run()
    run_until(rig, lambda: count_creates(rig) == 2)
    run_until(rig, lambda: find_escalation(rig).issue is not None)
    rig.box.faults.clear()
    first, second = rig.box.jira.issues
    deliver(rig, first)
    run_until(rig, lambda: second.category == "done")
    assert list_live(rig) == [first]
    assert list_events(rig).count("create_resent") == 1


def test_a_sweep_finds_a_twin_that_no_webhook_told(tmp_path: Path, database: Database) -> None:
    with build_rig(tmp_path, database, search_lag_s=0.2) as rig:
        hurry_sweeps(rig)
        rig.load(make_record(501))
        rig.box.faults.add(Fault(action="drop_after", vendor="jira", method="POST", path=CREATE))
        rig.run()
        run_until(rig, lambda: find_escalation(rig).issue is not None)
        (first,) = rig.box.jira.issues
        late = prove(rig, add_copy(rig, project=3, issuetype="10002"))
        run_until(rig, lambda: late.category == "done")
        assert list_live(rig) == [first]
        with rig.database.snapshot() as connection:
            (twin,) = list_escalations(connection)[0].twins
        assert twin.issue.id == late.id


def test_a_sweep_that_fails_holds_up_nothing(rig: Rig) -> None:
    hurry_sweeps(rig)
    rig.box.faults.add(Fault(action="drop_after", vendor="jira", method="POST", path=CREATE))
    rig.run()
    run_until(rig, lambda: find_escalation(rig).issue is not None)
    rig.box.faults.add(BLIND[0])
    rig.run_for(1.5)
    rig.box.jira.transition_issue(rig.box.jira.issues[0].key, "Start work")
    wake(rig)
    run_until(rig, lambda: rig.box.zendesk.field(501, FIELDS["state"]) == "in_progress")
    with rig.database.snapshot() as connection:
        doubt = read_doubt(connection, find_escalation(rig).id)
    assert doubt is not None
    assert doubt.sweep_at is not None
    assert doubt.sweep_at <= now_utc()


def test_the_issue_that_people_work_on_goes_on(opened: Rig) -> None:
    (first,) = opened.box.jira.issues
    second = prove(opened, add_copy(opened))
    opened.box.jira.add_comment(second.key, "I am on it.")
    deliver(opened, second)
    run_until(opened, lambda: first.category == "done")
    escalation = find_escalation(opened)
    assert escalation.issue is not None
    assert escalation.issue.id == second.id
    run_until(opened, lambda: opened.box.zendesk.field(501, FIELDS["jira_issue"]) == second.key)


def test_a_twin_that_people_work_on_is_told_and_left_to_them(opened: Rig) -> None:
    (first,) = opened.box.jira.issues
    second = prove(opened, add_copy(opened))
    for issue in (first, second):
        opened.box.jira.add_comment(issue.key, "I am on it.")
    deliver(opened, second)
    run_until(opened, lambda: len(second.comments) == 2 and second.links)
    wake(opened)
    assert list_live(opened) == [first, second]
    escalation = find_escalation(opened)
    assert escalation.issue is not None
    assert escalation.issue.id == first.id
    assert [twin.touched for twin in escalation.twins] == [True]


def test_a_persons_clone_is_nobodys_twin(opened: Rig) -> None:
    person = next(account for account in PEOPLE if account != API_ACCOUNT_ID)
    clone = add_copy(opened, creator=person)
    deliver(opened, clone)
    opened.run_for(1.0)
    assert find_escalation(opened).twins == ()
    assert clone.category == "new"
    assert clone.comments == []


def test_a_twin_outside_the_level_is_stood_down_and_people_are_told(restricted: Rig) -> None:
    (issue,) = restricted.box.jira.issues
    exposed = prove(restricted, add_copy(restricted))
    restricted.box.jira.add_comment(exposed.key, "What is this?")
    deliver(restricted, exposed)
    run_until(restricted, lambda: exposed.links)
    escalation = find_escalation(restricted)
    assert escalation.issue is not None
    assert escalation.issue.id == issue.id
    run_until(restricted, lambda: exposed.key in restricted.box.zendesk.notes(501)[-1]["body"])
    assert "history remains" in restricted.box.zendesk.notes(501)[-1]["body"]


def test_tidying_up_never_holds_up_the_escalation(opened: Rig) -> None:
    """A twin that is deleted meanwhile takes no comment; that is nobody's dead letter."""
    twin = add_copy(opened)
    opened.box.jira.delete_issue(twin.key)
    intend(opened, CommentTwin(escalation_id=find_escalation(opened).id, issue_id=twin.id, markdown="Opened twice."))
    run_until(opened, lambda: find_state(opened) is EffectState.SKIPPED)
    with opened.database.snapshot() as connection:
        assert read_status(connection, now_utc())["parked"] == 0
