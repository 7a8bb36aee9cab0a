"""Keeping what a change of the policy will be tried on: readings that differ, and what agents think of decisions."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from connectors.records import Ticket
from mappings.routing import Tags
from worker.core.assessment import Assessment
from worker.core.context import Context
from worker.core.decision import Decision
from worker.core.simulation import Opinion
from worker.store.marks import drop_mark, keep_mark
from worker.store.snapshots import add_snapshot
from worker.store.tickets import TicketState


def keep_reading(
    connection: Connection,
    ticket: Ticket,
    context: Context,
    assessment: Assessment,
    decision: Decision,
    *,
    known: TicketState | None,
    is_escalated: bool,
    now: datetime,
) -> None:
    """Keeps a snapshot of a ticket that changed, or about which something else is decided than before."""
    before = known.decision if known else None
    decided = before is not None and _spell(before) == _spell(decision)
    if known is not None and decided and _bare(known.ticket) == _bare(ticket):
        return
    add_snapshot(
        connection,
        ticket,
        context,
        decision,
        is_escalated=is_escalated,
        policy_digest=assessment.policy_digest,
        now=now,
    )


def keep_opinion(
    connection: Connection,
    ticket: Ticket,
    assessment: Assessment,
    decision: Decision,
    *,
    known: TicketState | None,
    tags: Tags,
    now: datetime,
) -> None:
    """Keeps, or forgets, an agent's mark; it is about the decision that stood when the agent looked."""
    opinion, before = read_opinion(ticket, tags), read_opinion(known.ticket, tags) if known else None
    if opinion is before:
        return
    if opinion is None:
        drop_mark(connection, ticket.id)
        return
    seen = known.assessment if known and known.assessment and known.decision else assessment
    judged = known.decision if known and known.assessment and known.decision else decision
    keep_mark(connection, ticket.id, opinion, assessment=seen, decision=judged, now=now)


def read_opinion(ticket: Ticket, tags: Tags) -> Opinion | None:
    """What the tags say; where both stand, somebody disagrees."""
    if tags.disagree in ticket.tags:
        return Opinion.DISAGREE
    return Opinion.AGREE if tags.agree in ticket.tags else None


def _spell(decision: Decision) -> tuple[object, ...]:
    return decision.action, decision.target, decision.severity


def _bare(ticket: Ticket) -> Ticket:
    """Without the stamp of the export, which says nothing about the ticket."""
    return replace(ticket, generated_at=None)
