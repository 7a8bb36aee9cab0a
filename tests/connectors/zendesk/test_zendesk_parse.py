"""Zendesk's JSON into records, and what becomes of JSON that keeps no promise."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.records import (
    Attachment,
    Comment,
    Incident,
    Organization,
    Person,
    Role,
    SlaClock,
    SlaStage,
    TicketMetrics,
    TicketStatus,
)
from connectors.snapshots import attach_comments, attach_incidents
from connectors.zendesk.parse import (
    SYSTEM_AUTHOR,
    Sideloads,
    UnreadableTicket,
    parse_comment,
    parse_incident,
    parse_metrics,
    parse_organization,
    parse_person,
    parse_sideloads,
    parse_sla,
    parse_ticket,
)
from connectors.zendesk.values import read_id, read_instant, read_text

CREATED = datetime(2026, 2, 1, 8, 30, tzinfo=UTC)
ANSWER: dict[str, Any] = {
    "users": [
        {"id": 11, "name": "Imke Visser", "email": "imke@kiln.example", "role": "end-user", "organization_id": 21},
        {"id": 12, "name": "Radu", "email": "radu@desk.example", "role": "agent", "organization_id": None},
        {"id": 13, "name": "Bystander", "role": "end-user"},
    ],
    "organizations": [
        {
            "id": 21,
            "name": "Kiln & Daughters",
            "domain_names": ["kiln.example"],
            "tags": ["pottery"],
            "organization_fields": {"arr": 42000, "tier": "gold", "renewal_date": None, "odd": {"x": 1}},
        }
    ],
    "groups": [{"id": 31, "name": "Second line"}],
    "metric_sets": [{"ticket_id": 5, "reopens": 2, "replies": 3, "solved_at": None}],
}
TICKET: dict[str, Any] = {
    "id": 5,
    "subject": "Glaze report is empty",
    "raw_subject": "Glaze report is empty",
    "description": "It shows no rows.",
    "status": "pending",
    "type": "problem",
    "priority": "high",
    "created_at": "2026-02-01T08:30:00Z",
    "updated_at": "2026-02-02T09:00:00+01:00",
    "generated_timestamp": 1_770_000_000,
    "requester_id": 11,
    "submitter_id": 12,
    "assignee_id": 12,
    "organization_id": 21,
    "group_id": 31,
    "problem_id": None,
    "has_incidents": True,
    "via": {"channel": "email", "source": {"from": {"ticket_id": 3}, "rel": "follow_up"}},
    "tags": ["a", "b", "a", None],
    "custom_fields": [
        {"id": 1, "value": "text"},
        {"id": 2, "value": None},
        {"id": 3, "value": ""},
        {"id": 4, "value": ["x", "y"]},
        {"id": 5, "value": []},
        {"id": 6, "value": False},
        {"id": 7, "value": 3.5},
        {"id": 8, "value": {"odd": 1}},
    ],
    "slas": {
        "policy_metrics": [
            {"metric": "next_reply_time", "stage": "active", "breach_at": "2026-02-03T00:00:00Z", "hours": 21},
            {"metric": "agent_work_time", "stage": "paused", "breach_at": None, "minutes": -4},
        ]
    },
}


def test_a_ticket_with_sideloads_is_read_whole() -> None:
    ticket = parse_ticket(TICKET, parse_sideloads(ANSWER))
    assert ticket.status is TicketStatus.PENDING
    assert (ticket.created_at, ticket.updated_at) == (CREATED, datetime(2026, 2, 2, 8, 0, tzinfo=UTC))
    assert ticket.generated_at == datetime.fromtimestamp(1_770_000_000, tz=UTC)
    assert [person.name for person in ticket.people] == ["Imke Visser", "Radu"]
    assert ticket.organization == Organization(
        id=21,
        name="Kiln & Daughters",
        domain_names=("kiln.example",),
        tags=("pottery",),
        fields={"arr": 42000, "tier": "gold", "renewal_date": None, "odd": None},
    )
    assert (ticket.group_name, ticket.via_channel, ticket.followup_source_id) == ("Second line", "email", 3)
    assert ticket.tags == ("a", "b")
    assert ticket.custom_fields == {1: "text", 4: ("x", "y"), 6: False, 7: 3.5}
    assert ticket.sla == (
        SlaClock(metric="next_reply_time", stage=SlaStage.ACTIVE, breach_at=datetime(2026, 2, 3, tzinfo=UTC)),
        SlaClock(metric="agent_work_time", stage=SlaStage.PAUSED),
    )
    assert ticket.metrics == TicketMetrics(reopens=2, replies=3)
    assert ticket.has_incidents
    assert not ticket.comments_read


def test_metrics_on_the_ticket_go_before_the_sideload() -> None:
    ticket = parse_ticket({**TICKET, "metric_set": {"reopens": 7}}, parse_sideloads(ANSWER))
    assert ticket.metrics == TicketMetrics(reopens=7)


@pytest.mark.parametrize(
    ("status", "read"),
    [
        ("new", TicketStatus.NEW),
        ("HOLD", TicketStatus.HOLD),
        ("deleted", TicketStatus.DELETED),
        ("closed", TicketStatus.CLOSED),
        ("waiting_for_godot", TicketStatus.OPEN),
        (None, TicketStatus.OPEN),
        (4, TicketStatus.OPEN),
    ],
)
def test_an_unknown_status_keeps_a_ticket_open(status: object, read: TicketStatus) -> None:
    assert parse_ticket({**TICKET, "status": status}, Sideloads()).status is read


def test_a_ticket_of_nulls_needs_only_an_id_and_an_instant() -> None:
    nulls = dict.fromkeys(TICKET)
    ticket = parse_ticket({**nulls, "id": "5", "created_at": "2026-02-01T08:30:00Z"}, Sideloads())
    assert (ticket.id, ticket.subject, ticket.description, ticket.requester_id) == (5, "", "", 0)
    assert ticket.updated_at == ticket.created_at == CREATED
    assert (ticket.sla, ticket.metrics, ticket.organization, ticket.people) == (None, None, None, ())


def test_a_missing_creation_is_the_last_update() -> None:
    assert parse_ticket({"id": 5, "updated_at": "2026-02-01T08:30:00Z"}, Sideloads()).created_at == CREATED


@pytest.mark.parametrize(
    "ticket",
    [
        {},
        {"id": None, "created_at": "2026-02-01T08:30:00Z"},
        {"id": 0, "created_at": "2026-02-01T08:30:00Z"},
        {"id": True, "created_at": "2026-02-01T08:30:00Z"},
        {"id": 5},
        {"id": 5, "created_at": "soon"},
    ],
)
def test_without_an_id_or_an_instant_it_is_no_ticket(ticket: dict[str, Any]) -> None:
    with pytest.raises(UnreadableTicket):
        parse_ticket(ticket, Sideloads())


def test_people_and_organisation_that_did_not_come_along_are_missing_not_wrong() -> None:
    ticket = parse_ticket(TICKET, Sideloads())
    assert (ticket.people, ticket.organization, ticket.group_name) == ((), None, None)
    assert (ticket.requester_id, ticket.organization_id, ticket.group_id) == (11, 21, 31)


@pytest.mark.parametrize("slas", [None, {}, [], {"policy_metrics": None}, {"policy_metrics": [{"stage": "active"}]}])
def test_no_clock_means_no_sla(slas: object) -> None:
    assert parse_sla(slas) is None


def test_an_unknown_stage_raises_no_alarm() -> None:
    clocks = parse_sla({"policy_metrics": [{"metric": "m", "stage": "melted", "breach_at": "2020-01-01T00:00:00Z"}]})
    assert clocks is not None
    assert clocks[0].stage is SlaStage.PAUSED


@pytest.mark.parametrize(
    ("user", "person"),
    [
        (
            {"id": "7", "name": None, "email": "x@y.example"},
            Person(id=7, name="x@y.example", role=Role.END_USER, email="x@y.example"),
        ),
        ({"id": 7, "name": "A", "role": "admin"}, Person(id=7, name="A", role=Role.ADMIN)),
        ({"id": 7, "role": "owner-of-everything"}, Person(id=7, name="", role=Role.END_USER)),
        ({"name": "nobody"}, None),
    ],
)
def test_a_stranger_is_not_taken_for_staff(user: Mapping[str, Any], person: Person | None) -> None:
    assert parse_person(user) == person


def test_a_comment_is_internal_unless_it_says_public() -> None:
    assert parse_comment({"public": True}, default_instant=CREATED).public
    for public in (False, None, "true", 1):
        assert not parse_comment({"public": public}, default_instant=CREATED).public


def test_a_comment_is_read_with_its_files() -> None:
    row = {
        "id": 9,
        "author_id": 11,
        "public": True,
        "body": "see file",
        "created_at": "2026-02-01T08:30:00Z",
        "via": {"channel": "email"},
        "attachments": [{"id": 1, "file_name": "a.log", "size": 12, "content_type": "text/plain"}, None],
    }
    attachment = Attachment(id=1, file_name="a.log", content_type="text/plain", size=12)
    assert parse_comment(row, default_instant=CREATED) == Comment(
        id=9,
        author_id=11,
        public=True,
        body="see file",
        created_at=CREATED,
        via_channel="email",
        attachments=(attachment,),
    )
    assert parse_comment({}, default_instant=CREATED).author_id == SYSTEM_AUTHOR


def test_an_incident_has_the_name_of_its_customer() -> None:
    organization = parse_organization(ANSWER["organizations"][0])
    assert organization is not None
    row = {"id": 8, "subject": "s", "status": "open", "organization_id": 21, "requester_id": 11}
    incident = parse_incident(row, {21: organization})
    assert incident == Incident(
        id=8,
        subject="s",
        status=TicketStatus.OPEN,
        organization_id=21,
        organization_name="Kiln & Daughters",
        requester_id=11,
    )
    stub = parse_incident({"id": 8, "subject": "s", "status": "open", "organization_name": "Stub"}, {})
    assert stub is not None
    assert stub.organization_name == "Stub"


def test_comments_are_put_in_order_with_the_people_who_wrote_them() -> None:
    rows = [
        {"id": 1, "author_id": 13, "created_at": "2026-02-03T00:00:00Z", "body": "later"},
        {"id": 2, "author_id": 11, "created_at": "2026-02-01T08:30:00Z", "body": "first words"},
        {"id": 3, "author_id": 99, "created_at": "2026-02-03T00:00:00Z", "body": "same instant"},
    ]
    sideloads = parse_sideloads(ANSWER)
    ticket = parse_ticket({**TICKET, "description": None}, Sideloads())
    comments = [parse_comment(row, default_instant=CREATED) for row in rows]
    whole = attach_comments(ticket, comments, sideloads.people.values())
    assert [comment.id for comment in whole.comments] == [2, 1, 3]
    assert whole.description == "first words"
    assert [person.id for person in whole.people] == [11, 12, 13]
    assert whole.comments_read


def test_incidents_are_put_in_order() -> None:
    ticket = parse_ticket(TICKET, Sideloads())
    incidents = [Incident(id=number, subject="", status=TicketStatus.OPEN) for number in (3, 1, 2)]
    assert [incident.id for incident in attach_incidents(ticket, incidents).incidents] == [1, 2, 3]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (7, 7),
        ("7", 7),
        (" 7 ", 7),
        ("-1", -1),
        (True, None),
        (7.0, None),
        ("", None),
        ("7a", None),
        ("²", None),
        ("9" * 30, None),
        (2**63, None),
        (2**63 - 1, 2**63 - 1),
        (None, None),
        ([7], None),
    ],
)
def test_ids(value: object, read: int | None) -> None:
    assert read_id(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2026-02-01T08:30:00Z", CREATED),
        ("2026-02-01T08:30:00.000Z", CREATED),
        ("2026-02-01T08:30:00", CREATED),
        ("2026-02-01T10:30:00+02:00", CREATED),
        (int(CREATED.timestamp()), CREATED),
        ("", None),
        ("0001-01-01T00:00:00+01:00", None),
        (10**30, None),
        (float("nan"), None),
        (True, None),
        (None, None),
        ({}, None),
    ],
)
def test_instants_are_utc(value: object, read: datetime | None) -> None:
    assert read_instant(value) == read


@given(st.text())
def test_texts_can_be_stored_anywhere(text: str) -> None:
    clean = read_text(text)
    assert "\x00" not in clean
    clean.encode()


def test_lone_surrogates_are_replaced() -> None:
    assert read_text("a\ud800b\x00c") == "a?bc"


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*TICKET, "channel", "source", "policy_metrics", "stage", "value"]), inner)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(list(TICKET)), JSON), st.dictionaries(st.sampled_from(list(ANSWER)), JSON))
def test_any_json_is_a_ticket_or_unreadable(ticket: dict[str, Any], answer: dict[str, Any]) -> None:
    sideloads = parse_sideloads(answer)
    try:
        parsed = parse_ticket(ticket, sideloads)
    except UnreadableTicket:
        return
    assert parsed.id > 0
    assert parsed.created_at.tzinfo is UTC


@given(JSON)
def test_any_metrics_are_counts(value: object) -> None:
    metrics = parse_metrics({"reopens": value, "replies": value, "solved_at": value})
    assert metrics.reopens >= 0
