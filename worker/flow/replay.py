"""What an operator does about a dead letter: try it again, or give it up. An event says so to its subject."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from worker.store.audit import add_audit
from worker.store.deadletters import DeadLetter
from worker.store.effects import EffectRow, drop_effect, revive_effect
from worker.store.inbox import InboxRow, PendingEvent, add_rows, spell_body
from worker.store.subjects import Lane, SubjectKind

SOURCE = "operator"
"""The source of inbox rows that a person's command makes."""


class Order(StrEnum):
    """What the operator wants. forget: drop what waits to be read, and do nothing until something new happens."""

    GO_ON = "go_on"
    FORGET = "forget"


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """Who acts, when, and under which unique name the command is kept."""

    name: str
    now: datetime
    command_id: str


def replay_letter(connection: Connection, letter: DeadLetter, writes: Sequence[EffectRow], operator: Operator) -> int:
    """Revives these dead writes and makes the subject due; returns how many came back to life.

    A write of unknown outcome is looked for before it is sent, at most once more.
    """
    revived = [write for write in writes if revive_effect(connection, write.id, operator.now)]
    data = {"by": operator.name, "writes": [write.key for write in revived]}
    add_audit(connection, letter.kind, letter.subject_id, "replayed", data, now=operator.now)
    _tell_subject(connection, letter, Order.GO_ON, operator)
    return len(revived)


def drop_letter(
    connection: Connection, letter: DeadLetter, writes: Sequence[EffectRow], operator: Operator, reason: str
) -> int:
    """Gives these dead writes up for good, or what waits to be read when there are none; the subject goes on.

    Returns how many writes were dropped.
    """
    words = f"dropped by {operator.name}: {reason}"
    dropped = [write for write in writes if drop_effect(connection, write.id, reason=words, now=operator.now)]
    data = {"by": operator.name, "reason": reason, "writes": [write.key for write in dropped]}
    add_audit(connection, letter.kind, letter.subject_id, "dropped", data, now=operator.now)
    _tell_subject(connection, letter, Order.GO_ON if dropped else Order.FORGET, operator)
    return len(dropped)


def add_word(
    connection: Connection, kind: SubjectKind, subject_id: str, body: Mapping[str, str | None], operator: Operator
) -> None:
    """Puts an operator's word on a subject into its inbox; the same command says it once."""
    row = InboxRow(
        source=SOURCE,
        dedupe_key=f"{operator.command_id}:{kind.value}:{subject_id}",
        subject_kind=kind,
        subject_id=subject_id,
        lane=Lane.LIVE,
        received_at=operator.now,
        body=spell_body(body),
    )
    add_rows(connection, [row])


def is_forgotten(events: Sequence[PendingEvent]) -> bool:
    """True when an operator's last word on a subject is to let it be, and nothing has happened since."""
    newest = events[-1] if events else None
    if newest is None or newest.source != SOURCE or newest.body is None:
        return False
    return bool(json.loads(newest.body).get("order") == Order.FORGET.value)


def _tell_subject(connection: Connection, letter: DeadLetter, order: Order, operator: Operator) -> None:
    body = {"order": order.value, "by": operator.name}
    add_word(connection, letter.kind, letter.subject_id, body, operator)
