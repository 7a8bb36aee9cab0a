"""Writes about Zendesk's problem tickets: opening one, and making a ticket its incident.

They are a convenience: what Zendesk refuses is left as it is and never holds up anything else.
"""

import json
from datetime import datetime

from sqlalchemy import Connection

from connectors.effects import LinkProblem, OpenProblem
from connectors.errors import Certainty, Unauthorized, VendorProblem
from connectors.ports import IncidentChange, ProblemDraft
from connectors.records import Ticket, TicketStatus
from mappings.html import render_html
from mappings.markdown import parse_markdown
from worker.core.recovery import Lookup
from worker.flow.means import Means
from worker.flow.unsent import before_sending
from worker.flow.writer import Look, Sight, Writer
from worker.store.effects import EffectRow
from worker.store.escalations import change_escalation, list_members
from worker.store.subjects import Lane, SubjectKind, insert_wakes

_OVER = frozenset({TicketStatus.CLOSED, TicketStatus.DELETED})


def _send_problem(means: Means, row: EffectRow, effect: OpenProblem) -> str:
    """The key makes a try that arrived twice one ticket; after two hours only a look does."""
    if row.attempts:
        with before_sending():
            found = means.helpdesk.find_problem(effect.marker)
        if found is not None:
            return _spell(found)
    draft = ProblemDraft(
        key=row.key,
        subject=effect.subject,
        note_html=render_html(parse_markdown(effect.note)),
        tags=(effect.marker, *effect.tags),
    )
    return _spell(means.helpdesk.create_problem(draft))


def _find_problem(means: Means, _look: Look, effect: OpenProblem) -> Sight:
    found = means.helpdesk.find_problem(effect.marker)
    return Sight(outcome=_spell(found)) if found is not None else Sight()


def _settle_problem(connection: Connection, means: Means, effect: OpenProblem, outcome: str, now: datetime) -> None:
    """The escalation has its problem ticket: keep which, and wake the tickets that become its incidents."""
    number = int(json.loads(outcome)["ticket"])
    change_escalation(connection, effect.escalation_id, now, problem_ticket=number)
    ids = [str(ticket_id) for ticket_id in list_members(connection, effect.escalation_id)]
    insert_wakes(connection, SubjectKind.TICKET, ids, lane=Lane.FOLLOW_UP, now=now)
    means.log.info("problem_opened", escalation=effect.escalation_id, ticket=number)


def _send_link(means: Means, _row: EffectRow, effect: LinkProblem) -> str:
    """A ticket that has a problem ticket of somebody's choice, or is one itself, keeps it."""
    with before_sending():
        ticket = next(iter(means.helpdesk.read_tickets([effect.ticket_id])), None)
    if ticket is None or not _may_change(ticket, effect):
        return json.dumps({"changed": False})
    problem_id = effect.problem_id if effect.joins else None
    means.helpdesk.change_incident(
        IncidentChange(ticket_id=ticket.id, problem_id=problem_id, updated_at=ticket.updated_at)
    )
    return json.dumps({"changed": True})


def _may_change(ticket: Ticket, effect: LinkProblem) -> bool:
    if ticket.status in _OVER:
        return False
    if not effect.joins:
        return ticket.problem_id == effect.problem_id
    return ticket.problem_id is None and ticket.type != "problem"


def _is_final(problem: VendorProblem) -> bool:
    return problem.certainty is Certainty.REJECTED and not isinstance(problem, Unauthorized)


def _spell(number: int) -> str:
    return json.dumps({"ticket": number})


OPEN: Writer[OpenProblem] = Writer(
    vendor="zendesk",
    lookup=Lookup.DIRECT,
    send=_send_problem,
    find=_find_problem,
    settle=_settle_problem,
    is_final=_is_final,
)
LINK: Writer[LinkProblem] = Writer(vendor="zendesk", lookup=Lookup.REPEAT, send=_send_link, is_final=_is_final)
