"""Takes in whole tickets: golden-format records with their people and history, and tickets that are created."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from connectors.sandbox.exchange import Json
from connectors.sandbox.instants import parse_instant, shift_instants, spell_zendesk
from connectors.sandbox.zendesk import metrics
from connectors.sandbox.zendesk.markup import html_of_text
from connectors.sandbox.zendesk.refusals import invalid
from connectors.sandbox.zendesk.tables import Tables
from connectors.sandbox.zendesk.updates import update_ticket


def load_record(tables: Tables, record: Json, *, shift: timedelta | None, at: datetime) -> int:
    """Store one golden-format record and return its ticket id.

    Every timestamp moves by `shift`; None moves the record's `now` to `at`, so that all ages hold.
    """
    if shift is None:
        shift = at - parse_instant(record["now"])
    moved = shift_instants({key: record[key] for key in record if key not in ("story", "expected")}, shift)
    for user in moved.get("users", []):
        tables.put_person(user, at)
    for organization in moved.get("organizations", []):
        tables.put_organization(organization, at)
    for group in moved.get("groups", []):
        tables.put_group(group, at)
    for field in moved.get("ticket_fields", []):
        tables.put_ticket_field(field, at)
    _store_ticket(tables, moved, at)
    for stub in moved.get("incidents") or []:
        _store_incident(tables, moved["ticket"], stub, at)
    return int(moved["ticket"]["id"])


def create_ticket(tables: Tables, wanted: Json, *, author_id: int, at: datetime) -> tuple[int, Json]:
    """Create a ticket from an API body and return its id and first audit; raises Refusal."""
    comment = wanted.get("comment") or {}
    text = comment.get("body") or comment.get("html_body") or wanted.get("description")
    if not text:
        raise invalid("base", "Description: cannot be blank")
    requester_id = int(wanted.get("requester_id") or author_id)
    ticket_id = tables.next_ticket_id()
    tables.tickets[ticket_id] = _new_ticket(ticket_id, wanted, requester_id, str(text), at)
    metric_id = tables.mint_id()
    tables.metric_sets[ticket_id] = metrics.blank_metric_set(ticket_id, metric_id, tables.tickets[ticket_id])
    change = {**wanted, "comment": comment if comment else {"body": text}}
    change.pop("safe_update", None)
    change["comment"].setdefault("author_id", requester_id)
    audit = update_ticket(tables, ticket_id, change, author_id=author_id, at=at)
    return ticket_id, audit


def _new_ticket(ticket_id: int, wanted: Json, requester_id: int, text: str, at: datetime) -> Json:
    subject = wanted.get("subject") or text[:80]
    return {
        "id": ticket_id,
        "subject": subject,
        "raw_subject": subject,
        "description": text,
        "status": "new",
        "requester_id": requester_id,
        "submitter_id": int(wanted.get("submitter_id") or requester_id),
        "organization_id": wanted.get("organization_id"),
        "group_id": wanted.get("group_id"),
        "assignee_id": None,
        "tags": [],
        "custom_fields": [],
        "is_public": bool((wanted.get("comment") or {}).get("public", True)),
        "via": {"channel": "api", "source": {"from": {}, "to": {}, "rel": None}},
        "created_at": spell_zendesk(at),
        "updated_at": spell_zendesk(at),
    }


def _store_ticket(tables: Tables, record: Json, at: datetime) -> None:
    ticket: Json = {"raw_subject": record["ticket"].get("subject"), **record["ticket"]}
    ticket["tags"] = sorted(ticket.get("tags") or [])
    ticket.setdefault("updated_at", ticket["created_at"])
    ticket_id = int(ticket["id"])
    for pair in ticket.get("custom_fields") or []:
        if pair["id"] not in tables.ticket_fields:
            tables.put_ticket_field({"id": pair["id"]}, at)
    tables.tickets[ticket_id] = ticket
    tables.comments[ticket_id] = []
    tables.audits[ticket_id] = []
    for comment in record.get("comments", []):
        _store_comment(tables, ticket_id, comment)
    clocks = (record.get("slas") or {}).get("policy_metrics") or []
    tables.slas[ticket_id] = [dict(clock) for clock in clocks]
    blank = metrics.blank_metric_set(ticket_id, tables.mint_id(), ticket)
    tables.metric_sets[ticket_id] = {**blank, **(record.get("metric_set") or {})}
    tables.touch(ticket_id, at)


def _store_comment(tables: Tables, ticket_id: int, comment: Json) -> None:
    audit_id = tables.mint_id()
    metadata: Json = {"system": {}, "custom": {}}
    via = {"source": {"from": {}, "to": {}, "rel": None}, **(comment.get("via") or {"channel": "web"})}
    row: Json = {
        "html_body": html_of_text(comment["body"]),
        "plain_body": comment["body"],
        "attachments": [],
        **comment,
        "type": "Comment",
        "audit_id": audit_id,
        "metadata": metadata,
        "via": via,
    }
    tables.comments[ticket_id].append(row)
    tables.audits[ticket_id].append(
        {
            "id": audit_id,
            "ticket_id": ticket_id,
            "created_at": row["created_at"],
            "author_id": row["author_id"],
            "metadata": metadata,
            "events": [dict(row)],
            "via": via,
        }
    )


def _store_incident(tables: Tables, problem: Json, stub: Json, at: datetime) -> None:
    """A linked incident of which only a stub is known: readable and listed, but never exported."""
    if stub["id"] in tables.tickets:
        return
    organization = tables.organization_named(stub.get("organization_name") or "Unknown", at)
    requester: Json = {"id": organization["id"] + 1_000_000_000_000, "name": f"Contact at {organization['name']}"}
    tables.put_person({**requester, "email": None, "organization_id": organization["id"]}, at)
    row: dict[str, Any] = {
        "created_at": problem["created_at"],
        "updated_at": problem["updated_at"],
        "description": stub["subject"],
        "raw_subject": stub["subject"],
        "tags": [],
        "custom_fields": [],
        "organization_id": organization["id"],
        "requester_id": requester["id"],
        "submitter_id": requester["id"],
        **{key: value for key, value in stub.items() if key != "organization_name"},
    }
    tables.tickets[stub["id"]] = row
    tables.metric_sets[stub["id"]] = metrics.blank_metric_set(stub["id"], tables.mint_id(), row)
    tables.comments[stub["id"]] = []
    tables.audits[stub["id"]] = []
    tables.slas[stub["id"]] = []
    problem["has_incidents"] = True


def shift_of(records: Iterable[Json], at: datetime) -> timedelta:
    """The shift that maps the latest `now` of a set of records to `at`."""
    return at - max(parse_instant(record["now"]) for record in records)
