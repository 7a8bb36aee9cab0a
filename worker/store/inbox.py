"""The inbox: one row per delivery, poll row or operator's request, deduplicated by its key."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from worker.store.insertion import insert_into
from worker.store.schema import inbox
from worker.store.subjects import Lane, SubjectKind, insert_wakes


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxRow:
    """Something may have changed about a subject. `replay_key` also refuses the same content under another key."""

    source: str
    dedupe_key: str
    subject_kind: SubjectKind
    subject_id: str | None
    lane: Lane
    received_at: datetime
    replay_key: str | None = None
    body: bytes | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingEvent:
    """An event that its subject has not consumed yet."""

    id: int
    source: str
    received_at: datetime
    body: bytes | None


def add_rows(connection: Connection, rows: Sequence[InboxRow]) -> int:
    """Stores the rows that are new and wakes their subjects; returns how many were new.

    A row without a subject is kept for its key and counts as consumed at once.
    """
    if not rows:
        return 0
    # Rows go in as parameters of one prepared statement: with values spelt into it, each commit compiles anew.
    insertion = insert_into(connection, inbox).on_conflict_do_nothing()
    fresh = connection.execute(
        insertion.returning(inbox.c.subject_kind, inbox.c.subject_id, inbox.c.lane, inbox.c.received_at),
        [_spell_row(row) for row in rows],
    ).all()
    for (kind, lane), woken in _group_subjects(fresh).items():
        ids = list(dict.fromkeys(row.subject_id for row in woken))
        insert_wakes(connection, SubjectKind(kind), ids, lane=Lane(lane), now=woken[0].received_at)
    return len(fresh)


def list_pending(
    connection: Connection, kind: SubjectKind, ids: Sequence[str]
) -> Mapping[str, tuple[PendingEvent, ...]]:
    """The unconsumed events of each subject, oldest first."""
    found: dict[str, list[PendingEvent]] = {subject_id: [] for subject_id in ids}
    for row in connection.execute(
        select(inbox.c.id, inbox.c.subject_id, inbox.c.source, inbox.c.received_at, inbox.c.body)
        .where(inbox.c.subject_kind == kind.value, inbox.c.subject_id.in_(list(ids)), inbox.c.consumed_at.is_(None))
        .order_by(inbox.c.id)
    ):
        event = PendingEvent(id=row.id, source=row.source, received_at=row.received_at, body=row.body)
        found[row.subject_id].append(event)
    return {subject_id: tuple(events) for subject_id, events in found.items()}


def consume_events(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """Marks events as consumed and lets go of their bodies."""
    if ids:
        connection.execute(update(inbox).where(inbox.c.id.in_(list(ids))).values(consumed_at=now, body=None))


def has_row(connection: Connection, source: str, dedupe_key: str) -> bool:
    """True when a row of this name was stored before, consumed or not."""
    named = select(inbox.c.id).where(inbox.c.source == source, inbox.c.dedupe_key == dedupe_key)
    return connection.execute(named.limit(1)).first() is not None


def count_pending(connection: Connection) -> tuple[int, datetime | None]:
    """How many events wait, and when the oldest of them was received."""
    row = connection.execute(
        select(func.count(inbox.c.id), func.min(inbox.c.received_at)).where(
            inbox.c.consumed_at.is_(None), inbox.c.subject_id.is_not(None)
        )
    ).one()
    return row[0], row[1]


def spell_body(value: object) -> bytes:
    """The bytes of a small JSON body."""
    return json.dumps(value, separators=(",", ":")).encode()


def _group_subjects(rows: Sequence[Any]) -> Mapping[tuple[str, int], list[Any]]:
    grouped: dict[tuple[str, int], list[Any]] = {}
    for row in rows:
        if row.subject_id is not None:
            grouped.setdefault((row.subject_kind, row.lane), []).append(row)
    return grouped


def _spell_row(row: InboxRow) -> dict[str, object]:
    return {
        "source": row.source,
        "dedupe_key": row.dedupe_key,
        "replay_key": row.replay_key,
        "subject_kind": row.subject_kind.value,
        "subject_id": row.subject_id,
        "lane": int(row.lane),
        "received_at": row.received_at,
        "body": row.body,
        "consumed_at": row.received_at if row.subject_id is None else None,
    }
