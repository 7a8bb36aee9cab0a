"""Every verb of the Jira client, called for what it promises, with the refusals that it has to understand."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from connectors.errors import NotFound, Refused, Unauthorized
from connectors.jira.access import JiraAccess
from connectors.jira.client import PERMISSIONS, JiraTracker
from connectors.ports import IssueChange, IssueDraft, RemoteLink
from connectors.sandbox.faults import Fault
from connectors.sandbox.jira.catalog import PROJECTS
from connectors.sandbox.server import Sandbox

KEYS = ("ENG", "PROD", "SEC")
_NOBODY = "99999999"
_MANY = 60
_TEXT = """# What happens

The export **stops** at row `1000`, see [the report](https://falk.example/report).

- Falk & Co
- Tide & Sons

```
GET /reports/7 500
```

> We cannot close our books.
"""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A client on a sandbox with one issue of ours."""

    box: Sandbox
    tracker: JiraTracker
    draft: IssueDraft
    issue_id: str


def set_stage(box: Sandbox) -> Stage:
    """Creates the issue that the other verbs work on."""
    draft = IssueDraft(
        project="ENG",
        issue_type="Bug",
        summary="Sales export stops at row 1000",
        description=_TEXT,
        marker="escalator-contract",
        priority="High",
        due="2027-03-02",
        labels=("from-zendesk", "sev high"),
        properties={"escalation": "contract", "ticket": 7001, "policy": None},
    )
    tracker = _build_tracker(box, box.settings.jira_api_token)
    created = tracker.create_issue(draft)
    return Stage(box=box, tracker=tracker, draft=draft, issue_id=created.issue.id)


def _build_tracker(box: Sandbox, token: str) -> JiraTracker:
    access = JiraAccess(
        url=box.jira_url,
        email=box.settings.jira_email,
        token=token,
        connect_timeout_s=2,
        read_timeout_s=10,
    )
    return JiraTracker(access, clock=lambda: datetime.now(UTC), sleep=time.sleep)


def read_account(stage: Stage) -> None:
    assert stage.tracker.read_account().id
    stranger = _build_tracker(stage.box, "wrong")
    with pytest.raises(Unauthorized):
        stranger.read_account()
    stranger.close()


def read_permissions(stage: Stage) -> None:
    assert stage.tracker.read_permissions("ENG") == dict.fromkeys(PERMISSIONS, True)
    with pytest.raises(NotFound):
        stage.tracker.read_permissions("NONE")


def read_projects(stage: Stage) -> None:
    assert set(KEYS) <= set(stage.tracker.read_projects())


def create_issue(stage: Stage) -> None:
    tracker = _build_tracker(stage.box, stage.box.settings.jira_api_token)
    _create_secret_issues(stage, tracker)
    late = replace(stage.draft, marker="escalator-late", due="not a day")
    assert tracker.create_issue(late).dropped_fields == ("duedate",)
    for wrong in (replace(stage.draft, project="NONE"), replace(stage.draft, summary="")):
        with pytest.raises(Refused):
            tracker.create_issue(wrong)
    tracker.close()


def _create_secret_issues(stage: Stage, tracker: JiraTracker) -> None:
    """With a level that only the project lists, then with one that the screen lists."""
    secret = replace(
        stage.draft,
        project="SEC",
        marker="escalator-secret",
        security_level="Security team only",
        require_level=True,
    )
    bare = {
        "fieldId": "security",
        "key": "security",
        "name": "Security Level",
        "required": False,
        "hasDefaultValue": False,
        "operations": ["set"],
        "schema": {"type": "securitylevel", "system": "security"},
    }
    page = {"startAt": 0, "maxResults": 100, "total": 1, "fields": [bare]}
    stage.box.faults.add(_answer_with("GET", r"/createmeta/SEC/issuetypes/\d+", page))
    assert tracker.create_issue(secret).issue.key.startswith("SEC-")
    fresh = _build_tracker(stage.box, stage.box.settings.jira_api_token)
    assert fresh.create_issue(replace(secret, marker="escalator-secret-2")).issue.key.startswith("SEC-")
    fresh.close()


def find_issues(stage: Stage) -> None:
    state, now = stage.box.jira, datetime.now(UTC)
    for number in range(_MANY):
        fields = {"summary": f"Copy {number}", "issuetype": "10001", "labels": ["escalator-many"]}
        state.create_issue(PROJECTS[0], fields, at=now)
    assert len(stage.tracker.find_issues("escalator-many", KEYS)) == _MANY
    (found,) = stage.tracker.find_issues(stage.draft.marker, KEYS, (stage.issue_id, _NOBODY))
    assert found.id == stage.issue_id


def probe_issues(stage: Stage) -> None:
    (found,) = stage.tracker.probe_issues(stage.draft.marker, "ENG", 0)
    assert found.id == stage.issue_id
    assert stage.tracker.probe_issues(stage.draft.marker, "NONE", 3) == ()


def was_touched(stage: Stage) -> None:
    assert not stage.tracker.was_touched(stage.issue_id)
    state, now = stage.box.jira, datetime.now(UTC)
    fields = {"summary": "A copy", "issuetype": "10001", "labels": [stage.draft.marker]}
    copy = state.create_issue(PROJECTS[0], fields, at=now)
    state.add_comment(copy.key, "I look at it.")
    assert stage.tracker.was_touched(copy.id)
    with pytest.raises(NotFound):
        stage.tracker.was_touched(_NOBODY)


def link_duplicate(stage: Stage) -> None:
    stage.tracker.link_duplicate(_find_copy(stage), stage.issue_id)
    with pytest.raises(NotFound):
        stage.tracker.link_duplicate(_NOBODY, stage.issue_id)


def link_related(stage: Stage) -> None:
    stage.tracker.link_related(stage.issue_id, _find_copy(stage))
    with pytest.raises(NotFound):
        stage.tracker.link_related(_NOBODY, stage.issue_id)


def has_link(stage: Stage) -> None:
    assert stage.tracker.has_link(_find_copy(stage), stage.issue_id)
    assert not stage.tracker.has_link(stage.issue_id, _NOBODY)


def close_issue(stage: Stage) -> None:
    assert stage.tracker.close_issue(_find_copy(stage))
    (closed,) = stage.tracker.read_issues([_find_copy(stage)])
    assert closed.resolution == "Duplicate"


def _find_copy(stage: Stage) -> str:
    return stage.box.jira.labelled(stage.draft.marker)[-1].id


def read_issues(stage: Stage) -> None:
    (issue,) = stage.tracker.read_issues([stage.issue_id, _NOBODY])
    assert issue.marker == stage.draft.marker
    partial = {"issues": [], "issueErrors": [{"id": stage.issue_id, "errorMessage": "It did not fit."}]}
    stage.box.faults.add(_answer_with("POST", "/issue/bulkfetch", partial))
    assert stage.tracker.read_issues([issue.key]) == (issue,)


def update_issue(stage: Stage) -> None:
    change = IssueChange(
        issue_id=stage.issue_id,
        priority="Highest",
        due="2027-04-02",
        summary="Sales export loses rows",
        add_labels=("sev critical",),
        remove_labels=("sev high",),
    )
    stage.tracker.update_issue(change)
    (issue,) = stage.tracker.read_issues([stage.issue_id])
    assert (issue.priority, issue.due) == ("Highest", "2027-04-02")
    with pytest.raises(NotFound):
        stage.tracker.update_issue(replace(change, issue_id=_NOBODY))


def add_comment(stage: Stage) -> None:
    stage.tracker.add_comment(stage.issue_id, _TEXT, "contract-1")
    with pytest.raises(NotFound):
        stage.tracker.add_comment(_NOBODY, "Nobody reads this.", "contract-2")


def has_comment(stage: Stage) -> None:
    assert stage.tracker.has_comment(stage.issue_id, "contract-1")
    assert not stage.tracker.has_comment(stage.issue_id, "contract-2")


def read_comments(stage: Stage) -> None:
    stage.tracker.add_comment(stage.issue_id, "Is there **progress**?", "contract-3", ["712020:marit"])
    *_, newest = stage.tracker.read_comments(stage.issue_id)
    assert newest.is_ours
    assert newest.text.startswith("Is there progress?")
    with pytest.raises(NotFound):
        stage.tracker.read_comments(_NOBODY)


def link_ticket(stage: Stage) -> None:
    link = RemoteLink(
        issue_id=stage.issue_id,
        global_id="system=falk.example&id=7001",
        url="https://falk.example/agent/tickets/7001",
        title="Zendesk #7001: Sales export stops",
        summary="Ines Falk, standard plan",
    )
    stage.tracker.link_ticket(link)
    stage.tracker.link_ticket(replace(link, resolved=True))
    with pytest.raises(NotFound):
        stage.tracker.link_ticket(replace(link, issue_id=_NOBODY))


def attach_file(stage: Stage) -> None:
    stage.tracker.attach_file(stage.issue_id, "Brief für ENG.md", "Größe".encode())
    stage.tracker.attach_file(stage.issue_id, "Brief für ENG.md", b"again")


def has_file(stage: Stage) -> None:
    assert stage.tracker.has_file(stage.issue_id, "Brief für ENG.md", len("Größe".encode()))
    assert not stage.tracker.has_file(stage.issue_id, "Brief für ENG.md", 1)


def browse_url(stage: Stage) -> None:
    assert stage.tracker.browse_url("ENG-1") == f"{stage.box.jira_url}/browse/ENG-1"


def close(stage: Stage) -> None:
    stage.tracker.close()


def _answer_with(method: str, path: str, body: object) -> Fault:
    """One answer of the site's that its state does not bring about by itself."""
    return Fault(action="status", vendor="jira", method=method, path=path, status=200, body=json.dumps(body))


VERBS: Mapping[str, Callable[[Stage], None]] = {
    verb.__name__: verb
    for verb in (
        read_account,
        read_permissions,
        read_projects,
        create_issue,
        find_issues,
        probe_issues,
        was_touched,
        link_duplicate,
        link_related,
        has_link,
        close_issue,
        read_issues,
        update_issue,
        add_comment,
        has_comment,
        read_comments,
        link_ticket,
        attach_file,
        has_file,
        browse_url,
        close,
    )
}
"""In the order of a working day: what a later verb looks for, an earlier one has written."""

SILENT = frozenset({"browse_url", "close"})
"""Verbs that send nothing."""
