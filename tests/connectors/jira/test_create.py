"""Creating an issue: what is sent, what is left out, what is never sent, and what every failure means."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
import responses
from urllib3.exceptions import NewConnectionError, ProtocolError

from connectors.errors import (
    Certainty,
    Conflict,
    Forbidden,
    NotFound,
    Refused,
    Throttled,
    Unauthorized,
    Uncertain,
    Unreachable,
    VendorProblem,
)
from connectors.jira.client import JiraTracker
from connectors.ports import IssueCreated, IssueDraft
from connectors.records import IssueRef
from tests.connectors.jira.site import API, Clock, add_screen, read_bodies, spell_screen

ALL = ("priority", "duedate", "labels")
CREATED = {"id": "10042", "key": "OPS-7", "self": f"{API}/issue/10042"}
OFF_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."


def refuse_fields(*names: str) -> dict[str, Any]:
    return {"errorMessages": [], "errors": {name: OFF_SCREEN.format(name) for name in names}}


def test_the_whole_body(
    tracker: JiraTracker, jira: responses.RequestsMock, draft: IssueDraft, read_golden: Callable[[str], Any]
) -> None:
    add_screen(jira, *ALL)
    jira.post(f"{API}/issue", json=CREATED, status=201)
    assert tracker.create_issue(draft) == IssueCreated(issue=IssueRef(id="10042", key="OPS-7"))
    assert read_bodies(jira, "POST", "issue") == [read_golden("create.json")]


def test_names_are_resolved_once(tracker: JiraTracker, jira: responses.RequestsMock, draft: IssueDraft) -> None:
    add_screen(jira, *ALL)
    jira.post(f"{API}/issue", json=CREATED, status=201)
    tracker.create_issue(draft)
    tracker.create_issue(draft)
    assert [call.request.method for call in jira.calls] == ["GET", "GET", "POST", "POST"]


def test_names_are_resolved_again_after_an_hour(
    tracker: JiraTracker, jira: responses.RequestsMock, draft: IssueDraft, clock: Clock
) -> None:
    add_screen(jira, *ALL)
    jira.post(f"{API}/issue", json=CREATED, status=201)
    tracker.create_issue(draft)
    clock.now += timedelta(hours=1)
    tracker.create_issue(draft)
    assert [call.request.method for call in jira.calls] == ["GET", "GET", "POST", "GET", "GET", "POST"]


@pytest.mark.parametrize(
    ("screen", "dropped"),
    [
        (("duedate", "labels"), ("priority",)),
        (("priority", "labels"), ("duedate",)),
        (("priority", "duedate"), ("labels",)),
        ((), ("priority", "duedate", "labels")),
    ],
)
def test_what_the_screen_lacks_is_left_out_beforehand(
    tracker: JiraTracker,
    jira: responses.RequestsMock,
    draft: IssueDraft,
    screen: tuple[str, ...],
    dropped: tuple[str, ...],
) -> None:
    add_screen(jira, *screen)
    jira.post(f"{API}/issue", json=CREATED, status=201)
    assert tracker.create_issue(draft).dropped_fields == dropped
    (body,) = read_bodies(jira, "POST", "issue")
    assert not set(dropped) & set(body["fields"])
    assert body["properties"][0]["value"]["marker"] == draft.marker
    assert "escalatork7f3" in str(body["fields"]["description"])


def test_an_unknown_priority_leaves_the_projects_default(
    tracker: JiraTracker, jira: responses.RequestsMock, draft: IssueDraft
) -> None:
    add_screen(jira, *ALL)
    jira.post(f"{API}/issue", json=CREATED, status=201)
    assert tracker.create_issue(replace(draft, priority="P1")).dropped_fields == ("priority",)


@pytest.mark.parametrize("name", ["priority", "duedate"])
def test_a_refused_optional_field_is_dropped(
    tracker: JiraTracker, jira: responses.RequestsMock, draft: IssueDraft, name: str
) -> None:
    add_screen(jira, *ALL)
    jira.post(f"{API}/issue", json=refuse_fields(name), status=400)
    jira.post(f"{API}/issue", json=CREATED, status=201)
    assert tracker.create_issue(draft).dropped_fields == (name,)
    first, second = (body["fields"] for body in read_bodies(jira, "POST", "issue"))
    assert first == {**second, name: first[name]}


def test_of_refused_labels_the_marker_stays_longest(
    tracker: JiraTracker, jira: responses.RequestsMock, draft: IssueDraft
) -> None:
    add_screen(jira, *ALL)
    for _ in range(2):
        jira.post(f"{API}/issue", json=refuse_fields("labels"), status=400)
    jira.post(f"{API}/issue", json=CREATED, status=201)
    assert tracker.create_issue(draft).dropped_fields == ("labels",)
    sent = [body["fields"].get("labels") for body in read_bodies(jira, "POST", "issue")]
    assert sent == [["from-zendesk", "sev-high", "escalator-k7f3"], ["escalator-k7f3"], None]


@pytest.mark.parametrize(
    "names", [("summary",), ("description",), ("customfield_10077",), ("priority", "customfield_10077"), ()]
)
def test_what_must_not_go_is_refused_with_jiras_words(
    tracker: JiraTracker, jira: responses.RequestsMock, draft: IssueDraft, names: tuple[str, ...]
) -> None:
    add_screen(jira, *ALL)
    jira.post(f"{API}/issue", json=refuse_fields(*names), status=400)
    with pytest.raises(Refused) as caught:
        tracker.create_issue(draft)
    assert set(caught.value.fields) == set(names)
    assert len(read_bodies(jira, "POST", "issue")) == 1


@pytest.mark.parametrize("status", [413, 422])
def test_only_a_400_is_surely_about_fields(
    tracker: JiraTracker, jira: responses.RequestsMock, draft: IssueDraft, status: int
) -> None:
    add_screen(jira, *ALL)
    jira.post(f"{API}/issue", json=refuse_fields("priority"), status=status)
    with pytest.raises(Refused):
        tracker.create_issue(draft)
    assert len(read_bodies(jira, "POST", "issue")) == 1


def test_after_a_refusal_a_known_screen_is_read_afresh(
    tracker: JiraTracker, jira: responses.RequestsMock, draft: IssueDraft
) -> None:
    add_screen(jira, *ALL)
    jira.post(f"{API}/issue", json=CREATED, status=201)
    tracker.create_issue(draft)
    renumbered = spell_screen(*ALL)
    renumbered["fields"][2]["allowedValues"] = [{"id": "20002", "name": "High"}]
    jira.replace("GET", f"{API}/issue/createmeta/OPS/issuetypes/10001", json=renumbered)
    jira.replace("POST", f"{API}/issue", json=refuse_fields("priority"), status=400)
    jira.post(f"{API}/issue", json=CREATED, status=201)
    assert tracker.create_issue(draft).dropped_fields == ()
    assert [body["fields"]["priority"]["id"] for body in read_bodies(jira, "POST", "issue")] == ["2", "2", "20002"]


@pytest.mark.parametrize(
    "answer",
    [
        {"errorMessages": ["CONTENT_LIMIT_EXCEEDED"], "errors": {}},
        {"errorMessages": ["The entered text is too long. It exceeds the allowed limit of 32,767 characters."]},
        {"errorMessages": [], "errors": {"description": "The entered text is too long."}},
    ],
)
def test_a_description_that_is_too_long_is_named(
    tracker: JiraTracker, jira: responses.RequestsMock, draft: IssueDraft, answer: dict[str, Any]
) -> None:
    add_screen(jira, *ALL)
    jira.post(f"{API}/issue", json=answer, status=400)
    with pytest.raises(Refused) as caught:
        tracker.create_issue(draft)
    assert set(caught.value.fields) == {"description"}


def test_a_project_that_does_not_exist_is_refused_unsent(
    tracker: JiraTracker, jira: responses.RequestsMock, draft: IssueDraft
) -> None:
    jira.get(f"{API}/issue/createmeta/OPS/issuetypes", status=404, json={"errorMessages": ["No project"]})
    jira.get(f"{API}/project/search", json={"values": [{"key": "ENG"}, {"key": "PROD"}], "total": 2})
    with pytest.raises(Refused, match="visible: ENG, PROD") as caught:
        tracker.create_issue(draft)
    assert set(caught.value.fields) == {"project"}
    assert read_bodies(jira, "POST", "issue") == []


def test_an_issue_type_that_does_not_exist_is_refused_unsent(
    tracker: JiraTracker, jira: responses.RequestsMock, draft: IssueDraft
) -> None:
    add_screen(jira, *ALL)
    with pytest.raises(Refused, match="it has: Bug, Task") as caught:
        tracker.create_issue(replace(draft, issue_type="Incident"))
    assert set(caught.value.fields) == {"issuetype"}
    assert read_bodies(jira, "POST", "issue") == []


def test_issue_types_are_read_page_by_page(
    tracker: JiraTracker, jira: responses.RequestsMock, draft: IssueDraft
) -> None:
    url = f"{API}/issue/createmeta/OPS/issuetypes"
    for start, types in ((0, [{"id": "1", "name": "Epic"}]), (1, [{"id": "10001", "name": "bug"}])):
        page = {"startAt": start, "maxResults": 1, "total": 2, "issueTypes": types}
        jira.get(
            url, json=page, match=[responses.matchers.query_param_matcher({"startAt": start, "maxResults": 100})]
        )
    jira.get(f"{url}/10001", json=spell_screen(*ALL))
    jira.post(f"{API}/issue", json=CREATED, status=201)
    assert tracker.create_issue(draft).issue.key == "OPS-7"


class TestSecurityLevel:
    """Fail closed: with the level or not at all."""

    @pytest.fixture
    def secret(self, draft: IssueDraft) -> IssueDraft:
        return replace(draft, security_level="Inner circle", require_level=True)

    def test_is_sent_by_id(self, tracker: JiraTracker, jira: responses.RequestsMock, secret: IssueDraft) -> None:
        add_screen(jira, *ALL, "security", levels=("Staff", "inner circle"))
        jira.post(f"{API}/issue", json=CREATED, status=201)
        tracker.create_issue(secret)
        assert read_bodies(jira, "POST", "issue")[0]["fields"]["security"] == {"id": "701"}

    def test_is_looked_up_in_the_project_when_the_screen_does_not_list_it(
        self, tracker: JiraTracker, jira: responses.RequestsMock, secret: IssueDraft
    ) -> None:
        add_screen(jira, *ALL, "security")
        jira.get(f"{API}/project/OPS/securitylevel", json={"levels": [{"id": "55", "name": "Inner circle"}]})
        jira.post(f"{API}/issue", json=CREATED, status=201)
        tracker.create_issue(secret)
        assert read_bodies(jira, "POST", "issue")[0]["fields"]["security"] == {"id": "55"}

    @pytest.mark.parametrize(
        ("screen", "levels", "name"),
        [
            (ALL, (), "Inner circle"),
            ((*ALL, "security"), ("Staff",), "Inner circle"),
            ((*ALL, "security"), ("Staff",), None),
            ((*ALL, "security"), ("Staff",), ""),
        ],
    )
    def test_required_and_missing_nothing_is_sent(
        self,
        *,
        tracker: JiraTracker,
        jira: responses.RequestsMock,
        secret: IssueDraft,
        screen: tuple[str, ...],
        levels: tuple[str, ...],
        name: str | None,
    ) -> None:
        add_screen(jira, *screen, levels=levels)
        with pytest.raises(Refused) as caught:
            tracker.create_issue(replace(secret, security_level=name))
        assert set(caught.value.fields) == {"security"}
        assert read_bodies(jira, "POST", "issue") == []

    @pytest.mark.parametrize("status", [403, 404])
    def test_required_and_hidden_nothing_is_sent(
        self, tracker: JiraTracker, jira: responses.RequestsMock, secret: IssueDraft, status: int
    ) -> None:
        add_screen(jira, *ALL, "security")
        jira.get(f"{API}/project/OPS/securitylevel", status=status)
        with pytest.raises(Refused):
            tracker.create_issue(secret)
        assert read_bodies(jira, "POST", "issue") == []

    @pytest.mark.parametrize("names", [("security",), ("security", "priority")])
    def test_required_and_refused_is_never_sent_without(
        self, tracker: JiraTracker, jira: responses.RequestsMock, secret: IssueDraft, names: tuple[str, ...]
    ) -> None:
        add_screen(jira, *ALL, "security", levels=("Inner circle",))
        jira.post(f"{API}/issue", json=refuse_fields(*names), status=400)
        with pytest.raises(Refused):
            tracker.create_issue(secret)
        assert [("security" in body["fields"]) for body in read_bodies(jira, "POST", "issue")] == [True]

    def test_wished_for_only_it_may_be_dropped(
        self, tracker: JiraTracker, jira: responses.RequestsMock, secret: IssueDraft
    ) -> None:
        add_screen(jira, *ALL)
        jira.post(f"{API}/issue", json=CREATED, status=201)
        created = tracker.create_issue(replace(secret, require_level=False))
        assert created.dropped_fields == ("security",)


class TestMarkerField:
    """A custom field instead of the label."""

    @pytest.mark.parametrize(
        ("name", "value"),
        [("customfield_10050", "escalator-k7f3"), ("customfield_10060", ["escalator-k7f3"])],
        ids=["text or URL", "labels"],
    )
    def test_holds_the_marker(
        self,
        build_tracker: Callable[..., JiraTracker],
        jira: responses.RequestsMock,
        draft: IssueDraft,
        name: str,
        value: object,
    ) -> None:
        add_screen(jira, *ALL, name)
        jira.post(f"{API}/issue", json=CREATED, status=201)
        build_tracker(marker_field=name).create_issue(draft)
        fields = read_bodies(jira, "POST", "issue")[0]["fields"]
        assert (fields[name], fields["labels"]) == (value, ["from-zendesk", "sev-high"])

    def test_missing_on_the_screen_nothing_is_sent(
        self, build_tracker: Callable[..., JiraTracker], jira: responses.RequestsMock, draft: IssueDraft
    ) -> None:
        add_screen(jira, *ALL)
        with pytest.raises(Refused, match="customfield_10050"):
            build_tracker(marker_field="customfield_10050").create_issue(draft)
        assert read_bodies(jira, "POST", "issue") == []

    def test_must_be_an_id(self, build_tracker: Callable[..., JiraTracker]) -> None:
        with pytest.raises(ValueError, match="customfield_NNNNN"):
            build_tracker(marker_field="Escalation")


NOT_SENT, REJECTED, UNCERTAIN = Certainty.NOT_SENT, Certainty.REJECTED, Certainty.UNCERTAIN


@pytest.mark.parametrize(
    ("answer", "kind", "certainty"),
    [
        ({"status": 401}, Unauthorized, REJECTED),
        ({"status": 403}, Forbidden, REJECTED),
        ({"status": 404}, NotFound, REJECTED),
        ({"status": 409}, Conflict, REJECTED),
        ({"status": 413}, Refused, REJECTED),
        ({"status": 422}, Refused, REJECTED),
        ({"status": 429, "headers": {"Retry-After": "1847"}}, Throttled, NOT_SENT),
        ({"status": 429, "headers": {"Retry-After": "Wed, 01 Apr 2026 09:00:30 GMT"}}, Throttled, NOT_SENT),
        ({"status": 429}, Throttled, NOT_SENT),
        ({"status": 500}, Uncertain, UNCERTAIN),
        ({"status": 502, "body": "<html>"}, Uncertain, UNCERTAIN),
        ({"status": 503, "headers": {"Retry-After": "1"}}, Uncertain, UNCERTAIN),
        ({"status": 504}, Uncertain, UNCERTAIN),
        ({"status": 301, "headers": {"Location": f"{API}/issue"}}, Uncertain, UNCERTAIN),
        ({"status": 201, "body": ""}, Uncertain, UNCERTAIN),
        ({"status": 201, "body": '{"id": "10042", "ke'}, Uncertain, UNCERTAIN),
        ({"status": 201, "json": {"id": "10042"}}, Uncertain, UNCERTAIN),
        ({"status": 201, "json": {"key": "OPS-7"}}, Uncertain, UNCERTAIN),
        ({"status": 201, "json": []}, Uncertain, UNCERTAIN),
        ({"body": requests.ConnectionError(ProtocolError("Connection aborted."))}, Uncertain, UNCERTAIN),
        ({"body": requests.ReadTimeout()}, Uncertain, UNCERTAIN),
        ({"body": requests.exceptions.ChunkedEncodingError()}, Uncertain, UNCERTAIN),
        ({"body": requests.ConnectTimeout()}, Unreachable, NOT_SENT),
        (
            {"body": requests.ConnectionError(NewConnectionError(None, "refused"))},  # type: ignore[arg-type]
            Unreachable,
            NOT_SENT,
        ),
    ],
)
def test_what_every_answer_to_a_create_means(
    *,
    tracker: JiraTracker,
    jira: responses.RequestsMock,
    draft: IssueDraft,
    clock: Clock,
    answer: dict[str, Any],
    kind: type[VendorProblem],
    certainty: Certainty,
) -> None:
    add_screen(jira, *ALL)
    jira.post(f"{API}/issue", **answer)
    with pytest.raises(VendorProblem) as caught:
        tracker.create_issue(draft)
    assert type(caught.value) is kind
    assert caught.value.certainty is certainty
    assert [call.request.method for call in jira.calls] == ["GET", "GET", "POST"]
    assert clock.slept == []


@pytest.mark.parametrize(("header", "seconds"), [("1847", 1847.0), ("Wed, 01 Apr 2026 09:00:30 GMT", 30.0)])
def test_the_wait_that_jira_asks_for_is_passed_on(
    tracker: JiraTracker, jira: responses.RequestsMock, draft: IssueDraft, header: str, seconds: float
) -> None:
    add_screen(jira, *ALL)
    jira.post(f"{API}/issue", status=429, headers={"Retry-After": header})
    with pytest.raises(Throttled) as caught:
        tracker.create_issue(draft)
    assert caught.value.retry_after_s == seconds


@pytest.mark.parametrize("answer", [{"status": 500}, {"body": requests.ReadTimeout()}])
def test_a_preparing_read_that_fails_leaves_no_doubt_about_the_create(
    tracker: JiraTracker, jira: responses.RequestsMock, draft: IssueDraft, answer: dict[str, Any]
) -> None:
    jira.get(f"{API}/issue/createmeta/OPS/issuetypes", **answer)
    with pytest.raises(VendorProblem) as caught:
        tracker.create_issue(draft)
    assert caught.value.certainty is NOT_SENT


def test_a_lost_answer_after_a_dropped_field_stays_uncertain(
    tracker: JiraTracker, jira: responses.RequestsMock, draft: IssueDraft
) -> None:
    add_screen(jira, *ALL)
    jira.post(f"{API}/issue", json=refuse_fields("duedate"), status=400)
    jira.post(f"{API}/issue", status=503)
    with pytest.raises(Uncertain):
        tracker.create_issue(draft)
    assert len(read_bodies(jira, "POST", "issue")) == 2


def test_no_message_holds_credentials_or_customer_text(
    tracker: JiraTracker, jira: responses.RequestsMock, draft: IssueDraft
) -> None:
    add_screen(jira, *ALL)
    jira.post(f"{API}/issue", status=500, body="Tarn & Co lost everything")
    with pytest.raises(Uncertain) as caught:
        tracker.create_issue(draft)
    assert "Tarn" not in str(caught.value)
    assert "t0ken" not in str(caught.value)
