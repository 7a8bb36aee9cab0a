"""The cursor-based incremental export: selection and order by generated timestamp, the newest held back."""

import base64
from datetime import datetime

from connectors.sandbox.exchange import Call, Json
from connectors.sandbox.zendesk.refusals import refuse
from connectors.sandbox.zendesk.tables import Tables

MOST_PER_PAGE = 1000
Position = tuple[float, int]


def spell_cursor(position: Position) -> str:
    """An opaque cursor; its inside looks like a real one, `<unix time>||<ticket id>|`."""
    mark, ticket_id = position
    return base64.b64encode(f"{mark!r}||{ticket_id}|".encode()).decode()


def read_start(call: Call, lag_s: float) -> Position:
    """Where the caller wants to begin; raises Refusal for a bad cursor or a start that is too recent."""
    cursor = call.first("cursor")
    if cursor:
        try:
            mark, _, rest = base64.b64decode(cursor, validate=True).decode().partition("||")
            return float(mark), int(rest.removesuffix("|"))
        except ValueError:
            raise refuse(400, "InvalidPaginationParameter", "cursor is not valid") from None
    try:
        start = float(call.first("start_time"))
    except ValueError:
        raise refuse(400, "InvalidValue", "start_time: is required and must be a number") from None
    if start > call.at.timestamp() - lag_s:
        raise refuse(422, "InvalidValue", "Too recent. Use a start_time older than 1 minute")
    return start, -1


def select_page(tables: Tables, call: Call, start: Position, lag_s: float) -> tuple[list[int], Position, bool]:
    """The ticket ids of one page, the position after it, and whether the stream ends there."""
    horizon = call.at.timestamp() - lag_s
    scope = call.first("support_type_scope", "agent")
    drop_deleted = call.first("exclude_deleted") == "true"
    eligible = sorted(
        (mark, ticket_id) for ticket_id, mark in tables.marks.items() if (mark, ticket_id) > start and mark <= horizon
    )
    size = call.count("per_page", MOST_PER_PAGE, most=MOST_PER_PAGE)
    page = eligible[:size]
    shown = [
        ticket_id
        for _, ticket_id in page
        if _in_scope(tables.tickets[ticket_id], scope)
        and not (drop_deleted and tables.tickets[ticket_id]["status"] == "deleted")
    ]
    return shown, page[-1] if page else start, len(page) == len(eligible)


def scrub(tables: Tables, ticket_id: int, at: datetime) -> None:
    """Delete a ticket: the export still names it, its content is gone."""
    ticket = tables.tickets[ticket_id]
    ticket.update(
        status="deleted",
        subject="SCRUBBED",
        raw_subject="SCRUBBED",
        description="X",
        tags=[],
        custom_fields=[],
    )
    tables.comments[ticket_id] = []
    tables.touch(ticket_id, at)


def _in_scope(ticket: Json, scope: str) -> bool:
    return scope == "all" or ticket.get("support_type", "agent") == scope
