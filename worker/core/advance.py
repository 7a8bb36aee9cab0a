"""Looking at an escalation again: how far it has come, whether its severity still fits, when its team is due."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.records import Issue, Ticket, TicketStatus
from mappings.policy import Policy
from worker.core.assessment import Severity, Speaker, Target
from worker.core.cadence import Snooze, TeamClock, plan_team_clock, spell_pace
from worker.core.escalation import Escalation
from worker.core.life import Happening, Stage, move_on
from worker.core.plan import Member, find_deadline, spell_mark
from worker.core.review import Instruction, Situation, find_occurrence, read_outcome
from worker.core.thread import read_thread

_MOST_STEPS = 4
_GONE = frozenset({TicketStatus.CLOSED, TicketStatus.DELETED})


@dataclass(frozen=True, kw_only=True, slots=True)
class TeamDue:
    """When the team is to be asked; without a clock it stands still, and `reason` says why."""

    clock: TeamClock | None
    reason: str = ""


def follow_course(
    escalation: Escalation,
    members: Sequence[Member],
    issue: Issue | None,
    *,
    instruction: Instruction | None,
    policy: Policy,
    now: datetime,
) -> Escalation:
    """The escalation after everything that has happened to it since the last look."""
    course = escalation.course
    for _ in range(_MOST_STEPS):
        situation = Situation(
            stage=course.stage,
            stage_at=course.since or escalation.created_at,
            opened_at=escalation.created_at,
            is_first=course.happening in {None, Happening.ISSUE_OPENED} and not escalation.moves,
            has_issue=escalation.issue is not None,
            wants_issue=escalation.target is not Target.L2,
            outcome=course.outcome,
            issue=issue,
            members=tuple(members),
            instruction=instruction,
        )
        occurrence = find_occurrence(situation, policy)
        if occurrence is None:
            break
        instruction = None
        course = move_on(course, occurrence.happening, occurrence.reasons, now)
        course = replace(course, mark=spell_mark(escalation))
        if occurrence.happening.value.startswith("issue_") and issue is not None:
            course = replace(course, outcome=read_outcome(issue, policy))
    if issue is not None:
        course = replace(course, outcome=read_outcome(issue, policy))
    return replace(escalation, course=course)


def weigh_severity(escalation: Escalation, members: Sequence[Member], policy: Policy, now: datetime) -> Escalation:
    """The escalation with a lower severity once that has held for long enough; what rises is seen on the ticket.

    Judgements without a criterion that holds say nothing about the severity.
    """
    live = [member for member in members if member.ticket.status not in _GONE | {TicketStatus.SOLVED}]
    held = [one for one in live if one.assessment.severity is not None and one.assessment.criteria]
    if escalation.course.stage is not Stage.ACTIVE or not held or len(held) < len(live):
        return replace(escalation, lower_since=None)
    gravest = max(held, key=lambda one: one.assessment.severity.rank if one.assessment.severity else 0)
    wanted = gravest.assessment.severity or escalation.severity
    if wanted.rank >= escalation.severity.rank:
        return replace(escalation, lower_since=None)
    since = escalation.lower_since or now
    if now - since < policy.cadence.lower_after:
        return replace(escalation, lower_since=since)
    reason = f"severity falls from {escalation.severity.value} to {wanted.value}"
    return replace(
        escalation,
        severity=wanted,
        revision=escalation.revision + 1,
        deadline=find_deadline(wanted, policy, now, None),
        severity_reasons=(reason, *gravest.assessment.severity_verdict.reasons),
        lower_since=None,
    )


def find_team_due(
    escalation: Escalation,
    members: Sequence[Member],
    asked_at: tuple[datetime, ...],
    policy: Policy,
    snooze: Snooze | None = None,
) -> TeamDue:
    """When the receiving team is to be asked for progress next, or why it is not."""
    stage = escalation.course.stage
    if stage not in {Stage.ACTIVE, Stage.FIXED}:
        return TeamDue(clock=None, reason=_WHY_STILL[stage])
    if escalation.issue is None and escalation.target is not Target.L2:
        return TeamDue(clock=None, reason=_WHY_STILL[Stage.OPENING])
    if escalation.issue_missing_since is not None:
        return TeamDue(clock=None, reason="the issue is gone")
    if all(member.ticket.status in _GONE for member in members):
        return TeamDue(clock=None, reason="every ticket is closed or gone, so that nobody waits for an answer")
    if members and all(_was_solved(member.ticket, escalation.created_at) for member in members):
        return TeamDue(clock=None, reason="every ticket was solved before it was escalated")
    # A step that the team was told of, or took itself, begins a new wait.
    begun_at = escalation.course.since or escalation.created_at
    answered_at = max(escalation.answered_at or begun_at, begun_at)
    if escalation.target is Target.L2:
        answered_at = max([answered_at, *_list_l2_words(members)])
    # A fix that is made and waits for its release is asked about at the slowest pace.
    severity = Severity.MEDIUM if stage is Stage.FIXED else escalation.severity
    clock = plan_team_clock(
        policy, target=escalation.target, severity=severity, answered_at=answered_at, asked_at=asked_at, snooze=snooze
    )
    if stage is Stage.FIXED:
        pace = spell_pace(policy.cadence.find_rhythm(severity.value).internal)
        clock = replace(
            clock, reasons=(f"a fix that waits for its release is asked about every {pace}", *clock.reasons[1:])
        )
    return TeamDue(clock=clock)


def _was_solved(ticket: Ticket, at: datetime) -> bool:
    """True for a ticket that is solved since then or longer, such as one that a backfill found."""
    solved_at = ticket.metrics.solved_at if ticket.metrics else None
    return ticket.status is TicketStatus.SOLVED and (solved_at or ticket.updated_at) <= at


_WHY_STILL = {
    Stage.OPENING: "the issue is not opened yet",
    Stage.RESOLVED: "the receiving team is done",
    Stage.DECLINED: "the receiving team has declined it",
    Stage.STOOD_DOWN: "support took it back",
    Stage.CLOSED: "the escalation is closed",
}


def _list_l2_words(members: Sequence[Member]) -> list[datetime]:
    """When our own people wrote on the tickets; notes of ours are none of theirs."""
    return [
        one.at
        for member in members
        for one in read_thread(member.ticket).list_spoken(Speaker.AGENT, Speaker.INTERNAL)
    ]
