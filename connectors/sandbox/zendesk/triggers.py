"""Triggers: which of them an update of a ticket sets off, and what they send to which webhook."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from connectors.sandbox.exchange import Json
from connectors.sandbox.zendesk.markup import render_placeholders
from connectors.sandbox.zendesk.tables import Tables
from connectors.sandbox.zendesk.updates import placeholder_lookup

NOTIFY = "notification_webhook"
"""The action that sends a body to a webhook; its value is the webhook's id and the body."""

CONDITIONAL = "conditional_ticket_events"
"""What a webhook subscribes to that only triggers and automations set off."""

_STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
_PLAIN = ("priority", "type", "group_id", "assignee_id", "requester_id", "organization_id")
_OPERATORS: Mapping[str, frozenset[str]] = {
    "update_type": frozenset({"is"}),
    "role": frozenset({"is", "is_not"}),
    "status": frozenset({"is", "is_not", "less_than", "greater_than"}),
    "current_tags": frozenset({"includes", "not_includes"}),
    **dict.fromkeys(_PLAIN, frozenset({"is", "is_not"})),
}

Holds = Callable[[Json], bool]


def find_condition_fault(condition: Any) -> str | None:
    """What is wrong with a condition in words, or None (Zendesk, conditions reference)."""
    if not isinstance(condition, dict):
        return "conditions must be objects"
    field, operator = str(condition.get("field")), str(condition.get("operator"))
    if operator not in _OPERATORS.get(field, ()):
        return f"{field} {operator} is not a valid condition"
    if field == "update_type" and condition.get("value") not in ("Create", "Change"):
        return f"update_type {condition.get('value')} is not valid"
    return None


def fire_triggers(tables: Tables, ticket_id: int, audit: Json, *, created: bool) -> Iterator[tuple[Json, bytes]]:
    """The webhook and the rendered body of every notification that an update sets off, in order of position."""
    ticket = tables.tickets[ticket_id]
    lookup = placeholder_lookup(tables, ticket)
    for trigger in sorted(tables.triggers.values(), key=lambda row: (row["position"], row["id"])):
        if not trigger["active"] or not _is_met(
            trigger["conditions"], _judge(tables, ticket, audit, created=created)
        ):
            continue
        for action in trigger["actions"]:
            if action["field"] == NOTIFY:
                webhook_id, body = action["value"]
                webhook = tables.webhooks.get(webhook_id)
                if webhook is not None and webhook.get("status") == "active":
                    yield webhook, render_placeholders(body, lookup).encode()


def list_subscribers(tables: Tables) -> list[Json]:
    """The active webhooks that are told of events by themselves, without a trigger."""
    return [
        row
        for row in tables.webhooks.values()
        if row.get("status") == "active" and row.get("subscriptions", [CONDITIONAL]) != [CONDITIONAL]
    ]


def name_webhooks(trigger: Json) -> set[str]:
    """The ids of the webhooks that a trigger notifies."""
    return {action["value"][0] for action in trigger["actions"] if action["field"] == NOTIFY}


def _is_met(conditions: Json, holds: Holds) -> bool:
    every, some = conditions.get("all") or [], conditions.get("any") or []
    return all(map(holds, every)) and (not some or any(map(holds, some)))


def _judge(tables: Tables, ticket: Json, audit: Json, *, created: bool) -> Holds:
    def holds(condition: Json) -> bool:
        field, operator, value = condition["field"], condition["operator"], condition.get("value")
        match field:
            case "update_type":
                return (value == "Create") is created
            case "role":
                return _has_role(tables, audit["author_id"], str(value)) is (operator == "is")
            case "status":
                return _compare_status(ticket["status"], operator, str(value))
            case "current_tags":
                found = bool(set(str(value).split()) & set(ticket.get("tags") or []))
                return found is (operator == "includes")
        return (str(ticket.get(field) or "") == str(value or "")) is (operator == "is")

    return holds


def _has_role(tables: Tables, author_id: int, wanted: str) -> bool:
    if wanted == "end_user":
        return not tables.is_staff(author_id)
    return tables.is_staff(author_id) if wanted == "agent" else str(author_id) == wanted


def _compare_status(status: str, operator: str, value: str) -> bool:
    here, there = _STATUSES.index(status) if status in _STATUSES else -1, _STATUSES.index(value)
    return {"is": here == there, "is_not": here != there, "less_than": here < there, "greater_than": here > there}[
        operator
    ]
