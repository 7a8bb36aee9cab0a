"""Removing what is kept long enough: texts of tickets that are over, and of what came of them."""

from datetime import datetime

from sqlalchemy import Connection, exists, func, or_, select, update

from connectors.records import TicketStatus
from worker.core.erasure import ERASED
from worker.store.effects import EffectState
from worker.store.erasure import blank_columns
from worker.store.schema import backfill_tickets, effects, escalations, members, tickets, tidings
from worker.store.snapshots import drop_snapshots

_SHORT = 200
_OVER = (TicketStatus.SOLVED.value, TicketStatus.CLOSED.value, TicketStatus.DELETED.value)


def prune_tickets(connection: Connection, before: datetime, *, limit: int) -> int:
    """Forgets what at most so many tickets said that are over, not escalated, and were last read before then.

    The row stays, so that the audit can be read; a ticket that is heard of again is read anew.
    """
    escalated = exists().where(members.c.ticket_id == tickets.c.id, members.c.left_at.is_(None))
    old = (
        select(tickets.c.id)
        .where(
            tickets.c.read_at < before,
            tickets.c.status.in_(_OVER),
            or_(tickets.c.snapshot.is_not(None), tickets.c.subject != "", tickets.c.requester_id.is_not(None)),
            ~escalated,
        )
        .order_by(tickets.c.read_at)
        .limit(limit)
    )
    ids = list(connection.execute(old).scalars())
    if ids:
        nothing = {"snapshot": None, "assessment": None, "decision": None, "requester_id": None, "next_instant": None}
        connection.execute(update(tickets).where(tickets.c.id.in_(ids)).values(subject="", **nothing))
        drop_snapshots(connection, ids)
        planned = backfill_tickets.c.ticket_id.in_(ids)
        connection.execute(update(backfill_tickets).where(planned).values(reason=""))
    return len(ids)


def prune_escalations(connection: Connection, before: datetime, *, limit: int) -> int:
    """Forgets the briefs of at most so many escalations that were closed before then, and what was said on them."""
    talked = exists().where(tidings.c.escalation_id == escalations.c.id, tidings.c.text != "")
    old = (
        select(escalations.c.id)
        .where(escalations.c.closed_at < before, or_(escalations.c.brief.is_not(None), talked))
        .limit(limit)
    )
    ids = list(connection.execute(old).scalars())
    if ids:
        connection.execute(update(escalations).where(escalations.c.id.in_(ids)).values(brief=None))
        connection.execute(update(tidings).where(tidings.c.escalation_id.in_(ids)).values(text=""))
    return len(ids)


def prune_effects(connection: Connection, before: datetime, *, limit: int) -> int:
    """Blanks the texts of at most so many writes that were finished before then; their keys stay.

    Without its key a note that was written once would be written again.
    """
    is_open = [EffectState.INTENDED.value, EffectState.STARTED.value]
    old = select(effects.c.id).where(
        effects.c.finished_at < before,
        effects.c.state.not_in(is_open),
        func.length(effects.c.payload) > _SHORT,
        effects.c.payload.not_like(f"%{ERASED}%"),
    )
    ids = list(connection.execute(old.limit(limit)).scalars())
    if ids:
        blank_columns(connection, effects, effects.c.id.in_(ids), ("payload",))
    return len(ids)
