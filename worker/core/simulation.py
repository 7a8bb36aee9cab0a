"""What a policy would have said about tickets of the past, held against another policy or against what was decided.

Pure and deterministic: the instants are those at which the tickets were read, and those at which time alone could
have changed the judgement in between.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from connectors.records import Ticket
from mappings.policy import Policy
from worker.core.assess import assess
from worker.core.assessment import Severity, Target
from worker.core.context import Context
from worker.core.decide import decide
from worker.core.decision import Action
from worker.core.standing import forget_escalation

_MOST_INSTANTS = 6
_STAYED = frozenset({Action.STAY, Action.LEAVE})


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """What was or would be decided about a ticket: whether it goes up, when that was seen first, where to and why."""

    goes_up: bool
    at: datetime
    target: Target | None = None
    severity: Severity | None = None
    reasons: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()

    def is_same(self, other: "Call") -> bool:
        """True when both send the ticket to the same place at the same severity, or neither sends it anywhere."""
        return self._spell() == other._spell()

    def _spell(self) -> tuple[bool, Target | None, Severity | None]:
        return (True, self.target, self.severity) if self.goes_up else (False, None, None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A ticket as it was read at an instant, with what was known beside it and what was decided then.

    `is_escalated` when an escalation of ours ran already.
    """

    ticket: Ticket
    context: Context
    read_at: datetime
    is_escalated: bool
    decided: Call


class Opinion(StrEnum):
    """What an agent thinks of a decision."""

    AGREE = "agree"
    DISAGREE = "disagree"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """An agent's opinion of what was decided about a ticket."""

    ticket_id: int
    opinion: Opinion
    decided: Call
    policy_digest: str


class Change(StrEnum):
    """How a ticket fares under another policy."""

    WOULD_OPEN = "would_open"
    WOULD_NOT = "would_not"
    CHANGED_TARGET = "changed_target"
    CHANGED_SEVERITY = "changed_severity"
    SAME = "same"


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One ticket: what it comes to before and after the change of the policy."""

    ticket_id: int
    subject: str
    before: Call
    after: Call

    @property
    def change(self) -> Change:
        """What the new policy changes for it."""
        if self.before.goes_up != self.after.goes_up:
            return Change.WOULD_OPEN if self.after.goes_up else Change.WOULD_NOT
        if not self.after.goes_up or self.before.is_same(self.after):
            return Change.SAME
        return Change.CHANGED_TARGET if self.before.target is not self.after.target else Change.CHANGED_SEVERITY

    @property
    def week(self) -> str:
        """The ISO week in which it goes up (else was last read), such as 2026-W09."""
        call = self.after if self.after.goes_up else self.before
        year, week, _ = call.at.isocalendar()
        return f"{year}-W{week:02d}"

    @property
    def team(self) -> Target | None:
        """Whom it concerns: the team of the new policy, else of the old; None for a ticket that stays."""
        return self.after.target if self.after.goes_up else self.before.target if self.before.goes_up else None


@dataclass(frozen=True, kw_only=True, slots=True)
class CriterionMarks:
    """How often agents agreed and disagreed where a criterion held; `STAYED` stands for tickets that stay."""

    criterion: str
    agree: int
    disagree: int


STAYED = "stays in support"


def judge_history(history: Sequence[Kept], policy: Policy, until: datetime) -> Call:
    """The first time that the ticket would have gone up, else its last judgement; `history` is not empty."""
    assessment = None
    for number, kept in enumerate(history):
        ends = history[number + 1].read_at if number + 1 < len(history) else until
        instant = kept.read_at
        ticket = forget_escalation(kept.ticket, policy) if kept.is_escalated else kept.ticket
        for _ in range(_MOST_INSTANTS):
            context = replace(kept.context, earlier=(assessment,) if assessment else ())
            assessment = assess(ticket, context, policy, instant)
            decision = decide(assessment, ticket, None, policy)
            call = Call(
                goes_up=decision.action not in _STAYED,
                at=instant,
                target=decision.target,
                severity=decision.severity,
                reasons=decision.reasons,
                criteria=assessment.criteria,
            )
            if call.goes_up:
                return call
            following = assessment.next_instant
            if following is None or following >= ends:
                break
            instant = max(following, instant + timedelta(seconds=1))
    return call


def recall_history(history: Sequence[Kept]) -> Call:
    """The same of what was really decided at the time."""
    first = next((kept.decided for kept in history if kept.decided.goes_up), None)
    return first or history[-1].decided


def goes_up(action: Action) -> bool:
    """True for every action that takes a ticket out of support, or would but for shadow mode."""
    return action not in _STAYED


def count_marks(marks: Iterable[Mark]) -> tuple[CriterionMarks, ...]:
    """The agents' opinions for each criterion that held, the most disputed first."""
    agreed, disputed = Counter[str](), Counter[str]()
    for mark in marks:
        names = mark.decided.criteria if mark.decided.goes_up else (STAYED,)
        (agreed if mark.opinion is Opinion.AGREE else disputed).update(names or (STAYED,))
    rows = [CriterionMarks(criterion=name, agree=agreed[name], disagree=disputed[name]) for name in agreed | disputed]
    return tuple(sorted(rows, key=lambda row: (-row.disagree, row.agree, row.criterion)))


def follows_agent(call: Call, mark: Mark) -> bool:
    """True when the call is what the agent agreed with, or another one than what they disagreed with."""
    return call.is_same(mark.decided) == (mark.opinion is Opinion.AGREE)
