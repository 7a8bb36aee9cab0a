"""Zendesk's problem and incident tickets: one problem for an escalation of several tickets, where that is wanted.

Solving a problem ticket solves its incidents, so that stays with people: we open it, link to it, and leave it.
"""

from collections.abc import Sequence

from connectors.effects import LinkProblem, OpenProblem, PlannedWrite
from connectors.records import TicketStatus
from mappings.policy import Policy
from worker.core.assessment import Target
from worker.core.escalation import Escalation, EscalationState
from worker.core.plan import Member, Texts

_LEAST_TICKETS = 2
_OVER = frozenset({TicketStatus.CLOSED, TicketStatus.DELETED})


def plan_problem(
    members: Sequence[Member], escalation: Escalation, policy: Policy, texts: Texts
) -> tuple[PlannedWrite, ...]:
    """The problem ticket of an escalation that several tickets share; none for Security, whose matters stay apart."""
    is_wanted = policy.fields.zendesk.problem_tickets and escalation.target not in {Target.SECURITY, Target.L2}
    is_shared = len(members) >= _LEAST_TICKETS and escalation.state is EscalationState.OPEN
    if not is_wanted or not is_shared or escalation.issue is None or escalation.problem_ticket is not None:
        return ()
    effect = OpenProblem(
        escalation_id=escalation.id,
        marker=escalation.problem_tag,
        subject=f"{escalation.title} ({escalation.issue.key})",
        note=texts.write_problem_note(escalation),
        tags=(policy.routing.tags.veto,),
    )
    return (PlannedWrite(key=f"problem:{escalation.id}", effect=effect),)


def plan_incident(member: Member, escalation: Escalation, *, joins: bool = True) -> tuple[PlannedWrite, ...]:
    """The link of one of its tickets to the problem ticket, once; what a person changes afterwards stays."""
    ticket, problem_id = member.ticket, escalation.problem_ticket
    if problem_id is None or ticket.status in _OVER or ticket.id == problem_id:
        return ()
    if joins and escalation.target is Target.SECURITY:
        return ()
    effect = LinkProblem(ticket_id=ticket.id, problem_id=problem_id, joins=joins)
    name = "incident" if joins else "incident:left"
    return (PlannedWrite(key=f"{name}:{escalation.id}:{ticket.id}:{problem_id}", effect=effect),)
