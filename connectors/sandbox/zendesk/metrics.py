"""Keeps a ticket's metric set and SLA clocks in step with what happens to it.

Calendar minutes stand in for business minutes: the sandbox has no schedule but "always".
"""

from datetime import datetime

from connectors.sandbox.exchange import Json
from connectors.sandbox.instants import parse_instant, spell_zendesk
from connectors.sandbox.zendesk.tables import Tables

_DONE = ("solved", "closed")
_NO_MINUTES: Json = {"calendar": None, "business": None}


def blank_metric_set(ticket_id: int, metric_id: int, ticket: Json) -> Json:
    """The metric set of a ticket to which nothing has happened yet."""
    at = ticket["created_at"]
    assigned = at if ticket.get("assignee_id") else None
    return {
        "id": metric_id,
        "ticket_id": ticket_id,
        "created_at": at,
        "updated_at": at,
        "group_stations": 1 if ticket.get("group_id") else 0,
        "assignee_stations": 1 if assigned else 0,
        "reopens": 0,
        "replies": 0,
        "assignee_updated_at": None,
        "requester_updated_at": at,
        "status_updated_at": at,
        "initially_assigned_at": assigned,
        "assigned_at": assigned,
        "solved_at": None,
        "latest_comment_added_at": at,
        "reply_time_in_minutes": dict(_NO_MINUTES),
        "first_resolution_time_in_minutes": dict(_NO_MINUTES),
        "full_resolution_time_in_minutes": dict(_NO_MINUTES),
        "agent_wait_time_in_minutes": dict(_NO_MINUTES),
        "requester_wait_time_in_minutes": dict(_NO_MINUTES),
        "on_hold_time_in_minutes": {"calendar": 0, "business": 0},
        "custom_status_updated_at": at,
    }


def count_comment(tables: Tables, ticket_id: int, comment: Json) -> None:
    """A comment was added: latest comment, replies, first reply time, reply clocks."""
    metrics = tables.metric_sets[ticket_id]
    metrics["latest_comment_added_at"] = comment["created_at"]
    if not (comment["public"] and tables.is_staff(comment["author_id"])):
        return
    metrics["replies"] += 1
    if metrics["reply_time_in_minutes"]["calendar"] is None:
        metrics["reply_time_in_minutes"] = _minutes(tables.tickets[ticket_id], comment["created_at"])
    _advance_clocks(tables, ticket_id, ("first_reply_time", "next_reply_time"), "achieved")


def count_status(tables: Tables, ticket_id: int, before: str, after: str, at: datetime) -> None:
    """The status changed: solve, reopen, pausing and resuming of the resolution clocks."""
    metrics = tables.metric_sets[ticket_id]
    metrics["status_updated_at"] = metrics["custom_status_updated_at"] = spell_zendesk(at)
    if after in _DONE and before not in _DONE:
        minutes = _minutes(tables.tickets[ticket_id], spell_zendesk(at))
        metrics["solved_at"] = spell_zendesk(at)
        metrics["full_resolution_time_in_minutes"] = minutes
        if metrics["first_resolution_time_in_minutes"]["calendar"] is None:
            metrics["first_resolution_time_in_minutes"] = minutes
        _advance_clocks(tables, ticket_id, (), "achieved")
    elif before in _DONE and after not in _DONE:
        metrics["reopens"] += 1
        metrics["solved_at"] = None
        metrics["full_resolution_time_in_minutes"] = dict(_NO_MINUTES)


def count_assignment(tables: Tables, ticket_id: int, field: str, at: datetime) -> None:
    """The group or the assignee changed: one station more."""
    metrics = tables.metric_sets[ticket_id]
    if field == "group_id":
        metrics["group_stations"] += 1
        return
    metrics["assignee_stations"] += 1
    metrics["assigned_at"] = spell_zendesk(at)
    metrics["initially_assigned_at"] = metrics["initially_assigned_at"] or spell_zendesk(at)


def count_update(tables: Tables, ticket_id: int, author_id: int, at: datetime) -> None:
    """Somebody updated the ticket: who did it last."""
    metrics, ticket = tables.metric_sets[ticket_id], tables.tickets[ticket_id]
    metrics["updated_at"] = spell_zendesk(at)
    if author_id == ticket.get("requester_id"):
        metrics["requester_updated_at"] = spell_zendesk(at)
    if author_id == ticket.get("assignee_id"):
        metrics["assignee_updated_at"] = spell_zendesk(at)


def _advance_clocks(tables: Tables, ticket_id: int, names: tuple[str, ...], stage: str) -> None:
    for clock in tables.slas.get(ticket_id, []):
        if clock["stage"] in ("active", "breached") and (not names or clock["metric"] in names):
            clock["stage"] = stage


def _minutes(ticket: Json, until: str) -> Json:
    span = parse_instant(until) - parse_instant(ticket["created_at"])
    minutes = max(0, int(span.total_seconds() // 60))
    return {"calendar": minutes, "business": minutes}
