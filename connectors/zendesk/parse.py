"""Zendesk's JSON into records: one parser for the API, webhooks' fresh reads and files.

Tolerant, because the reference under-declares nulls and one odd ticket must not hold up an export page. What
is unknown is read on the side of caution: an unknown status counts as open (a ticket is not silenced by a new
word), an unknown role as an end user (a stranger is not taken for staff), an unknown SLA stage as paused (no
alarm without a clock that is known to run).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from connectors.records import (
    Attachment,
    Comment,
    FieldValue,
    Incident,
    Organization,
    Person,
    Role,
    SlaClock,
    SlaStage,
    Ticket,
    TicketMetrics,
    TicketStatus,
)
from connectors.snapshots import select_people
from connectors.zendesk.values import (
    read_count,
    read_id,
    read_instant,
    read_object,
    read_objects,
    read_text,
    read_word,
    read_words,
)

Json = Mapping[str, Any]
E = TypeVar("E", bound=StrEnum)

MARK = "escalator"
"""The name under which our updates carry their token in the audit's custom metadata."""

SYSTEM_AUTHOR = -1
"""Zendesk's id for what the system itself wrote (Zendesk API reference, ticket audits)."""


class UnreadableTicket(ValueError):
    """The JSON is not a ticket: it has no id or no instant. The message is safe to log."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sideloads:
    """What came along with tickets in one answer, by id."""

    people: Mapping[int, Person] = field(default_factory=dict)
    organizations: Mapping[int, Organization] = field(default_factory=dict)
    groups: Mapping[int, str] = field(default_factory=dict)
    metrics: Mapping[int, TicketMetrics] = field(default_factory=dict)


def parse_sideloads(answer: Json) -> Sideloads:
    """The sideloads `users`, `organizations`, `groups` and `metric_sets` of an answer."""
    people = (parse_person(item) for item in read_objects(answer.get("users")))
    organizations = (parse_organization(item) for item in read_objects(answer.get("organizations")))
    metric_sets = [item for item in read_objects(answer.get("metric_sets")) if read_id(item.get("ticket_id"))]
    groups = [(read_id(item.get("id")), read_word(item.get("name"))) for item in read_objects(answer.get("groups"))]
    return Sideloads(
        people={person.id: person for person in people if person},
        organizations={organization.id: organization for organization in organizations if organization},
        groups={group_id: name for group_id, name in groups if group_id is not None and name},
        metrics={read_count(item["ticket_id"]): parse_metrics(item) for item in metric_sets},
    )


def parse_ticket(ticket: Json, sideloads: Sideloads) -> Ticket:
    """A ticket without comments; raises UnreadableTicket when it has no id or no instant at all.

    SLA clocks and metrics are read from the ticket itself (`slas`, `metric_set`) or from the sideloads.
    """
    ticket_id = read_id(ticket.get("id"))
    if ticket_id is None or ticket_id <= 0:
        raise UnreadableTicket("a ticket without an id")
    created_at = read_instant(ticket.get("created_at")) or read_instant(ticket.get("updated_at"))
    if created_at is None:
        raise UnreadableTicket(f"ticket {ticket_id} has no created_at")
    organization_id = read_id(ticket.get("organization_id"))
    group_id = read_id(ticket.get("group_id"))
    via = read_object(ticket.get("via"))
    metric_set = read_object(ticket.get("metric_set"))
    parsed = Ticket(
        id=ticket_id,
        subject=read_text(ticket.get("subject") or ticket.get("raw_subject")),
        description=read_text(ticket.get("description")),
        status=_read_enum(TicketStatus, ticket.get("status"), unknown=TicketStatus.OPEN),
        created_at=created_at,
        updated_at=read_instant(ticket.get("updated_at")) or created_at,
        requester_id=read_id(ticket.get("requester_id")) or read_id(ticket.get("submitter_id")) or 0,
        submitter_id=read_id(ticket.get("submitter_id")),
        assignee_id=read_id(ticket.get("assignee_id")),
        organization_id=organization_id,
        group_id=group_id,
        group_name=sideloads.groups.get(group_id) if group_id is not None else None,
        type=read_word(ticket.get("type")),
        priority=read_word(ticket.get("priority")),
        via_channel=read_word(via.get("channel")),
        brand_id=read_id(ticket.get("brand_id")),
        problem_id=read_id(ticket.get("problem_id")),
        has_incidents=ticket.get("has_incidents") is True,
        followup_source_id=_read_followup_source(ticket, via),
        due_at=read_instant(ticket.get("due_at")),
        generated_at=read_instant(ticket.get("generated_timestamp")),
        tags=read_words(ticket.get("tags")),
        custom_fields=_parse_custom_fields(ticket.get("custom_fields")),
        organization=sideloads.organizations.get(organization_id) if organization_id is not None else None,
        sla=parse_sla(ticket.get("slas")),
        metrics=parse_metrics(metric_set) if metric_set else sideloads.metrics.get(ticket_id),
    )
    return _add_people(parsed, sideloads.people)


def parse_comment(comment: Json, *, default_instant: datetime) -> Comment:
    """One comment; a missing author is the system, a missing instant is `default_instant`."""
    author_id = read_id(comment.get("author_id"))
    return Comment(
        id=read_count(comment.get("id")),
        author_id=SYSTEM_AUTHOR if author_id is None else author_id,
        # What is not plainly public is kept internal: the mistake would otherwise be told to a customer.
        public=comment.get("public") is True,
        body=read_text(comment.get("body") or comment.get("plain_body")),
        created_at=read_instant(comment.get("created_at")) or default_instant,
        via_channel=read_word(read_object(comment.get("via")).get("channel")) or "web",
        attachments=tuple(map(parse_attachment, read_objects(comment.get("attachments")))),
        is_ours=MARK in read_object(read_object(comment.get("metadata")).get("custom")),
    )


def parse_attachment(attachment: Json) -> Attachment:
    """A file on a comment."""
    return Attachment(
        id=read_count(attachment.get("id")),
        file_name=read_text(attachment.get("file_name")),
        content_url=read_word(attachment.get("content_url")),
        content_type=read_word(attachment.get("content_type")),
        size=read_id(attachment.get("size")),
    )


def parse_person(user: Json) -> Person | None:
    """A user; None without an id."""
    person_id = read_id(user.get("id"))
    if person_id is None:
        return None
    email = read_word(user.get("email"))
    return Person(
        id=person_id,
        name=read_word(user.get("name")) or email or "",
        role=_read_enum(Role, user.get("role"), unknown=Role.END_USER),
        email=email,
        organization_id=read_id(user.get("organization_id")),
    )


def parse_organization(organization: Json) -> Organization | None:
    """An organisation with its fields that hold a single value; None without an id."""
    organization_id = read_id(organization.get("id"))
    if organization_id is None:
        return None
    named = read_object(organization.get("organization_fields"))
    return Organization(
        id=organization_id,
        name=read_text(organization.get("name")),
        domain_names=read_words(organization.get("domain_names")),
        tags=read_words(organization.get("tags")),
        fields={read_text(key): _read_plain(value) for key, value in named.items()},
    )


def parse_sla(slas: object) -> tuple[SlaClock, ...] | None:
    """The SLA clocks of the sideload `slas`; None when no policy applies or it was not read.

    `days`, `hours` and `minutes` are ignored: they are the distance to `breach_at`, not a target.
    """
    clocks = tuple(
        SlaClock(
            metric=metric,
            stage=_read_enum(SlaStage, item.get("stage"), unknown=SlaStage.PAUSED),
            breach_at=read_instant(item.get("breach_at")),
        )
        for item in read_objects(read_object(slas).get("policy_metrics"))
        if (metric := read_word(item.get("metric")))
    )
    return clocks or None


def parse_metrics(metric_set: Json) -> TicketMetrics:
    """The handling counts and instants of a metric set."""
    return TicketMetrics(
        reopens=read_count(metric_set.get("reopens")),
        replies=read_count(metric_set.get("replies")),
        group_stations=read_count(metric_set.get("group_stations")),
        assignee_stations=read_count(metric_set.get("assignee_stations")),
        requester_updated_at=read_instant(metric_set.get("requester_updated_at")),
        assignee_updated_at=read_instant(metric_set.get("assignee_updated_at")),
        latest_comment_added_at=read_instant(metric_set.get("latest_comment_added_at")),
        solved_at=read_instant(metric_set.get("solved_at")),
    )


def parse_incident(ticket: Json, organizations: Mapping[int, Organization]) -> Incident | None:
    """A ticket linked to a problem ticket; None without an id."""
    ticket_id = read_id(ticket.get("id"))
    if ticket_id is None:
        return None
    organization_id = read_id(ticket.get("organization_id"))
    organization = organizations.get(organization_id) if organization_id is not None else None
    return Incident(
        id=ticket_id,
        subject=read_text(ticket.get("subject")),
        status=_read_enum(TicketStatus, ticket.get("status"), unknown=TicketStatus.OPEN),
        organization_id=organization_id,
        organization_name=organization.name if organization else read_word(ticket.get("organization_name")),
        requester_id=read_id(ticket.get("requester_id")),
    )


def _add_people(ticket: Ticket, people: Mapping[int, Person]) -> Ticket:
    # Looked up by id: an export page brings thousands of people for each of a thousand tickets to look through.
    wanted = (ticket.requester_id, ticket.submitter_id, ticket.assignee_id)
    found = [people[person_id] for person_id in wanted if person_id is not None and person_id in people]
    return replace(ticket, people=select_people(ticket, (), found))


def _read_enum(kind: type[E], value: object, *, unknown: E) -> E:
    try:
        return kind(read_text(value).strip().lower())
    except ValueError:
        return unknown


def _read_followup_source(ticket: Json, via: Json) -> int | None:
    """The closed ticket that this one follows up (Zendesk API reference, tickets: via_followup_source_id)."""
    named = read_id(ticket.get("via_followup_source_id"))
    source = read_object(via.get("source"))
    if named is not None or source.get("rel") != "follow_up":
        return named
    return read_id(read_object(source.get("from")).get("ticket_id"))


def _parse_custom_fields(fields: object) -> dict[int, FieldValue]:
    values: dict[int, FieldValue] = {}
    for item in read_objects(fields):
        field_id, value = read_id(item.get("id")), item.get("value")
        parsed = read_words(value) or None if isinstance(value, list) else _read_plain(value)
        if field_id is not None and parsed not in (None, ""):
            values[field_id] = parsed
    return values


def _read_plain(value: object) -> str | int | float | bool | None:
    if isinstance(value, str):
        return read_text(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return read_id(value)
    return value if isinstance(value, float) and math.isfinite(value) else None
