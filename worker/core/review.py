"""Looking at an escalation as a whole: what has happened since the last look, and why we think so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.records import Issue, StatusCategory, TicketStatus
from mappings.policy import Policy
from worker.core.assessment import Severity, Speaker
from worker.core.confirmation import CustomerAnswer, Word, find_customer_answer, find_last_word_at
from worker.core.life import LIFE, Happening, Outcome, Stage
from worker.core.plan import Member
from worker.core.relief import Relief, find_said

_GONE = frozenset({TicketStatus.CLOSED, TicketStatus.DELETED})
_RELIEFS = {
    Relief.SOLVED: "it works",
    Relief.HEALED: "it went away by itself",
    Relief.EASED: "a way around it is good enough",
    Relief.FOUND: "the cause is found, and support can settle it",
}
_AWAITING_ANSWER = frozenset({Stage.FIXED, Stage.RESOLVED, Stage.DECLINED, Stage.STOOD_DOWN})


class Order(StrEnum):
    """What a person told us to do with an escalation."""

    STAND_DOWN = "stand_down"
    CLOSE = "close"
    TAKE_UP = "take_up"


HAPPENINGS = {
    Order.STAND_DOWN: Happening.EASED,
    Order.CLOSE: Happening.ENDED,
    Order.TAKE_UP: Happening.WORSENED,
}
"""What each order is to the life of an escalation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Instruction:
    """An order with who gave it and why."""

    order: Order
    reason: str
    by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """Everything that a review looks at. `outcome` is the issue's outcome that was acted upon before.

    `is_first` until the escalation was stood down or solved for the first time.
    """

    stage: Stage
    stage_at: datetime
    opened_at: datetime
    is_first: bool
    has_issue: bool
    wants_issue: bool
    outcome: Outcome | None
    issue: Issue | None
    members: tuple[Member, ...]
    instruction: Instruction | None = None

    @property
    def heard_since(self) -> datetime:
        """From when on words on the tickets count: those before this stage led to it."""
        return self.opened_at if self.stage in {Stage.OPENING, Stage.ACTIVE} and self.is_first else self.stage_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Occurrence:
    """A happening with its reasons, in words."""

    happening: Happening
    reasons: tuple[str, ...]


def find_occurrence(situation: Situation, policy: Policy) -> Occurrence | None:
    """The weightiest thing that leads on from here: people's orders, the customers' word, the issue, the tickets."""
    steps = LIFE[situation.stage]
    return next((one for one in _list_occurrences(situation, policy) if one.happening in steps), None)


def read_outcome(issue: Issue, policy: Policy) -> Outcome | None:
    """What became of the issue; None while it is not done. Resolutions that mean "no fix" are named in the policy."""
    if issue.category is not StatusCategory.DONE:
        return None
    if (issue.resolution or "") in policy.fields.jira.states.resolutions:
        return Outcome.DECLINED
    if any(not version.released for version in issue.versions):
        return Outcome.FIXED
    return Outcome.RELEASED


def _list_occurrences(situation: Situation, policy: Policy) -> Iterator[Occurrence]:
    yield from _hear_order(situation)
    if situation.stage is Stage.OPENING and (situation.has_issue or not situation.wants_issue):
        yield Occurrence(happening=Happening.ISSUE_OPENED, reasons=("the receiving team has it",))
    yield from _hear_customers(situation, policy)
    yield from _see_issue(situation, policy)
    yield from _see_tickets(situation, policy.routing.tags.veto)


def _hear_order(situation: Situation) -> Iterator[Occurrence]:
    told = situation.instruction
    if told is None:
        return
    yield Occurrence(happening=HAPPENINGS[told.order], reasons=(f"{told.reason} ({told.by})",))


