"""Issues that are deleted, hidden or left out of an answer: told, taken up again, never opened twice."""

import json

from connectors.effects import (
    CommentIssue,
)
from connectors.sandbox.faults import Fault
from tests.flow.stage import count_creates, find_escalation, find_state, intend, run_until, wake
from tests.rig import FIELDS, Rig
from worker.ground import now_utc
from worker.store.effects import EffectState
from worker.store.status import read_status


def test_an_issue_that_one_answer_leaves_out_is_not_lost(opened: Rig) -> None:
    answer = json.dumps({"issues": [], "issueErrors": []})
    opened.box.faults.add(
        Fault(action="status", vendor="jira", method="POST", path="/bulkfetch", status=200, body=answer)
    )
    wake(opened)
    assert opened.box.faults.fired() == 1
    assert find_escalation(opened).issue_missing_since is None
    assert len(opened.box.zendesk.notes(501)) == 1


def test_a_write_to_an_issue_that_is_gone_waits_until_it_is_back(opened: Rig) -> None:
    (issue,) = opened.box.jira.issues
    intend(opened, CommentIssue(escalation_id=find_escalation(opened).id, markdown="News."))
    issue.deleted = True
    run_until(opened, lambda: find_state(opened) in {EffectState.REJECTED, EffectState.SKIPPED})
    run_until(opened, lambda: opened.box.zendesk.field(501, FIELDS["state"]) == "issue_lost")
    with opened.database.snapshot() as connection:
        assert read_status(connection, now_utc())["parked"] == 0
    assert count_creates(opened) == 1
    issue.deleted = False
    wake(opened)
    run_until(opened, lambda: opened.box.zendesk.field(501, FIELDS["state"]) == "escalated")
    assert count_creates(opened) == 1
    assert len(opened.box.jira.issues) == 1


def test_an_issue_that_loses_its_level_is_told(restricted: Rig) -> None:
    (issue,) = restricted.box.jira.issues
    assert issue.fields["security"]
    restricted.box.jira.update_issue(issue.key, security=None)
    wake(restricted)
    run_until(restricted, lambda: "outside its security level" in restricted.box.zendesk.notes(501)[-1]["body"])
    told = len(restricted.box.zendesk.notes(501))
    restricted.box.jira.update_issue(issue.key, security="10900")
    wake(restricted)
    run_until(restricted, lambda: len(restricted.box.zendesk.notes(501)) == told + 1)
    assert "outside" not in restricted.box.zendesk.notes(501)[-1]["body"]


def test_a_level_that_hides_the_issue_opens_no_second_one(restricted: Rig) -> None:
    (issue,) = restricted.box.jira.issues
    restricted.box.jira.hidden_levels.add(issue.fields["security"])
    wake(restricted)
    run_until(restricted, lambda: restricted.box.zendesk.field(501, FIELDS["state"]) == "issue_lost")
    restricted.box.zendesk.touch(501)
    restricted.run()
    assert count_creates(restricted) == 1
    restricted.box.jira.hidden_levels.clear()
    wake(restricted)
    run_until(restricted, lambda: restricted.box.zendesk.field(501, FIELDS["state"]) == "escalated")
    assert count_creates(restricted) == 1
