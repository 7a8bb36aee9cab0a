"""What the one request of an effect costs, so that it can be paid for before the effect is marked as started."""

from connectors.effects import Effect, LinkProblem, OpenIssue, SendReply, TagTicket, UpdateTicket
from connectors.gate import (
    JIRA_POINTS,
    JIRA_POST,
    ZENDESK_REQUESTS,
    ZENDESK_TICKET,
    ZENDESK_UPDATES,
    Charge,
)


def find_charges(effect: Effect) -> tuple[Charge, ...]:
    """The charges of an effect's write; what else it asks the vendor on the way is paid for as it goes."""
    if isinstance(effect, UpdateTicket | SendReply | LinkProblem):
        return _charge_ticket(effect.ticket_id, 1)
    if isinstance(effect, TagTicket):
        return _charge_ticket(effect.ticket_id, max(1, bool(effect.add) + bool(effect.remove)))
    if isinstance(effect, OpenIssue):
        return (Charge(bucket=JIRA_POST), Charge(bucket=JIRA_POINTS))
    return ()


def _charge_ticket(ticket_id: int, requests: int) -> tuple[Charge, ...]:
    return (
        Charge(bucket=ZENDESK_REQUESTS, cost=requests),
        Charge(bucket=ZENDESK_UPDATES, cost=requests),
        Charge(bucket=ZENDESK_TICKET, key=str(ticket_id), cost=requests),
    )
