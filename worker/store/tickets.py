"""What we last knew and decided of each ticket."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from connectors.records import Ticket, TicketStatus
from worker.core.assessment import Assessment
from worker.core.decision import Decision
from worker.store.codec import RecordCodec
from worker.store.insertion import insert_into
from worker.store.schema import tickets

_SNAPSHOTS = RecordCodec(Ticket)
_ASSESSMENTS = RecordCodec(Assessment)
_DECISIONS = RecordCodec(Decision)


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketState:
    """The last snapshot of a ticket with what was made of it."""

    ticket: Ticket
    read_at: datetime
    assessment: Assessment | None
    decision: Decision | None


def read_states(connection: Connection, ticket_ids: Sequence[int]) -> dict[int, TicketState]:
    """The states of those tickets that were read before."""
    rows = connection.execute(select(tickets).where(tickets.c.id.in_(list(ticket_ids)))).all()
    return {
        row.id: TicketState(
            ticket=_SNAPSHOTS.unpack(row.snapshot),
            read_at=row.read_at,
            assessment=_ASSESSMENTS.read_text(row.assessment) if row.assessment else None,
            decision=_DECISIONS.read_text(row.decision) if row.decision else None,
        )
        for row in rows
        if row.snapshot is not None
    }


def save_state(connection: Connection, state: TicketState) -> None:
    """Stores what is known of a ticket now."""
    assessment, decision = state.assessment, state.decision
    values = {
        "id": state.ticket.id,
        "subject": state.ticket.subject,
        "status": state.ticket.status.value,
        "organization_id": state.ticket.organization_id,
        "requester_id": state.ticket.requester_id,
        "snapshot": _SNAPSHOTS.pack(state.ticket),
        "read_at": state.read_at,
        "assessment": _ASSESSMENTS.write_text(assessment) if assessment else None,
        "decision": _DECISIONS.write_text(decision) if decision else None,
        "policy_digest": assessment.policy_digest if assessment else None,
        "assessed_at": assessment.now if assessment else None,
        "next_instant": assessment.next_instant if assessment else None,
        "action": decision.action.value if decision else None,
        "target": decision.target.value if decision and decision.target else None,
        "severity": decision.severity.value if decision and decision.severity else None,
        "opened_at": state.ticket.created_at,
    }
    insertion = insert_into(connection, tickets).values(**values)
    changed = {name: insertion.excluded[name] for name in values if name != "id"}
    connection.execute(insertion.on_conflict_do_update(index_elements=["id"], set_=changed))


def spell_ticket(ticket: Ticket) -> bytes:
    """A snapshot as the body of an inbox row."""
    return _SNAPSHOTS.pack(ticket)


def read_ticket(body: bytes) -> Ticket:
    """The snapshot that `spell_ticket` spelt."""
    return _SNAPSHOTS.unpack(body)


def has_ticket(connection: Connection, ticket_id: int) -> bool:
    """True when the ticket was read and is there."""
    row = connection.execute(select(tickets.c.status).where(tickets.c.id == ticket_id)).first()
    return row is not None and row.status != TicketStatus.DELETED.value


def count_tickets(connection: Connection) -> tuple[int, int]:
    """How many tickets were read, and how many of them were judged."""
    row = connection.execute(select(func.count(tickets.c.id), func.count(tickets.c.assessed_at))).one()
    return row[0], row[1]


def mark_deleted(connection: Connection, ticket_id: int, now: datetime) -> None:
    """Forgets the content of a ticket that was deleted on the other side."""
    connection.execute(
        tickets.update()
        .where(tickets.c.id == ticket_id)
        .values(
            status=TicketStatus.DELETED.value,
            subject="",
            snapshot=None,
            assessment=None,
            decision=None,
            next_instant=None,
            action=None,
            target=None,
            severity=None,
            read_at=now,
        )
    )
