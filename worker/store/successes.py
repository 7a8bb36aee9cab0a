"""What went well lately: whether a failure that stays is one subject's own, or everybody's."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, select

from worker.store.effects import EffectState
from worker.store.schema import effects, escalations, tickets
from worker.store.subjects import SubjectKind


def has_read_others(connection: Connection, kind: SubjectKind, subject_id: str, since: datetime) -> bool:
    """True when another ticket was read, or another escalation's issue seen, since then."""
    if kind is SubjectKind.TICKET:
        return _is_any(connection, tickets.c.read_at >= since, tickets.c.id != int(subject_id))
    if kind is SubjectKind.ESCALATION:
        return _is_any(connection, escalations.c.issue_seen_at >= since, escalations.c.id != subject_id)
    return False


def has_written_others(connection: Connection, effect_kind: str, subject_id: str, since: datetime) -> bool:
    """True when another subject's write of that kind was answered well since then."""
    return _is_any(
        connection,
        effects.c.kind == effect_kind,
        effects.c.state == EffectState.DONE.value,
        effects.c.finished_at >= since,
        effects.c.subject_id != subject_id,
    )


def _is_any(connection: Connection, *conditions: ColumnElement[bool]) -> bool:
    return bool(connection.execute(select(exists().where(*conditions))).scalar())
