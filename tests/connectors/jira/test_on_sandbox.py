"""The tracker against a Jira that answers over sockets: what is committed, what is sent, what is found again."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from connectors.errors import Certainty, Refused, Throttled, Uncertain, Unreachable, VendorProblem
from connectors.jira.access import JiraAccess
from connectors.jira.client import PERMISSIONS, JiraTracker
from connectors.jira.webhook import decode_delivery, is_signed
from connectors.ports import IssueChange, IssueDraft, RemoteLink
from connectors.records import StatusCategory
from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox, SandboxSettings

PROJECTS = ("ENG", "SEC", "PROD", "LEAD")
LAG_S = 0.4


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings(search_lag_s=LAG_S)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Iterator[Sandbox]:
    running.faults.clear()
    yield running
    running.faults.clear()


@pytest.fixture
def tracker(sandbox: Sandbox) -> Iterator[JiraTracker]:
    access = JiraAccess(
        url=sandbox.jira_url,
        email=sandbox.settings.jira_email,
        token=sandbox.settings.jira_api_token,
        connect_timeout_s=1.0,
        read_timeout_s=1.0,
    )
    tracker = JiraTracker(access, clock=lambda: datetime.now(UTC), sleep=time.sleep)
    yield tracker
    tracker.close()


@pytest.fixture
def draft(draft: IssueDraft, request: pytest.FixtureRequest) -> IssueDraft:
    """A draft whose marker is this test's own."""
    word = "".join(letter for letter in request.node.name.lower() if letter.isalnum())
    return replace(draft, project="ENG", marker=f"escalator-{word}")


