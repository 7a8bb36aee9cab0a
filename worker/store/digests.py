"""Up to where each ticket was told what happened on its issue: read from the notes that were decided."""

from datetime import datetime

from sqlalchemy import Connection, select

from worker.core.digest import LastDigest, spell_digest_prefix
from worker.store.effects import EffectState
from worker.store.schema import effects, members
from worker.store.subjects import SubjectKind


def find_last_digest(connection: Connection, escalation_id: str, ticket_id: int) -> LastDigest | None:
    """The newest note of the kind on the ticket, unless it was not written after all."""
    prefix = spell_digest_prefix(escalation_id, ticket_id)
    rows = connection.execute(
        select(effects.c.key, effects.c.intended_at).where(
            effects.c.subject_kind == SubjectKind.TICKET.value,
            effects.c.subject_id == str(ticket_id),
            effects.c.key.startswith(prefix, autoescape=True),
            effects.c.state != EffectState.SKIPPED.value,
        )
    )
    told = (LastDigest(position=int(row.key.removeprefix(prefix)), at=row.intended_at) for row in rows)
    return max(told, key=lambda one: one.position, default=None)


def find_joined_at(connection: Connection, escalation_id: str, ticket_id: int) -> datetime | None:
    """Since when the ticket is part of the escalation; None when it is not."""
    joined: datetime | None = connection.execute(
        select(members.c.joined_at).where(
            members.c.escalation_id == escalation_id, members.c.ticket_id == ticket_id, members.c.left_at.is_(None)
        )
    ).scalar()
    return joined
