"""The smaller writes: one request each, and what every failure means."""

from typing import Any

import pytest
import requests
import responses

from connectors.errors import Certainty, Conflict, Forbidden, NotFound, Refused, Throttled, Uncertain, VendorProblem
from connectors.jira.client import JiraTracker
from connectors.ports import IssueChange, RemoteLink
from tests.connectors.jira.site import API, Clock, read_bodies

LINK = RemoteLink(issue_id="7", global_id="g1", url="https://tarn.example/agent/tickets/1", title="Zendesk #1")


class TestUpdate:
    URL = f"{API}/issue/7"

    def test_one_put_and_no_reading_back(self, tracker: JiraTracker, jira: responses.RequestsMock) -> None:
        jira.put(self.URL, status=204)
        tracker.update_issue(IssueChange(issue_id="7", priority="Highest", add_labels=("sev-critical",)))
        assert read_bodies(jira, "PUT", "issue/7") == [
            {"fields": {"priority": {"name": "Highest"}}, "update": {"labels": [{"add": "sev-critical"}]}}
        ]
        assert len(jira.calls) == 1

    def test_no_change_no_request(self, tracker: JiraTracker, jira: responses.RequestsMock) -> None:
        tracker.update_issue(IssueChange(issue_id="7"))
        assert len(jira.calls) == 0

    @pytest.mark.parametrize(
        ("status", "kind"), [(400, Refused), (403, Forbidden), (404, NotFound), (409, Conflict), (503, Uncertain)]
    )
    def test_failures(
        self, tracker: JiraTracker, jira: responses.RequestsMock, status: int, kind: type[VendorProblem]
    ) -> None:
        jira.put(self.URL, status=status)
        with pytest.raises(kind):
            tracker.update_issue(IssueChange(issue_id="7", due="2026-04-03"))
        assert len(jira.calls) == 1

    def test_a_refused_field_is_named(self, tracker: JiraTracker, jira: responses.RequestsMock) -> None:
        jira.put(self.URL, status=400, json={"errors": {"priority": "Priority name 'P1' is not valid"}})
        with pytest.raises(Refused) as caught:
            tracker.update_issue(IssueChange(issue_id="7", priority="P1"))
        assert caught.value.fields == {"priority": "Priority name 'P1' is not valid"}


class TestComment:
    URL = f"{API}/issue/7/comment"

    def test_carries_its_token_twice(self, tracker: JiraTracker, jira: responses.RequestsMock) -> None:
        jira.post(self.URL, status=201, json={"id": "31"})
        tracker.add_comment("7", "Still *waiting*", "c9d2")
        (body,) = read_bodies(jira, "POST", "issue/7/comment")
        assert body["body"]["content"][-1]["content"][0]["text"] == "Escalator reference: c9d2"
        assert {"key": "escalator", "value": {"token": "c9d2"}} in body["properties"]

    @pytest.mark.parametrize(
        ("answer", "kind", "certainty"),
        [
            ({"status": 404}, NotFound, Certainty.REJECTED),
            ({"status": 413}, Refused, Certainty.REJECTED),
            ({"status": 429}, Throttled, Certainty.NOT_SENT),
            ({"status": 503, "headers": {"Retry-After": "1"}}, Uncertain, Certainty.UNCERTAIN),
            ({"status": 201, "body": ""}, Uncertain, Certainty.UNCERTAIN),
            ({"status": 201, "json": {}}, Uncertain, Certainty.UNCERTAIN),
            ({"body": requests.ReadTimeout()}, Uncertain, Certainty.UNCERTAIN),
        ],
    )
    def test_is_sent_once_whatever_happens(
        self,
        *,
        tracker: JiraTracker,
        jira: responses.RequestsMock,
        clock: Clock,
        answer: dict[str, Any],
        kind: type[VendorProblem],
        certainty: Certainty,
    ) -> None:
        jira.post(self.URL, **answer)
        with pytest.raises(VendorProblem) as caught:
            tracker.add_comment("7", "Still waiting", "c9d2")
        assert type(caught.value) is kind
        assert caught.value.certainty is certainty
        assert (len(jira.calls), clock.slept) == (1, [])

    def test_too_long_a_text_is_named(self, tracker: JiraTracker, jira: responses.RequestsMock) -> None:
        jira.post(self.URL, status=400, json={"errorMessages": ["CONTENT_LIMIT_EXCEEDED"]})
        with pytest.raises(Refused) as caught:
            tracker.add_comment("7", "long", "c9d2")
        assert set(caught.value.fields) == {"body"}


