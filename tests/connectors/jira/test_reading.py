"""Finding and reading issues: completeness or an error, never a silent half."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
import responses

from connectors.errors import NotFound, Refused, Throttled, Unauthorized, Uncertain, Unreachable, VendorProblem
from connectors.jira.client import PERMISSIONS, JiraTracker
from connectors.records import VendorAccount
from tests.connectors.jira.site import API, SITE, Clock, read_bodies

MARKER = "escalator-k7f3"
SEARCH = f"{API}/search/jql"


def spell_issue(number: int, *, marker: str | None = MARKER, labels: tuple[str, ...] = (MARKER,)) -> dict[str, Any]:
    properties = {"escalator": {"schema": 1, "marker": marker}} if marker else {}
    fields = {"labels": list(labels), "project": {"key": "OPS"}}
    return {"id": str(number), "key": f"OPS-{number}", "fields": fields, "properties": properties}


def spell_page(*issues: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    return {"issues": list(issues), **({"nextPageToken": token} if token else {"isLast": True})}


def query(jira: responses.RequestsMock, at: int = 0) -> dict[str, list[str]]:
    asked = requests.utils.urlparse(jira.calls[at].request.url or "").query
    pairs = [pair.partition("=") for pair in asked.split("&")]
    return {name: [v for n, _, v in pairs if n == name] for name, _, _ in pairs}


class TestFindIssues:
    def test_asks_one_bounded_question(self, tracker: JiraTracker, jira: responses.RequestsMock) -> None:
        jira.get(SEARCH, json=spell_page(spell_issue(7)))
        (issue,) = tracker.find_issues(MARKER, ("OPS", "SEC"), ("10042", "OPS-9", "10043"))
        assert (issue.id, issue.marker) == ("7", MARKER)
        asked = query(jira)
        assert requests.utils.unquote(asked["jql"][0]).replace("+", " ") == (
            'project in ("OPS", "SEC") AND (labels = "escalator-k7f3" OR description ~ "escalatork7f3") '
            "ORDER BY created ASC"
        )
        assert asked["reconcileIssues"] == ["10042", "10043"]
        assert asked["properties"] == ["escalator"]
        assert {"summary", "status", "labels", "resolution"} <= set(asked["fields"])
        assert len(jira.calls) == 1

    def test_nothing_found(self, tracker: JiraTracker, jira: responses.RequestsMock) -> None:
        jira.get(SEARCH, json=spell_page())
        assert tracker.find_issues(MARKER, ("OPS",)) == ()

    @pytest.mark.parametrize(
        ("hits", "kept"),
        [
            ([spell_issue(12), spell_issue(7)], ["7", "12"]),
            ([spell_issue(7, marker=None)], ["7"]),
            ([spell_issue(3, marker=None), spell_issue(7)], ["7"]),
            ([spell_issue(7, marker="escalator-other")], []),
            ([spell_issue(7, labels=())], ["7"]),
            ([spell_issue(7, marker=None, labels=())], []),
        ],
        ids=["twins, oldest first", "label alone", "clone", "somebody else's", "no labels on screen", "mere mention"],
    )
    def test_the_property_proves(
        self, tracker: JiraTracker, jira: responses.RequestsMock, hits: list[dict[str, Any]], kept: list[str]
    ) -> None:
        jira.get(SEARCH, json=spell_page(*hits))
        assert [issue.id for issue in tracker.find_issues(MARKER, ("OPS",))] == kept

    def test_follows_tokens_even_after_an_empty_page(
        self, tracker: JiraTracker, jira: responses.RequestsMock
    ) -> None:
        jira.get(SEARCH, json=spell_page(spell_issue(7), token="a"))
        jira.get(SEARCH, json=spell_page(token="b"))
        jira.get(SEARCH, json=spell_page(spell_issue(8)))
        assert [issue.id for issue in tracker.find_issues(MARKER, ("OPS",), ("7",))] == ["7", "8"]
        assert [query(jira, at).get("nextPageToken") for at in range(3)] == [None, ["a"], ["b"]]
        assert [query(jira, at)["reconcileIssues"] for at in range(3)] == [["7"]] * 3

    def test_a_repeated_page_is_an_error(self, tracker: JiraTracker, jira: responses.RequestsMock) -> None:
        jira.get(SEARCH, json=spell_page(spell_issue(7), token="a"))
        with pytest.raises(Uncertain, match="repeats"):
            tracker.find_issues(MARKER, ("OPS",))

    @pytest.mark.parametrize(
        "answer", [{}, [], {"issues": None}, {"issues": [{"id": "7"}]}, {"issues": [7]}, "absent", None]
    )
    def test_a_malformed_answer_is_not_absence(
        self, tracker: JiraTracker, jira: responses.RequestsMock, answer: object
    ) -> None:
        jira.get(SEARCH, json=answer)
        with pytest.raises(Uncertain):
            tracker.find_issues(MARKER, ("OPS",))

    @pytest.mark.parametrize("body", ["", "<html>", '{"issues": ['])
    def test_an_unreadable_answer_is_not_absence(
        self, tracker: JiraTracker, jira: responses.RequestsMock, body: str
    ) -> None:
        jira.get(SEARCH, body=body)
        with pytest.raises(Uncertain):
            tracker.find_issues(MARKER, ("OPS",))

    @pytest.mark.parametrize(
        ("words", "absent"),
        [
            (f"The value '{MARKER}' does not exist for the field 'labels'.", True),
            ("The value 'OPS' does not exist for the field 'project'.", False),
            (f"Error in the JQL Query near '{MARKER}'.", False),
        ],
    )
    def test_a_label_that_no_issue_has_yet_may_be_refused(
        self, tracker: JiraTracker, jira: responses.RequestsMock, words: str, absent: bool
    ) -> None:
        jira.get(SEARCH, status=400, json={"errorMessages": [words], "errors": {}})
        if absent:
            assert tracker.find_issues(MARKER, ("OPS",)) == ()
            return
        with pytest.raises(Refused):
            tracker.find_issues(MARKER, ("OPS",))

    def test_without_projects_nothing_can_be_said(self, tracker: JiraTracker, jira: responses.RequestsMock) -> None:
        with pytest.raises(Refused):
            tracker.find_issues(MARKER, ())
        assert len(jira.calls) == 0

    def test_by_custom_field(self, build_tracker: Callable[..., JiraTracker], jira: responses.RequestsMock) -> None:
        jira.get(SEARCH, json=spell_page(spell_issue(7, labels=())))
        assert build_tracker(marker_field="customfield_10050").find_issues(MARKER, ("OPS",))[0].id == "7"
        assert "cf%5B10050%5D" in query(jira)["jql"][0]


class TestProbeIssues:
    URL = f"{API}/issue/bulkfetch"

    @pytest.mark.parametrize(
        ("last", "newest", "spans"),
        [
            (40, 40, [(41, 90)]),
            (40, None, [(41, 90)]),
            (40, 45, [(41, 95)]),
            (40, 900, [(41, 90), (851, 950)]),
            (900, 40, [(901, 950)]),
        ],
        ids=["next", "no index", "index ahead", "far ahead", "index behind"],
    )
    def test_the_next_keys_are_read(
        self,
        tracker: JiraTracker,
        jira: responses.RequestsMock,
        last: int,
        newest: int | None,
        spans: list[tuple[int, int]],
    ) -> None:
        jira.get(SEARCH, json=spell_page(*([spell_issue(newest, marker=None)] if newest else [])))
        jira.post(self.URL, json={"issues": [spell_issue(43), spell_issue(44, marker="escalator-other")]})
        assert [issue.key for issue in tracker.probe_issues(MARKER, "OPS", last)] == ["OPS-43"]
        bodies = read_bodies(jira, "POST", "issue/bulkfetch")
        asked = [key for body in bodies for key in body["issueIdsOrKeys"]]
        assert asked == [f"OPS-{number}" for first, final in spans for number in range(first, final + 1)]
        assert all(len(body["issueIdsOrKeys"]) <= 100 and body["properties"] == ["escalator"] for body in bodies)

    @pytest.mark.parametrize(("search", "bulk"), [(400, 200), (200, 404), (200, 400)])
    def test_what_is_refused_proves_nothing(
        self, tracker: JiraTracker, jira: responses.RequestsMock, search: int, bulk: int
    ) -> None:
        jira.get(SEARCH, status=search, json=spell_page())
        jira.post(self.URL, status=bulk, json={"issues": [], "issueErrors": [{"id": "OPS-41"}]})
        assert tracker.probe_issues(MARKER, "OPS", 40) == ()


class TestStandingDown:
    def test_a_duplicate_names_its_original(self, tracker: JiraTracker, jira: responses.RequestsMock) -> None:
        jira.get(f"{API}/issueLinkType", json={"issueLinkTypes": [{"name": "relates"}, {"name": "Duplicate"}]})
        jira.post(f"{API}/issueLink", status=201, body="")
        tracker.link_duplicate("8", "7")
        (body,) = read_bodies(jira, "POST", "issueLink")
        assert body == {"type": {"name": "Duplicate"}, "inwardIssue": {"id": "8"}, "outwardIssue": {"id": "7"}}

    @pytest.mark.parametrize(("types", "used"), [([{"name": "Relates"}], "Relates"), ([{"name": "Blocks"}], None)])
    def test_a_site_without_that_type(
        self, tracker: JiraTracker, jira: responses.RequestsMock, types: list[Any], used: str | None
    ) -> None:
        jira.get(f"{API}/issueLinkType", json={"issueLinkTypes": types})
        jira.post(f"{API}/issueLink", status=201, body="")
        if used is None:
            with pytest.raises(NotFound):
                tracker.link_duplicate("8", "7")
            return
        tracker.link_duplicate("8", "7")
        assert read_bodies(jira, "POST", "issueLink")[0]["type"] == {"name": used}

    @pytest.mark.parametrize("end", ["inwardIssue", "outwardIssue"])
    def test_a_link_is_seen_from_either_end(
        self, tracker: JiraTracker, jira: responses.RequestsMock, end: str
    ) -> None:
        jira.get(f"{API}/issue/8", json={"id": "8", "key": "OPS-8", "fields": {"issuelinks": [{end: {"id": "7"}}]}})
        assert tracker.has_link("8", "7")
        assert not tracker.has_link("8", "9")

    def test_no_way_to_close_sends_nothing(self, tracker: JiraTracker, jira: responses.RequestsMock) -> None:
        jira.get(f"{API}/issue/8/transitions", json={"transitions": []})
        assert not tracker.close_issue("8")
        assert len(jira.calls) == 1

    def test_a_lost_read_before_closing_is_not_a_lost_write(
        self, tracker: JiraTracker, jira: responses.RequestsMock
    ) -> None:
        jira.get(f"{API}/issue/8/transitions", status=500)
        with pytest.raises(Unreachable):
            tracker.close_issue("8")


class TestReadIssues:
    URL = f"{API}/issue/bulkfetch"

    def test_by_id_and_key(self, tracker: JiraTracker, jira: responses.RequestsMock) -> None:
        jira.post(self.URL, json={"issues": [spell_issue(12), spell_issue(7)], "issueErrors": []})
        assert [issue.key for issue in tracker.read_issues(["12", "OPS-7", "99", "12"])] == ["OPS-7", "OPS-12"]
        (body,) = read_bodies(jira, "POST", "issue/bulkfetch")
        assert body["issueIdsOrKeys"] == ["12", "OPS-7", "99"]
        assert body["properties"] == ["escalator"]

    def test_a_hundred_at_a_time(self, tracker: JiraTracker, jira: responses.RequestsMock) -> None:
        def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
            wanted = json.loads(request.body or "")["issueIdsOrKeys"]
            assert len(wanted) <= 100
            return 200, {}, json.dumps({"issues": [spell_issue(int(number)) for number in wanted]})

        jira.add_callback("POST", self.URL, callback=answer)
        issues = tracker.read_issues([str(number) for number in range(1, 251)])
        assert [issue.id for issue in issues] == [str(number) for number in range(1, 251)]
        assert len(jira.calls) == 3

    def test_nothing_asked_nothing_sent(self, tracker: JiraTracker, jira: responses.RequestsMock) -> None:
        assert tracker.read_issues([]) == ()

    def test_an_issue_that_did_not_fit_is_read_alone(
        self, tracker: JiraTracker, jira: responses.RequestsMock
    ) -> None:
        errors = [{"id": "8", "errorMessage": "payload"}, {"id": "9", "errorMessage": "retry"}]
        jira.post(self.URL, json={"issues": [spell_issue(7)], "issueErrors": errors})
        jira.get(f"{API}/issue/8", json=spell_issue(8))
        jira.get(f"{API}/issue/9", status=404)
        assert [issue.id for issue in tracker.read_issues(["7", "8", "9"])] == ["7", "8"]

    @pytest.mark.parametrize("answer", [{}, {"issues": None}, {"issues": [], "issueErrors": [{"errorMessage": "x"}]}])
    def test_a_malformed_answer_is_not_absence(
        self, tracker: JiraTracker, jira: responses.RequestsMock, answer: object
    ) -> None:
        jira.post(self.URL, json=answer)
        with pytest.raises(Uncertain):
            tracker.read_issues(["7"])


class TestHasComment:
    URL = f"{API}/issue/7/comment"

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("Escalator reference: c9d2", True),
            ("Escalator reference: c9d2.", True),
            ("Escalator reference: c9d21", False),
            ("Escalator reference: c9d2-1", False),
            ("Escalator reference: xc9d2", False),
            ("Nothing to see", False),
        ],
    )
    def test_by_the_word_in_the_text(
        self, tracker: JiraTracker, jira: responses.RequestsMock, text: str, found: bool
    ) -> None:
        paragraph = {"type": "paragraph", "content": [{"type": "text", "text": text}]}
        body = {"type": "doc", "version": 1, "content": [{"type": "blockquote", "content": [paragraph]}]}
        jira.get(self.URL, json={"comments": [{"id": "1", "body": {}}, {"id": "2", "body": body}], "total": 2})
        assert tracker.has_comment("7", "c9d2") is found
        assert query(jira)["orderBy"] == ["-created"]

    @pytest.mark.parametrize(("author", "found"), [("a-1", True), ("a-2", False)])
    def test_somebody_who_quotes_us_is_not_us(
        self, tracker: JiraTracker, jira: responses.RequestsMock, author: str, found: bool
    ) -> None:
        comment = {"id": "1", "body": "Escalator reference: c9d2", "author": {"accountId": author}}
        jira.get(self.URL, json={"comments": [comment]})
        jira.get(f"{API}/myself", json={"accountId": "a-1", "displayName": "Escalator"})
        assert tracker.has_comment("7", "c9d2") is found

    def test_wiki_markup_counts_too(self, tracker: JiraTracker, jira: responses.RequestsMock) -> None:
        jira.get(self.URL, json={"comments": [{"id": "1", "body": "Waiting\n----\nEscalator reference: c9d2"}]})
        assert tracker.has_comment("7", "c9d2")
        assert not tracker.has_comment("7", "c9d")

    def test_no_list_is_not_absence(self, tracker: JiraTracker, jira: responses.RequestsMock) -> None:
        jira.get(self.URL, json={})
        with pytest.raises(Uncertain):
            tracker.has_comment("7", "c9d2")


class TestAccount:
    def test_cloud(self, tracker: JiraTracker, jira: responses.RequestsMock) -> None:
        jira.get(f"{API}/myself", json={"accountId": "712020:ab", "displayName": "Robot", "emailAddress": None})
        assert tracker.read_account() == VendorAccount(id="712020:ab", name="Robot")
        sent = jira.calls[0].request.headers
        assert sent["Authorization"].startswith("Basic ")
        assert sent["X-Atlassian-Token"] == "no-check"

    def test_bearer(self, build_tracker: Callable[..., JiraTracker], jira: responses.RequestsMock) -> None:
        jira.get("https://api.gateway.example/ex/jira/77/rest/api/3/myself", json={"accountId": "1"})
        gateway = build_tracker(url="https://api.gateway.example/ex/jira/77/", email="", site_url=SITE)
        assert gateway.read_account() == VendorAccount(id="1", name="1")
        assert jira.calls[0].request.headers["Authorization"] == "Bearer t0ken"
        assert gateway.browse_url("OPS-7") == "https://quarry.example/browse/OPS-7"

    def test_wrong_credentials_need_an_operator(
        self, tracker: JiraTracker, jira: responses.RequestsMock, clock: Clock
    ) -> None:
        jira.get(f"{API}/myself", status=401)
        with pytest.raises(Unauthorized):
            tracker.read_account()
        assert clock.slept == []

    @pytest.mark.parametrize("answer", [{}, [], {"displayName": "Nobody"}])
    def test_an_answer_without_account_is_none(
        self, tracker: JiraTracker, jira: responses.RequestsMock, answer: object
    ) -> None:
        jira.get(f"{API}/myself", json=answer)
        with pytest.raises(Uncertain):
            tracker.read_account()


def test_permissions(tracker: JiraTracker, jira: responses.RequestsMock) -> None:
    held = {"BROWSE_PROJECTS": {"havePermission": True}, "CREATE_ISSUES": {"havePermission": False}}
    jira.get(f"{API}/mypermissions", json={"permissions": held})
    assert tracker.read_permissions("OPS") == {name: name == "BROWSE_PROJECTS" for name in PERMISSIONS}
    assert query(jira)["projectKey"] == ["OPS"]


def test_permissions_of_an_invisible_project(tracker: JiraTracker, jira: responses.RequestsMock) -> None:
    jira.get(f"{API}/mypermissions", status=404)
    with pytest.raises(NotFound):
        tracker.read_permissions("OPS")


def test_projects_page_by_page(tracker: JiraTracker, jira: responses.RequestsMock) -> None:
    jira.get(f"{API}/project/search", json={"values": [{"key": "ENG"}], "total": 2})
    jira.get(f"{API}/project/search", json={"values": [{"key": "OPS"}], "total": 2})
    assert tracker.read_projects() == ("ENG", "OPS")


@pytest.mark.parametrize(
    "failure",
    [
        {"status": 503},
        {"status": 429, "headers": {"Retry-After": "1"}},
        {"body": requests.ReadTimeout()},
        {"body": requests.ConnectTimeout()},
    ],
)
def test_a_read_is_tried_again(
    tracker: JiraTracker, jira: responses.RequestsMock, clock: Clock, failure: dict[str, Any]
) -> None:
    jira.get(f"{API}/myself", **failure)
    jira.get(f"{API}/myself", json={"accountId": "1", "displayName": "Robot"})
    assert tracker.read_account().id == "1"
    assert len(clock.slept) == 1


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        ({"status": 429, "headers": {"Retry-After": "1847"}}, Throttled),
        ({"status": 301, "headers": {"Location": "https://elsewhere.example/"}}, Uncertain),
        ({"status": 400, "json": {"errorMessages": ["Unbounded JQL"]}}, Refused),
        ({"status": 410}, NotFound),
    ],
)
def test_a_read_that_cannot_help_itself_is_not_repeated(
    tracker: JiraTracker,
    jira: responses.RequestsMock,
    clock: Clock,
    failure: dict[str, Any],
    kind: type[VendorProblem],
) -> None:
    jira.get(SEARCH, **failure)
    with pytest.raises(kind):
        tracker.find_issues(MARKER, ("OPS",))
    assert (len(jira.calls), clock.slept) == (1, [])


def test_a_closed_port_is_unreachable(build_tracker: Callable[..., JiraTracker]) -> None:
    with pytest.raises(Unreachable):
        build_tracker(url="http://127.0.0.1:9").read_account()
