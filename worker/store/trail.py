"""The trail of a subject: what was read, decided, ordered and written, from the audit and the effects, in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from worker.store.audit import list_audit
from worker.store.effects import EffectRow, list_effects
from worker.store.schema import members
from worker.store.subjects import SubjectKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One entry: what happened to which subject, with its data; `policy_digest` where a policy decided."""

    at: datetime
    subject: str
    event: str
    data: dict[str, object]
    policy_digest: str | None = None


def list_trail(connection: Connection, escalation_id: str | None, ticket_ids: Sequence[int]) -> tuple[Step, ...]:
    """Everything kept about an escalation and these tickets, oldest first."""
    subjects = [(SubjectKind.TICKET, str(ticket_id)) for ticket_id in ticket_ids]
    if escalation_id is not None:
        subjects.append((SubjectKind.ESCALATION, escalation_id))
    steps = [step for kind, subject_id in subjects for step in _list_steps(connection, kind, subject_id)]
    return tuple(sorted(steps, key=lambda step: step.at))


def list_ever(connection: Connection, escalation_id: str) -> tuple[int, ...]:
    """Ids of all tickets that are or were part of an escalation."""
    rows = connection.execute(
        select(members.c.ticket_id)
        .where(members.c.escalation_id == escalation_id)
        .distinct()
        .order_by(members.c.ticket_id)
    )
    return tuple(row.ticket_id for row in rows)


def _list_steps(connection: Connection, kind: SubjectKind, subject_id: str) -> list[Step]:
    name = f"{kind.value}:{subject_id}"
    noted = [
        Step(at=row.at, subject=name, event=row.event, data=dict(row.data), policy_digest=row.policy_digest)
        for row in list_audit(connection, kind, subject_id)
    ]
    return [*noted, *(_spell_effect(name, row) for row in list_effects(connection, kind, subject_id))]


def _spell_effect(name: str, row: EffectRow) -> Step:
    """The write with what became of it, at the time it was intended."""
    return Step(
        at=row.intended_at,
        subject=name,
        event="write",
        data={
            "key": row.key,
            "kind": row.kind,
            "state": row.state.value,
            "requests": row.attempts,
            "started_at": row.started_at.isoformat() if row.started_at else None,
            "finished_at": row.finished_at.isoformat() if row.finished_at else None,
            "outcome": row.outcome,
            "error": row.error,
        },
    )
