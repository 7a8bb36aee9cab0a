"""Every other write: its answer is lost, or it never arrives, and still it happens once."""

from typing import Any

import pytest

from connectors.effects import (
    AttachBrief,
    ChangeIssue,
    CloseTwin,
    CommentIssue,
    CommentTwin,
    Effect,
    LinkTicket,
    LinkTwin,
    RelateIssue,
)
from connectors.sandbox.faults import Fault
from connectors.sandbox.jira.issues import Issue
from tests.flow.stage import add_copy, find_escalation, find_state, intend, run_until
from tests.rig import FIELDS, Rig
from worker.store.effects import EffectState


def plan_each(issue: Issue, twin: Issue, escalation_id: str) -> dict[str, tuple[Effect, str, str]]:
    """Each kind of write to Jira beside the create: the effect, and the method and path of its request."""
    link = LinkTicket(
        escalation_id=escalation_id, ticket_id=7, global_id="system=x&id=7", url="https://x.example/7", title="t"
    )
    attach = AttachBrief(escalation_id=escalation_id, file_name="brief.md", content="Größe")
    change = ChangeIssue(escalation_id=escalation_id, severity="critical", priority="Highest", due="2027-01-01")
    twin_link = LinkTwin(escalation_id=escalation_id, issue_id=twin.id, survivor_id=issue.id)
    twin_comment = CommentTwin(escalation_id=escalation_id, issue_id=twin.id, markdown="Opened twice.")
    return {
        "link": (link, "POST", r"/remotelink$"),
        "attach": (attach, "POST", r"/attachments$"),
        "change": (change, "PUT", rf"/issue/{issue.id}$"),
        "comment": (CommentIssue(escalation_id=escalation_id, markdown="News."), "POST", r"/comment$"),
        "twin.link": (twin_link, "POST", r"/issueLink$"),
        "relate": (
            RelateIssue(escalation_id=escalation_id, issue_id=issue.id, other_id=twin.id),
            "POST",
            r"/issueLink$",
        ),
        "twin.comment": (twin_comment, "POST", r"/comment$"),
        "twin.close": (CloseTwin(escalation_id=escalation_id, issue_id=twin.id), "POST", r"/transitions$"),
    }


KINDS = ("link", "attach", "change", "comment", "twin.link", "relate", "twin.comment", "twin.close")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("action", ["drop_after", pytest.param("drop_before", marks=pytest.mark.slow)])
def test_every_other_write_happens_once(opened: Rig, kind: str, action: Any) -> None:
    (issue,) = opened.box.jira.issues
    twin = add_copy(opened)
    effect, method, path = plan_each(issue, twin, find_escalation(opened).id)[kind]
    opened.box.faults.add(Fault(action=action, vendor="jira", method=method, path=path))
    intend(opened, effect)
    run_until(opened, lambda: find_state(opened) is EffectState.DONE)
    seen = {
        "link": sum(link["globalId"] == "system=x&id=7" for link in issue.remote_links.values()),
        "attach": len(issue.attachments),
        "change": int(issue.fields["priority"] == "1" and issue.fields["duedate"] == "2027-01-01"),
        "comment": len(issue.comments),
        "twin.link": len(twin.links) if kind == "twin.link" else 0,
        "relate": len(issue.links) if kind == "relate" else 0,
        "twin.comment": len(twin.comments),
        "twin.close": int(twin.category == "done"),
    }
    assert seen == {**dict.fromkeys(KINDS, 0), kind: 1}
    assert opened.box.faults.fired() == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", r"/tickets/501(\.json)?$"), ("PUT", "/tickets/501/tags"), ("POST", "/remotelink$")],
    ids=["note and fields", "tags", "link"],
)
@pytest.mark.parametrize(
    "action",
    ["drop_after", *(pytest.param(name, marks=pytest.mark.slow) for name in ("drop_before", "truncate", "status"))],
)
def test_what_follows_an_opened_issue_happens_once(rig: Rig, method: str, path: str, action: Any) -> None:
    rig.box.faults.add(Fault(action=action, method=method, path=path, status=500, commit=True))
    rig.run()
    run_until(rig, lambda: "escalator_escalated" in rig.box.zendesk.tickets[501]["tags"])
    run_until(rig, lambda: len(rig.box.jira.issues[0].remote_links) == 1)
    rig.run_for(1.0)
    assert len(rig.box.zendesk.notes(501)) == 1
    assert rig.box.zendesk.field(501, FIELDS["jira_issue"]) == "ENG-1"
    assert rig.box.zendesk.field(501, FIELDS["severity"]) is not None
    assert rig.box.faults.fired() == 1
