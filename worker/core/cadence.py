"""The two clocks of an escalation: when the receiving team is to be asked, and when a customer is owed a word."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.records import SlaStage, Ticket, TicketStatus
from mappings.policy import Policy
from worker.core.assessment import Severity, Target

_REPLY_METRICS = frozenset({"first_reply_time", "next_reply_time", "periodic_update_time", "pausable_update_time"})
_FINISHED = frozenset({TicketStatus.SOLVED, TicketStatus.CLOSED, TicketStatus.DELETED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Snooze:
    """A clock that a person put to sleep, until when, and why."""

    until: datetime
    reason: str
    by: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TeamClock:
    """When the receiving team is to be asked next. `contacts` are to be named then; none in the first step."""

    due_at: datetime
    number: int
    contacts: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerClock:
    """When a draft for the customer is due, and when the word to them is overdue."""

    draft_at: datetime
    overdue_at: datetime
    reasons: tuple[str, ...]


def plan_team_clock(
    policy: Policy,
    *,
    target: Target,
    severity: Severity,
    answered_at: datetime,
    asked_at: tuple[datetime, ...] = (),
    snooze: Snooze | None = None,
) -> TeamClock:
    """The next question to the team, counted from its last answer and the questions since then.

    `answered_at` is the team's last comment or change of status, at first the opening of the issue.
    """
    cadence = policy.cadence
    rhythm = cadence.find_rhythm(severity.value)
    open_questions = tuple(asked for asked in asked_at if asked >= answered_at)
    last = open_questions[-1] if open_questions else answered_at
    due = cadence.add_span(rhythm, last, rhythm.internal)
    reasons = [f"{severity.value}: the team is asked every {spell_pace(rhythm.internal)} until it answers"]
    if severity is not Severity.CRITICAL and cadence.quiet_hours is not None:
        due = cadence.quiet_hours.find_end(due)
    if snooze is not None and snooze.until > due:
        due = snooze.until
        reasons.append(f"snoozed until {snooze.until.isoformat()}: {snooze.reason}")
    step = len(open_questions) // cadence.asks_per_step
    contacts = cadence.contacts.list_contacts(target.value)
    named = contacts[min(step, len(contacts)) - 1 : min(step, len(contacts))] if step and contacts else ()
    if step:
        reasons.append(f"{len(open_questions)} questions are unanswered")
    return TeamClock(due_at=due, number=len(open_questions) + 1, contacts=named, reasons=tuple(reasons))


def plan_customer_clock(
    policy: Policy, ticket: Ticket, *, severity: Severity, told_at: datetime, snooze: Snooze | None = None
) -> CustomerClock | None:
    """When this ticket's customer is owed a word after `told_at`, our last public reply; None for a solved ticket.

    An SLA clock for a reply that ends earlier counts instead. What neither it nor a critical severity presses waits
    for the end of the quiet hours.
    """
    if ticket.status in _FINISHED:
        return None
    cadence = policy.cadence
    rhythm = cadence.find_rhythm(severity.value)
    draft, overdue = (cadence.add_span(rhythm, told_at, bound) for bound in rhythm.customer)
    low, high = (spell_pace(bound) for bound in rhythm.customer)
    reasons = [f"{severity.value}: a word every {low} to {high}"]
    breach = min(_list_breaches(ticket, told_at), default=None)
    if breach is not None and breach < overdue:
        overdue, draft = breach, min(draft, max(told_at, breach - cadence.sla_lead))
        reasons.append(f"the SLA wants a reply by {breach.isoformat()}")
    if snooze is not None and snooze.until > draft:
        draft, overdue = snooze.until, max(overdue, snooze.until)
        reasons.append(f"snoozed until {snooze.until.isoformat()}: {snooze.reason}")
    is_pressing = severity is Severity.CRITICAL or (breach is not None and breach <= overdue)
    if cadence.quiet_hours is not None and not is_pressing:
        draft, overdue = cadence.quiet_hours.find_end(draft), cadence.quiet_hours.find_end(overdue)
    return CustomerClock(draft_at=draft, overdue_at=overdue, reasons=tuple(reasons))


def find_told_at(ticket: Ticket, opened_at: datetime) -> datetime:
    """Our last public reply to the customer, at the earliest the opening of the escalation."""
    staff = {person.id for person in ticket.people if person.is_staff}
    replies = [
        comment.created_at
        for comment in ticket.comments
        if comment.public and comment.author_id in staff and comment.author_id != ticket.requester_id
    ]
    return max([opened_at, *replies])


def _list_breaches(ticket: Ticket, told_at: datetime) -> Iterator[datetime]:
    for clock in ticket.sla or ():
        is_running = clock.stage is SlaStage.ACTIVE and clock.metric in _REPLY_METRICS
        if is_running and clock.breach_at is not None and clock.breach_at > told_at:
            yield clock.breach_at


def spell_pace(span: timedelta) -> str:
    """How long it is from one time to the next: "4 h", "day", "2 days"."""
    hours = span.total_seconds() / 3600
    if hours >= 24 and hours % 24 == 0:  # noqa: PLR2004 - hours of a day
        days = int(hours // 24)
        return "day" if days == 1 else f"{days} days"
    return f"{hours:g} h" if hours >= 1 else f"{span.total_seconds():g} s"
