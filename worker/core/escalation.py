"""The escalation: our aggregate for one problem, and what we know of its issue."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.records import IssueRef, StatusCategory
from worker.core.assessment import Severity, Target
from worker.core.copies import Twin
from worker.core.fates import MemberFate
from worker.core.life import START, Course
from worker.core.moves import FormerIssue, Move
from worker.core.recurrence import RelatedIssue


class EscalationState(StrEnum):
    """Whether the problem is still with the receiving team."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Escalation:
    """One problem that went up. `issue` is None until it is opened, and always for an L2 escalation.

    `severity` is what should be, `issue_severity` what the issue was last told; `revision` counts changes of
    severity, `sightings` the changes seen on the issue. `adopted` issues were opened by a person and only linked
    by us; `adopt_key` names one that is still to be looked up. `issue_exposed`: the issue lies outside the security
    level that its target requires. `twins` are issues of ours that were stood down in favour of this one. `fates` are
    of its tickets, those that left included. `pattern_id` is the pattern that it stands for; `shown` are the tickets
    that its issue was told of. `course` is where it stands in its life. The team last answered at `answered_at`; its
    comments were read up to the issue's change at `heard_until`. Since `lower_since` a lower severity would do.
    `related` are issues of earlier escalations that its own is linked to. `moves` counts its changes of target, which
    left the issues of `former` behind; `moving` is the next one. `problem_ticket` is Zendesk's for its tickets.
    """

    id: str
    state: EscalationState
    target: Target
    severity: Severity
    title: str
    reasons: tuple[str, ...]
    tickets: tuple[int, ...]
    policy_digest: str
    created_at: datetime
    revision: int = 0
    sightings: int = 0
    deadline: datetime | None = None
    issue: IssueRef | None = None
    adopted: bool = False
    adopt_key: str | None = None
    issue_severity: Severity | None = None
    issue_status: str | None = None
    issue_category: StatusCategory | None = None
    issue_resolution: str | None = None
    issue_assignee: str | None = None
    issue_priority: str | None = None
    issue_missing_since: datetime | None = None
    issue_exposed: bool = False
    twins: tuple[Twin, ...] = ()
    related: tuple[RelatedIssue, ...] = ()
    closed_at: datetime | None = None
    pattern_id: str | None = None
    shown: tuple[int, ...] = ()
    fates: tuple[MemberFate, ...] = ()
    course: Course = START
    answered_at: datetime | None = None
    heard_until: datetime | None = None
    severity_reasons: tuple[str, ...] = ()
    lower_since: datetime | None = None
    moves: int = 0
    moving: Move | None = None
    former: tuple[FormerIssue, ...] = ()
    problem_ticket: int | None = None

    @property
    def marker(self) -> str:
        """The label by which its issue is found again."""
        return spell_marker(self.id, self.moves)

    @property
    def problem_tag(self) -> str:
        """The tag by which its problem ticket is found again."""
        return spell_marker(self.id)


def spell_marker(escalation_id: str, moves: int = 0) -> str:
    """The label by which an escalation's issue is found again; after a change of target, not the one it left."""
    return f"escalator-{escalation_id}-{moves + 1}" if moves else f"escalator-{escalation_id}"
