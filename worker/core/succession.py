"""Which of two escalations goes on when their tickets were merged."""

from connectors.records import StatusCategory
from worker.core.escalation import Escalation

_BEGUN = frozenset({StatusCategory.INDETERMINATE, StatusCategory.DONE})


def survives(one: Escalation, other: Escalation, ticket_id: int) -> bool:
    """True when `one` goes on with the ticket in which both meet.

    The one that other customers wait for, else the one with human activity on its issue, else the one that has an
    issue, else the elder.
    """
    first, second = _weigh(one, ticket_id), _weigh(other, ticket_id)
    return first > second if first != second else (one.created_at, one.id) <= (other.created_at, other.id)


def _weigh(escalation: Escalation, ticket_id: int) -> tuple[bool, bool, bool]:
    others = [member for member in escalation.tickets if member != ticket_id]
    touched = escalation.issue_assignee is not None or escalation.issue_category in _BEGUN
    return bool(others), touched, escalation.issue is not None