def _hear_customers(situation: Situation, policy: Policy) -> Iterator[Occurrence]:
    """Everyone must confirm, or be finished; one customer who denies is enough."""
    tag = policy.routing.tags.confirmed
    if situation.stage not in _AWAITING_ANSWER:
        if situation.members and all(tag in one.ticket.tags for one in situation.members):
            yield Occurrence(happening=Happening.CONFIRMED, reasons=(f"an agent confirmed it with the tag {tag}",))
        return
    answers = [find_customer_answer(one.ticket, situation.stage_at) for one in situation.members]
    heard = tuple(zip(situation.members, answers, strict=True))
    for member, answer in heard:
        is_vetoed = policy.routing.tags.veto in member.ticket.tags
        if answer is not None and answer.word is Word.DENIED and not is_vetoed:
            yield Occurrence(happening=Happening.DENIED, reasons=(_quote(member, answer.quote),))
            return
    reasons = [reason for member, answer in heard if (reason := _read_consent(member, answer, tag)) is not None]
    silent = [
        one for one, answer in heard if _read_consent(one, answer, tag) is None and one.ticket.status not in _GONE
    ]
    if reasons and not silent:
        yield Occurrence(happening=Happening.CONFIRMED, reasons=tuple(reasons))


def _read_consent(member: Member, answer: CustomerAnswer | None, tag: str) -> str | None:
    if tag in member.ticket.tags:
        return f"#{member.ticket.id}: an agent confirmed it with the tag {tag}"
    return None if answer is None or answer.word is Word.DENIED else _quote(member, answer.quote)


def _see_issue(situation: Situation, policy: Policy) -> Iterator[Occurrence]:
    if situation.issue is None:
        return
    outcome = read_outcome(situation.issue, policy)
    if outcome is situation.outcome:
        return
    happening = {
        None: Happening.ISSUE_REOPENED,
        Outcome.FIXED: Happening.ISSUE_FIXED,
        Outcome.RELEASED: Happening.ISSUE_RELEASED,
        Outcome.DECLINED: Happening.ISSUE_DECLINED,
    }[outcome]
    yield Occurrence(happening=happening, reasons=(_describe(situation.issue),))


def _see_tickets(situation: Situation, veto: str) -> Iterator[Occurrence]:
    members = situation.members
    if not members:
        return
    if all(one.ticket.status in _GONE for one in members):
        yield Occurrence(happening=Happening.FINISHED, reasons=("every ticket is closed or gone",))
        return
    live = [one for one in members if one.ticket.status not in _GONE]
    if situation.stage is Stage.STOOD_DOWN:
        yield from _see_relapse(live, situation.stage_at, veto)
        return
    relief = [_find_relief(one, situation.heard_since, veto) for one in live]
    if all(relief):
        reasons = dict.fromkeys(reason for reason in relief if reason)
        yield Occurrence(happening=Happening.EASED, reasons=tuple(reasons))


def _see_relapse(live: Sequence[Member], since: datetime, veto: str) -> Iterator[Occurrence]:
    """What turns critical with the customer's new words is taken up again."""
    for member in live:
        spoke = find_last_word_at(member.ticket)
        is_grave = member.assessment.severity is Severity.CRITICAL and veto not in member.ticket.tags
        if is_grave and spoke is not None and spoke > since:
            reasons = member.assessment.severity_verdict.reasons
            yield Occurrence(happening=Happening.WORSENED, reasons=(f"#{member.ticket.id} is critical now", *reasons))
            return


def _find_relief(member: Member, since: datetime, veto: str) -> str | None:
    """Why the ticket no longer needs the team; the judgement and somebody's plain words must agree on it."""
    ticket, assessment = member.ticket, member.assessment
    if veto in ticket.tags:
        return f"#{ticket.id}: an agent vetoed it with the tag {veto}"
    if ticket.status is TicketStatus.SOLVED:
        return f"#{ticket.id} is solved"
    said = find_said(ticket, since)
    if said is None or said.relief is Relief.DENIED or not assessment.de_escalate or assessment.escalate:
        return None
    who = "the customer says" if said.speaker is Speaker.CUSTOMER else "support says"
    return f'#{ticket.id}: {_RELIEFS[said.relief]}; {who}: "{said.quote}"'


def _describe(issue: Issue) -> str:
    resolution = f", resolution {issue.resolution}" if issue.resolution else ""
    waiting = [version.name for version in issue.versions if not version.released]
    released = [version.name for version in issue.versions if version.released]
    out = f", fix planned for {', '.join(waiting)}" if waiting else ""
    shipped = f", released in {', '.join(released)}" if released and not waiting else ""
    return f"{issue.key} is {issue.status}{resolution}{out}{shipped}"


def _quote(member: Member, quote: str) -> str:
    return f'#{member.ticket.id}: the customer says: "{quote}"'
