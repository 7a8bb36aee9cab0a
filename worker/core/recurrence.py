"""What came back after it had been closed as fixed: the issue of then is linked to the one of now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from connectors.effects import PlannedWrite, RelateIssue
from connectors.records import IssueRef
from worker.core.assessment import Target


class Relation(StrEnum):
    """recurs: the same problem was closed as fixed there before."""

    RECURS = "recurs"


@dataclass(frozen=True, kw_only=True, slots=True)
class RelatedIssue:
    """An issue of an earlier escalation, whose team was `target`."""

    issue: IssueRef
    relation: Relation
    target: Target


def choose_related(target: Target, found: Sequence[RelatedIssue]) -> tuple[RelatedIssue, ...]:
    """Those that may be linked to an issue of this target, each once.

    A link shows on both ends, so none leads from Security's issues to others or back.
    """
    is_secret = target is Target.SECURITY
    kept = {one.issue.id: one for one in found if (one.target is Target.SECURITY) == is_secret}
    return tuple(kept.values())


def plan_relations(escalation_id: str, issue: IssueRef, related: Sequence[RelatedIssue]) -> Iterator[PlannedWrite]:
    """The links from an escalation's issue to those that it is related to."""
    for one in related:
        if one.issue.id != issue.id:
            effect = RelateIssue(escalation_id=escalation_id, issue_id=issue.id, other_id=one.issue.id)
            yield PlannedWrite(key=f"relate:{escalation_id}:{issue.id}:{one.issue.id}", effect=effect)
