"""Reading a ticket whole: what a judgement needs, in as few calls as the help desk allows."""

from connectors.ports import Helpdesk
from connectors.records import Ticket, TicketStatus
from connectors.snapshots import attach_comments, attach_incidents
from worker.core.fates import MERGED_TAG

FINISHED = frozenset({TicketStatus.CLOSED, TicketStatus.DELETED})


def read_whole_ticket(helpdesk: Helpdesk, ticket_id: int) -> Ticket | None:
    """The ticket with comments, people and linked incidents; None when it is not there for us."""
    found = helpdesk.read_tickets([ticket_id])
    return complete_ticket(helpdesk, found[0], None) if found else None


def complete_ticket(
    helpdesk: Helpdesk, ticket: Ticket, known: Ticket | None, *, is_escalated: bool = False
) -> Ticket:
    """`ticket` with its comments: those of `known` when they did not change, and none read for a closed ticket.

    Of an escalated ticket that was merged they are read: only its last comment tells where it went.
    """
    if ticket.has_incidents:
        ticket = attach_incidents(ticket, helpdesk.read_incidents(ticket.id))
    if known is not None and known.comments_read and stamp_comments(known) == stamp_comments(ticket):
        return attach_comments(ticket, known.comments, known.people)
    if ticket.status in FINISHED and not (is_escalated and MERGED_TAG in ticket.tags):
        return ticket
    comments, authors = helpdesk.read_comments(ticket.id)
    return attach_comments(ticket, comments, authors)


def stamp_comments(ticket: Ticket) -> str:
    """Changes whenever a comment is added."""
    added = ticket.metrics.latest_comment_added_at if ticket.metrics else None
    return (added or ticket.updated_at).isoformat()
