"""The audit: append-only rows of what was read, decided and written, and why."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from worker.store.schema import audit
from worker.store.subjects import SubjectKind


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditRow:
    """One thing that happened to a subject."""

    at: datetime
    subject_kind: SubjectKind
    subject_id: str
    event: str
    data: Mapping[str, object]
    policy_digest: str | None


def add_audit(
    connection: Connection,
    kind: SubjectKind,
    subject_id: str,
    event: str,
    data: Mapping[str, object],
    *,
    now: datetime,
    policy_digest: str | None = None,
) -> None:
    """Appends one row; `data` holds ids, states and reasons, never bodies of comments or secrets."""
    connection.execute(
        audit.insert().values(
            at=now,
            subject_kind=kind.value,
            subject_id=subject_id,
            event=event,
            data=json.dumps(data, default=str, sort_keys=True),
            policy_digest=policy_digest,
        )
    )


def has_audit(connection: Connection, kind: SubjectKind, subject_id: str, event: str, *, since: datetime) -> bool:
    """True when this happened to the subject at `since` or later."""
    found = select(audit.c.id).where(
        audit.c.subject_kind == kind.value,
        audit.c.subject_id == subject_id,
        audit.c.event == event,
        audit.c.at >= since,
    )
    return connection.execute(found.limit(1)).first() is not None


def list_audit(connection: Connection, kind: SubjectKind, subject_id: str) -> tuple[AuditRow, ...]:
    """All rows of a subject, oldest first."""
    rows = connection.execute(
        select(audit).where(audit.c.subject_kind == kind.value, audit.c.subject_id == subject_id).order_by(audit.c.id)
    ).all()
    return tuple(
        AuditRow(
            at=row.at,
            subject_kind=SubjectKind(row.subject_kind),
            subject_id=row.subject_id,
            event=row.event,
            data=json.loads(row.data),
            policy_digest=row.policy_digest,
        )
        for row in rows
    )
