"""Words that go to a customer without an agent: only what the policy switched on, and never between two people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from connectors.effects import PlannedWrite, SendReply, UpdateTicket
from connectors.records import Ticket, TicketStatus
from mappings.followup import SentReply
from mappings.policy import Policy
from worker.core.assessment import Target
from worker.core.escalation import Escalation
from worker.core.followup import choose_draft, make_words
from worker.core.life import Duty, Stage
from worker.core.plan import Member, Texts
from worker.core.updates import FINISHED, WordDue

Kind = Literal["update", "confirm"]

_STAMP = "%Y%m%dT%H%M%S"


def spell_reply_prefix(escalation_id: str, ticket_id: int | str) -> str:
    """What the keys of all replies that we send to the customer of a ticket begin with."""
    return f"send:{escalation_id}:{ticket_id}:"


def find_objection(ticket: Ticket, since: datetime, veto: Sequence[str]) -> str | None:
    """Why nothing goes to the customer by itself; None when it may.

    Not on a finished ticket, not against an agent's tag, and not when anybody wrote in public after `since`: what a
    person says is answered by a person.
    """
    if ticket.status in FINISHED:
        return f"the ticket is {ticket.status.value}"
    tag = next((tag for tag in veto if tag in ticket.tags), None)
    if tag is not None:
        return f"an agent set the tag {tag}"
    if any(comment.public and comment.created_at > since for comment in ticket.comments):
        return "somebody wrote in public meanwhile"
    return None


def may_send(kind: Kind, member: Member, escalation: Escalation, since: datetime, policy: Policy) -> bool:
    """True when this text goes to the customer by itself: switched on for the severity, and never about Security."""
    judged = member.assessment
    if Target.SECURITY in {escalation.target, judged.target, *judged.other_targets}:
        return False
    if kind not in policy.cadence.find_rhythm(escalation.severity.value).send:
        return False
    return find_objection(member.ticket, since, list_vetoes(policy)) is None


def list_vetoes(policy: Policy) -> tuple[str, ...]:
    """The agents' tags that keep us from writing to a customer."""
    return policy.routing.tags.veto, policy.routing.tags.snooze


def plan_update(
    member: Member, escalation: Escalation, due: WordDue, *, policy: Policy, texts: Texts, now: datetime
) -> tuple[PlannedWrite, ...]:
    """The word that is due, as a public comment where the policy sends it; a draft for the agent is then not needed.

    Once it is overdue, nothing was sent for a reason, and the agent is told.
    """
    if due.draft_at is None or due.overdue_at is None or not due.draft_at <= now < due.overdue_at:
        return ()
    if choose_draft(escalation.course.stage) != "update":
        return ()
    if not may_send("update", member, escalation, due.since, policy):
        return ()
    return (_plan_reply("update", member, escalation, due.since, policy=policy, texts=texts, now=now),)


def plan_confirm(
    member: Member, escalation: Escalation, *, policy: Policy, texts: Texts, now: datetime
) -> tuple[PlannedWrite, ...]:
    """The question whether it works now, as a public comment where the policy sends it."""
    course = escalation.course
    is_wanted = course.stage is Stage.RESOLVED and Duty.ASK_CONFIRMATION in course.duties
    if not is_wanted or course.since is None:
        return ()
    if not may_send("confirm", member, escalation, course.since, policy):
        return ()
    return (_plan_reply("confirm", member, escalation, course.since, policy=policy, texts=texts, now=now),)


def plan_sent_notes(
    member: Member, escalation: Escalation, sent: Mapping[str, SentReply], texts: Texts
) -> tuple[PlannedWrite, ...]:
    """One internal line for each reply, by the part of its key that is its own, that went to this customer."""
    ticket = member.ticket
    if ticket.status in {TicketStatus.CLOSED, TicketStatus.DELETED}:
        return ()
    return tuple(
        PlannedWrite(
            key=f"note:{escalation.id}:{ticket.id}:sent:{name}",
            effect=UpdateTicket(ticket_id=ticket.id, note=texts.write_sent_note(member, escalation, one)),
        )
        for name, one in sent.items()
    )


def _plan_reply(
    kind: Kind,
    member: Member,
    escalation: Escalation,
    since: datetime,
    *,
    policy: Policy,
    texts: Texts,
    now: datetime,
) -> PlannedWrite:
    ticket_id = member.ticket.id
    effect = SendReply(
        escalation_id=escalation.id,
        ticket_id=ticket_id,
        reply=kind,
        severity=escalation.severity.value,
        markdown=texts.write_reply(member, kind, make_words(member, escalation, policy, now)),
        since=since,
        veto=list_vetoes(policy),
    )
    return PlannedWrite(
        key=f"{spell_reply_prefix(escalation.id, ticket_id)}{kind}:{since.strftime(_STAMP)}", effect=effect
    )
