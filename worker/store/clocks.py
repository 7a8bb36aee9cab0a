"""Clocks: the next due time of each follow-up as a row, so that a restart forgets none; and which of them sleep."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from worker.core.cadence import Snooze
from worker.store.insertion import insert_into
from worker.store.schema import clocks, snoozes

TEAM = 0
"""Stands for the receiving team where a ticket's number stands for its customer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """When the team is to be asked (`ticket_id` is TEAM), or when a ticket's customer is owed a word.

    `due_at` is None while the clock stands still; `reasons` say why it is so.
    """

    escalation_id: str
    ticket_id: int
    due_at: datetime | None
    set_at: datetime
    overdue_at: datetime | None = None
    reasons: tuple[str, ...] = ()


def set_clock(connection: Connection, clock: Clock) -> None:
    """Starts the clock, or sets it anew."""
    values = {
        "escalation_id": clock.escalation_id,
        "ticket_id": clock.ticket_id,
        "due_at": clock.due_at,
        "overdue_at": clock.overdue_at,
        "reasons": json.dumps(clock.reasons),
        "set_at": clock.set_at,
    }
    insertion = insert_into(connection, clocks).values(**values)
    changed = {name: insertion.excluded[name] for name in ("due_at", "overdue_at", "reasons", "set_at")}
    connection.execute(insertion.on_conflict_do_update(index_elements=["escalation_id", "ticket_id"], set_=changed))


def drop_clock(connection: Connection, escalation_id: str, ticket_id: int) -> None:
    """Forgets the clock of a ticket that is not part of the escalation any more."""
    connection.execute(delete(clocks).where(clocks.c.escalation_id == escalation_id, clocks.c.ticket_id == ticket_id))


def stop_clocks(connection: Connection, escalation_id: str, reason: str, now: datetime) -> None:
    """Lets all clocks of an escalation stand still, and says why."""
    connection.execute(
        update(clocks)
        .where(clocks.c.escalation_id == escalation_id)
        .values(due_at=None, overdue_at=None, reasons=json.dumps([reason]), set_at=now)
    )


def list_clocks(connection: Connection, escalation_id: str | None = None) -> tuple[Clock, ...]:
    """The clocks of an escalation, or all, what is due first at the top and what stands still at the end."""
    chosen = select(clocks).order_by(clocks.c.due_at.is_(None), clocks.c.due_at, clocks.c.ticket_id)
    if escalation_id is not None:
        chosen = chosen.where(clocks.c.escalation_id == escalation_id)
    return tuple(
        Clock(
            escalation_id=row.escalation_id,
            ticket_id=row.ticket_id,
            due_at=row.due_at,
            overdue_at=row.overdue_at,
            reasons=tuple(json.loads(row.reasons)),
            set_at=row.set_at,
        )
        for row in connection.execute(chosen)
    )


def set_snooze(connection: Connection, escalation_id: str, ticket_id: int, snooze: Snooze, now: datetime) -> None:
    """Puts a clock to sleep; a later word of a person replaces an earlier one."""
    values = {
        "escalation_id": escalation_id,
        "ticket_id": ticket_id,
        "until": snooze.until,
        "reason": snooze.reason,
        "by": snooze.by,
        "set_at": now,
    }
    insertion = insert_into(connection, snoozes).values(**values)
    changed = {name: insertion.excluded[name] for name in ("until", "reason", "by", "set_at")}
    connection.execute(insertion.on_conflict_do_update(index_elements=["escalation_id", "ticket_id"], set_=changed))


def list_snoozes(connection: Connection, escalation_ids: Sequence[str]) -> dict[tuple[str, int], Snooze]:
    """The last snooze of each clock of these escalations, over or not."""
    rows = connection.execute(select(snoozes).where(snoozes.c.escalation_id.in_(list(escalation_ids))))
    return {(row.escalation_id, row.ticket_id): Snooze(until=row.until, reason=row.reason, by=row.by) for row in rows}
