"""The client against the sandbox over real sockets: what happened outside is what the client says happened."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.errors import NotFound, Refused, Uncertain, Unreachable
from connectors.ports import TicketUpdate
from connectors.records import Ticket, TicketStatus
from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox, SandboxSettings
from connectors.sandbox.zendesk.announcing import SignedPost, trigger_body
from connectors.snapshots import attach_comments
from connectors.ticket_file import FileTicket, read_ticket_line
from connectors.zendesk.access import ZendeskAccess, build_client_factory
from connectors.zendesk.auth import ClientCredentials
from connectors.zendesk.client import ZendeskClient
from connectors.zendesk.webhook import decode_delivery, verify_delivery

STANDS = {
    "id": "stand-1",
    "now": "2026-02-03T10:00:00Z",
    "ticket": {
        "id": 5001,
        "subject": "Bike stands lose their booking",
        "description": "All bookings of stand 4 vanished.",
        "status": "open",
        "type": "incident",
        "priority": "high",
        "created_at": "2026-02-03T08:00:00Z",
        "updated_at": "2026-02-03T09:00:00Z",
        "requester_id": 71,
        "submitter_id": 71,
        "assignee_id": 72,
        "organization_id": 81,
        "group_id": 91,
        "brand_id": 95,
        "tags": ["vip"],
        "custom_fields": [{"id": 301, "value": "booking"}],
        "via": {"channel": "email"},
    },
    "comments": [
        {
            "id": 1,
            "author_id": 71,
            "public": True,
            "body": "All bookings of stand 4 vanished.",
            "created_at": "2026-02-03T08:00:00Z",
            "via": {"channel": "email"},
        },
        {
            "id": 2,
            "author_id": 72,
            "public": False,
            "body": "Seen in the log & confirmed.",
            "created_at": "2026-02-03T09:00:00Z",
            "via": {"channel": "web"},
        },
    ],
    "users": [
        {"id": 71, "name": "Wiebke", "email": "w@pedal.example", "role": "end-user", "organization_id": 81},
        {"id": 72, "name": "Tom", "email": "tom@desk.example", "role": "agent", "organization_id": None},
    ],
    "organizations": [
        {
            "id": 81,
            "name": "Pedal Commons",
            "domain_names": ["pedal.example"],
            "tags": [],
            "organization_fields": {"arr": 30000, "tier": "strategic", "renewal_date": None},
        }
    ],
    "groups": [{"id": 91, "name": "First line"}],
    "slas": {
        "policy_metrics": [
            {"metric": "next_reply_time", "stage": "active", "breach_at": "2026-02-03T12:00:00Z", "hours": 2},
            {"metric": "first_reply_time", "stage": "achieved", "breach_at": "2026-02-03T08:30:00Z", "hours": -1},
        ]
    },
    "metric_set": {
        "ticket_id": 5001,
        "reopens": 1,
        "replies": 0,
        "group_stations": 1,
        "assignee_stations": 2,
        "requester_updated_at": "2026-02-03T08:00:00Z",
        "assignee_updated_at": "2026-02-03T09:00:00Z",
        "latest_comment_added_at": "2026-02-03T09:00:00Z",
        "solved_at": None,
    },
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings(export_lag_s=0)) as running:
        running.zendesk.define_field(301, "Product")
        running.zendesk.define_field(302, "Jira issue")
        running.zendesk.load_records([STANDS], shift=timedelta(0))
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> ZendeskClient:
    oauth = ClientCredentials(
        client_id=sandbox.settings.zendesk_client_id, client_secret=sandbox.settings.zendesk_client_secret
    )
    access = ZendeskAccess(url=sandbox.zendesk_url, oauth=oauth, connect_timeout_s=1, read_timeout_s=0.5)
    return build_client_factory(access, clock=lambda: datetime.now(UTC), sleep=lambda _: None)()


NOTE = TicketUpdate(ticket_id=5001, token="tok-1", note_html="<p>Opened ENG-7</p>", fields={302: "ENG-7"})


def read_whole(client: ZendeskClient) -> Ticket:
    (ticket,) = client.read_tickets([5001])
    return attach_comments(ticket, *client.read_comments(5001))


def test_over_http_and_in_a_file_it_is_the_same_ticket(client: ZendeskClient) -> None:
    row = read_ticket_line(json.dumps(STANDS).encode(), 1)
    assert isinstance(row, FileTicket)
    # Only the API says when a row was generated for the export.
    assert replace(read_whole(client), generated_at=None) == row.ticket


def test_an_export_row_is_the_ticket_that_a_fresh_read_gives(client: ZendeskClient) -> None:
    (exported,) = client.read_export(cursor=None, start_time=0).tickets
    assert client.read_tickets([5001]) == (exported,)


def test_our_account_is_an_admin(client: ZendeskClient) -> None:
    assert client.read_account().is_admin


def test_a_note_with_fields_is_written_once_and_found_again(sandbox: Sandbox, client: ZendeskClient) -> None:
    assert client.find_update(5001, "tok-1") is None
    client.update_ticket(NOTE)
    assert [note["public"] for note in sandbox.zendesk.notes(5001)] == [False]
    assert sandbox.zendesk.field(5001, 302) == "ENG-7"
    ticket = read_whole(client)
    assert ticket.custom_fields == {301: "booking", 302: "ENG-7"}
    assert ticket.tags == ("vip",)
    assert "Opened ENG-7" in ticket.comments[-1].body
    found = client.find_update(5001, "tok-1")
    assert found is not None
    assert found.audit_id == sandbox.zendesk.audits(5001)[-1]["id"]
    assert client.find_update(5001, "tok-2") is None


@pytest.mark.parametrize("action", ["drop_after", "stall", "truncate", "malformed"])
def test_a_write_whose_answer_is_lost_is_uncertain_and_can_be_looked_up(
    sandbox: Sandbox, client: ZendeskClient, action: Any
) -> None:
    sandbox.faults.add(Fault(action=action, vendor="zendesk", method="PUT", seconds=0.8))
    with pytest.raises(Uncertain):
        client.update_ticket(NOTE)
    assert len(sandbox.journal.entries(vendor="zendesk", method="PUT")) == 1
    assert len(sandbox.zendesk.notes(5001)) == 1
    assert client.find_update(5001, "tok-1") is not None


def test_a_write_that_was_dropped_before_is_uncertain_and_not_there(sandbox: Sandbox, client: ZendeskClient) -> None:
    sandbox.faults.add(Fault(action="drop_before", vendor="zendesk", method="PUT"))
    with pytest.raises(Uncertain):
        client.update_ticket(NOTE)
    assert client.find_update(5001, "tok-1") is None


def test_reads_survive_two_bad_answers(sandbox: Sandbox, client: ZendeskClient) -> None:
    sandbox.faults.add(Fault(action="status", status=503, vendor="zendesk", method="GET"))
    sandbox.faults.add(Fault(action="drop_before", vendor="zendesk", method="GET"))
    assert len(client.read_tickets([5001])) == 1


def test_tags_of_others_are_left_alone(sandbox: Sandbox, client: ZendeskClient) -> None:
    client.add_tags(5001, ["escalated", "vip"])
    sandbox.zendesk.add_tags(5001, "by_an_agent")
    client.remove_tags(5001, ["escalated", "never_there"])
    assert sorted(read_whole(client).tags) == ["by_an_agent", "vip"]


def test_a_closed_ticket_is_refused_by_its_status(sandbox: Sandbox, client: ZendeskClient) -> None:
    sandbox.zendesk.update_ticket(5001, status="closed")
    with pytest.raises(Refused) as caught:
        client.update_ticket(NOTE)
    assert "status" in caught.value.fields


def test_a_revoked_token_is_renewed_in_passing(sandbox: Sandbox, client: ZendeskClient) -> None:
    client.read_account()
    sandbox.zendesk.revoke_tokens()
    client.update_ticket(NOTE)
    assert len(sandbox.zendesk.notes(5001)) == 1


def test_an_outage_is_unreachable_and_passes(sandbox: Sandbox, client: ZendeskClient) -> None:
    client.read_account()
    sandbox.take_down("zendesk")
    with pytest.raises(Unreachable):
        client.read_tickets([5001])
    sandbox.bring_up("zendesk")
    assert len(client.read_tickets([5001])) == 1


def test_the_export_shows_deleted_tickets_and_continues_at_its_cursor(
    sandbox: Sandbox, client: ZendeskClient
) -> None:
    first = client.read_export(cursor=None, start_time=0)
    assert first.end_of_stream
    assert client.read_export(cursor=first.cursor, start_time=None).tickets == ()
    time.sleep(0.01)
    sandbox.zendesk.delete_ticket(5001)
    second = client.read_export(cursor=first.cursor, start_time=None)
    assert [(ticket.id, ticket.status) for ticket in second.tickets] == [(5001, TicketStatus.DELETED)]
    assert client.read_tickets([5001]) == ()
    with pytest.raises(NotFound):
        client.read_comments(5001)


def test_long_conversations_are_read_to_their_end(sandbox: Sandbox, client: ZendeskClient) -> None:
    for number in range(230):
        sandbox.zendesk.add_comment(5001, author_id=72, body=f"step {number}", public=False)
    comments, people = client.read_comments(5001)
    assert [comment.body for comment in comments[2:]] == [f"step {number}" for number in range(230)]
    assert [person.id for person in people] == [71, 72]


def test_a_signed_trigger_is_believed_and_read(sandbox: Sandbox) -> None:
    now = datetime.now(UTC)
    body = trigger_body(5001)
    headers = SignedPost(sandbox.settings.zendesk_webhook_secret, "01SANDBOX")(body, 1, now)
    secrets = [sandbox.settings.zendesk_webhook_secret]
    assert verify_delivery(headers, body, secrets, now=now, max_age=timedelta(minutes=5)) is None
    assert decode_delivery(headers, body).ticket_id == 5001
