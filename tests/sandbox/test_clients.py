"""The real vendor libraries against the sandbox: what they send is understood, what they get they can read."""

import warnings
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from jira import JIRA
from jira.exceptions import JIRAError
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, Ticket
from zenpy.lib.exception import RecordNotFoundException, TooManyValuesException

from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox
from tests.sandbox.conftest import Api, make_document, make_fields, make_record


@pytest.fixture
def zenpy(box: Sandbox, zendesk: Api, monkeypatch: pytest.MonkeyPatch) -> Any:
    box.zendesk.load_records([make_record(number) for number in range(501, 504)])
    monkeypatch.setenv("ZENPY_FORCE_SCHEME", "http")
    monkeypatch.setenv("ZENPY_FORCE_NETLOC", box.zendesk_url.removeprefix("http://"))
    zendesk.session.authorized = True  # type: ignore[attr-defined]
    return Zenpy(subdomain="kilnware", session=zendesk.session, disable_cache=True)


@pytest.fixture
def client(box: Sandbox) -> Iterator[JIRA]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        client = JIRA(
            server=box.jira_url,
            basic_auth=(box.settings.jira_email, box.settings.jira_api_token),
            options={"rest_api_version": "3"},
            max_retries=0,
            timeout=10,
        )
    yield client
    client.close()  # type: ignore[no-untyped-call]


class TestZenpy:
    def test_reads(self, zenpy: Any) -> None:
        assert zenpy.users.me().role == "admin"
        assert [ticket.id for ticket in zenpy.tickets(ids=[503, 501])] == [503, 501]
        ticket = zenpy.tickets(id=501, include=["slas", "metric_sets"])
        assert ticket.slas["policy_metrics"][0]["metric"] == "next_reply_time"
        assert [comment.body for comment in zenpy.tickets.comments(501)] == [
            "The schedule is gone.",
            "Looking into it.",
        ]
        assert len(list(zenpy.tickets.audits(501))) == 2
        assert {field.title for field in zenpy.ticket_fields()} >= {"Jira issue"}
        assert [group.name for group in zenpy.groups()][-1] == "Kiln support"

    def test_the_cursor_export_ends(self, zenpy: Any) -> None:
        export = zenpy.tickets.incremental(start_time=0)
        assert [ticket.id for ticket in export] == [501, 502, 503]
        assert export.end_of_stream is True
        assert list(zenpy.tickets.incremental(cursor=export.after_cursor)) == []

    def test_errors_become_its_own_exceptions(self, zenpy: Any) -> None:
        with pytest.raises(RecordNotFoundException):
            zenpy.tickets(id=9)
        with pytest.raises(TooManyValuesException):
            list(zenpy.tickets(ids=list(range(1, 102))))

    def test_writes(self, zenpy: Any, box: Sandbox) -> None:
        note = Comment(html_body="<b>note</b>", public=False)
        change = Ticket(id=501, comment=note, custom_fields=[{"id": 900105, "value": "ENG-7"}])
        audit = zenpy.tickets.update(change)
        assert audit.ticket.id == 501
        zenpy.tickets.add_tags(501, ["one"])
        zenpy.tickets.delete_tags(501, ["kiln"])
        assert box.zendesk.tickets[501]["tags"] == ["one"]
        assert [note["body"] for note in box.zendesk.notes(501)] == ["note"]
        assert box.zendesk.field(501, 900105) == "ENG-7"


class TestJira:
    def test_the_life_of_an_issue(self, client: JIRA, box: Sandbox) -> None:
        assert client.myself()["displayName"] == "Escalator"
        issue = client.create_issue(fields=make_fields(labels=["m1"]))
        assert [found.key for found in client.enhanced_search_issues('labels = "m1"')] == [issue.key]
        client.add_comment(issue.key, make_document("hello"))
        assert len(client.comments(issue.key)) == 1
        client.add_issue_property(issue.key, "escalator", {"id": 1})
        assert client.issue_property(issue.key, "escalator").value.id == 1
        client._applicationlinks = []
        client.add_remote_link(issue.key, {"url": "https://z.example/1", "title": "T"}, globalId="g1")
        assert [link.globalId for link in client.remote_links(issue.key)] == ["g1"]
        client.transition_issue(issue.key, "Start work")
        client.add_attachment(issue.key, attachment=BytesIO(b"brief"), filename="brief.md")
        issue.update(fields={"duedate": "2026-06-01"})
        kept = box.jira.find(issue.key)
        assert (kept.category, kept.get("duedate"), kept.attachments[0].content) == (
            "indeterminate",
            "2026-06-01",
            b"brief",
        )
        other = client.create_issue(fields=make_fields())
        client.create_issue_link("Relates", issue.key, other.key)
        assert len(box.jira.find(other.key).links) == 1

    def test_errors_keep_the_field(self, client: JIRA) -> None:
        with pytest.raises(JIRAError) as caught:
            client.create_issue(fields=make_fields(customfield_1="x"), prefetch=False)
        assert caught.value.response is not None
        assert list(caught.value.response.json()["errors"]) == ["customfield_1"]

    def test_a_lost_answer_leaves_one_issue(self, client: JIRA, box: Sandbox) -> None:
        box.faults.add(Fault(vendor="jira", method="POST", path="/issue$", action="drop_after"))
        with pytest.raises(OSError, match=r"aborted|closed"):
            client.create_issue(fields=make_fields(), prefetch=False)
        assert len(box.jira.issues) == 1
