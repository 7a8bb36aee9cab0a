"""Clocks: the next due time of each follow-up of an escalation, as a row, so that a restart forgets none."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, select

from worker.store.insertion import insert_into
from worker.store.schema import clocks


class ClockKind(StrEnum):
    """Who is owed a word: the receiving team is asked, or the customer is told."""

    INTERNAL = "internal"
    CUSTOMER = "customer"


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """When a follow-up is due, and since when that is so."""

    escalation_id: str
    kind: ClockKind
    due_at: datetime
    set_at: datetime


def set_clock(connection: Connection, clock: Clock) -> None:
    """Starts the clock, or sets it anew."""
    values = {
        "escalation_id": clock.escalation_id,
        "kind": clock.kind.value,
        "due_at": clock.due_at,
        "set_at": clock.set_at,
    }
    insertion = insert_into(connection, clocks).values(**values)
    changed = {"due_at": insertion.excluded.due_at, "set_at": insertion.excluded.set_at}
    connection.execute(insertion.on_conflict_do_update(index_elements=["escalation_id", "kind"], set_=changed))


def list_clocks(connection: Connection, escalation_id: str) -> tuple[Clock, ...]:
    """The clocks of an escalation."""
    rows = connection.execute(
        select(clocks).where(clocks.c.escalation_id == escalation_id).order_by(clocks.c.kind)
    ).all()
    return tuple(
        Clock(escalation_id=row.escalation_id, kind=ClockKind(row.kind), due_at=row.due_at, set_at=row.set_at)
        for row in rows
    )
