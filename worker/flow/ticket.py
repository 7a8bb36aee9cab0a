"""The ticket reconciler: events in, a fresh reading, a judgement, and one transaction with all that follows."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from connectors.errors import NotFound, VendorProblem
from connectors.records import Ticket, TicketStatus
from worker.core.assess import assess
from worker.core.assessment import Assessment
from worker.core.decide import decide
from worker.core.decision import Decision, Forced
from worker.core.escalation import Escalation
from worker.core.patterns.view import PatternView
from worker.core.sharing import choose_survivor
from worker.failpoints import FailPoint, reach
from worker.flow.acquaintance import read_context
from worker.flow.allowance import hold_back
from worker.flow.apart import read_apart
from worker.flow.claiming import claim_planned
from worker.flow.customer import NO_RHYTHM, Rhythm
from worker.flow.holding import let_go, walk_held
from worker.flow.means import Means
from worker.flow.membership import find_membership, share_membership
from worker.flow.orders import read_forced
from worker.flow.patience import is_vendors_fault
from worker.flow.poll import EXPORT
from worker.flow.postponement import postpone_apart, postpone_claims
from worker.flow.reading import complete_ticket
from worker.flow.replay import is_forgotten
from worker.flow.settlement import TicketWork, park_ticket, settle_deleted, settle_ticket, share_work
from worker.flow.sharing import SharedMeanwhile
from worker.store.backfill_runs import CapReached
from worker.store.clocks import list_snoozes
from worker.store.digests import find_joined_at, find_last_digest
from worker.store.effects import has_open
from worker.store.escalations import find_by_pattern, find_by_tickets, find_inheritances, find_past
from worker.store.inbox import PendingEvent, consume_events
from worker.store.lessons import Related, find_related
from worker.store.pattern_views import has_strayed, read_views
from worker.store.subjects import Claim, LeaseLost, SubjectKind, release_subject
from worker.store.tickets import TicketState, read_states, read_ticket
from worker.store.tidings import list_tidings
from worker.store.waiting import read_standing

BATCH = 100
_FRESH = timedelta(minutes=2)


def reconcile_tickets(means: Means) -> bool:
    """Reads, judges and settles up to a hundred due tickets; True when there was something to do."""
    since, works = means.monotonic(), _claim_tickets(means)
    if not works:
        return False
    reach(FailPoint.TICKETS_CLAIMED)
    with means.limits.use_lane(min(work.claim.lane for work in works)):
        fresh, failed = _read_fresh(means, works)
    reach(FailPoint.TICKETS_READ)
    postpone_apart(means, ((work.claim, failed[work.ticket_id]) for work in works if work.ticket_id in failed))
    readable = [work for work in works if work.ticket_id not in failed]
    for work in walk_held(means, readable, since=since):
        with let_go(means, work.claim.id), means.limits.use_lane(work.claim.lane):
            _reconcile_ticket(means, work, fresh.get(work.ticket_id))
    return True


def _claim_tickets(means: Means) -> tuple[TicketWork, ...]:
    with means.database.transaction() as connection:
        claims, events = claim_planned(connection, means, SubjectKind.TICKET, limit=BATCH)
        ids = [int(claim.id) for claim in claims]
        claims = _leave_forgotten(connection, claims, events, means.now())
        states = read_states(connection, ids)
        escalations = find_by_tickets(connection, ids)
        patterns = read_views(connection, ids)
        past = find_past(connection, [ticket_id for ticket_id in ids if ticket_id not in escalations])
        related = find_related(connection, ids)
        rhythms = _read_rhythms(connection, escalations)
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
        inheritances = find_inheritances(connection, ids)
        standings = {
            ticket_id: read_standing(connection, escalation, ticket_id)
            for ticket_id, escalation in escalations.items()
        }
    return tuple(
        TicketWork(
            claim=claim,
            events=events[claim.id],
            state=states.get(int(claim.id)),
            escalation=escalations.get(int(claim.id)),
            standing=standings.get(int(claim.id)),
            inherited=inheritances.get(int(claim.id)),
            pattern=patterns.get(int(claim.id)),
            shared=shared.get(int(claim.id)),
            has_strayed=int(claim.id) in strayed,
            past=past.get(int(claim.id)),
            related=related.get(int(claim.id), ()),
            rhythm=rhythms.get(int(claim.id), NO_RHYTHM),
        )
        for claim in claims
    )


def _read_rhythms(connection: Connection, escalations: Mapping[int, Escalation]) -> Mapping[int, Rhythm]:
    ids = sorted({escalation.id for escalation in escalations.values()})
    tidings, snoozes = list_tidings(connection, ids), list_snoozes(connection, ids)
    return {
        ticket_id: Rhythm(
            tidings=tidings[escalation.id],
            snoozes={clock: snooze for (name, clock), snooze in snoozes.items() if name == escalation.id},
            joined_at=find_joined_at(connection, escalation.id, ticket_id),
            last_digest=find_last_digest(connection, escalation.id, ticket_id),
        )
        for ticket_id, escalation in escalations.items()
    }


def _leave_forgotten(
    connection: Connection, claims: Sequence[Claim], events: Mapping[str, tuple[PendingEvent, ...]], now: datetime
) -> tuple[Claim, ...]:
    """Lets go at once of those that an operator gave up; the others."""
    for claim in claims:
        if is_forgotten(events[claim.id]):
            consume_events(connection, [event.id for event in events[claim.id]], now)
            writes = now if has_open(connection, claim.kind, claim.id) else None
            release_subject(connection, claim, plan_due_at=None, write_due_at=writes)
    return tuple(claim for claim in claims if not is_forgotten(events[claim.id]))


def _read_fresh(
    means: Means, works: Sequence[TicketWork]
) -> tuple[Mapping[int, Ticket], Mapping[int, VendorProblem]]:
    """Export rows younger than two minutes count as fresh; the others are read with one call. Also what failed."""
    now = means.now()
    fresh = {work.ticket_id: ticket for work in works if (ticket := _find_exported(work, now)) is not None}
    wanted = [work.ticket_id for work in works if work.ticket_id not in fresh]
    found, failed = read_apart(
        means.helpdesk.read_tickets, wanted, is_vendors_fault=lambda problem: is_vendors_fault(means, problem)
    )
    return fresh | {ticket.id: ticket for ticket in found}, failed


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
        known, is_escalated = work.state.ticket if work.state else None, work.escalation is not None
        complete = complete_ticket(means.helpdesk, ticket, known, is_escalated=is_escalated)
        membership = find_membership(means, complete, work.escalation, work.inherited)
        judged = work.state.assessment if work.state else None
        work = work.move(share_membership(membership, complete, judged, work.pattern, work.shared))
        assessment, decision = judge_ticket(
            means,
            complete,
            work.state,
            work.escalation,
            pattern=work.pattern,
            shared=work.shared,
            has_strayed=work.has_strayed,
            may_wait=not work.allowance.alone,
            past=work.past if work.escalation is None else None,
            related=work.related,
            forced=read_forced(work.events),
        )
        work = work.split(decision)
        reach(FailPoint.TICKET_JUDGED)
        try:
            settle_ticket(means, work, complete, assessment, decision)
        except SharedMeanwhile as shared:
            work = share_work(work, shared.escalation)
            decision = decide(assessment, complete, work.escalation, means.policy, shared=work.shared, past=work.past)
            settle_ticket(means, work, complete, assessment, decision)
        except CapReached:
            settle_ticket(means, work, complete, assessment, hold_back(decision))
    except NotFound:
        settle_deleted(means, work)
    except VendorProblem as problem:
        postpone_claims(means, [work.claim], problem)
    except LeaseLost:
        raise
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
    may_wait: bool = True,
    past: Escalation | None = None,
    related: Sequence[Related] = (),
    forced: Forced | None = None,
) -> tuple[Assessment, Decision]:
    """What to do about a whole ticket now, given what was known of it, its own escalation and that of its pattern.

    A backfill does not wait for complete briefs: its cap counts what it opens.
    """
    context = read_context(state, pattern=pattern, past=past, related=related)
    assessment = assess(ticket, context, means.policy, means.now())
    return assessment, decide(
        assessment,
        ticket,
        escalation,
        means.policy,
        shared=shared,
        has_strayed=has_strayed,
        earlier=state.decision if state else None,
        may_wait=may_wait,
        past=past,
        forced=forced,
    )
