"""Whose issue it is, asked for each of Jira's webhooks."""

from sqlalchemy import Connection, select

from worker.store.schema import escalations

_OPEN = "open"


def find_by_issue(connection: Connection, issue_id: str) -> str | None:
    """The id of the escalation whose issue has this numeric id: the open one, else the last."""
    row = connection.execute(
        select(escalations.c.id)
        .where(escalations.c.issue_id == issue_id)
        .order_by(escalations.c.state == _OPEN, escalations.c.created_at)
    ).all()[-1:]
    return row[0].id if row else None
