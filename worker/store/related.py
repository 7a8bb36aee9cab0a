"""Issues of other escalations that an escalation's own issue is to be linked to."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from connectors.records import IssueRef
from worker.core.assessment import Target
from worker.core.recurrence import RelatedIssue, Relation
from worker.store.insertion import insert_into
from worker.store.schema import related_issues


def add_related(connection: Connection, escalation_id: str, found: Sequence[RelatedIssue], now: datetime) -> None:
    """Keeps those that are new."""
    for one in found:
        insertion = insert_into(connection, related_issues).values(
            escalation_id=escalation_id,
            issue_id=one.issue.id,
            issue_key=one.issue.key,
            relation=one.relation.value,
            target=one.target.value,
            found_at=now,
        )
        connection.execute(insertion.on_conflict_do_nothing())


def list_related(connection: Connection, escalation_id: str) -> tuple[RelatedIssue, ...]:
    """The related issues of an escalation, in the order in which they were found."""
    rows = connection.execute(
        select(related_issues)
        .where(related_issues.c.escalation_id == escalation_id)
        .order_by(related_issues.c.found_at, related_issues.c.issue_id)
    )
    return tuple(
        RelatedIssue(
            issue=IssueRef(id=row.issue_id, key=row.issue_key),
            relation=Relation(row.relation),
            target=Target(row.target),
        )
        for row in rows
    )
