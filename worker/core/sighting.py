"""What a look at all issues of an escalation changes about it."""

from collections.abc import Sequence
from dataclasses import replace

from connectors.records import Issue
from mappings.routing import TargetRules
from worker.core.copies import Twin, is_exposed
from worker.core.escalation import Escalation


def see_copies(
    seen: Escalation, known: Escalation, issue: Issue | None, twins: Sequence[Twin], rules: TargetRules
) -> Escalation:
    """`seen` (the escalation with the issue that goes on) with what its other issues mean.

    An issue that takes over was told no severity yet. People hear of a change of issue, and of whatever more people
    than meant may read.
    """
    if issue is None:
        return seen
    exposed = is_exposed(issue, rules)
    switched = known.issue is not None and known.issue.id != issue.id
    is_news = switched or exposed is not known.issue_exposed or any(twin.exposed for twin in twins)
    return replace(
        seen,
        issue_exposed=exposed,
        issue_severity=None if switched else known.issue_severity,
        twins=(*known.twins, *twins),
        sightings=known.sightings + 1 if is_news else seen.sightings,
    )
