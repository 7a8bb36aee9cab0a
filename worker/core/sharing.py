"""Which of several escalations of one problem goes on."""

from collections.abc import Sequence

from connectors.records import StatusCategory
from worker.core.assessment import Target
from worker.core.escalation import Escalation
from worker.core.patterns.view import PatternView


def choose_survivor(candidates: Sequence[Escalation]) -> Escalation | None:
    """The one that people have worked on, else the oldest; None when there is none that may be shared."""
    shareable = [one for one in candidates if one.target is not Target.SECURITY]
    return min(shareable, key=lambda one: (not has_human_activity(one), one.created_at, one.id), default=None)


def gives_way(own: Escalation, shared: Escalation, view: PatternView) -> bool:
    """True when a ticket's own escalation is one too many: its pattern has another one, which survives.

    An escalation that also stands for tickets outside the pattern is left to people, and Security never gives way.
    """
    is_public = Target.SECURITY not in {own.target, shared.target}
    return view.acts and is_public and own.id != shared.id and set(own.tickets) <= set(view.tickets)


def has_human_activity(escalation: Escalation) -> bool:
    """True when somebody took the issue or moved it on."""
    moved = escalation.issue_category not in {None, StatusCategory.NEW, StatusCategory.UNDEFINED}
    return escalation.issue_assignee is not None or moved or escalation.sightings > 0
