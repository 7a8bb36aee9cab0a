"""What an escalation's issues look like now: its own, those that webhooks point at, and those that a sweep finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.errors import NotFound, VendorProblem
from connectors.records import Issue
from worker.core.copies import Copy, Twin, choose_survivor, is_exposed, list_twins
from worker.core.escalation import Escalation
from worker.flow.lookup import find_own_id, keep_ours, search_issues
from worker.flow.means import Means


@dataclass(frozen=True, kw_only=True, slots=True)
class Survey:
    """The issue that goes on (None when there is none to be seen) and those that were found to be one too many.

    `swept` when the index was asked for all of them, and answered.
    """

    issue: Issue | None = None
    twins: tuple[Twin, ...] = ()
    swept: bool = False


def survey_issues(
    means: Means, escalation: Escalation, own: Issue | None, hinted: Sequence[Issue], *, sweep: bool
) -> Survey:
    """Compares all issues of an escalation that can be seen; raises VendorProblem.

    A hinted issue counts when its property proves it, or nothing contradicts its mark.
    """
    known = {twin.issue.id for twin in escalation.twins} | ({own.id} if own else set())
    swept = _sweep(means, escalation) if sweep else None
    pointed = (*keep_ours(means, hinted, escalation.marker), *(swept or ()))
    others = {issue.id: issue for issue in pointed if issue.id not in known}
    if not others:
        return Survey(issue=own, swept=swept is not None)
    issues = (*([own] if own else []), *others.values())
    copies = [_make_copy(means, escalation, issue, is_alone=len(issues) == 1) for issue in issues]
    survivor = choose_survivor(copies, own.id if own else None)
    return Survey(issue=survivor.issue, twins=list_twins(copies, survivor), swept=swept is not None)


def index_issues(issues: Sequence[Issue]) -> Mapping[str, Issue]:
    """The issues by id and by key."""
    return {issue.id: issue for issue in issues} | {issue.key: issue for issue in issues}


def _sweep(means: Means, escalation: Escalation) -> tuple[Issue, ...] | None:
    """None when the index cannot be asked now: a sweep can wait, and holds up nothing that it has no part in."""
    try:
        return search_issues(means, escalation.marker).live
    except VendorProblem as problem:
        means.log.warning("sweep_failed", escalation=escalation.id, detail=str(problem))
        return None


def _make_copy(means: Means, escalation: Escalation, issue: Issue, *, is_alone: bool) -> Copy:
    rules = means.policy.routing.targets.find_target(escalation.target.value)
    touched = not is_alone and is_touched(means, issue)
    return Copy(issue=issue, touched=touched, exposed=is_exposed(issue, rules))


def is_touched(means: Means, issue: Issue) -> bool:
    """True when a person worked on an issue; one that a person opened is theirs from the start."""
    if issue.creator not in {None, find_own_id(means)}:
        return True
    try:
        return means.tracker.was_touched(issue.id)
    except NotFound:
        return False
