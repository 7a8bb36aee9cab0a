"""The ticket reconciler: events in, a fresh reading, a judgement, and one transaction with all that follows."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from connectors.errors import NotFound, VendorProblem
from connectors.records import Ticket, TicketStatus
from worker.core.assess import assess
from worker.core.assessment import Assessment
from worker.core.context import Context
from worker.core.decide import decide
from worker.core.decision import Decision
from worker.core.escalation import Escalation
from worker.core.patterns.view import PatternView
from worker.core.sharing import choose_survivor
from worker.flow.allowance import hold_back
from worker.flow.means import Means, report_success
from worker.flow.poll import EXPORT
from worker.flow.postponement import postpone_claims
from worker.flow.reading import complete_ticket
from worker.flow.settlement import TicketWork, park_ticket, settle_deleted, settle_ticket, share_work
from worker.flow.sharing import SharedMeanwhile
from worker.store.backfill_runs import CapReached
from worker.store.escalations import find_by_pattern, find_by_tickets
from worker.store.inbox import list_pending
from worker.store.pattern_views import has_strayed, read_views
from worker.store.subjects import Due, LeaseLost, SubjectKind, claim_subjects, release_subject
from worker.store.tickets import TicketState, read_states, read_ticket

BATCH = 100
_FRESH = timedelta(minutes=2)


def reconcile_tickets(means: Means) -> bool:
    """Reads, judges and settles up to a hundred due tickets; True when there was something to do."""
    works = _claim_tickets(means)
    if not works:
        return False
    try:
        fresh = _read_fresh(means, works)
    except VendorProblem as problem:
        postpone_claims(means, [work.claim for work in works], problem)
        return True
    for work in works:
        _reconcile_ticket(means, work, fresh.get(work.ticket_id))
    return True


def _claim_tickets(means: Means) -> tuple[TicketWork, ...]:
    with means.database.transaction() as connection:
        claims = claim_subjects(
            connection,
            SubjectKind.TICKET,
            Due.PLAN,
            owner=means.owner,
            now=means.now(),
            lease=means.timing.lease,
            limit=BATCH,
        )
        ids = [int(claim.id) for claim in claims]
        events = list_pending(connection, SubjectKind.TICKET, [claim.id for claim in claims])
        states = read_states(connection, ids)
        escalations = find_by_tickets(connection, ids)
        patterns = read_views(connection, ids)
        shared = {
            ticket_id: choose_survivor(find_by_pattern(connection, view))
            for ticket_id, view in patterns.items()
            if view.acts
        }
        strayed = {
            ticket_id
            for ticket_id, escalation in escalations.items()
            if escalation.pattern_id and has_strayed(connection, ticket_id, escalation.pattern_id)
        }
    return tuple(
        TicketWork(
            claim=claim,
            events=events[claim.id],
            state=states.get(int(claim.id)),
            escalation=escalations.get(int(claim.id)),
            pattern=patterns.get(int(claim.id)),
            shared=shared.get(int(claim.id)),
            has_strayed=int(claim.id) in strayed,
        )
        for claim in claims
    )


def _read_fresh(means: Means, works: Sequence[TicketWork]) -> Mapping[int, Ticket]:
    """Export rows younger than two minutes count as fresh; the others are read with one call."""
    now = means.now()
    fresh = {work.ticket_id: ticket for work in works if (ticket := _find_exported(work, now)) is not None}
    wanted = [work.ticket_id for work in works if work.ticket_id not in fresh]
    if wanted:
        fresh |= {ticket.id: ticket for ticket in means.helpdesk.read_tickets(wanted)}
        report_success(means, "zendesk")
    return fresh


def _find_exported(work: TicketWork, now: datetime) -> Ticket | None:
    newest = work.events[-1] if work.events else None
    if newest is None or newest.source != EXPORT or newest.body is None or now - newest.received_at > _FRESH:
        return None
    return read_ticket(newest.body)


def _reconcile_ticket(means: Means, work: TicketWork, ticket: Ticket | None) -> None:
    try:
        if ticket is None or ticket.status is TicketStatus.DELETED:
            settle_deleted(means, work)
            return
        complete = complete_ticket(means.helpdesk, ticket, work.state.ticket if work.state else None)
        assessment, decision = judge_ticket(
            means,
            complete,
            work.state,
            work.escalation,
            pattern=work.pattern,
            shared=work.shared,
            has_strayed=work.has_strayed,
        )
        try:
            settle_ticket(means, work, complete, assessment, decision)
        except SharedMeanwhile as shared:
            work = share_work(work, shared.escalation)
            decision = decide(assessment, complete, work.escalation, means.policy, shared=work.shared)
            settle_ticket(means, work, complete, assessment, decision)
        except CapReached:
            settle_ticket(means, work, complete, assessment, hold_back(decision))
    except NotFound:
        settle_deleted(means, work)
    except VendorProblem as problem:
        postpone_claims(means, [work.claim], problem)
    except LeaseLost as lost:
        means.log.warning("lease_lost", ticket=work.ticket_id, detail=str(lost))
    except IntegrityError:
        # Another ticket of its pattern took it into an escalation since it was claimed.
        _read_again(means, work)
    except Exception as error:
        park_ticket(means, work, error)


def _read_again(means: Means, work: TicketWork) -> None:
    now = means.now()
    with means.database.transaction() as connection:
        release_subject(connection, work.claim, plan_due_at=now, write_due_at=now)


def judge_ticket(
    means: Means,
    ticket: Ticket,
    state: TicketState | None,
    escalation: Escalation | None,
    *,
    pattern: PatternView | None = None,
    shared: Escalation | None = None,
    has_strayed: bool = False,
) -> tuple[Assessment, Decision]:
    """What to do about a whole ticket now, given what was known of it, its own escalation and that of its pattern."""
    context = Context(
        earlier=(state.assessment,) if state and state.assessment else (),
        group_customers=pattern.customers if pattern is not None and pattern.acts else (),
    )
    assessment = assess(ticket, context, means.policy, means.now())
    decision = decide(assessment, ticket, escalation, means.policy, shared=shared, has_strayed=has_strayed)
    return assessment, decision
