"""What of an escalation and its tickets waits to be written, as `worker.core.waiting` wants to see it."""

from sqlalchemy import Connection, select

from worker.core.escalation import Escalation
from worker.core.waiting import Hold, Standing, WaitingWrite
from worker.store.effects import DEAD, EffectState
from worker.store.schema import effects, escalations, subjects
from worker.store.subjects import SubjectKind
from worker.store.vendors import read_vendor

_HOLDS = {
    EffectState.INTENDED.value: Hold.TURN,
    EffectState.STARTED.value: Hold.DOUBT,
    EffectState.REJECTED.value: Hold.REFUSED,
    EffectState.UNKNOWN.value: Hold.UNKNOWN,
    EffectState.DROPPED.value: Hold.DROPPED,
}
_TOLD = (EffectState.STARTED.value, EffectState.DONE.value)


def read_standing(connection: Connection, escalation: Escalation, ticket_id: int) -> Standing:
    """How the writes of the escalation stand, those of the ticket that were given up, and what it was told."""
    jira = read_vendor(connection, "jira").breaker
    subject = connection.execute(
        select(subjects.c.error).where(
            subjects.c.kind == SubjectKind.ESCALATION.value,
            subjects.c.id == escalation.id,
            subjects.c.parked_at.is_not(None),
        )
    ).first()
    changed_at = connection.execute(
        select(escalations.c.updated_at).where(escalations.c.id == escalation.id)
    ).scalar()
    return Standing(
        changed_at=changed_at or escalation.created_at,
        writes=_list_waiting(connection, SubjectKind.ESCALATION, escalation.id, tuple(_HOLDS)),
        own=_list_waiting(connection, SubjectKind.TICKET, str(ticket_id), DEAD),
        failure=subject.error if subject else None,
        outage=jira.detail if jira.failing_since is not None else None,
        remedy=jira.remedy if jira.failing_since is not None else None,
        told=_list_told(connection, escalation.id, ticket_id),
    )


def spell_waiting_prefix(escalation_id: str, ticket_id: int | str) -> str:
    """What the keys of all notes about waits of an escalation on a ticket begin with."""
    return f"waiting:{escalation_id}:{ticket_id}:"


def _list_waiting(
    connection: Connection, kind: SubjectKind, subject_id: str, states: tuple[str, ...]
) -> tuple[WaitingWrite, ...]:
    rows = connection.execute(
        select(effects.c.id, effects.c.kind, effects.c.state, effects.c.intended_at, effects.c.error)
        .where(
            effects.c.subject_kind == kind.value,
            effects.c.subject_id == subject_id,
            effects.c.state.in_(states),
        )
        .order_by(effects.c.id)
    )
    return tuple(
        WaitingWrite(id=row.id, kind=row.kind, hold=_HOLDS[row.state], since=row.intended_at, error=row.error)
        for row in rows
    )


def _list_told(connection: Connection, escalation_id: str, ticket_id: int) -> frozenset[str]:
    prefix = spell_waiting_prefix(escalation_id, ticket_id)
    rows = connection.execute(
        select(effects.c.key).where(
            effects.c.subject_kind == SubjectKind.TICKET.value,
            effects.c.subject_id == str(ticket_id),
            effects.c.state.in_(_TOLD),
            effects.c.key.startswith(prefix, autoescape=True),
        )
    )
    return frozenset(row.key.removeprefix(prefix) for row in rows)