def await_hits(tracker: JiraTracker, marker: str, count: int) -> list[str]:
    """The keys found by marker once the index has caught up."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        hits = tracker.find_issues(marker, PROJECTS)
        if len(hits) >= count:
            return [hit.key for hit in hits]
        time.sleep(0.05)
    pytest.fail(f"{marker} was not found {count} times")


def count_posts(sandbox: Sandbox, since: int) -> int:
    entries = sandbox.journal.entries()[since:]
    return sum(entry.method == "POST" and entry.path == "/rest/api/3/issue" for entry in entries)


def test_account_and_permissions(tracker: JiraTracker) -> None:
    assert tracker.read_account().name == "Escalator"
    assert tracker.read_permissions("SEC") == dict.fromkeys(PERMISSIONS, True)
    assert set(PROJECTS) <= set(tracker.read_projects())


def test_created_read_and_found(tracker: JiraTracker, draft: IssueDraft) -> None:
    created = tracker.create_issue(draft)
    assert created.dropped_fields == ()
    (issue,) = tracker.read_issues([created.issue.id, "999999"])
    assert (issue.key, issue.project, issue.category) == (created.issue.key, "ENG", StatusCategory.NEW)
    assert (issue.summary, issue.priority, issue.due) == (draft.summary, "High", draft.due)
    assert (issue.marker, set(issue.labels)) == (draft.marker, {"from-zendesk", "sev-high", draft.marker})
    assert tracker.find_issues(draft.marker, PROJECTS) == ()
    assert tracker.find_issues(draft.marker, PROJECTS, (created.issue.id,))[0].id == created.issue.id
    assert await_hits(tracker, draft.marker, 1) == [created.issue.key]


def test_the_security_level_is_set_or_nothing_is_created(tracker: JiraTracker, draft: IssueDraft) -> None:
    secret = replace(draft, project="SEC", security_level="Security team only", require_level=True)
    assert tracker.create_issue(secret).issue.key.startswith("SEC-")
    for wrong in (replace(secret, security_level="Nobody"), replace(secret, project="ENG")):
        with pytest.raises(Refused) as caught:
            tracker.create_issue(replace(wrong, marker=f"{draft.marker}-wrong"))
        assert set(caught.value.fields) == {"security"}
    time.sleep(LAG_S * 2)
    assert tracker.find_issues(f"{draft.marker}-wrong", PROJECTS) == ()


LOST = [
    Fault(action="drop_after", vendor="jira", method="POST", path=r"/issue$"),
    Fault(action="truncate", vendor="jira", method="POST", path=r"/issue$"),
    Fault(action="malformed", vendor="jira", method="POST", path=r"/issue$"),
    Fault(action="stall", vendor="jira", method="POST", path=r"/issue$", seconds=3.0),
    Fault(
        action="status",
        vendor="jira",
        method="POST",
        path=r"/issue$",
        status=503,
        headers={"Retry-After": "1"},
        commit=True,
    ),
]


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: fault.action)
def test_a_lost_answer_is_one_post_and_one_issue(
    tracker: JiraTracker, sandbox: Sandbox, draft: IssueDraft, fault: Fault
) -> None:
    before = len(sandbox.journal.entries())
    sandbox.faults.add(fault)
    with pytest.raises(Uncertain):
        tracker.create_issue(draft)
    assert count_posts(sandbox, before) == 1
    assert len(await_hits(tracker, draft.marker, 1)) == 1
    time.sleep(LAG_S * 2)
    assert len(tracker.find_issues(draft.marker, PROJECTS)) == 1


NEVER = [
    (Fault(action="drop_before", vendor="jira", method="POST", path=r"/issue$"), Uncertain, Certainty.UNCERTAIN),
    (Fault(action="redirect", vendor="jira", method="POST", path=r"/issue$"), Uncertain, Certainty.UNCERTAIN),
    (
        Fault(action="status", vendor="jira", method="POST", path=r"/issue$", status=429),
        Throttled,
        Certainty.NOT_SENT,
    ),
]


@pytest.mark.parametrize(("fault", "kind", "certainty"), NEVER, ids=lambda part: getattr(part, "action", None))
def test_a_create_that_never_was_is_one_post(
    tracker: JiraTracker,
    *,
    sandbox: Sandbox,
    draft: IssueDraft,
    fault: Fault,
    kind: type[VendorProblem],
    certainty: Certainty,
) -> None:
    before = len(sandbox.journal.entries())
    sandbox.faults.add(fault)
    with pytest.raises(kind) as caught:
        tracker.create_issue(draft)
    assert caught.value.certainty is certainty
    assert count_posts(sandbox, before) == 1


def test_an_outage_is_unreachable(tracker: JiraTracker, sandbox: Sandbox, draft: IssueDraft) -> None:
    tracker.read_account()
    sandbox.take_down("jira")
    try:
        with pytest.raises(Unreachable):
            tracker.create_issue(draft)
    finally:
        sandbox.bring_up("jira")
    assert tracker.create_issue(draft).issue.key.startswith("ENG-")


def test_an_edit_keeps_other_peoples_labels(tracker: JiraTracker, draft: IssueDraft) -> None:
    created = tracker.create_issue(draft).issue
    tracker.update_issue(
        IssueChange(
            issue_id=created.id,
            priority="Highest",
            due="2026-04-02",
            summary="Imports stop for everybody",
            add_labels=("sev-critical",),
            remove_labels=("sev-high",),
        )
    )
    (issue,) = tracker.read_issues([created.key])
    assert (issue.priority, issue.due, issue.summary) == ("Highest", "2026-04-02", "Imports stop for everybody")
    assert set(issue.labels) == {"from-zendesk", "sev-critical", draft.marker}


def test_a_comment_is_found_by_its_token(tracker: JiraTracker, sandbox: Sandbox, draft: IssueDraft) -> None:
    issue_id = tracker.create_issue(draft).issue.id
    assert not tracker.has_comment(issue_id, "c9d2")
    sandbox.faults.add(Fault(action="drop_after", vendor="jira", method="POST", path=r"/comment$"))
    with pytest.raises(Uncertain):
        tracker.add_comment(issue_id, "A **third** customer", "c9d2")
    assert tracker.has_comment(issue_id, "c9d2")
    assert not tracker.has_comment(issue_id, "c9d")


def test_links_and_files_are_not_doubled(
    tracker: JiraTracker, sandbox: Sandbox, draft: IssueDraft, read_json: Callable[[str], Any]
) -> None:
    issue_id = tracker.create_issue(draft).issue.id
    link = RemoteLink(
        issue_id=issue_id, global_id="g1", url="https://tarn.example/agent/tickets/1", title="Zendesk #1"
    )
    tracker.link_ticket(link)
    tracker.link_ticket(replace(link, title="Zendesk #1: solved", resolved=True))
    tracker.attach_file(issue_id, "brief.md", "Größe".encode())
    tracker.attach_file(issue_id, "brief.md", "Größe".encode())
    (shown,) = read_json(f"issue/{issue_id}/remotelink")
    assert (shown["object"]["title"], shown["object"]["status"]["resolved"]) == ("Zendesk #1: solved", True)
    (attached,) = read_json(f"issue/{issue_id}?fields=attachment")["fields"]["attachment"]
    assert (attached["filename"], attached["size"]) == ("brief.md", 7)


@pytest.fixture
def read_json(sandbox: Sandbox) -> Callable[[str], Any]:
    """Reads the site directly, past the connector."""
    auth = (sandbox.settings.jira_email, sandbox.settings.jira_api_token)

    def read(path: str) -> Any:
        answer = requests.get(f"{sandbox.jira_url}/rest/api/3/{path}", auth=auth, timeout=5)
        answer.raise_for_status()
        return answer.json()

    return read


@pytest.fixture
def deliveries(sandbox: Sandbox) -> Iterator["queue.Queue[tuple[bytes, dict[str, str]]]"]:
    """Bodies and headers of the webhooks that the site sends."""
    received: queue.Queue[tuple[bytes, dict[str, str]]] = queue.Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/webhooks/jira":
                received.put((body, dict(self.headers)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    sandbox.webhook_target(f"http://127.0.0.1:{server.server_port}")
    yield received
    sandbox.webhook_target(None)
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_a_delivery_is_verified_and_names_its_issue(
    tracker: JiraTracker,
    sandbox: Sandbox,
    draft: IssueDraft,
    deliveries: "queue.Queue[tuple[bytes, dict[str, str]]]",
) -> None:
    created = tracker.create_issue(draft).issue
    body, headers = deliveries.get(timeout=5)
    assert is_signed(body, headers, ["another", sandbox.settings.jira_webhook_secret])
    assert not is_signed(body, headers, ["another"])
    delivery = decode_delivery(body, headers)
    assert (delivery.event, delivery.issue_id, delivery.issue_key) == ("jira:issue_created", created.id, created.key)
    assert delivery.markers == (draft.marker,)
    assert delivery.dedupe_keys[0] == f"jira:delivery:{headers['X-Atlassian-Webhook-Identifier']}"
    assert delivery.dedupe_keys[1].startswith("jira:body:")
