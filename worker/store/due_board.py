"""Who is owed a word when: the clocks of all running escalations with what a person needs to see beside them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from worker.core.assessment import Severity, Target
from worker.core.escalation import EscalationState
from worker.core.life import Stage
from worker.store.clocks import TEAM
from worker.store.schema import clocks, escalations, members, snoozes, tickets


class Side(StrEnum):
    """Whose clock it is."""

    TEAM = "team"
    CUSTOMER = "customer"


@dataclass(frozen=True, kw_only=True, slots=True)
class DueRow:
    """A clock that runs. `ticket_id` is 0 for the team's; `late_at` is when it counts as overdue."""

    escalation_id: str
    ticket_id: int
    due_at: datetime
    late_at: datetime
    title: str
    subject: str
    severity: Severity
    target: Target
    stage: Stage
    issue_key: str | None
    snoozed_until: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DueCounts:
    """How many clocks of a side run, are due, and are overdue."""

    running: int
    due: int
    overdue: int


def list_due(connection: Connection, side: Side, *, limit: int, offset: int = 0) -> tuple[DueRow, ...]:
    """The running clocks of a side, what is due first at the top."""
    asleep = and_(snoozes.c.escalation_id == clocks.c.escalation_id, snoozes.c.ticket_id == clocks.c.ticket_id)
    chosen = _choose(
        select(
            clocks.c.escalation_id,
            clocks.c.ticket_id,
            clocks.c.due_at,
            clocks.c.overdue_at,
            escalations.c.title,
            escalations.c.severity,
            escalations.c.target,
            escalations.c.stage,
            escalations.c.issue_key,
            tickets.c.subject,
            snoozes.c.until,
        ),
        side,
    )
    rows = connection.execute(
        chosen.outerjoin(snoozes, asleep)
        .outerjoin(tickets, tickets.c.id == clocks.c.ticket_id)
        .order_by(_late_at(), clocks.c.due_at, clocks.c.escalation_id, clocks.c.ticket_id)
        .limit(limit)
        .offset(offset)
    )
    return tuple(
        DueRow(
            escalation_id=row.escalation_id,
            ticket_id=row.ticket_id,
            due_at=row.due_at,
            late_at=row.overdue_at or row.due_at,
            title=row.title,
            subject=row.subject or "",
            severity=Severity(row.severity),
            target=Target(row.target),
            stage=Stage(row.stage),
            issue_key=row.issue_key,
            snoozed_until=row.until,
        )
        for row in rows
    )


def count_due(connection: Connection, side: Side, now: datetime) -> DueCounts:
    """How many clocks of a side there are."""
    late = func.count().filter(_late_at() <= now)
    row = connection.execute(
        _choose(select(func.count(), func.count().filter(clocks.c.due_at <= now), late), side)
    ).one()
    return DueCounts(running=row[0], due=row[1], overdue=row[2])


def _late_at() -> ColumnElement[datetime]:
    return func.coalesce(clocks.c.overdue_at, clocks.c.due_at)


def _choose(columns: Select[*tuple[Any, ...]], side: Side) -> Select[*tuple[Any, ...]]:
    """Clocks of running escalations; a customer's only while the ticket belongs to it."""
    known = escalations.c.id == clocks.c.escalation_id
    owned = and_(
        members.c.escalation_id == clocks.c.escalation_id,
        members.c.ticket_id == clocks.c.ticket_id,
        members.c.left_at.is_(None),
    )
    is_team = clocks.c.ticket_id == TEAM
    joined = columns.select_from(clocks).join(escalations, known).outerjoin(members, owned)
    wanted = is_team if side is Side.TEAM else and_(~is_team, members.c.id.is_not(None))
    return joined.where(escalations.c.state == EscalationState.OPEN.value, clocks.c.due_at.is_not(None), wanted)
