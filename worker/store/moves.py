"""Changes of target: the issues that escalations left behind, and leaving one."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from connectors.records import IssueRef
from worker.core.assessment import Target
from worker.core.escalation import Escalation
from worker.core.moves import FormerIssue
from worker.store.insertion import insert_into
from worker.store.schema import doubts, escalations, former_issues, twins

_LEFT_WITH_THE_ISSUE = (
    "issue_id",
    "issue_key",
    "issue_severity",
    "issue_status",
    "issue_category",
    "issue_resolution",
    "issue_assignee",
    "issue_priority",
    "issue_seen_at",
    "issue_missing_since",
    "adopt_key",
    "shown",
    "lower_since",
    "heard_until",
    "moving_to",
    "moving_reasons",
)


def list_former_issues(connection: Connection, escalation_id: str) -> tuple[FormerIssue, ...]:
    """The issues that an escalation left behind, in order."""
    rows = connection.execute(
        select(former_issues)
        .where(former_issues.c.escalation_id == escalation_id)
        .order_by(former_issues.c.number, former_issues.c.issue_id)
    )
    return tuple(
        FormerIssue(
            issue=IssueRef(id=row.issue_id, key=row.issue_key),
            target=Target(row.target),
            number=row.number,
            touched=row.touched,
            reasons=tuple(json.loads(row.reasons)),
        )
        for row in rows
    )


def find_leaver(connection: Connection, key: str) -> str | None:
    """The id of the escalation that left the issue with this key behind last."""
    row = connection.execute(
        select(former_issues.c.escalation_id)
        .where(former_issues.c.issue_key == key.upper())
        .order_by(former_issues.c.left_at.desc())
        .limit(1)
    ).first()
    return row.escalation_id if row else None


def leave_issues(
    connection: Connection, before: Escalation, moved: Escalation, left: Sequence[FormerIssue], now: datetime
) -> bool:
    """The escalation goes on as `moved`, without an issue; what is known of the old ones is kept apart.

    False when it has another wish, or team, than `before` had.
    """
    assert before.moving is not None  # noqa: S101 - that is what is carried out
    done = connection.execute(
        update(escalations)
        .where(
            escalations.c.id == before.id,
            escalations.c.moves == before.moves,
            escalations.c.moving_to == before.moving.target.value,
        )
        .values(
            **dict.fromkeys(_LEFT_WITH_THE_ISSUE),
            issue_exposed=False,
            adopted=False,
            brief_cut=False,
            target=moved.target.value,
            moves=moved.moves,
            revision=moved.revision,
            sightings=moved.sightings,
            updated_at=now,
        )
    )
    if done.rowcount != 1:
        return False
    for one in left:
        insertion = insert_into(connection, former_issues).values(
            escalation_id=before.id,
            issue_id=one.issue.id,
            issue_key=one.issue.key,
            target=one.target.value,
            number=one.number,
            touched=one.touched,
            reasons=json.dumps(one.reasons),
            left_at=now,
        )
        connection.execute(insertion.on_conflict_do_nothing())
    for table in (doubts, twins):
        connection.execute(delete(table).where(table.c.escalation_id == before.id))
    return True
