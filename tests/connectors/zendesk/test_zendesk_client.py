"""The client's requests as Zendesk would see them, and its reading of odd answers."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from connectors.errors import Refused, Throttled, Unauthorized, Uncertain, VendorProblem
from connectors.ports import Helpdesk, TicketUpdate
from connectors.records import TicketStatus, VendorAccount
from connectors.zendesk.access import ZendeskAccess, build_client_factory
from connectors.zendesk.auth import ClientCredentials
from connectors.zendesk.client import ZendeskClient

SITE = "https://kiln.zendesk.com"
API = f"{SITE}/api/v2"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ROW = {"id": 5, "subject": "s", "status": "open", "created_at": "2026-02-01T08:30:00Z"}


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def client(slept: list[float]) -> ZendeskClient:
    access = ZendeskAccess(
        url=SITE, email="bot@kiln.example", api_token="t0ken", connect_timeout_s=1, read_timeout_s=1
    )
    return build_client_factory(access, clock=lambda: NOW, sleep=slept.append)()


def query(web: responses.RequestsMock, number: int = -1) -> dict[str, str]:
    url = web.calls[number].request.url or ""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def sent_body(web: responses.RequestsMock) -> Any:
    return json.loads(web.calls[-1].request.body or b"")


# --- account and groups ----------------------------------------------------------------------------------------


def test_it_is_a_helpdesk(client: ZendeskClient) -> None:
    helpdesk: Helpdesk = client
    assert helpdesk is client


def test_the_account_is_whoever_the_credentials_are(web: responses.RequestsMock, client: ZendeskClient) -> None:
    web.get(f"{API}/users/me.json", json={"user": {"id": 9, "name": "Escalator", "role": "admin"}})
    assert client.read_account() == VendorAccount(id="9", name="Escalator", is_admin=True)
    assert web.calls[0].request.headers["Authorization"].startswith("Basic ")


def test_the_anonymous_user_is_nobody(web: responses.RequestsMock, client: ZendeskClient) -> None:
    web.get(f"{API}/users/me.json", json={"user": {"id": None, "name": "Anonymous user", "role": "end-user"}})
    with pytest.raises(Unauthorized):
        client.read_account()


@pytest.mark.parametrize(
    "body", ["<html>maintenance</html>", "[]", "null", "3", '{"users": 3}', '{"surprise": []}', "{}"]
)
def test_an_answer_that_zenpy_cannot_read_is_uncertain(
    web: responses.RequestsMock, client: ZendeskClient, body: str
) -> None:
    web.get(f"{API}/users/me.json", body=body)
    with pytest.raises(VendorProblem) as caught:
        client.read_account()
    assert isinstance(caught.value, Uncertain)


def test_zenpy_neither_sleeps_nor_repeats_on_a_long_429(
    web: responses.RequestsMock, client: ZendeskClient, slept: list[float]
) -> None:
    web.get(f"{API}/users/me.json", status=429, headers={"Retry-After": "93"}, body="slow down")
    with pytest.raises(Throttled) as caught:
        client.read_account()
    assert (caught.value.retry_after_s, len(web.calls), slept) == (93.0, 1, [])


def test_groups_are_found_on_every_page(web: responses.RequestsMock, client: ZendeskClient) -> None:
    first = {
        "groups": [{"id": 1, "name": "second LINE"}, {"id": 2, "name": "Old", "deleted": True}],
        "meta": {"has_more": True, "after_cursor": "c1"},
        "links": {"next": f"{API}/groups.json?page%5Bsize%5D=100&page%5Bafter%5D=c1"},
    }
    second = {"groups": [{"id": 3, "name": "Second line"}], "meta": {"has_more": False}, "links": {"next": None}}
    for _ in range(4):
        web.get(f"{API}/groups.json", json=first)
        web.get(f"{API}/groups.json", json=second)
    names = ("Second line", "SECOND LINE", "Old", "Third line")
    assert [client.find_group(name) for name in names] == [3, 3, None, None]


def test_a_foreign_paging_link_gets_no_credentials(web: responses.RequestsMock, client: ZendeskClient) -> None:
    page = {
        "groups": [{"id": 1, "name": "A"}],
        "meta": {"has_more": True},
        "links": {"next": "https://evil.example/groups.json"},
    }
    web.get(f"{API}/groups.json", json=page)
    with pytest.raises(Refused, match="not sent"):
        client.find_group("B")
    assert len(web.calls) == 1


# --- export ----------------------------------------------------------------------------------------------------


def add_export(web: responses.RequestsMock, **answer: object) -> None:
    web.get(f"{API}/incremental/tickets/cursor", json={"tickets": [], "after_cursor": None, **answer})


def test_the_export_asks_for_all_tickets_and_sideloads(web: responses.RequestsMock, client: ZendeskClient) -> None:
    add_export(web, tickets=[ROW, {**ROW, "id": 6, "status": "deleted"}], after_cursor="a+b==", end_of_stream=True)
    page = client.read_export(cursor=None, start_time=1_700_000_000)
    assert query(web) == {
        "start_time": "1700000000",
        "per_page": "1000",
        "include": "users,organizations,groups,slas,metric_sets",
        "support_type_scope": "all",
    }
    assert [ticket.status for ticket in page.tickets] == [TicketStatus.OPEN, TicketStatus.DELETED]
    assert (page.cursor, page.end_of_stream) == ("a+b==", True)


def test_a_cursor_goes_back_as_it_came(web: responses.RequestsMock, client: ZendeskClient) -> None:
    add_export(web, after_cursor="c2", end_of_stream=False)
    page = client.read_export(cursor="a+b/c==", start_time=1)
    assert query(web)["cursor"] == "a+b/c=="
    assert "start_time" not in query(web)
    assert (page.tickets, page.cursor, page.end_of_stream) == ((), "c2", False)


def test_a_page_without_a_cursor_loses_no_place(web: responses.RequestsMock, client: ZendeskClient) -> None:
    add_export(web, end_of_stream=True)
    assert client.read_export(cursor="c1", start_time=None).cursor == "c1"


@pytest.mark.parametrize(("start", "asked"), [(NOW.timestamp(), -61), (NOW.timestamp() + 900, -61), (-5, None)])
def test_a_start_in_the_last_minute_is_moved_back(
    web: responses.RequestsMock, client: ZendeskClient, start: float, asked: int | None
) -> None:
    add_export(web, end_of_stream=True)
    client.read_export(cursor=None, start_time=int(start))
    expected = 0 if asked is None else int(NOW.timestamp()) + asked
    assert int(query(web)["start_time"]) == expected


def test_a_failing_export_is_tried_with_smaller_pages(
    web: responses.RequestsMock, client: ZendeskClient, slept: list[float]
) -> None:
    for _ in range(2):
        web.get(f"{API}/incremental/tickets/cursor", status=504)
    add_export(web, end_of_stream=True)
    client.read_export(cursor="c", start_time=None)
    assert [query(web, number)["per_page"] for number in range(3)] == ["1000", "250", "62"]
    assert len(slept) == 2


def test_one_unreadable_ticket_holds_up_no_other(web: responses.RequestsMock, client: ZendeskClient) -> None:
    add_export(web, tickets=[{"id": None}, {"id": 4}, None, ROW], end_of_stream=True)
    assert [ticket.id for ticket in client.read_export(cursor="c", start_time=None).tickets] == [5]


def test_the_first_page_needs_a_start(client: ZendeskClient) -> None:
    with pytest.raises(ValueError, match="start time"):
        client.read_export(cursor=None, start_time=None)


# --- tickets, comments, incidents ------------------------------------------------------------------------------


def test_many_tickets_are_one_call(web: responses.RequestsMock, client: ZendeskClient) -> None:
    web.get(
        f"{API}/tickets/show_many",
        json={
            "tickets": [{**ROW, "requester_id": 11, "organization_id": 21, "group_id": 31}],
            "users": [{"id": 11, "name": "Imke", "role": "end-user"}],
            "organizations": [{"id": 21, "name": "Kiln"}],
            "groups": [{"id": 31, "name": "Second line"}],
        },
    )
    (ticket,) = client.read_tickets([5, 6, 5])
    assert query(web) == {"ids": "5,6", "include": "users,organizations,groups,slas,metric_sets"}
    assert ticket.people[0].name == "Imke"
    assert ticket.organization is not None
    assert ticket.group_name == "Second line"
    assert len(web.calls) == 1


def test_no_tickets_are_no_call_and_too_many_are_a_mistake(
    web: responses.RequestsMock, client: ZendeskClient
) -> None:
    assert client.read_tickets([]) == ()
    with pytest.raises(ValueError, match="at most 100"):
        client.read_tickets(range(1, 102))
    assert len(web.calls) == 0


def test_comments_are_read_by_cursor_with_their_authors(web: responses.RequestsMock, client: ZendeskClient) -> None:
    def comment(number: int, author_id: int, at: str) -> dict[str, object]:
        return {"id": number, "author_id": author_id, "public": True, "body": "x", "created_at": at}

    first = {
        "comments": [comment(1, 11, "2026-02-01T08:00:00Z"), comment(2, 12, "2026-02-01T10:00:00Z")],
        "users": [{"id": 11, "name": "Imke", "role": "end-user"}, {"id": 99, "name": "CC", "role": "end-user"}],
        "meta": {"has_more": True, "after_cursor": "c1"},
        "links": {"next": "https://mapped.example/api/v2/tickets/5/comments"},
    }
    second = {
        "comments": [comment(3, -1, "2026-02-01T09:00:00Z")],
        "users": [],
        "meta": {"has_more": False, "after_cursor": "c2"},
    }
    web.get(f"{API}/tickets/5/comments", json=first)
    web.get(f"{API}/tickets/5/comments", json=second)
    web.get(f"{API}/users/show_many.json", json={"users": [{"id": 12, "name": "Radu", "role": "agent"}]})
    comments, people = client.read_comments(5)
    assert [found.id for found in comments] == [1, 3, 2]
    assert [person.name for person in people] == ["Imke", "Radu"]
    assert query(web, 0) == {"include": "users", "page[size]": "100"}
    assert query(web, 1)["page[after]"] == "c1"
    assert query(web, 2) == {"ids": "12"}


def test_a_cursor_that_comes_back_ends_the_reading(web: responses.RequestsMock, client: ZendeskClient) -> None:
    web.get(
        f"{API}/tickets/5/comments",
        json={"comments": [], "meta": {"has_more": True, "after_cursor": "same"}},
    )
    with pytest.raises(Uncertain, match="second time"):
        client.read_comments(5)
    assert len(web.calls) == 2


def test_incidents_come_with_their_customers(web: responses.RequestsMock, client: ZendeskClient) -> None:
    rows = [{**ROW, "id": 8, "organization_id": 21}, {**ROW, "id": 7, "organization_id": None}]
    web.get(f"{API}/tickets/5/incidents.json", json={"tickets": rows, "meta": {"has_more": False}})
    web.get(f"{API}/organizations/show_many.json", json={"organizations": [{"id": 21, "name": "Kiln"}]})
    incidents = client.read_incidents(5)
    assert [(incident.id, incident.organization_name) for incident in incidents] == [(7, None), (8, "Kiln")]


def test_a_problem_without_incidents_has_none(web: responses.RequestsMock, client: ZendeskClient) -> None:
    web.get(f"{API}/tickets/5/incidents.json", json={"tickets": [], "meta": {"has_more": False}})
    assert client.read_incidents(5) == ()


# --- finding our own writes ------------------------------------------------------------------------------------


def audit(number: int, custom: object) -> dict[str, object]:
    return {"id": number, "created_at": "2026-02-01T08:30:00Z", "metadata": {"system": {}, "custom": custom}}


def test_our_update_is_found_by_its_token_newest_first(web: responses.RequestsMock, client: ZendeskClient) -> None:
    web.get(
        f"{API}/tickets/5/audits",
        json={
            "audits": [audit(9, {}), audit(8, None), audit(7, {"escalator": "other"}), {"id": 6, "metadata": None}],
            "meta": {"has_more": True, "after_cursor": "c1"},
        },
    )
    web.get(f"{API}/tickets/5/audits", json={"audits": [audit(4, {"escalator": "tok"})], "meta": {"has_more": True}})
    found = client.find_update(5, "tok")
    assert found is not None
    assert (found.ticket_id, found.audit_id, found.token) == (5, 4, "tok")
    assert query(web, 0)["sort"] == "-created_at"


def test_an_update_that_is_not_there_is_none(web: responses.RequestsMock, client: ZendeskClient) -> None:
    web.get(
        f"{API}/tickets/5/audits", json={"audits": [audit(9, {"escalator": "other"})], "meta": {"has_more": False}}
    )
    assert client.find_update(5, "tok") is None


# --- writes ----------------------------------------------------------------------------------------------------


def test_an_update_is_one_put_without_tags_and_never_public(
    web: responses.RequestsMock, client: ZendeskClient
) -> None:
    web.put(f"{API}/tickets/5", json={"ticket": {}, "audit": {}})
    client.update_ticket(
        TicketUpdate(
            ticket_id=5,
            token="tok",
            note_html="<p>Opened ENG-1</p>",
            fields={1: "ENG-1", 2: None, 3: ("a", "b")},
            group_id=31,
        )
    )
    assert sent_body(web) == {
        "ticket": {
            "metadata": {"escalator": "tok"},
            "comment": {"html_body": "<p>Opened ENG-1</p>", "public": False},
            "custom_fields": [{"id": 1, "value": "ENG-1"}, {"id": 2, "value": None}, {"id": 3, "value": ["a", "b"]}],
            "group_id": 31,
        }
    }


def test_an_update_of_fields_has_no_comment(web: responses.RequestsMock, client: ZendeskClient) -> None:
    web.put(f"{API}/tickets/5", json={"ticket": {}})
    client.update_ticket(TicketUpdate(ticket_id=5, token="tok", fields={1: "x"}))
    assert sent_body(web)["ticket"].keys() == {"metadata", "custom_fields"}


def test_a_closed_ticket_is_refused_by_its_status(web: responses.RequestsMock, client: ZendeskClient) -> None:
    web.put(
        f"{API}/tickets/5",
        status=422,
        json={
            "error": "RecordInvalid",
            "description": "Record validation errors",
            "details": {"status": [{"description": "Status: closed prevents ticket update"}]},
        },
    )
    with pytest.raises(Refused) as caught:
        client.update_ticket(TicketUpdate(ticket_id=5, token="tok", note_html="x"))
    assert caught.value.fields == {"status": "Status: closed prevents ticket update"}


WRITES: list[tuple[str, str, Callable[[ZendeskClient], None]]] = [
    ("PUT", f"{API}/tickets/5", lambda desk: desk.update_ticket(TicketUpdate(ticket_id=5, token="t", note_html="x"))),
    ("PUT", f"{API}/tickets/5/tags", lambda desk: desk.add_tags(5, ["a"])),
    ("DELETE", f"{API}/tickets/5/tags", lambda desk: desk.remove_tags(5, ["a"])),
]


@pytest.mark.parametrize(("method", "url", "write"), WRITES)
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_write_is_sent_once_whatever_comes_back(
    web: responses.RequestsMock,
    client: ZendeskClient,
    slept: list[float],
    *,
    method: str,
    url: str,
    write: Callable[[ZendeskClient], None],
    status: int,
) -> None:
    web.add(method, url, status=status, headers={"Retry-After": "1"})
    with pytest.raises(VendorProblem) as caught:
        write(client)
    assert caught.value.retry_after_s == 1.0
    assert (len(web.calls), slept) == (1, [])


@pytest.mark.parametrize("body", ["", "<html>", "[]"])
def test_a_success_without_a_ticket_leaves_the_update_uncertain(
    web: responses.RequestsMock, client: ZendeskClient, body: str
) -> None:
    web.put(f"{API}/tickets/5", body=body)
    with pytest.raises(Uncertain):
        client.update_ticket(TicketUpdate(ticket_id=5, token="tok"))


def test_tags_are_added_and_removed_one_by_one(web: responses.RequestsMock, client: ZendeskClient) -> None:
    web.put(f"{API}/tickets/5/tags", json={"tags": ["a", "b", "c"]})
    client.add_tags(5, ("a", "b"))
    assert sent_body(web) == {"tags": ["a", "b"]}
    web.delete(f"{API}/tickets/5/tags", status=204)
    client.remove_tags(5, ("a",))
    assert sent_body(web) == {"tags": ["a"]}
    client.add_tags(5, ())
    client.remove_tags(5, ())
    assert len(web.calls) == 2


# --- access ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://kiln.zendesk.com/agent", "has a path"),
        ("http://kiln.zendesk.com", "in the clear"),
        ("http://[::1]:80", "127.0.0.1"),
        ("kiln", "not a web address"),
    ],
)
def test_an_address_that_cannot_be_used_is_told_at_once(url: str, words: str) -> None:
    access = ZendeskAccess(url=url, email="a", api_token="b", connect_timeout_s=1, read_timeout_s=1)
    with pytest.raises(ValueError, match=words):
        build_client_factory(access, clock=lambda: NOW, sleep=lambda _: None)


def test_missing_credentials_are_told_at_once() -> None:
    access = ZendeskAccess(url=SITE, email="bot@kiln.example", connect_timeout_s=1, read_timeout_s=1)
    with pytest.raises(ValueError, match="OAuth client"):
        build_client_factory(access, clock=lambda: NOW, sleep=lambda _: None)


def test_clients_of_one_factory_share_a_token_but_no_session(web: responses.RequestsMock) -> None:
    oauth = ClientCredentials(client_id="escalator", client_secret="sh-h-h")
    access = ZendeskAccess(url=SITE, oauth=oauth, connect_timeout_s=1, read_timeout_s=1)
    open_client = build_client_factory(access, clock=lambda: NOW, sleep=lambda _: None)
    web.post(f"{SITE}/oauth/tokens", status=201, json={"access_token": "t1", "expires_in": 1800})
    web.get(f"{API}/tickets/show_many", json={"tickets": []})
    for _ in range(2):
        open_client().read_tickets([5])
    paths = [urlsplit(call.request.url or "").path for call in web.calls]
    assert paths == ["/oauth/tokens", "/api/v2/tickets/show_many", "/api/v2/tickets/show_many"]


def test_secrets_do_not_show_in_access() -> None:
    access = ZendeskAccess(url=SITE, email="a", api_token="t0ken", connect_timeout_s=1, read_timeout_s=1)
    assert "t0ken" not in repr(access)
