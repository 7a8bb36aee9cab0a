"""Tickets as they were read, kept compressed for a while, so that another policy can be tried on them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection, delete, func, select

from connectors.records import Ticket
from worker.core.assessment import Severity, Target
from worker.core.context import Context
from worker.core.decision import Action, Decision
from worker.core.simulation import Call, Kept, goes_up
from worker.store.codec import RecordCodec
from worker.store.schema import snapshots

_TICKETS = RecordCodec(Ticket)
_CONTEXTS = RecordCodec(Context)
_PAGE = 200


def add_snapshot(
    connection: Connection,
    ticket: Ticket,
    context: Context,
    decision: Decision,
    *,
    is_escalated: bool,
    policy_digest: str,
    now: datetime,
) -> None:
    """Keeps a reading; earlier judgements and others' lessons are left out, because no judgement rests on them."""
    connection.execute(
        snapshots.insert().values(
            ticket_id=ticket.id,
            read_at=now,
            body=_TICKETS.pack(ticket),
            context=_CONTEXTS.pack(replace(context, earlier=(), lessons=(), proposals=(), second_reader="")),
            escalated=is_escalated,
            action=decision.action.value,
            target=decision.target.value if decision.target else None,
            severity=decision.severity.value if decision.severity else None,
            policy_digest=policy_digest,
        )
    )


def count_histories(connection: Connection, since: datetime) -> int:
    """How many tickets have a snapshot of since then."""
    wanted = select(func.count(func.distinct(snapshots.c.ticket_id))).where(snapshots.c.read_at >= since)
    return int(connection.execute(wanted).scalar() or 0)


def walk_histories(connection: Connection, since: datetime) -> Iterator[tuple[Kept, ...]]:
    """The snapshots of each ticket since then, oldest first, ticket by ticket in order of id."""
    rows = connection.execution_options(yield_per=_PAGE).execute(
        select(snapshots).where(snapshots.c.read_at >= since).order_by(snapshots.c.ticket_id, snapshots.c.id)
    )
    for _, group in groupby(rows, key=lambda row: row.ticket_id):
        yield tuple(
            Kept(
                ticket=_TICKETS.unpack(row.body),
                context=_CONTEXTS.unpack(row.context),
                read_at=row.read_at,
                is_escalated=row.escalated,
                decided=Call(
                    goes_up=goes_up(Action(row.action)),
                    at=row.read_at,
                    target=Target(row.target) if row.target else None,
                    severity=Severity(row.severity) if row.severity else None,
                ),
            )
            for row in group
        )


def find_first_snapshot(connection: Connection) -> datetime | None:
    """When the oldest snapshot was taken; None without any."""
    return connection.execute(select(func.min(snapshots.c.read_at))).scalar()


def drop_snapshots(connection: Connection, ticket_ids: Sequence[int]) -> int:
    """Forgets everything that was read of these tickets; how many snapshots it were."""
    return connection.execute(delete(snapshots).where(snapshots.c.ticket_id.in_(list(ticket_ids)))).rowcount


def prune_snapshots(connection: Connection, before: datetime, *, limit: int) -> int:
    """Removes at most so many older ones; how many it were."""
    old = select(snapshots.c.id).where(snapshots.c.read_at < before).order_by(snapshots.c.read_at).limit(limit)
    return connection.execute(delete(snapshots).where(snapshots.c.id.in_(old.scalar_subquery()))).rowcount
