"""The cursor export: completeness, order, lag, deletions, scopes and sideloads."""

import time
from dataclasses import replace

import pytest

from connectors.sandbox.server import Sandbox, SandboxSettings
from tests.sandbox.conftest import CUSTOMER, Api, Json, make_record


def export(zendesk: Api, cursor: str = "", **query: str | int) -> Json:
    query = {"cursor": cursor, **query} if cursor else {"start_time": 0, **query}
    answer = zendesk("GET", "/incremental/tickets/cursor.json", params=query)
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


def test_pages_hold_every_ticket_once_and_only_the_last_ends_the_stream(box: Sandbox, zendesk: Api) -> None:
    box.zendesk.load_records([make_record(number) for number in range(501, 508)])
    page = export(zendesk, per_page=3)
    seen, ends = [ticket["id"] for ticket in page["tickets"]], [page["end_of_stream"]]
    while not page["end_of_stream"]:
        page = export(zendesk, page["after_cursor"], per_page=3)
        seen += [ticket["id"] for ticket in page["tickets"]]
        ends.append(page["end_of_stream"])
    assert seen == list(range(501, 508))
    assert ends == [False, False, True]
    assert {"before_url", "before_cursor", "after_url"} <= page.keys()


def test_the_cursor_of_an_empty_page_goes_on_working(box: Sandbox, zendesk: Api) -> None:
    box.zendesk.load_records([make_record()])
    cursor = export(zendesk)["after_cursor"]
    empty = export(zendesk, cursor)
    assert (empty["tickets"], empty["end_of_stream"], empty["after_cursor"]) == ([], True, cursor)
    box.zendesk.add_comment(501, author_id=CUSTOMER, body="Any news?")
    assert [ticket["id"] for ticket in export(zendesk, cursor)["tickets"]] == [501]


def test_two_changes_within_a_second_are_both_seen(box: Sandbox, zendesk: Api) -> None:
    box.zendesk.load_records([make_record()])
    cursor = ""
    for number in range(5):
        cursor = export(zendesk, cursor)["after_cursor"]
        box.zendesk.update_ticket(501, subject=f"Subject {number}")
        assert export(zendesk, cursor)["tickets"][0]["subject"] == f"Subject {number}"


def test_a_system_update_returns_the_ticket_with_its_old_updated_at(box: Sandbox, zendesk: Api) -> None:
    box.zendesk.load_records([make_record()])
    before = export(zendesk)
    box.zendesk.touch(501)
    after = export(zendesk, before["after_cursor"])["tickets"][0]
    assert after["updated_at"] == before["tickets"][0]["updated_at"]


def test_an_sla_breach_changes_no_row(box: Sandbox, zendesk: Api) -> None:
    box.zendesk.load_records([make_record()])
    cursor = export(zendesk)["after_cursor"]
    box.zendesk.set_sla(501, "next_reply_time", breach_in_s=-5)
    assert export(zendesk, cursor)["tickets"] == []


def test_deleted_tickets_come_scrubbed_unless_excluded(box: Sandbox, zendesk: Api) -> None:
    box.zendesk.load_records([make_record(501), make_record(502)])
    assert zendesk("DELETE", "/tickets/501").status_code == 204
    rows = {ticket["id"]: ticket for ticket in export(zendesk)["tickets"]}
    assert (rows[501]["status"], rows[501]["subject"], rows[501]["description"]) == ("deleted", "SCRUBBED", "X")
    assert [ticket["id"] for ticket in export(zendesk, exclude_deleted="true")["tickets"]] == [502]
    for path in ("/tickets/501", "/tickets/501/comments", "/tickets/501/audits"):
        answer = zendesk("GET", path)
        assert (answer.status_code, answer.json()["error"]) == (404, "RecordNotFound")


def test_tickets_of_ai_agents_need_the_wider_scope(box: Sandbox, zendesk: Api) -> None:
    box.zendesk.load_records([make_record(501), make_record(502, support_type="ai_agent")])
    assert [ticket["id"] for ticket in export(zendesk)["tickets"]] == [501]
    both = export(zendesk, support_type_scope="all")["tickets"]
    assert [ticket["id"] for ticket in both] == [501, 502]


def test_sideloads_come_at_the_top_and_on_the_ticket(box: Sandbox, zendesk: Api) -> None:
    box.zendesk.load_records([make_record()])
    page = export(zendesk, include="users,organizations,groups,slas,metric_sets")
    assert {user["name"] for user in page["users"]} == {"Petra Ohm", "Nilo"}
    assert page["organizations"][0]["organization_fields"]["arr"] == 1200
    assert page["groups"][0]["name"] == "Kiln support"
    ticket = page["tickets"][0]
    assert ticket["metric_set"]["replies"] == 1
    clock = ticket["slas"]["policy_metrics"][0]
    assert (clock["metric"], clock["stage"]) == ("next_reply_time", "active")
    assert clock["minutes"] if "minutes" in clock else clock["hours"] == 1


@pytest.mark.parametrize("query", ["start_time=", "cursor=%21%21", "start_time=abc"])
def test_a_senseless_start_is_refused(zendesk: Api, query: str) -> None:
    assert zendesk("GET", f"/incremental/tickets/cursor?{query}").status_code == 400


class TestLag:
    @pytest.fixture
    def settings(self, settings: SandboxSettings) -> SandboxSettings:
        return replace(settings, export_lag_s=0.4)

    def test_the_newest_rows_are_held_back(self, box: Sandbox, zendesk: Api) -> None:
        box.zendesk.load_records([make_record()])
        page = export(zendesk)
        assert (page["tickets"], page["end_of_stream"]) == ([], True)
        time.sleep(0.5)
        assert [ticket["id"] for ticket in export(zendesk, page["after_cursor"])["tickets"]] == [501]

    def test_a_start_within_the_lag_is_refused(self, zendesk: Api) -> None:
        answer = zendesk("GET", f"/incremental/tickets/cursor?start_time={int(time.time()) + 1}")
        assert answer.status_code == 422
