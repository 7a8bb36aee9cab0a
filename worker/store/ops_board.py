"""How the service works, as an operator asks: lag, what was written, when each vendor last answered well."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from worker.store.effects import EffectState
from worker.store.schema import cursors, effects, heartbeats, inbox
from worker.store.subjects import SubjectKind
from worker.store.vendors import Pause, VendorRow, read_pauses, read_vendors

_SAMPLE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Lag:
    """Seconds from an event's receipt until its subject took it up, of the last events."""

    events: int
    median_s: float
    p95_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class WriteLine:
    """A write to the outside in one line."""

    id: int
    subject_kind: SubjectKind
    subject_id: str
    kind: str
    state: EffectState
    attempts: int
    intended_at: datetime
    finished_at: datetime | None
    error: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class VendorLine:
    """A vendor with its breaker, when it last answered well (seconds since 1970), and what it asks to wait for."""

    row: VendorRow
    pauses: tuple[Pause, ...]


def read_lag(connection: Connection) -> Lag | None:
    """The lag of the last five hundred events that were taken up; None when there is none."""
    newest = (
        select(inbox.c.received_at, inbox.c.consumed_at, inbox.c.subject_id)
        .order_by(inbox.c.id.desc())
        .limit(_SAMPLE)
        .subquery()
    )
    rows = connection.execute(
        select(newest.c.received_at, newest.c.consumed_at).where(
            newest.c.consumed_at.is_not(None), newest.c.subject_id.is_not(None)
        )
    )
    spans = sorted(max(0.0, (row.consumed_at - row.received_at).total_seconds()) for row in rows)
    if not spans:
        return None
    return Lag(
        events=len(spans), median_s=spans[len(spans) // 2], p95_s=spans[min(len(spans) - 1, len(spans) * 95 // 100)]
    )


def count_writes(connection: Connection, since: datetime) -> dict[tuple[str, EffectState], int]:
    """How many writes ended since then, by kind and state."""
    rows = connection.execute(
        select(effects.c.kind, effects.c.state, func.count())
        .where(effects.c.finished_at >= since)
        .group_by(effects.c.kind, effects.c.state)
    )
    return {(row[0], EffectState(row[1])): row[2] for row in rows}


def list_writes(
    connection: Connection,
    *,
    kind: str | None,
    state: EffectState | None,
    since: datetime | None,
    limit: int,
    offset: int,
) -> tuple[WriteLine, ...]:
    """Writes, the newest first."""
    wanted: list[ColumnElement[bool]] = []
    if kind is not None:
        wanted.append(effects.c.kind == kind)
    if state is not None:
        wanted.append(effects.c.state == state.value)
    if since is not None:
        wanted.append(effects.c.finished_at >= since)
    order = effects.c.finished_at.desc() if since is not None else effects.c.id.desc()
    rows = connection.execute(
        select(
            effects.c.id,
            effects.c.subject_kind,
            effects.c.subject_id,
            effects.c.kind,
            effects.c.state,
            effects.c.attempts,
            effects.c.intended_at,
            effects.c.finished_at,
            effects.c.error,
        )
        .where(*wanted)
        .order_by(order, effects.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return tuple(
        WriteLine(
            **dict(row._mapping) | {"subject_kind": SubjectKind(row.subject_kind), "state": EffectState(row.state)}
        )
        for row in rows
    )


def list_vendors(connection: Connection, clock: float) -> tuple[VendorLine, ...]:
    """Every vendor that was called; `clock` is in seconds since 1970, and pauses that are over are left out."""
    pauses = [pause for pause in read_pauses(connection).values() if pause.left(clock) > 0]
    return tuple(
        VendorLine(row=row, pauses=tuple(pause for pause in pauses if pause.vendor == name))
        for name, row in sorted(read_vendors(connection).items())
    )


def list_beats(connection: Connection) -> dict[str, datetime]:
    """When each worker was last alive."""
    rows = connection.execute(select(heartbeats.c.owner, heartbeats.c.at).order_by(heartbeats.c.at.desc()).limit(20))
    return {row.owner: row.at for row in rows}


def list_cursors(connection: Connection) -> dict[str, datetime]:
    """When each source was last read on."""
    rows = connection.execute(select(cursors.c.name, cursors.c.updated_at).order_by(cursors.c.name))
    return {row.name: row.updated_at for row in rows}


def list_last_deliveries(connection: Connection) -> dict[str, datetime]:
    """When each source last delivered, among the last five hundred events."""
    newest = select(inbox.c.source, inbox.c.received_at).order_by(inbox.c.id.desc()).limit(_SAMPLE).subquery()
    rows = connection.execute(select(newest.c.source, func.max(newest.c.received_at)).group_by(newest.c.source))
    return {row[0]: row[1] for row in rows}
