"""Issues of the sandbox's Jira: create, edit, move on, link, attach, find again."""

from typing import Any

import pytest
import requests

from connectors.sandbox.server import Sandbox
from tests.sandbox.conftest import Api, Json, make_document, make_fields


def create(jira: Api, properties: list[Json] | None = None, **fields: Any) -> str:
    body = {"fields": make_fields(**fields), "properties": properties or []}
    answer = jira("POST", "/issue", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


class TestCreating:
    def test_fields_and_properties_arrive_together(self, jira: Api) -> None:
        value = {"id": "7f3a", "ticket": 501}
        key = create(
            jira,
            [{"key": "escalator", "value": value}],
            priority={"name": "High"},
            labels=["escalation"],
            duedate="2026-05-11",
        )
        shown = jira(
            "GET", f"/issue/{key}?fields=priority,labels,duedate,status,security&properties=escalator"
        ).json()
        assert shown["properties"] == {"escalator": value}
        fields = shown["fields"]
        assert (fields["priority"]["id"], fields["labels"], fields["duedate"]) == ("2", ["escalation"], "2026-05-11")
        assert fields["status"]["statusCategory"]["key"] == "new"

    @pytest.mark.parametrize(
        ("fields", "field", "words"),
        [
            ({"summary": "x" * 256}, "summary", "can't exceed 255"),
            ({"summary": "a\nb"}, "summary", "newline"),
            ({"labels": ["two words"]}, "labels", "contains spaces"),
            ({"duedate": "11.05.2026"}, "duedate", "yyyy-MM-dd"),
            ({"customfield_99999": "x"}, "customfield_99999", "appropriate screen"),
            ({"security": {"name": "Security team only"}}, "security", "appropriate screen"),
            ({"priority": {"name": "Blocker"}}, "priority", "Blocker"),
            ({"issuetype": {"name": "Idea"}}, "issuetype", "Idea"),
            ({"description": "plain words"}, "description", "INVALID_INPUT"),
            ({"description": make_document("x" * 33_000)}, "description", "CONTENT_LIMIT_EXCEEDED"),
            ({"project": {"key": "NOPE"}}, "project", "valid project"),
            ({"assignee": {"accountId": "ghost"}}, "assignee", "ghost"),
        ],
    )
    def test_a_bad_field_is_named_and_nothing_is_created(
        self, box: Sandbox, jira: Api, fields: Json, field: str, words: str
    ) -> None:
        answer = jira("POST", "/issue", json={"fields": make_fields(**fields)})
        assert answer.status_code == 400
        assert words in answer.json()["errors"][field]
        assert answer.json()["errorMessages"] == []
        assert box.jira.issues == []

    def test_required_fields(self, jira: Api) -> None:
        answer = jira("POST", "/issue", json={"fields": {"project": {"key": "ENG"}}})
        assert set(answer.json()["errors"]) == {"summary", "issuetype"}

    def test_the_security_level_belongs_to_its_project(self, jira: Api) -> None:
        levels = jira("GET", "/project/SEC/securitylevel").json()["levels"]
        assert [level["name"] for level in levels] == ["Security team only"]
        assert jira("GET", "/project/ENG/securitylevel").json() == {"levels": []}
        key = create(jira, project={"key": "SEC"}, security={"id": levels[0]["id"]})
        assert jira("GET", f"/issue/{key}").json()["fields"]["security"]["name"] == "Security team only"

    def test_an_issue_out_of_sight_is_not_found_anywhere(self, box: Sandbox, jira: Api) -> None:
        key = create(jira, project={"key": "SEC"}, security={"id": "10900"}, labels=["m1"])
        box.jira.hidden_levels.add("10900")
        assert jira("GET", f"/issue/{key}").status_code == 404
        assert jira("GET", "/search/jql", params={"jql": "labels = m1"}).json()["issues"] == []

    def test_create_metadata_has_clouds_names(self, jira: Api) -> None:
        types = jira("GET", "/issue/createmeta/ENG/issuetypes").json()
        bug = next(row for row in types["issueTypes"] if row["name"] == "Bug")
        first = jira("GET", f"/issue/createmeta/ENG/issuetypes/{bug['id']}?maxResults=5").json()
        assert (len(first["fields"]), first["total"] > 5) == (5, True)
        rest = jira("GET", f"/issue/createmeta/ENG/issuetypes/{bug['id']}?startAt=5").json()
        fields = {row["fieldId"]: row for row in first["fields"] + rest["fields"]}
        assert len(fields) == first["total"]
        assert fields["priority"]["allowedValues"][0]["name"] == "Highest"
        assert "security" not in fields
        assert jira("GET", "/issue/createmeta/ENG/issuetypes/10004").status_code == 404


class TestChanging:
    def test_verbs_keep_what_people_added(self, box: Sandbox, jira: Api) -> None:
        key = create(jira, labels=["escalation", "old"])
        box.jira.update_issue(key, labels=["escalation", "old", "by-hand"])
        update = {"labels": [{"add": "new"}, {"remove": "old"}]}
        body = {"fields": {"duedate": "2026-06-01"}, "update": update, "properties": [{"key": "p", "value": 1}]}
        assert jira("PUT", f"/issue/{key}", json=body).status_code == 204
        shown = jira("GET", f"/issue/{key}?properties=*all").json()
        assert shown["fields"]["labels"] == ["escalation", "by-hand", "new"]
        assert shown["properties"] == {"p": 1}
        changes = jira("GET", f"/issue/{key}/changelog").json()["values"][-1]["items"]
        labels = next(item for item in changes if item["field"] == "labels")
        assert (labels["fromString"], labels["toString"]) == ("escalation old by-hand", "escalation by-hand new")

    def test_a_field_cannot_be_set_and_updated(self, jira: Api) -> None:
        key = create(jira)
        body = {"fields": {"labels": []}, "update": {"labels": [{"add": "x"}]}}
        assert jira("PUT", f"/issue/{key}", json=body).status_code == 400

    def test_an_equal_value_writes_no_history(self, jira: Api) -> None:
        key = create(jira, duedate="2026-06-01")
        jira("PUT", f"/issue/{key}", json={"fields": {"duedate": "2026-06-01"}})
        assert jira("GET", f"/issue/{key}/changelog").json()["total"] == 0

    def test_finishing_needs_a_resolution_and_reopening_clears_it(self, jira: Api) -> None:
        key = create(jira)
        rows = jira("GET", f"/issue/{key}/transitions?expand=transitions.fields").json()["transitions"]
        done = next(row for row in rows if row["to"]["statusCategory"]["key"] == "done")
        assert done["fields"]["resolution"]["required"] is True
        refused = jira("POST", f"/issue/{key}/transitions", json={"transition": {"id": done["id"]}})
        assert refused.json()["errors"]["resolution"]
        body = {"transition": {"id": done["id"]}, "fields": {"resolution": {"name": "Won't Do"}}}
        assert jira("POST", f"/issue/{key}/transitions", json=body).status_code == 204
        fields = jira("GET", f"/issue/{key}").json()["fields"]
        assert (fields["resolution"]["name"], fields["resolutiondate"] is not None) == ("Won't Do", True)
        assert jira("POST", f"/issue/{key}/transitions", json={"transition": {"id": "11"}}).status_code == 204
        fields = jira("GET", f"/issue/{key}").json()["fields"]
        assert (fields["resolution"], fields["resolutiondate"]) == (None, None)

    def test_a_moved_issue_keeps_its_id_and_answers_to_its_old_key(self, box: Sandbox, jira: Api) -> None:
        key = create(jira)
        moved = box.jira.move_issue(key, "SUP")
        shown = jira("GET", f"/issue/{key}").json()
        assert (moved, shown["key"]) == ("SUP-1", "SUP-1")
        assert jira("GET", f"/issue/{shown['id']}").json()["key"] == "SUP-1"

    def test_a_deleted_issue_is_gone(self, box: Sandbox, jira: Api) -> None:
        key = create(jira)
        box.jira.delete_issue(key)
        answer = jira("GET", f"/issue/{key}")
        assert (answer.status_code, answer.json()["errors"]) == (404, {})

    def test_assignee_by_account(self, jira: Api) -> None:
        key = create(jira)
        people = jira("GET", "/user/search?query=Marit").json()
        assert jira("PUT", f"/issue/{key}/assignee", json={"accountId": people[0]["accountId"]}).status_code == 204
        assert jira("GET", f"/issue/{key}").json()["fields"]["assignee"]["displayName"] == "Marit Solheim"
        jira("PUT", f"/issue/{key}/assignee", json={"accountId": None})
        assert jira("GET", f"/issue/{key}").json()["fields"]["assignee"] is None


class TestHanging:
    def test_a_remote_link_is_replaced_whole_by_its_global_id(self, jira: Api) -> None:
        key = create(jira)
        link = {
            "globalId": "g1",
            "relationship": "escalated from",
            "object": {"url": "https://z.example/1", "title": "Ticket"},
        }
        assert jira("POST", f"/issue/{key}/remotelink", json=link).status_code == 201
        shorter = {"globalId": "g1", "object": {"url": "https://z.example/1", "title": "Ticket (solved)"}}
        assert jira("POST", f"/issue/{key}/remotelink", json=shorter).status_code == 200
        found = jira("GET", f"/issue/{key}/remotelink", params={"globalId": "g1"}).json()
        assert (found["object"]["title"], found["relationship"]) == ("Ticket (solved)", None)
        assert len(jira("GET", f"/issue/{key}/remotelink").json()) == 1
        assert jira("DELETE", f"/issue/{key}/remotelink?globalId=g1").status_code == 204
        assert jira("GET", f"/issue/{key}/remotelink").json() == []

    def test_comments_carry_hidden_properties(self, jira: Api) -> None:
        key = create(jira)
        for word in ("one", "two"):
            body = {"body": make_document(word), "properties": [{"key": "escalator", "value": {"event": word}}]}
            assert jira("POST", f"/issue/{key}/comment", json=body).status_code == 201
        newest = jira("GET", f"/issue/{key}/comment?orderBy=-created&maxResults=1").json()["comments"][0]
        assert newest["body"] == make_document("two")
        found = jira("GET", f"/comment/{newest['id']}/properties/escalator").json()
        assert found["value"] == {"event": "two"}
        assert jira("POST", f"/issue/{key}/comment", json={"body": "plain"}).status_code == 400

    def test_issue_properties(self, jira: Api) -> None:
        path = f"/issue/{create(jira)}/properties/escalator"
        assert jira("GET", path).status_code == 404
        assert jira("PUT", path, json={"a": 1}).status_code == 201
        assert jira("PUT", path, json={"a": 2}).status_code == 200
        assert jira("GET", path).json() == {"key": "escalator", "value": {"a": 2}}

    def test_an_upload_needs_the_token_header_and_answers_a_list(self, jira: Api) -> None:
        key = create(jira)
        files = {"file": ("brief.md", b"# Brief\r\n\xc3\xa4", "text/markdown")}
        assert jira("POST", f"/issue/{key}/attachments", files=files).status_code == 403
        headers = {"X-Atlassian-Token": "no-check"}
        stored = jira("POST", f"/issue/{key}/attachments", files=files, headers=headers).json()
        assert [(row["filename"], row["size"]) for row in stored] == [("brief.md", 11)]
        assert jira("GET", f"/attachment/content/{stored[0]['id']}").content == b"# Brief\r\n\xc3\xa4"
        assert jira("GET", f"/issue/{key}").json()["fields"]["attachment"][0]["id"] == stored[0]["id"]

    def test_issues_link_both_ways(self, jira: Api) -> None:
        one, two = create(jira), create(jira)
        body = {"type": {"name": "Duplicate"}, "inwardIssue": {"key": one}, "outwardIssue": {"key": two}}
        answer = jira("POST", "/issueLink", json=body)
        assert (answer.status_code, answer.content) == (201, b"")
        assert jira("GET", f"/issue/{one}").json()["fields"]["issuelinks"][0]["outwardIssue"]["key"] == two
        assert jira("GET", f"/issue/{two}").json()["fields"]["issuelinks"][0]["inwardIssue"]["key"] == one


class TestSite:
    def test_bulk_fetch_leaves_out_the_unseen(self, jira: Api) -> None:
        keys = [create(jira, [{"key": "p", "value": n}]) for n in range(3)]
        body = {"issueIdsOrKeys": [keys[2], "ENG-99", keys[0]], "fields": ["status"], "properties": ["p"]}
        issues = jira("POST", "/issue/bulkfetch", json=body).json()["issues"]
        assert [(row["key"], row["properties"]["p"]) for row in issues] == [(keys[0], 0), (keys[2], 2)]
        assert list(issues[0]["fields"]) == ["status"]
        too_many = {"issueIdsOrKeys": [str(n) for n in range(101)]}
        assert jira("POST", "/issue/bulkfetch", json=too_many).status_code == 400

    def test_server_info_is_open_and_the_rest_is_not(self, box: Sandbox) -> None:
        info = requests.get(f"{box.jira_url}/rest/api/2/serverInfo", timeout=10).json()
        assert info["deploymentType"] == "Cloud"
        assert requests.get(f"{box.jira_url}/rest/api/3/myself", timeout=10).status_code == 401

    def test_small_lists(self, jira: Api) -> None:
        assert [row["name"] for row in jira("GET", "/priority").json()] == [
            "Highest",
            "High",
            "Medium",
            "Low",
            "Lowest",
        ]
        assert jira("GET", "/priority/search").json()["values"][0]["id"] == "1"
        assert {row["key"] for row in jira("GET", "/project/search").json()["values"]} >= {
            "ENG",
            "PROD",
            "SEC",
            "LEAD",
        }
        permissions = jira("GET", "/mypermissions?permissions=CREATE_ISSUES&projectKey=ENG").json()["permissions"]
        assert permissions["CREATE_ISSUES"]["havePermission"] is True
        assert {row["key"] for row in jira("GET", "/statuscategory").json()} == {"new", "indeterminate", "done"}
        assert jira("GET", "/nothing").status_code == 404
