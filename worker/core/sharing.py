"""Which of several escalations of one problem goes on."""

from collections.abc import Sequence

from connectors.records import StatusCategory
from worker.core.assessment import Target
from worker.core.escalation import Escalation


def choose_survivor(candidates: Sequence[Escalation]) -> Escalation | None:
    """The one that people have worked on, else the oldest; None when there is none that may be shared."""
    shareable = [one for one in candidates if one.target is not Target.SECURITY]
    return min(shareable, key=lambda one: (not has_human_activity(one), one.created_at, one.id), default=None)


def has_human_activity(escalation: Escalation) -> bool:
    """True when somebody took the issue or moved it on."""
    moved = escalation.issue_category not in {None, StatusCategory.NEW, StatusCategory.UNDEFINED}
    return escalation.issue_assignee is not None or moved or escalation.sightings > 0
