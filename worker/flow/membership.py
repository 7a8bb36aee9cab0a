"""To which escalation a ticket belongs: merged tickets hand theirs on, follow-ups join, and each turn is kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from connectors.records import Ticket
from worker.core.assessment import Assessment
from worker.core.decide import may_share
from worker.core.escalation import Escalation
from worker.core.fates import Fate, MemberFate, find_fate, find_merge_target
from worker.core.patterns.view import PatternView
from worker.core.sharing import gives_way
from worker.core.succession import survives
from worker.flow.means import Means
from worker.store.audit import add_audit
from worker.store.effects import has_started
from worker.store.escalations import (
    add_member,
    find_by_tickets,
    find_last_escalation,
    leave_escalation,
    save_fate,
)
from worker.store.subjects import Lane, SubjectKind, insert_wakes


@dataclass(frozen=True, kw_only=True, slots=True)
class Membership:
    """The escalation that a ticket belongs to from now on, and how it comes there.

    `joins` when it was no member before; `leaves` is the escalation that it gives up for it; `follows` is the
    closed ticket that it follows up, `earlier` the issue of that one's escalation when it is over.
    """

    escalation: Escalation | None
    joins: bool = False
    leaves: Escalation | None = None
    follows: int | None = None
    earlier: str | None = None


def find_membership(means: Means, ticket: Ticket, own: Escalation | None, inherited: Escalation | None) -> Membership:
    """Where the ticket belongs: to its own escalation, to one that was merged into it, or to that of its source."""
    vetoed = means.policy.routing.tags.veto in ticket.tags
    if inherited is not None and not vetoed:
        return _weigh_inheritance(ticket, own, inherited)
    if own is not None or vetoed or ticket.followup_source_id is None:
        return Membership(escalation=own)
    source_id = ticket.followup_source_id
    with means.database.snapshot() as connection:
        followed = find_by_tickets(connection, [source_id]).get(source_id)
        past = find_last_escalation(connection, source_id)
    if followed is not None:
        return Membership(escalation=followed, joins=True, follows=source_id)
    earlier = past.issue.key if past is not None and past.issue is not None else None
    return Membership(escalation=None, follows=source_id if past else None, earlier=earlier)


def share_membership(
    membership: Membership,
    ticket: Ticket,
    known: Assessment | None,
    view: PatternView | None,
    shared: Escalation | None,
) -> Membership:
    """The same, or the escalation of the ticket's pattern when its own is one too many."""
    own = membership.escalation
    if own is None or membership.joins or view is None or shared is None or known is None:
        return membership
    if ticket.id not in own.tickets or not gives_way(own, shared, view) or not may_share(known, shared):
        return membership
    return Membership(escalation=shared, joins=True, leaves=own)


def keep_membership(
    connection: Connection, membership: Membership, before: Ticket | None, ticket: Ticket, now: datetime
) -> None:
    """Keeps what turned, and wakes the escalations whose issues should know."""
    escalation = membership.escalation
    if membership.leaves is not None:
        leave_escalation(connection, membership.leaves.id, ticket.id, now)
        _wake(connection, membership.leaves, now)
    if escalation is None:
        return
    if membership.joins:
        add_member(connection, escalation.id, ticket.id, now)
        data = {"escalation": escalation.id, "follows": membership.follows}
        add_audit(connection, SubjectKind.TICKET, str(ticket.id), "joined", data, now=now)
        keep_origin(connection, membership, escalation.id, ticket.id)
        _wake(connection, escalation, now)
        return
    known = _find_known(escalation, ticket.id)
    fate = find_fate(known.fate if known else None, before, ticket)
    if fate is None:
        return
    other = find_merge_target(ticket)
    _keep_fate(connection, escalation, ticket.id, fate, now, other=other, detail=_name_customer(ticket))
    if other is not None:
        leave_escalation(connection, escalation.id, ticket.id, now, moved_to=other)
        insert_wakes(connection, SubjectKind.TICKET, [str(other)], lane=Lane.LIVE, now=now)


def keep_origin(connection: Connection, membership: Membership, escalation_id: str, ticket_id: int) -> None:
    """Keeps which closed ticket a new member follows up, for the issue to be told."""
    if membership.follows is not None:
        origin = MemberFate(
            ticket_id=ticket_id,
            fate=Fate.FOLLOWED,
            turn=1,
            other=membership.follows,
            detail=membership.earlier,
        )
        save_fate(connection, escalation_id, origin)


def keep_loss(connection: Connection, escalation: Escalation, ticket_id: int, now: datetime) -> None:
    """A ticket is gone. Before there is an issue it leaves: should it come back, it is judged anew."""
    known = _find_known(escalation, ticket_id)
    if find_fate(known.fate if known else None, None, None) is None:
        return
    _keep_fate(connection, escalation, ticket_id, Fate.DELETED, now)
    if escalation.issue is None and not has_started(connection, SubjectKind.ESCALATION, escalation.id):
        leave_escalation(connection, escalation.id, ticket_id, now)


def _weigh_inheritance(ticket: Ticket, own: Escalation | None, inherited: Escalation) -> Membership:
    if own is None:
        return Membership(escalation=inherited, joins=True)
    if inherited.tickets or not survives(inherited, own, ticket.id):
        return Membership(escalation=own)
    return Membership(escalation=inherited, joins=True, leaves=own)


def _find_known(escalation: Escalation, ticket_id: int) -> MemberFate | None:
    return next((one for one in reversed(escalation.fates) if one.ticket_id == ticket_id), None)


def _keep_fate(
    connection: Connection,
    escalation: Escalation,
    ticket_id: int,
    fate: Fate,
    now: datetime,
    *,
    other: int | None = None,
    detail: str | None = None,
) -> None:
    known = _find_known(escalation, ticket_id)
    turn = known.turn + 1 if known else 1
    kept = MemberFate(ticket_id=ticket_id, fate=fate, turn=turn, other=other, detail=detail)
    save_fate(connection, escalation.id, kept)
    data = {"escalation": escalation.id, "fate": fate, "other": other}
    add_audit(connection, SubjectKind.TICKET, str(ticket_id), "turned", data, now=now)
    _wake(connection, escalation, now)


def _name_customer(ticket: Ticket) -> str | None:
    return ticket.organization.name if ticket.organization else None


def _wake(connection: Connection, escalation: Escalation, now: datetime) -> None:
    insert_wakes(connection, SubjectKind.ESCALATION, [escalation.id], lane=Lane.LIVE, now=now)
