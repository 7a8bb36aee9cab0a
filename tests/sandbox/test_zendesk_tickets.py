"""Tickets of the sandbox's Zendesk: reading, notes, fields, tags, refusals, metrics."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from connectors.sandbox.server import Sandbox
from tests.sandbox.conftest import AGENT, CUSTOMER, OTHER_AGENT, Api, Json, make_record


@pytest.fixture(autouse=True)
def loaded(box: Sandbox) -> None:
    box.zendesk.load_records([make_record(501), make_record(502)])


def put(zendesk: Api, ticket_id: int = 501, **change: object) -> Json:
    answer = zendesk("PUT", f"/tickets/{ticket_id}.json", json={"ticket": change})
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


class TestReading:
    def test_show_many_leaves_out_what_does_not_exist(self, zendesk: Api) -> None:
        body = zendesk("GET", "/tickets/show_many.json?ids=502,999,501&include=users").json()
        assert [ticket["id"] for ticket in body["tickets"]] == [502, 501]
        assert len(body["users"]) == 2

    def test_show_many_takes_a_hundred_ids(self, zendesk: Api) -> None:
        answer = zendesk("GET", "/tickets/show_many?ids=" + ",".join(str(n) for n in range(101)))
        assert (answer.status_code, answer.json()["error"]) == (400, "TooManyValues")

    def test_every_defined_field_is_listed_with_null_when_unset(self, zendesk: Api) -> None:
        ticket = zendesk("GET", "/tickets/501").json()["ticket"]
        values = {field["id"]: field["value"] for field in ticket["custom_fields"]}
        assert (values[900101], values[900105]) == ("Scheduler", None)

    def test_comments_page_by_cursor_in_both_orders(self, box: Sandbox, zendesk: Api) -> None:
        box.zendesk.add_comment(501, author_id=OTHER_AGENT, body="Third", public=False)
        first = zendesk("GET", "/tickets/501/comments?page[size]=2&include=users").json()
        assert ([row["body"] for row in first["comments"]], first["meta"]["has_more"]) == (
            ["The schedule is gone.", "Looking into it."],
            True,
        )
        assert {user["id"] for user in first["users"]} == {CUSTOMER, AGENT}
        after = first["meta"]["after_cursor"]
        rest = zendesk("GET", "/tickets/501/comments", params={"page[size]": 2, "page[after]": after}).json()
        assert [row["body"] for row in rest["comments"]] == ["Third"]
        assert rest["links"]["next"] is None
        newest = zendesk("GET", "/tickets/501/comments?sort=-created_at&page[size]=1").json()
        assert newest["comments"][0]["body"] == "Third"

    def test_ages_hold_when_a_record_is_loaded(self, box: Sandbox, zendesk: Api) -> None:
        ticket = zendesk("GET", "/tickets/501").json()["ticket"]
        age = datetime.now(UTC) - datetime.fromisoformat(ticket["created_at"])
        assert abs(age - timedelta(hours=2)) < timedelta(seconds=30)
        box.zendesk.load_records([make_record(503)], shift=timedelta(0))
        assert zendesk("GET", "/tickets/503").json()["ticket"]["created_at"] == "2026-05-04T10:00:00Z"

    def test_linked_incident_stubs_are_tickets_of_organizations(self, box: Sandbox, zendesk: Api) -> None:
        problem = make_record(510, type="problem")
        problem["incidents"] = [
            {
                "id": 520 + n,
                "type": "incident",
                "status": "open",
                "problem_id": 510,
                "subject": "same",
                "organization_name": name,
            }
            for n, name in enumerate(["Clay & Sons", "Mud Lab"])
        ]
        box.zendesk.load_records([problem])
        incidents = zendesk("GET", "/tickets/510/incidents?include=organizations").json()
        assert {row["name"] for row in incidents["organizations"]} == {"Clay & Sons", "Mud Lab"}
        exported = zendesk("GET", "/incremental/tickets/cursor?start_time=0").json()["tickets"]
        assert [row["id"] for row in exported] == [501, 502, 510]

    def test_unknown_addresses_answer_in_json(self, zendesk: Api) -> None:
        assert zendesk("GET", "/no/such/thing.json").json()["error"] == "InvalidEndpoint"


class TestUpdating:
    def test_note_and_fields_are_one_audit(self, zendesk: Api) -> None:
        body = put(
            zendesk,
            comment={"html_body": "<p>Opened <b>ENG-1</b></p>", "public": False},
            custom_fields=[{"id": 900105, "value": "ENG-1"}],
            metadata={"escalator": "token-1"},
        )
        kinds = [event["type"] for event in body["audit"]["events"]]
        assert kinds == ["Comment", "Change"]
        values = {field["id"]: field["value"] for field in body["ticket"]["custom_fields"]}
        assert (values[900105], values[900101]) == ("ENG-1", "Scheduler")
        audits = zendesk("GET", "/tickets/501/audits?sort=-created_at&page[size]=1").json()["audits"]
        assert audits[0]["metadata"]["custom"] == {"escalator": "token-1"}
        note = zendesk("GET", "/tickets/501/comments").json()["comments"][-1]
        assert (note["public"], note["body"], note["metadata"]["custom"]) == (
            False,
            "Opened ENG-1",
            {"escalator": "token-1"},
        )

    def test_tags_in_a_put_replace_and_their_own_endpoint_does_not(self, zendesk: Api) -> None:
        added = zendesk("PUT", "/tickets/501/tags", json={"tags": ["Escalated", "two words"]})
        assert added.json() == {"tags": ["escalated", "kiln", "two", "words"]}
        put(zendesk, additional_tags=["never"], subject="x")
        assert "never" not in zendesk("GET", "/tickets/501/tags").json()["tags"]
        removed = zendesk("DELETE", "/tickets/501/tags", json={"tags": ["two", "words"]})
        assert removed.json() == {"tags": ["escalated", "kiln"]}
        assert put(zendesk, tags=["only"])["ticket"]["tags"] == ["only"]
        replaced = zendesk("POST", "/tickets/501/tags", json={"tags": ["new"]})
        assert (replaced.status_code, replaced.json()) == (201, {"tags": ["new"]})

    def test_an_update_that_changes_nothing_leaves_no_trace(self, box: Sandbox, zendesk: Api) -> None:
        before = zendesk("GET", "/tickets/501").json()["ticket"]["updated_at"]
        audits = len(box.zendesk.audits(501))
        put(zendesk, priority="normal")
        zendesk("PUT", "/tickets/501/tags", json={"tags": ["kiln"]})
        assert zendesk("GET", "/tickets/501").json()["ticket"]["updated_at"] == before
        assert len(box.zendesk.audits(501)) == audits

    @pytest.mark.parametrize(
        ("comment", "shown"),
        [
            ({"body": "Hi {{ticket.requester.name}} {{nonsense}}!"}, "Hi Petra Ohm !"),
            ({"html_body": "<p>#{{ticket.id}}</p>"}, "#501"),
            ({"html_body": "<code>{{ticket.id}}</code>"}, "{{ticket.id}}"),
            ({"html_body": "&#123;&#123;ticket.id&#125;&#125;"}, "{{ticket.id}}"),
            ({"body": r"\{{ticket.id}}"}, "{{ticket.id}}"),
            ({"body": "{% if true %}x"}, "x"),
        ],
    )
    def test_placeholders_are_rendered_unless_protected(self, zendesk: Api, comment: Json, shown: str) -> None:
        put(zendesk, comment={**comment, "public": False})
        assert zendesk("GET", "/tickets/501/comments").json()["comments"][-1]["body"] == shown

    def test_scripts_and_handlers_do_not_survive(self, zendesk: Api) -> None:
        html = '<p onclick="x()">a<script>alert(1)</script><a href="javascript:x">b</a><img src=x></p>'
        put(zendesk, comment={"html_body": html, "public": False})
        kept = zendesk("GET", "/tickets/501/comments").json()["comments"][-1]["html_body"]
        assert kept == '<div class="zd-comment" dir="auto"><p>a<a>b</a></p></div>'

    def test_a_comment_is_cut_at_64_kilobytes(self, zendesk: Api) -> None:
        put(zendesk, comment={"body": "ä" * 40_000, "public": False})
        body = zendesk("GET", "/tickets/501/comments").json()["comments"][-1]["body"]
        assert body == "ä" * 32_768

    def test_a_closed_ticket_takes_no_update(self, box: Sandbox, zendesk: Api) -> None:
        box.zendesk.update_ticket(501, status="closed")
        answer = zendesk("PUT", "/tickets/501", json={"ticket": {"comment": {"body": "late"}}})
        assert (answer.status_code, answer.json()["error"]) == (422, "RecordInvalid")
        assert "closed prevents" in answer.json()["details"]["status"][0]["description"]

    @pytest.mark.parametrize(
        "change", [{"priority": "asap"}, {"status": "lost"}, {"group_id": 1}, {"assignee_id": 1}]
    )
    def test_unknown_values_are_refused_and_nothing_is_written(
        self, box: Sandbox, zendesk: Api, change: Json
    ) -> None:
        audits = len(box.zendesk.audits(501))
        body = {"ticket": {**change, "comment": {"body": "x", "public": False}}}
        assert zendesk("PUT", "/tickets/501", json=body).status_code == 422
        assert len(box.zendesk.audits(501)) == audits

    def test_a_safe_update_needs_the_present_stamp(self, zendesk: Api) -> None:
        stamp = zendesk("GET", "/tickets/501").json()["ticket"]["updated_at"]
        stale = {"subject": "b", "safe_update": True, "updated_stamp": "2020-01-01T00:00:00Z"}
        answer = zendesk("PUT", "/tickets/501", json={"ticket": stale})
        assert (answer.status_code, answer.json()["error"]) == (409, "UpdateConflict")
        put(zendesk, subject="b", safe_update=True, updated_stamp=stamp)
        tags = {"tags": ["x"], "safe_update": "true", "updated_stamp": stamp}
        assert zendesk("PUT", "/tickets/501/tags", json=tags).status_code == 409

    def test_a_dropdown_takes_only_its_options_and_shows_as_tag(self, box: Sandbox, zendesk: Api) -> None:
        box.zendesk.define_field(900200, "State", "tagger", ["st_open", "st_done"])
        body = put(zendesk, custom_fields=[{"id": 900200, "value": "st_open"}])
        assert body["ticket"]["tags"] == ["kiln", "st_open"]
        body = put(zendesk, custom_fields=[{"id": 900200, "value": "nonsense"}, {"id": 77, "value": "x"}])
        values = {field["id"]: field["value"] for field in body["ticket"]["custom_fields"]}
        assert values[900200] == "st_open"
        assert 77 not in values

    def test_update_many_adds_tags_and_reports_each_row(self, zendesk: Api) -> None:
        body = {"ticket": {"additional_tags": ["bulk"]}}
        job = zendesk("PUT", "/tickets/update_many.json?ids=501,502,999", json=body).json()["job_status"]
        assert job["results"] is None
        done = zendesk("GET", f"/job_statuses/{job['id']}.json").json()["job_status"]
        assert [row["success"] for row in done["results"]] == [True, True, False]
        assert zendesk("GET", "/tickets/502/tags").json()["tags"] == ["bulk", "kiln"]


class TestLife:
    def test_the_metric_set_follows(self, box: Sandbox, zendesk: Api) -> None:
        box.zendesk.update_ticket(501, author_id=AGENT, status="solved")
        solved = zendesk("GET", "/tickets/501?include=metric_sets").json()["ticket"]["metric_set"]
        assert solved["solved_at"] is not None
        assert 119 <= solved["full_resolution_time_in_minutes"]["calendar"] <= 121
        box.zendesk.add_comment(501, author_id=CUSTOMER, body="No, it is still gone.")
        shown = zendesk("GET", "/tickets/501?include=metric_sets").json()["ticket"]
        metrics = shown["metric_set"]
        assert (shown["status"], metrics["reopens"], metrics["solved_at"]) == ("open", 1, None)
        assert metrics["requester_updated_at"] == metrics["latest_comment_added_at"] == shown["updated_at"]
        box.zendesk.add_comment(501, author_id=AGENT, body="Looking again.")
        metrics = zendesk("GET", "/tickets/501?include=metric_sets").json()["ticket"]["metric_set"]
        assert (metrics["replies"], metrics["reply_time_in_minutes"]["calendar"]) == (2, 60)

    def test_a_breached_clock_stays_active_until_somebody_replies(self, box: Sandbox, zendesk: Api) -> None:
        box.zendesk.set_sla(501, "next_reply_time", breach_in_s=-90)

        def stages() -> dict[str, str]:
            ticket = zendesk("GET", "/tickets/501?include=slas").json()["ticket"]
            return {row["metric"]: row["stage"] for row in ticket["slas"]["policy_metrics"]}

        assert stages()["next_reply_time"] == "active"
        box.zendesk.add_comment(501, author_id=AGENT, body="internal", public=False)
        assert stages()["next_reply_time"] == "active"
        box.zendesk.add_comment(501, author_id=AGENT, body="Sorry for the wait.")
        assert stages()["next_reply_time"] == "achieved"

    def test_creation_is_idempotent_by_key(self, zendesk: Api) -> None:
        body = {"ticket": {"subject": "Problem", "type": "problem", "comment": {"body": "All of it"}}}
        headers = {"Idempotency-Key": "k1"}
        first = zendesk("POST", "/tickets", json=body, headers=headers)
        again = zendesk("POST", "/tickets", json=body, headers=headers)
        assert (first.status_code, first.headers["x-idempotency-lookup"]) == (201, "miss")
        assert again.json()["ticket"]["id"] == first.json()["ticket"]["id"]
        assert again.headers["x-idempotency-lookup"] == "hit"
        body["ticket"]["subject"] = "Other"
        assert zendesk("POST", "/tickets", json=body, headers=headers).status_code == 400

    def test_a_merge_closes_the_source(self, box: Sandbox, zendesk: Api) -> None:
        box.zendesk.merge_tickets(501, 502)
        source = zendesk("GET", "/tickets/501").json()["ticket"]
        assert (source["status"], source["tags"]) == ("closed", ["closed_by_merge", "kiln"])
        assert "#501" in zendesk("GET", "/tickets/502/comments").json()["comments"][-1]["body"]

    def test_jira_links_are_listed_by_ticket(self, zendesk: Api) -> None:
        link = {"ticket_id": "501", "issue_id": "20001", "issue_key": "ENG-1"}
        made = zendesk("POST", "/jira/links", json={"link": link}).json()["link"]
        listed = zendesk("GET", "/jira/links?filter[ticket_id]=501").json()["links"]
        assert [row["issue_key"] for row in listed] == ["ENG-1"]
        assert zendesk("DELETE", f"/jira/links/{made['id']}").status_code == 204
        assert zendesk("GET", "/jira/links?filter[ticket_id]=501").json()["links"] == []
        assert zendesk("POST", "/jira/links", json={"link": {"ticket_id": "1"}}).status_code == 422

    def test_cursors_are_opaque_but_look_real(self, zendesk: Api) -> None:
        cursor = zendesk("GET", "/incremental/tickets/cursor?start_time=0").json()["after_cursor"]
        assert base64.b64decode(cursor).endswith(b"||502|")
