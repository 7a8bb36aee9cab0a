"""What the judgement of a ticket may know beside the ticket: earlier judgements, its pattern, what was before."""

from collections.abc import Sequence

from worker.core.assessment import Target
from worker.core.context import Context, Lesson, PastEscalation
from worker.core.escalation import Escalation
from worker.core.life import Outcome
from worker.core.patterns.view import PatternView
from worker.store.lessons import Related
from worker.store.tickets import TicketState


def read_context(
    state: TicketState | None,
    *,
    pattern: PatternView | None = None,
    past: Escalation | None = None,
    related: Sequence[Related] = (),
) -> Context:
    """What the judgement of a ticket may know beside the ticket."""
    return Context(
        earlier=(state.assessment,) if state and state.assessment else (),
        group_customers=pattern.customers if pattern is not None and pattern.acts else (),
        past_escalations=(_spell_past(past),) if past is not None else (),
        related=tuple(_spell_related(one) for one in related),
        lessons=tuple(Lesson(ticket_id=one.ticket_id, text=text) for one in related for text in one.lessons),
    )


def _spell_related(related: Related) -> PastEscalation:
    return PastEscalation(
        target=Target(related.target),
        opened_at=related.opened_at,
        closed_at=related.closed_at,
        was_fixed=related.outcome == Outcome.RELEASED.value,
        issue_key=related.issue_key,
        is_sure=related.is_sure,
    )


def _spell_past(past: Escalation) -> PastEscalation:
    return PastEscalation(
        target=past.target,
        opened_at=past.created_at,
        closed_at=past.closed_at,
        was_fixed=past.course.outcome is Outcome.RELEASED,
        issue_key=past.issue.key if past.issue else None,
    )
