"""The run of a backfill plan in rows: which tickets were fed, what became of each, and the cap on what it creates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, String, and_, cast, func, or_, select, true, update

from worker.store.backfills import BackfillState
from worker.store.inbox import InboxRow, add_rows
from worker.store.schema import backfill_tickets, backfills, effects, escalations, members, subjects, tickets, wakes
from worker.store.subjects import Lane, SubjectKind, insert_wakes

SOURCE = "backfill"
"""The source of inbox rows that a plan feeds; their body is the plan's id."""


class Outcome(StrEnum):
    """What became of a ticket of a plan.

    opened: the run made an escalation. joined: it has one already, or names an issue that was linked, or live
    work opened one at the same time. asked: an agent was asked. stayed: nothing goes up. held_back: the cap was
    reached. parked: it could not be judged.
    """

    OPENED = "opened"
    JOINED = "joined"
    ASKED = "asked"
    STAYED = "stayed"
    HELD_BACK = "held_back"
    PARKED = "parked"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportRow:
    """A ticket of a plan: what was planned, what became of it, and the escalation that it belongs to now."""

    ticket_id: int
    subject: str
    action: str | None
    target: str | None
    severity: str | None
    reason: str
    outcome: str | None
    settled_at: datetime | None
    escalation: str | None
    issue: str | None


class CapReached(Exception):
    """The plan may make no more escalations."""


def feed_tickets(connection: Connection, plan_id: str, *, limit: int, now: datetime) -> int:
    """Puts the plan's next tickets into the inbox, all of one rank; returns how many, 0 at the end of the plan."""
    rows = connection.execute(
        select(backfill_tickets.c.ticket_id, backfill_tickets.c.rank)
        .where(_is_open(plan_id), backfill_tickets.c.fed_at.is_(None))
        .order_by(backfill_tickets.c.rank, backfill_tickets.c.ticket_id)
        .limit(limit)
    ).all()
    ids = [row.ticket_id for row in rows if row.rank == rows[0].rank]
    if ids:
        add_rows(connection, [_make_row(plan_id, ticket_id, now) for ticket_id in ids])
        connection.execute(
            update(backfill_tickets)
            .where(backfill_tickets.c.plan_id == plan_id, backfill_tickets.c.ticket_id.in_(ids))
            .values(fed_at=now)
        )
    return len(ids)


def is_draining(connection: Connection, plan_id: str) -> bool:
    """True while tickets that were fed are not settled."""
    fed = select(backfill_tickets.c.ticket_id).where(_is_open(plan_id), backfill_tickets.c.fed_at.is_not(None))
    return connection.execute(fed.limit(1)).first() is not None


def is_writing(connection: Connection, plan_id: str, now: datetime) -> bool:
    """True while something of what the run decided is still to be written outside; parked work is not waited for."""
    concerned = [Outcome.OPENED.value, Outcome.JOINED.value, Outcome.ASKED.value]
    of_plan = and_(backfill_tickets.c.plan_id == plan_id, backfill_tickets.c.outcome.in_(concerned))
    ticket_ids = select(cast(backfill_tickets.c.ticket_id, String)).where(of_plan)
    escalation_ids = (
        select(members.c.escalation_id)
        .join(backfill_tickets, backfill_tickets.c.ticket_id == members.c.ticket_id)
        .where(of_plan, members.c.left_at.is_(None))
    )

    def concerns(kind: ColumnElement[str], subject_id: ColumnElement[str]) -> ColumnElement[bool]:
        return or_(
            and_(kind == SubjectKind.TICKET.value, subject_id.in_(ticket_ids)),
            and_(kind == SubjectKind.ESCALATION.value, subject_id.in_(escalation_ids)),
        )

    busy = or_(
        subjects.c.write_due_at.is_not(None),
        subjects.c.plan_due_at <= now,
        subjects.c.lease_until > now,
        and_(subjects.c.attempts > 0, subjects.c.plan_due_at.is_not(None)),
    )
    held = select(subjects.c.id).where(busy, concerns(subjects.c.kind, subjects.c.id))
    woken = select(wakes.c.id).where(concerns(wakes.c.subject_kind, wakes.c.subject_id))
    return any(connection.execute(query.limit(1)).first() is not None for query in (held, woken))


