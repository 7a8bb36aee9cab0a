"""The figures of `escalator status` and the counts of one run."""

from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from worker.store.effects import EffectState, count_done, count_states
from worker.store.inbox import count_pending
from worker.store.schema import subjects
from worker.store.tickets import count_tickets


def read_status(connection: Connection, now: datetime) -> dict[str, int | float | None]:
    """{inbox, due, leased, intended, uncertain, parked, oldest_event_s}; the age is None when no event waits."""
    inbox, oldest = count_pending(connection)
    effects = count_states(connection)
    due = or_(subjects.c.plan_due_at <= now, subjects.c.write_due_at <= now)
    return {
        "inbox": inbox,
        "due": _count(connection, due),
        "leased": _count(connection, subjects.c.lease_until > now),
        "intended": effects.get(EffectState.INTENDED, 0),
        "uncertain": effects.get(EffectState.STARTED, 0),
        "parked": count_parked(connection),
        "oldest_event_s": round((now - oldest).total_seconds(), 3) if oldest else None,
    }


def read_counts(connection: Connection) -> dict[str, int]:
    """What was done so far: tickets read and judged, issues opened, tickets updated, work parked."""
    read, assessed = count_tickets(connection)
    done = count_done(connection)
    return {
        "read": read,
        "assessed": assessed,
        "opened": done.get("issue.open", 0),
        "updated": done.get("ticket.update", 0),
        "parked": count_parked(connection),
    }


def count_parked(connection: Connection) -> int:
    """How many subjects need somebody."""
    return _count(connection, subjects.c.parked_at.is_not(None))


def read_lateness(connection: Connection, now: datetime) -> float | None:
    """Seconds since the oldest due row became due; None when nothing is due."""
    instants = [
        connection.execute(
            select(func.min(column)).where(or_(subjects.c.lease_until.is_(None), subjects.c.lease_until <= now))
        ).scalar()
        for column in (subjects.c.plan_due_at, subjects.c.write_due_at)
    ]
    ages = [(now - instant).total_seconds() for instant in instants if instant is not None]
    late = max(ages, default=0.0)
    return late if late > 0 else None


def _count(connection: Connection, condition: object) -> int:
    count = connection.execute(select(func.count()).select_from(subjects).where(condition)).scalar()  # type: ignore[arg-type]
    return int(count or 0)
