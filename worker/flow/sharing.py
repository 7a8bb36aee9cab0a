"""One problem, one escalation: the tickets of a pattern share theirs, whoever of them comes first."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from connectors.records import Ticket, TicketStatus
from mappings.policy import Policy
from worker.core.assessment import Assessment
from worker.core.decide import may_share
from worker.core.decision import Action, Decision
from worker.core.escalation import Escalation
from worker.core.patterns.orders import PatternOrder, Verdict
from worker.core.patterns.view import PatternView
from worker.core.sharing import choose_survivor
from worker.flow.means import Means
from worker.flow.pattern import add_order, add_report
from worker.flow.pattern_desk import make_report
from worker.store.escalations import find_by_pattern, find_by_tickets
from worker.store.patterns import read_pattern
from worker.store.subjects import Lane
from worker.store.tickets import TicketState, read_states

_OVER = frozenset({TicketStatus.SOLVED, TicketStatus.CLOSED, TicketStatus.DELETED})


class SharedMeanwhile(Exception):
    """Another ticket of the pattern has opened the escalation since this one was judged; join it."""

    def __init__(self, escalation: Escalation) -> None:
        super().__init__(f"escalation {escalation.id} stands for the pattern already")
        self.escalation = escalation


def report_ticket(connection: Connection, means: Means, ticket: Ticket, *, lane: Lane, now: datetime) -> None:
    """Puts a ticket that is read for the first time into the log of reports, unless it counts for no customer."""
    report = make_report(ticket, means.policy.patterns)
    if report is not None:
        add_report(connection, report, lane=lane, now=now)


def gather_tickets(
    connection: Connection, escalation: Escalation, view: PatternView, assessment: Assessment, policy: Policy
) -> Escalation:
    """A new escalation with all tickets of its pattern that are free; raises SharedMeanwhile when there is one.

    The pattern's row is held, so that of two tickets that open at the same moment one waits for the other.
    """
    read_pattern(connection, view.id, lock=True)
    survivor = choose_survivor(find_by_pattern(connection, view))
    if survivor is not None and may_share(assessment, survivor):
        raise SharedMeanwhile(survivor)
    others = [ticket_id for ticket_id in view.tickets if ticket_id not in escalation.tickets]
    taken = find_by_tickets(connection, others)
    states = read_states(connection, others)
    free = (
        ticket_id
        for ticket_id in others
        if ticket_id not in taken and ticket_id in states and _may_gather(states[ticket_id], escalation, policy)
    )
    return replace(escalation, tickets=(*escalation.tickets, *free), pattern_id=view.id)


def hear_tags(connection: Connection, ticket: Ticket, view: PatternView, policy: Policy, now: datetime) -> None:
    """An agent's tag on a ticket that asks about a pattern is a verdict on it."""
    tags = policy.routing.tags
    for tag, verdict in ((tags.veto, Verdict.REJECT), (tags.approve, Verdict.CONFIRM)):
        if view.asks and tag in ticket.tags:
            order = PatternOrder(verdict=verdict, pattern_id=view.id, by=f"the tag {tag} on ticket {ticket.id}")
            add_order(connection, order, key=f"tag:{view.id}:{ticket.id}:{verdict.value}", now=now)
            return


def is_shared_opening(decision: Decision, view: PatternView | None) -> bool:
    """True when the decision opens an escalation for a pattern."""
    return view is not None and view.acts and decision.action in {Action.OPEN, Action.ADOPT}


def _may_gather(state: TicketState, escalation: Escalation, policy: Policy) -> bool:
    is_open = state.ticket.status not in _OVER and policy.routing.tags.veto not in state.ticket.tags
    return is_open and state.assessment is not None and may_share(state.assessment, escalation)