class TestRemoteLink:
    URL = f"{API}/issue/7/remotelink"

    @pytest.mark.parametrize("status", [200, 201])
    def test_made_or_replaced(self, tracker: JiraTracker, jira: responses.RequestsMock, status: int) -> None:
        jira.post(self.URL, status=status, json={"id": 1, "self": f"{self.URL}/1"})
        tracker.link_ticket(LINK)
        (body,) = read_bodies(jira, "POST", "issue/7/remotelink")
        assert (body["globalId"], body["object"]["status"]) == ("g1", {"resolved": False})
        assert len(jira.calls) == 1

    def test_a_lost_answer_is_uncertain(self, tracker: JiraTracker, jira: responses.RequestsMock) -> None:
        jira.post(self.URL, body=requests.ConnectionError())
        with pytest.raises(Uncertain):
            tracker.link_ticket(LINK)
        assert len(jira.calls) == 1


class TestAttachment:
    ISSUE = f"{API}/issue/7"

    def test_is_uploaded_as_a_form(self, tracker: JiraTracker, jira: responses.RequestsMock) -> None:
        jira.get(self.ISSUE, json={"id": "7", "key": "OPS-7", "fields": {"attachment": [{"filename": "other.md"}]}})
        jira.post(f"{self.ISSUE}/attachments", json=[{"id": "1", "filename": "brief.md", "size": 5}])
        tracker.attach_file("7", "brief.md", b"brief")
        sent = jira.calls[1].request
        assert sent.headers["Content-Type"].startswith("multipart/form-data; boundary=")
        assert sent.headers["X-Atlassian-Token"] == "no-check"
        assert b'name="file"; filename="brief.md"' in (sent.body or b"")  # type: ignore[operator]

    @pytest.mark.parametrize("attached", [{"filename": "brief.md", "size": 5}, {"filename": "brief.md"}])
    def test_one_of_this_name_and_size_is_enough(
        self, tracker: JiraTracker, jira: responses.RequestsMock, attached: dict[str, Any]
    ) -> None:
        jira.get(self.ISSUE, json={"id": "7", "key": "OPS-7", "fields": {"attachment": [attached]}})
        tracker.attach_file("7", "brief.md", b"brief")
        assert tracker.has_file("7", "brief.md", 5)
        assert {call.request.method for call in jira.calls} == {"GET"}

    def test_half_a_file_is_not_the_file(self, tracker: JiraTracker, jira: responses.RequestsMock) -> None:
        attached = {"filename": "brief.md", "size": 2}
        jira.get(self.ISSUE, json={"id": "7", "key": "OPS-7", "fields": {"attachment": [attached]}})
        assert not tracker.has_file("7", "brief.md", 5)

    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            ({"status": 403}, Forbidden),
            ({"status": 413}, Refused),
            ({"body": requests.ReadTimeout()}, Uncertain),
            ({"status": 500}, Uncertain),
            ({"status": 200, "body": ""}, Uncertain),
            ({"status": 200, "json": []}, Uncertain),
        ],
    )
    def test_is_sent_once_whatever_happens(
        self, tracker: JiraTracker, jira: responses.RequestsMock, answer: dict[str, Any], kind: type[VendorProblem]
    ) -> None:
        jira.get(self.ISSUE, json={"id": "7", "key": "OPS-7", "fields": {}})
        jira.post(f"{self.ISSUE}/attachments", **answer)
        with pytest.raises(kind):
            tracker.attach_file("7", "brief.md", b"brief")
        assert len(jira.calls) == 2

    def test_when_the_list_cannot_be_read_nothing_was_sent(
        self, tracker: JiraTracker, jira: responses.RequestsMock
    ) -> None:
        jira.get(self.ISSUE, status=500)
        with pytest.raises(VendorProblem) as caught:
            tracker.attach_file("7", "brief.md", b"brief")
        assert caught.value.certainty is Certainty.NOT_SENT
