"""*Ticket*: why it did, or did not, go up; and an order that it does."""

import json
import secrets
from urllib.parse import quote

from sqlalchemy import Connection

from worker.core.assessment import Severity, Target
from worker.core.decision import Action
from worker.desk import Word
from worker.store.escalations import find_by_key, find_by_tickets, find_past, read_escalation
from worker.store.inbox import list_pending
from worker.store.patterns import find_pattern_of
from worker.store.stage_board import list_ticket_lines, read_ticket_lines
from worker.store.subjects import SubjectKind
from worker.store.tickets import read_states
from worker.store.trail import list_trail
from worker.web.dashboard.forms import read_reason, read_seen
from worker.web.dashboard.paging import read_page
from worker.web.dashboard.trail import tell_steps
from worker.web.dashboard.visit import BadForm, Elsewhere, NoSuchPage, Page, Room, Visit

_ROWS, _MOST_STEPS = 50, 100
_LONGEST_NUMBER = 18


def show_ticket(connection: Connection, room: Room, visit: Visit) -> Page:  # noqa: ARG001 - every page is made so
    """The judgement on one ticket with its evidence, and what was done about it."""
    ticket_id = read_number(visit.params["id"])
    line = read_ticket_lines(connection, [ticket_id]).get(ticket_id) if ticket_id is not None else None
    if ticket_id is None or line is None:
        raise NoSuchPage
    known = find_by_tickets(connection, [ticket_id]).get(ticket_id)
    steps = list_trail(connection, None, [ticket_id])
    words = {
        "line": line,
        "state": read_states(connection, [ticket_id]).get(ticket_id),
        "escalation": known,
        "past": None if known else find_past(connection, [ticket_id]).get(ticket_id),
        "pattern": find_pattern_of(connection, ticket_id),
        "steps": tell_steps(steps[-_MOST_STEPS:]),
        "more_steps": max(0, len(steps) - _MOST_STEPS),
        "waiting": list_waiting(connection, SubjectKind.TICKET, str(ticket_id)),
        "targets": tuple(Target),
        "severities": tuple(Severity),
        "seen": {"escalation": known.id if known else "none"},
        "once": secrets.token_hex(8),
        "changes": (),
        "problem": None,
    }
    return Page(template="ticket.html.j2", title=f"#{ticket_id} {line.subject}".strip(), words=words)


def escalate_ticket(room: Room, visit: Visit) -> str:
    """Orders that the ticket goes up, and returns where to go."""
    ticket_id = read_number(visit.params["id"])
    if ticket_id is None:
        raise NoSuchPage
    reason, seen = read_reason(visit), read_seen(visit)
    try:
        target = Target(visit.read("target", 20)) if visit.read("target", 20) else None
        severity = Severity(visit.read("severity", 20)) if visit.read("severity", 20) else None
    except ValueError:
        raise BadForm("Choose a team and a severity from the lists.") from None
    word = Word(by=visit.name, reason=reason, command_id=visit.read("once", 64), seen=seen)
    room.desk.escalate(ticket_id, word, target=target, severity=severity)
    return f"/tickets/{ticket_id}?done=ordered"


def list_tickets(connection: Connection, room: Room, visit: Visit) -> Page:  # noqa: ARG001 - every page is made so
    """The tickets of which the same was decided."""
    try:
        action = Action(visit.query.get("action", Action.ASK.value))
        target = Target(visit.query["target"]) if visit.query.get("target") else None
    except ValueError:
        raise NoSuchPage from None
    page = read_page(visit, "page", _ROWS)
    rows = list_ticket_lines(connection, action=action, target=target, limit=_ROWS + 1, offset=page.offset)
    words = {
        "rows": rows[:_ROWS],
        "page": page.turn(len(rows)),
        "action": action,
        "target": target,
        "actions": Action,
    }
    return Page(template="tickets.html.j2", title="Tickets", words=words)


def find_anything(connection: Connection, room: Room, visit: Visit) -> Page:  # noqa: ARG001 - every page is made so
    """What a ticket's number, an issue's key or an escalation's id stands for."""
    wanted = visit.query.get("q", "").strip()
    ticket_id = read_number(wanted)
    line = read_ticket_lines(connection, [ticket_id]).get(ticket_id) if ticket_id is not None else None
    known = None
    if ticket_id is not None:
        known = find_by_tickets(connection, [ticket_id]).get(ticket_id) or find_past(connection, [ticket_id]).get(
            ticket_id
        )
    elif wanted:
        known = read_escalation(connection, wanted) or find_by_key(connection, wanted)
    if known is not None:
        raise Elsewhere(f"/escalations/{quote(known.id, safe='')}")
    if line is not None:
        raise Elsewhere(f"/tickets/{line.id}")
    return Page(template="found.html.j2", title="Find", words={"wanted": wanted}, status=404 if wanted else 200)


def list_waiting(connection: Connection, kind: SubjectKind, subject_id: str) -> tuple[str, ...]:
    """What people ordered about a subject and the worker has not taken up yet."""
    events = list_pending(connection, kind, [subject_id])[subject_id]
    bodies = [json.loads(event.body) for event in events if event.source == "operator" and event.body]
    return tuple(
        f"{body.get('order', 'order').replace('_', ' ')}, by {body.get('by', 'somebody')}" for body in bodies
    )


def read_number(text: str) -> int | None:
    """A ticket's number as people write it (123, #123); None when it is none."""
    bare = text.strip().removeprefix("#")
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) <= _LONGEST_NUMBER else None
