"""Tidings of an escalation: what support asked the team, what the team answered, and what support is to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, select

from worker.store.insertion import add_new
from worker.store.schema import tidings


class TidingKind(StrEnum):
    """asked: a question of ours on the issue. answered: a word of the team. marked: one that is meant for support.

    sent: a text that went to a customer by itself.
    """

    ASKED = "asked"
    ANSWERED = "answered"
    MARKED = "marked"
    SENT = "sent"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tiding:
    """One of them; `source_id` tells it from others of its kind, `text` is empty where only the fact counts.

    `position` counts up in the order in which they were kept.
    """

    kind: TidingKind
    source_id: str
    at: datetime
    author: str | None = None
    text: str = ""
    position: int = 0


def add_tidings(connection: Connection, escalation_id: str, found: Sequence[Tiding]) -> int:
    """Keeps those that are new; returns how many were."""
    rows = [
        {
            "escalation_id": escalation_id,
            "kind": tiding.kind.value,
            "source_id": tiding.source_id,
            "at": tiding.at,
            "author": tiding.author,
            "text": tiding.text,
        }
        for tiding in found
    ]
    return add_new(connection, tidings, rows)


def list_tidings(connection: Connection, escalation_ids: Sequence[str]) -> dict[str, tuple[Tiding, ...]]:
    """The tidings of each of these escalations, oldest first."""
    found: dict[str, list[Tiding]] = {escalation_id: [] for escalation_id in escalation_ids}
    rows = connection.execute(
        select(tidings).where(tidings.c.escalation_id.in_(list(escalation_ids))).order_by(tidings.c.at, tidings.c.id)
    )
    for row in rows:
        found[row.escalation_id].append(
            Tiding(
                kind=TidingKind(row.kind),
                source_id=row.source_id,
                at=row.at,
                author=row.author,
                text=row.text,
                position=row.id,
            )
        )
    return {escalation_id: tuple(rows) for escalation_id, rows in found.items()}