def take_creation(connection: Connection, plan_id: str, *, capped: bool) -> None:
    """Counts one escalation that the run makes; raises CapReached when it is `capped` and none is left.

    A run that an operator cancelled has none left.
    """
    plan = backfills.c.id == plan_id
    left = backfills.c.state != BackfillState.CANCELLED.value
    left &= or_(backfills.c.max_create.is_(None), backfills.c.created < backfills.c.max_create)
    counted = connection.execute(
        update(backfills).where(and_(plan, left) if capped else plan).values(created=backfills.c.created + 1)
    )
    if counted.rowcount != 1:
        raise CapReached(plan_id)


def settle_planned(
    connection: Connection, plan_ids: Sequence[str], ticket_id: int, outcome: Outcome, now: datetime
) -> None:
    """Keeps what became of a ticket, and wakes a plan whose fed tickets are all settled with it."""
    for plan_id in plan_ids:
        connection.execute(
            update(backfill_tickets)
            .where(backfill_tickets.c.plan_id == plan_id, backfill_tickets.c.ticket_id == ticket_id)
            .values(outcome=outcome.value, settled_at=now)
        )
        if not is_draining(connection, plan_id):
            insert_wakes(connection, SubjectKind.BACKFILL, [plan_id], lane=Lane.BACKFILL, now=now)


def count_outcomes(connection: Connection, plan_id: str) -> dict[Outcome, int]:
    """How many tickets of a plan came to each end; none for those that are still to come."""
    return {outcome: number for outcome, number in count_progress(connection, plan_id).items() if outcome is not None}


def count_progress(connection: Connection, plan_id: str) -> dict[Outcome | None, int]:
    """How many tickets of a plan came to each end, and under None how many are still to come."""
    rows = connection.execute(
        select(backfill_tickets.c.outcome, func.count())
        .where(backfill_tickets.c.plan_id == plan_id)
        .group_by(backfill_tickets.c.outcome)
    ).all()
    return {Outcome(row[0]) if row[0] else None: row[1] for row in rows}


def find_last_settled(connection: Connection, plan_id: str) -> datetime | None:
    """When the run last got a ticket done."""
    return connection.execute(
        select(func.max(backfill_tickets.c.settled_at)).where(backfill_tickets.c.plan_id == plan_id)
    ).scalar()


def find_last_write(connection: Connection) -> datetime | None:
    """When anything was last written outside, whoever wanted it."""
    return connection.execute(select(func.max(effects.c.finished_at))).scalar()


def list_report(
    connection: Connection, plan_id: str, *, outcome: Outcome | None = None, limit: int | None = None, offset: int = 0
) -> Iterator[ReportRow]:
    """Every ticket of a plan in the order of its run, with what became of it; those with this outcome when named."""
    joined = (
        backfill_tickets.outerjoin(tickets, tickets.c.id == backfill_tickets.c.ticket_id)
        .outerjoin(members, and_(members.c.ticket_id == backfill_tickets.c.ticket_id, members.c.left_at.is_(None)))
        .outerjoin(escalations, escalations.c.id == members.c.escalation_id)
    )
    rows = connection.execute(
        select(backfill_tickets, tickets.c.subject, escalations.c.id.label("escalation"), escalations.c.issue_key)
        .select_from(joined)
        .where(backfill_tickets.c.plan_id == plan_id)
        .where(true() if outcome is None else backfill_tickets.c.outcome == outcome.value)
        .order_by(backfill_tickets.c.rank, backfill_tickets.c.ticket_id)
        .limit(limit)
        .offset(offset)
    )
    for row in rows:
        yield ReportRow(
            ticket_id=row.ticket_id,
            subject=row.subject or "",
            action=row.action,
            target=row.target,
            severity=row.severity,
            reason=row.reason,
            outcome=row.outcome,
            settled_at=row.settled_at,
            escalation=row.escalation,
            issue=row.issue_key,
        )


def _is_open(plan_id: str) -> ColumnElement[bool]:
    return and_(backfill_tickets.c.plan_id == plan_id, backfill_tickets.c.outcome.is_(None))


def _make_row(plan_id: str, ticket_id: int, now: datetime) -> InboxRow:
    return InboxRow(
        source=SOURCE,
        dedupe_key=f"{plan_id}:{ticket_id}",
        subject_kind=SubjectKind.TICKET,
        subject_id=str(ticket_id),
        lane=Lane.BACKFILL,
        received_at=now,
        body=plan_id.encode(),
    )
