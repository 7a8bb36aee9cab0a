"""What agents think of the decisions: one mark per ticket, with the decision that it is about."""

import json
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from worker.core.assessment import Assessment, Severity, Target
from worker.core.decision import Action, Decision
from worker.core.simulation import Call, Mark, Opinion, goes_up
from worker.store.insertion import insert_into
from worker.store.schema import marks


def keep_mark(
    connection: Connection,
    ticket_id: int,
    opinion: Opinion,
    *,
    assessment: Assessment,
    decision: Decision,
    now: datetime,
) -> None:
    """Keeps an agent's opinion of this decision; a later one replaces it."""
    values = {
        "ticket_id": ticket_id,
        "opinion": opinion.value,
        "action": decision.action.value,
        "target": decision.target.value if decision.target else None,
        "severity": decision.severity.value if decision.severity else None,
        "criteria": json.dumps(assessment.criteria),
        "policy_digest": assessment.policy_digest,
        "at": now,
    }
    changed = {name: value for name, value in values.items() if name != "ticket_id"}
    insertion = insert_into(connection, marks).values(**values)
    connection.execute(insertion.on_conflict_do_update(index_elements=["ticket_id"], set_=changed))


def drop_mark(connection: Connection, ticket_id: int) -> None:
    """Forgets the opinion about a ticket."""
    connection.execute(delete(marks).where(marks.c.ticket_id == ticket_id))


def list_marks(connection: Connection, since: datetime) -> tuple[Mark, ...]:
    """All opinions of since then, in order of ticket."""
    rows = connection.execute(select(marks).where(marks.c.at >= since).order_by(marks.c.ticket_id)).all()
    return tuple(
        Mark(
            ticket_id=row.ticket_id,
            opinion=Opinion(row.opinion),
            decided=Call(
                goes_up=goes_up(Action(row.action)),
                at=row.at,
                target=Target(row.target) if row.target else None,
                severity=Severity(row.severity) if row.severity else None,
                criteria=tuple(json.loads(row.criteria)),
            ),
            policy_digest=row.policy_digest,
        )
        for row in rows
    )


def count_opinions(connection: Connection) -> dict[Opinion, int]:
    """How many tickets carry each opinion."""
    rows = connection.execute(select(marks.c.opinion, func.count()).group_by(marks.c.opinion)).all()
    return {Opinion(row[0]): row[1] for row in rows}


def prune_marks(connection: Connection, before: datetime) -> int:
    """Removes the marks of before; how many it were."""
    return connection.execute(delete(marks).where(marks.c.at < before)).rowcount
