"""Search of the sandbox's Jira: lag, reconciliation, bounds, tokens."""

import time
from dataclasses import replace
from typing import Any

import pytest

from connectors.sandbox.server import Sandbox, SandboxSettings
from tests.sandbox.conftest import Api, Json, make_fields


def create(jira: Api, **fields: Any) -> Json:
    body: Json = jira("POST", "/issue", json={"fields": make_fields(**fields)}).json()
    return body


def keys(jira: Api, jql: str, **query: Any) -> list[str]:
    answer = jira("GET", "/search/jql", params={"jql": jql, **query})
    assert answer.status_code == 200, answer.text
    return [row["key"] for row in answer.json()["issues"]]


class TestLag:
    @pytest.fixture
    def settings(self, settings: SandboxSettings) -> SandboxSettings:
        return replace(settings, search_lag_s=0.6)

    def test_a_new_issue_is_found_late_but_read_at_once(self, jira: Api) -> None:
        made = create(jira, labels=["m1"])
        assert keys(jira, 'labels = "m1"') == []
        assert keys(jira, 'labels = "m1"', reconcileIssues=made["id"]) == [made["key"]]
        assert jira("GET", f"/issue/{made['key']}").status_code == 200
        body = {"issueIdsOrKeys": [made["key"]]}
        assert len(jira("POST", "/issue/bulkfetch", json=body).json()["issues"]) == 1
        time.sleep(0.7)
        assert keys(jira, 'labels = "m1"') == [made["key"]]

    def test_a_change_is_found_late_too(self, box: Sandbox, jira: Api) -> None:
        made = create(jira, labels=["m1"])
        time.sleep(0.7)
        box.jira.update_issue(made["key"], labels=["m2"])
        assert (keys(jira, "labels = m1"), keys(jira, "labels = m2")) == ([made["key"]], [])
        time.sleep(0.7)
        assert (keys(jira, "labels = m1"), keys(jira, "labels = m2")) == ([], [made["key"]])


def test_tokens_lead_through_all_pages_in_order(jira: Api) -> None:
    made = [create(jira, labels=["m1"])["key"] for _ in range(5)]
    found, token, pages = [], "", 0
    while True:
        query = {"jql": "labels = m1 ORDER BY created ASC", "maxResults": 2, "fields": "summary"}
        page = jira("GET", "/search/jql", params={**query, **({"nextPageToken": token} if token else {})}).json()
        found += [row["key"] for row in page["issues"]]
        pages += 1
        if "nextPageToken" not in page:
            break
        token = page["nextPageToken"]
    assert (found, pages, page["isLast"]) == (made, 3, True)
    assert "total" not in page


def test_only_ids_are_shown_unless_fields_are_asked_for(jira: Api) -> None:
    create(jira, labels=["m1"])
    assert "fields" not in jira("GET", "/search/jql", params={"jql": "labels = m1"}).json()["issues"][0]
    query = {"jql": "labels = m1", "fields": ["summary", "labels"]}
    shown = jira("GET", "/search/jql", params=query).json()["issues"][0]
    assert set(shown["fields"]) == {"summary", "labels"}
    posted = jira("POST", "/search/jql", json=query).json()["issues"][0]
    assert posted == shown


def test_what_the_site_does_not_know_finds_nothing(jira: Api) -> None:
    create(jira, labels=["m1"])
    assert keys(jira, 'project = ENG AND "No such field" = 1') == []
    assert keys(jira, "project = NOPE") == []


@pytest.mark.parametrize(
    ("jql", "words"), [("", "Unbounded"), ("ORDER BY created", "Unbounded"), ("labels =", "Error in the JQL")]
)
def test_refusals(jira: Api, jql: str, words: str) -> None:
    answer = jira("GET", "/search/jql", params={"jql": jql})
    assert answer.status_code == 400
    assert words in answer.json()["errorMessages"][0]


def test_a_foreign_token_is_refused(jira: Api) -> None:
    for number in range(3):
        create(jira, labels=[f"m{number % 2}"])
    token = jira("GET", "/search/jql", params={"jql": "labels = m0", "maxResults": 1}).json()["nextPageToken"]
    answer = jira("GET", "/search/jql", params={"jql": "labels = m1", "nextPageToken": token})
    assert answer.status_code == 400


def test_the_old_search_is_gone(jira: Api) -> None:
    assert jira("GET", "/search?jql=labels=m1").status_code == 410


def test_parse_names_what_is_wrong(jira: Api) -> None:
    body = {"queries": ["labels = m1", "labels =", "nofield = 1"]}
    rows = jira("POST", "/jql/parse", json=body).json()["queries"]
    assert [bool(row.get("errors")) for row in rows] == [False, True, True]
