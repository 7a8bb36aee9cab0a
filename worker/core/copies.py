"""Which issues are ours, and which of several goes on.

A create whose answer was lost may have happened twice. The entity property proves an issue to be ours; a label can
be copied by hand, and cloning an issue copies its labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.records import Issue, IssueRef, StatusCategory
from mappings.routing import TargetRules

_SWEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy:
    """One issue of an escalation as it is now. `touched`: a person worked on it. `exposed`: see `is_exposed`."""

    issue: Issue
    touched: bool = False
    exposed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Twin:
    """An issue of ours that was stood down because the escalation has another one.

    `touched` when a person worked on it, so that it is not ours to close. `exposed` when it lies outside the security
    level that the escalation needs.
    """

    issue: IssueRef
    touched: bool
    exposed: bool


def is_ours(issue: Issue, marker: str, own_id: str) -> bool:
    """True when the property says so, or when there is none and a marked issue was not created by somebody else."""
    if issue.marker is not None:
        return issue.marker == marker
    return marker in issue.marks and issue.creator in {None, own_id}


def is_exposed(issue: Issue, rules: TargetRules) -> bool:
    """True when the target requires a security level that the issue does not have."""
    wanted = rules.security_level.strip().casefold()
    held = {text.strip().casefold() for text in (issue.security, issue.security_id) if text}
    return rules.require_level and wanted not in held


def choose_survivor(copies: Sequence[Copy], current_id: str | None) -> Copy:
    """The one that goes on: restricted where that is required, touched by a person, lowest id; in this order.

    An issue that is done already goes on only when it is the escalation's own, or when all are done.
    """
    live = [
        copy for copy in copies if copy.issue.id == current_id or copy.issue.category is not StatusCategory.DONE
    ] or list(copies)
    return min(live, key=lambda copy: (copy.exposed, not copy.touched, *_rank_age(copy.issue.id)))


def list_twins(copies: Sequence[Copy], survivor: Copy) -> tuple[Twin, ...]:
    """The others, oldest first."""
    others = sorted((copy for copy in copies if copy is not survivor), key=lambda copy: _rank_age(copy.issue.id))
    return tuple(
        Twin(
            issue=IssueRef(id=copy.issue.id, key=copy.issue.key),
            touched=copy.touched or copy.issue.category is StatusCategory.DONE,
            exposed=copy.exposed,
        )
        for copy in others
    )


def find_next_sweep(since: datetime, now: datetime, every: timedelta) -> datetime | None:
    """When to look for a second issue again: for a day after a create was first uncertain, and then no more."""
    last = since + _SWEPT_FOR
    return min(now + every, last) if now < last else None


def _rank_age(issue_id: str) -> tuple[int, str]:
    return (int(issue_id), "") if issue_id.isdigit() else (0, issue_id)
