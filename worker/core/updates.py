"""When a customer of an escalation is owed a word: its clock with all that stops it."""

from dataclasses import dataclass
from datetime import datetime

from connectors.records import Ticket, TicketStatus
from mappings.policy import Policy
from worker.core.cadence import Snooze, find_told_at, plan_customer_clock
from worker.core.escalation import Escalation
from worker.core.life import Happening, Stage

FINISHED = frozenset({TicketStatus.SOLVED, TicketStatus.CLOSED, TicketStatus.DELETED})
"""Tickets on which no customer waits for us."""

_THEIR_TURN = frozenset({Stage.RESOLVED, Stage.DECLINED, Stage.STOOD_DOWN})


@dataclass(frozen=True, kw_only=True, slots=True)
class WordDue:
    """The customer waits `since` our last word; both instants are None while the clock stands still."""

    since: datetime
    draft_at: datetime | None
    overdue_at: datetime | None
    reasons: tuple[str, ...]


def find_due_word(ticket: Ticket, escalation: Escalation, policy: Policy, snooze: Snooze | None = None) -> WordDue:
    """When a draft for this customer is due, and when the word itself is overdue; or why the clock stands still.

    Once support or the team is done the note about that carried the draft, so only its being overdue is told.
    """
    course = escalation.course
    told_at = find_told_at(ticket, escalation.created_at)
    if ticket.status in FINISHED:
        return _stand_still(told_at, f"the ticket is {ticket.status.value}")
    if course.stage is Stage.CLOSED:
        return _stand_still(told_at, "the escalation is closed")
    is_theirs = course.stage in _THEIR_TURN and course.since is not None
    if is_theirs and course.since is not None and told_at > course.since:
        return _stand_still(told_at, "the customer was told and has the next word")
    # The note about a step carried a draft itself, so the wait begins anew with it.
    has_stepped = course.since is not None and course.happening is not Happening.ISSUE_OPENED
    since = max(told_at, course.since) if has_stepped and course.since is not None else told_at
    clock = plan_customer_clock(policy, ticket, severity=escalation.severity, told_at=since, snooze=snooze)
    if clock is None:
        return _stand_still(since, "nobody waits for an answer")
    draft_at = clock.overdue_at if is_theirs else clock.draft_at
    return WordDue(since=since, draft_at=draft_at, overdue_at=clock.overdue_at, reasons=clock.reasons)


def _stand_still(since: datetime, reason: str) -> WordDue:
    return WordDue(since=since, draft_at=None, overdue_at=None, reasons=(reason,))
