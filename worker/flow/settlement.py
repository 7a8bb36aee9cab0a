"""Keeping a judgement: one transaction with the ticket's state, its escalation, intents, next due time and audit."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from connectors.effects import PlannedWrite, UpdateTicket
from connectors.records import IssueRef, Ticket, TicketStatus
from mappings.brief import Wait
from mappings.routing import Tags
from worker.core.assessment import Assessment, Target
from worker.core.bounce import Bounce
from worker.core.decision import Action, Decision
from worker.core.escalation import Escalation, EscalationState
from worker.core.followup import plan_stage_note
from worker.core.lessons import find_noted
from worker.core.life import Outcome as IssueOutcome
from worker.core.moves import Move
from worker.core.patterns.view import PatternView
from worker.core.plan import (
    Member,
    find_deadline,
    make_title,
    plan_ticket,
    spell_change_prefix,
)
from worker.core.problems import plan_incident
from worker.core.recurrence import RelatedIssue, Relation, choose_related
from worker.core.thread import read_thread
from worker.core.waiting import Standing, find_patience_end, find_trouble, name_opening, plan_waiting
from worker.failpoints import FailPoint, reach
from worker.flow.acquaintance import read_context
from worker.flow.allowance import Allowance, count_creation, find_outcome, is_held_back, read_allowance
from worker.flow.bounce import NOTE_PREFIX, find_loop, park_loop
from worker.flow.customer import NO_RHYTHM, Owed, Rhythm, keep_owed, plan_owed
from worker.flow.intents import spell_intents
from worker.flow.means import Means
from worker.flow.membership import Membership, keep_loss, keep_membership, keep_origin
from worker.flow.reading import FINISHED
from worker.flow.remembering import keep_opinion, keep_reading
from worker.flow.sharing import gather_tickets, hear_tags, is_shared_opening, report_ticket
from worker.store.audit import add_audit
from worker.store.backfill_runs import Outcome, settle_planned
from worker.store.effects import add_intents, has_dead, has_open, retire_dead, skip_intended, skip_unwanted
from worker.store.escalations import (
    add_escalation,
    add_member,
    change_escalation,
    change_running,
    leave_escalation,
    save_moving,
)
from worker.store.inbox import PendingEvent, consume_events
from worker.store.lessons import LessonRow, LessonSource, Related, add_lessons
from worker.store.snapshots import drop_snapshots
from worker.store.subjects import (
    Claim,
    SubjectKind,
    check_fence,
    insert_wakes,
    park_subject,
    release_subject,
    stay_parked,
)
from worker.store.tickets import TicketState, mark_deleted, save_state
from worker.store.waiting import spell_waiting_prefix

_RECHECK = timedelta(hours=1)
_GOES_ON = "look for what answers our writes; Escalator goes on by itself a while after the last one"


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketWork:
    """A claimed ticket with what waits for it and what is known of it; `standing` goes with an escalation.

    `past` is the closed escalation of a ticket that has none now, `related` are those of others with the same
    problem; `rhythm` is of the one that runs.
    """

    claim: Claim
    events: tuple[PendingEvent, ...]
    state: TicketState | None
    escalation: Escalation | None
    standing: Standing | None = None
    inherited: Escalation | None = None
    membership: Membership = field(default_factory=lambda: Membership(escalation=None))
    pattern: PatternView | None = None
    shared: Escalation | None = None
    has_strayed: bool = False
    past: Escalation | None = None
    related: tuple[Related, ...] = ()
    rhythm: Rhythm = NO_RHYTHM

    @property
    def ticket_id(self) -> int:
        """The ticket's number."""
        return int(self.claim.id)

    def move(self, membership: Membership) -> "TicketWork":
        """The work with the escalation that the ticket belongs to from now on."""
        standing = None if membership.joins else self.standing
        return replace(self, escalation=membership.escalation, standing=standing, membership=membership)

    def split(self, decision: Decision) -> "TicketWork":
        """The work of a ticket that leaves the escalation it shares for one of its own, when that was decided."""
        if decision.action is not Action.OPEN or self.escalation is None:
            return self
        return self.move(Membership(escalation=None, leaves=self.escalation))

    @property
    def allowance(self) -> Allowance:
        """What a backfill allows it."""
        return read_allowance(self.events)


def share_work(work: TicketWork, escalation: Escalation) -> TicketWork:
    """The work of a ticket whose pattern got an escalation meanwhile, which may have taken the ticket in already."""
    own = escalation if work.ticket_id in escalation.tickets else None
    return replace(work, escalation=own, shared=escalation)


def settle_ticket(means: Means, work: TicketWork, ticket: Ticket, assessment: Assessment, decision: Decision) -> None:
    """Keeps everything that follows from a reading.

    Raises CapReached, SharedMeanwhile or LeaseLost, and then keeps nothing.
    """
    now, claim, digest = means.now(), work.claim, assessment.policy_digest
    member = Member(ticket=ticket, assessment=assessment)
    escalation = _make_escalation(means, work, member, decision, now=now) or _change_escalation(
        work, member, decision, means, now
    )
    waiting = _plan_waiting(means, work, member, now)
    standing = work.standing
    waited = standing is not None and escalation is not None and name_opening(escalation) in standing.told
    planned = plan_ticket(
        member, decision, escalation, means.policy, means.texts, pattern=work.pattern, waited=waited
    )
    if escalation is not None and means.policy.fields.zendesk.problem_tickets:
        planned = (*planned, *plan_incident(member, escalation, joins=decision.action is not Action.LEAVE))
    owed = _find_owed(means, work, member, escalation, decision=decision, now=now)
    planned = (*planned, *(owed.planned if owed else _plan_farewell(means, work, member, now)))
    with means.database.transaction() as connection:
        check_fence(connection, claim, lease_until=now + means.timing.lease)
        if escalation is not None and work.pattern is not None and is_shared_opening(decision, work.pattern):
            escalation = gather_tickets(connection, escalation, work.pattern, assessment, means.policy)
        if work.state is None:
            report_ticket(connection, means, ticket, lane=claim.lane, now=now)
        if work.pattern is not None:
            hear_tags(connection, ticket, work.pattern, means.policy, now)
        count_creation(connection, work.allowance, decision)
        consume_events(connection, [event.id for event in work.events], now)
        outcome = find_outcome(work.allowance, decision)
        settle_planned(connection, work.allowance.plan_ids, ticket.id, outcome, now)
        state = TicketState(ticket=ticket, read_at=now, assessment=assessment, decision=decision)
        _remember(connection, means, work, state, is_escalated=work.escalation is not None)
        save_state(connection, state)
        keep_membership(connection, work.membership, work.state.ticket if work.state else None, ticket, now)
        if escalation is not None:
            _keep_escalation(
                connection, work, escalation, ticket, decision=decision, tags=means.policy.routing.tags, now=now
            )
        _keep_lessons(connection, means, work, escalation, ticket)
        if escalation is not None and owed is not None:
            keep_owed(connection, escalation, ticket.id, owed, now)
        wanted = [write.key for write in (*planned, *waiting)]
        bounce = find_loop(connection, means, claim, work.events, wanted, now=now)
        if _is_news(work, decision):
            _audit_decision(connection, claim, assessment, decision, now)
        if bounce is not None:
            added = _tell_bounce(connection, means, work, member, bounce=bounce, now=now)
        else:
            added = _keep_intents(connection, work, (*planned, *waiting), digest, now)
            _release_ticket(connection, work, _find_next_due(means, work, member, decision, owed=owed, now=now), now)
        reach(FailPoint.TICKET_SETTLING)
    reach(FailPoint.TICKET_SETTLED)
    means.log.info(
        "decided",
        ticket=ticket.id,
        action=decision.action.value,
        target=decision.target.value if decision.target else None,
        severity=decision.severity.value if decision.severity else None,
        escalation=escalation.id if escalation else None,
        writes=added,
        policy=digest,
    )


def _remember(
    connection: Connection, means: Means, work: TicketWork, state: TicketState, *, is_escalated: bool
) -> None:
    """What a change of the policy will be tried on."""
    assessment, decision, now = state.assessment, state.decision, state.read_at
    if assessment is None or decision is None:
        return
    past = work.past if work.escalation is None else None
    context = read_context(work.state, pattern=work.pattern, past=past, related=work.related)
    keep_reading(
        connection,
        state.ticket,
        context,
        assessment,
        decision,
        known=work.state,
        is_escalated=is_escalated,
        now=now,
    )
    tags = means.policy.routing.tags
    keep_opinion(connection, state.ticket, assessment, decision, known=work.state, tags=tags, now=now)


def _find_owed(
    means: Means,
    work: TicketWork,
    member: Member,
    escalation: Escalation | None,
    *,
    decision: Decision,
    now: datetime,
) -> Owed | None:
    if escalation is None or decision.action is Action.LEAVE:
        return None
    return plan_owed(means, member, escalation, work.rhythm, now)


def _keep_lessons(
    connection: Connection, means: Means, work: TicketWork, escalation: Escalation | None, ticket: Ticket
) -> None:
    """What agents noted as the lesson of the escalation that runs, or that is over."""
    known = escalation or work.past
    if known is None:
        return
    noted = find_noted(ticket, means.policy.fields.jira.lesson_prefix)
    found = [
        LessonRow(
            source=LessonSource.NOTE,
            source_id=str(one.comment_id),
            text=one.text,
            by=one.by,
            at=one.at,
            ticket_id=ticket.id,
        )
        for one in noted
        if one.at >= known.created_at
    ]
    add_lessons(connection, known.id, found)


def _plan_farewell(means: Means, work: TicketWork, member: Member, now: datetime) -> tuple[PlannedWrite, ...]:
    """The note that an escalation is closed, for a ticket that was part of it to the end."""
    past = work.past if work.escalation is None else None
    if past is None:
        return ()
    return plan_stage_note(member, past, policy=means.policy, texts=means.texts, now=now)


def _plan_waiting(means: Means, work: TicketWork, member: Member, now: datetime) -> tuple[PlannedWrite, ...]:
    if work.escalation is None or work.standing is None:
        return ()
    patience = means.timing.stuck_after
    return plan_waiting(member, work.escalation, work.standing, means.texts, now=now, patience=patience)


def _tell_bounce(
    connection: Connection, means: Means, work: TicketWork, member: Member, *, bounce: Bounce, now: datetime
) -> int:
    """Parks the ticket until our writes no longer answer each other, with one note that says so."""
    planned: tuple[PlannedWrite, ...] = ()
    if work.escalation is not None:
        wait = Wait(what="nothing is written for now", since=now, reason=bounce.reason, remedy=_GOES_ON)
        note = means.texts.write_waiting_note(member, work.escalation, wait)
        key = f"{NOTE_PREFIX}{work.claim.id}:{bounce.name}"
        planned = (PlannedWrite(key=key, effect=UpdateTicket(ticket_id=work.ticket_id, note=note)),)
    kind, digest = SubjectKind.TICKET, means.policy.digest
    added = add_intents(connection, kind, work.claim.id, spell_intents(planned), policy_digest=digest, now=now)
    park_loop(connection, means, work.claim, bounce, now=now, write=added > 0)
    return added


def _keep_intents(
    connection: Connection, work: TicketWork, planned: Sequence[PlannedWrite], digest: str, now: datetime
) -> int:
    """Keeps what is to be written; time alone does not revive what a parked ticket was refused."""
    kind, ticket_id = SubjectKind.TICKET, work.claim.id
    intents = spell_intents(planned)
    wanted = frozenset(intent.key for intent in intents)
    if work.escalation is not None:
        _skip_outdated(connection, work.escalation, ticket_id, wanted, now)
    revive = not _stays_parked(connection, work)
    if revive:
        retire_dead(connection, kind, ticket_id, wanted=wanted, now=now)
    return add_intents(connection, kind, ticket_id, intents, policy_digest=digest, now=now, revive=revive)


def _skip_outdated(
    connection: Connection, escalation: Escalation, ticket_id: str, wanted: frozenset[str], now: datetime
) -> None:
    """A note that a newer one says better, or about a wait that is over, is not written any more."""
    prefixes = (spell_change_prefix(escalation.id, ticket_id), spell_waiting_prefix(escalation.id, ticket_id))
    for prefix in prefixes:
        skip_unwanted(
            connection,
            SubjectKind.TICKET,
            ticket_id,
            prefix=prefix,
            wanted=wanted,
            reason="over before it was told",
            now=now,
        )


def _stays_parked(connection: Connection, work: TicketWork) -> bool:
    """Time drains what was parked for a while; what a vendor refused waits for somebody."""
    return work.claim.parked and has_dead(connection, SubjectKind.TICKET, work.claim.id)


def _release_ticket(connection: Connection, work: TicketWork, due: datetime | None, now: datetime) -> None:
    writes = now if has_open(connection, SubjectKind.TICKET, work.claim.id) else None
    if _stays_parked(connection, work):
        stay_parked(connection, work.claim, plan_due_at=None, write_due_at=writes)
    else:
        release_subject(connection, work.claim, plan_due_at=due, write_due_at=writes)


def settle_deleted(means: Means, work: TicketWork) -> None:
    """Forgets a ticket that is gone on the other side, and lets its escalation know."""
    now = means.now()
    with means.database.transaction() as connection:
        check_fence(connection, work.claim, lease_until=now + means.timing.lease)
        consume_events(connection, [event.id for event in work.events], now)
        settle_planned(connection, work.allowance.plan_ids, work.ticket_id, Outcome.STAYED, now)
        mark_deleted(connection, work.ticket_id, now)
        drop_snapshots(connection, [work.ticket_id])
        skip_intended(connection, SubjectKind.TICKET, work.claim.id, reason="the ticket is gone", now=now)
        add_audit(connection, SubjectKind.TICKET, work.claim.id, "gone", {}, now=now)
        if work.escalation is not None:
            keep_loss(connection, work.escalation, work.ticket_id, now)
        release_subject(connection, work.claim, plan_due_at=None, write_due_at=None)
        reach(FailPoint.TICKET_SETTLING)
    reach(FailPoint.TICKET_SETTLED)
    means.log.info("ticket_gone", ticket=work.ticket_id)


def park_ticket(means: Means, work: TicketWork, error: Exception) -> None:
    """The events stay pending: an operator's replay or a new event reads the ticket again."""
    now, reason = means.now(), f"{type(error).__name__}: could not be judged"
    means.log.error("parked", ticket=work.ticket_id, detail=reason, exc_info=error)
    with means.database.transaction() as connection:
        park_subject(connection, work.claim, error=reason, now=now)
        settle_planned(connection, work.allowance.plan_ids, work.ticket_id, Outcome.PARKED, now)
        add_audit(connection, SubjectKind.TICKET, work.claim.id, "parked", {"reason": reason}, now=now)


def _keep_escalation(
    connection: Connection,
    work: TicketWork,
    escalation: Escalation,
    ticket: Ticket,
    *,
    decision: Decision,
    tags: Tags,
    now: datetime,
) -> None:
    """Stores a new or changed escalation and wakes it when its issue may have to show something else."""
    is_new = work.escalation is None
    if decision.action is Action.LEAVE:
        leave_escalation(connection, escalation.id, ticket.id, now)
        # What it is without the others is judged at once.
        insert_wakes(connection, SubjectKind.TICKET, [work.claim.id], lane=work.claim.lane, now=now)
    elif decision.action is Action.JOIN:
        add_member(connection, escalation.id, ticket.id, now)
        if escalation.pattern_id is None and work.pattern is not None:
            change_escalation(connection, escalation.id, now, pattern_id=work.pattern.id)
    elif is_new:
        add_escalation(connection, escalation)
        keep_origin(connection, work.membership, escalation.id, ticket.id)
        others = [str(ticket_id) for ticket_id in escalation.tickets if ticket_id != ticket.id]
        insert_wakes(connection, SubjectKind.TICKET, others, lane=work.claim.lane, now=now)
    elif decision.action is Action.MOVE:
        save_moving(connection, escalation, now)
    elif escalation is not work.escalation:
        change_running(
            connection,
            escalation,
            now,
            target=escalation.target,
            severity=escalation.severity,
            revision=escalation.revision,
            adopted=escalation.adopted,
            adopt_key=escalation.adopt_key,
            deadline=escalation.deadline,
            severity_reasons=json.dumps(escalation.severity_reasons),
        )
    if is_new or _concerns_issue(work, ticket, decision, tags):
        insert_wakes(connection, SubjectKind.ESCALATION, [escalation.id], lane=work.claim.lane, now=now)


def _audit_decision(
    connection: Connection, claim: Claim, assessment: Assessment, decision: Decision, now: datetime
) -> None:
    data = {
        "action": decision.action,
        "target": decision.target,
        "severity": decision.severity,
        "reasons": decision.reasons,
        "criteria": assessment.criteria,
        "handle_in_support": assessment.handle_in_support,
    }
    digest = assessment.policy_digest
    add_audit(connection, SubjectKind.TICKET, claim.id, "decided", data, now=now, policy_digest=digest)


def _change_escalation(
    work: TicketWork, member: Member, decision: Decision, means: Means, now: datetime
) -> Escalation | None:
    if decision.action is Action.JOIN and work.shared is not None:
        return replace(work.shared, tickets=(*work.shared.tickets, member.ticket.id))
    escalation = work.escalation
    if escalation is not None and decision.action is Action.MOVE:
        return _begin_move(escalation, member, decision, means, now)
    if escalation is None or decision.action is not Action.UPDATE or decision.severity is None:
        return escalation
    moves = decision.target is not None and decision.target is not escalation.target
    return replace(
        escalation,
        target=decision.target or escalation.target,
        severity=decision.severity,
        revision=0 if moves else escalation.revision + 1,
        adopted=decision.issue_key is not None or escalation.adopted,
        adopt_key=decision.issue_key or escalation.adopt_key,
        deadline=find_deadline(decision.severity, means.policy, now, means.texts.find_deadline(member)),
        severity_reasons=decision.reasons,
    )


def _begin_move(
    escalation: Escalation, member: Member, decision: Decision, means: Means, now: datetime
) -> Escalation:
    """The escalation with the change of target that its own reconciler carries out."""
    assert decision.target is not None and decision.severity is not None  # noqa: S101 - see decide
    deadline = escalation.deadline
    if decision.severity is not escalation.severity:
        deadline = find_deadline(decision.severity, means.policy, now, means.texts.find_deadline(member))
    return replace(
        escalation,
        moving=Move(target=decision.target, reasons=decision.reasons),
        severity=decision.severity,
        deadline=deadline,
    )


def _make_escalation(
    means: Means, work: TicketWork, member: Member, decision: Decision, *, now: datetime
) -> Escalation | None:
    if decision.action not in {Action.OPEN, Action.ADOPT}:
        return None
    assert decision.target is not None and decision.severity is not None  # noqa: S101 - see decide
    return Escalation(
        id=means.mint_id(),
        state=EscalationState.OPEN,
        target=decision.target,
        severity=decision.severity,
        title=make_title(member.ticket),
        reasons=decision.reasons,
        tickets=(member.ticket.id,),
        policy_digest=member.assessment.policy_digest,
        created_at=now,
        deadline=find_deadline(decision.severity, means.policy, now, means.texts.find_deadline(member)),
        adopted=decision.action is Action.ADOPT,
        adopt_key=decision.issue_key if decision.action is Action.ADOPT else None,
        related=choose_related(decision.target, list(_list_fixed(work))),
    )


def _list_fixed(work: TicketWork) -> Iterator[RelatedIssue]:
    """The issues of escalations of this ticket, or surely of the same problem, that were closed as fixed."""
    past = work.past
    if past is not None and past.issue is not None and past.course.outcome is IssueOutcome.RELEASED:
        yield RelatedIssue(issue=past.issue, relation=Relation.RECURS, target=past.target)
    for one in work.related:
        if one.is_sure and one.outcome == IssueOutcome.RELEASED.value and one.issue_id and one.issue_key:
            issue = IssueRef(id=one.issue_id, key=one.issue_key)
            yield RelatedIssue(issue=issue, relation=Relation.RECURS, target=Target(one.target))


def _concerns_issue(work: TicketWork, ticket: Ticket, decision: Decision, tags: Tags) -> bool:
    """The issue shows the ticket's subject and whether it is solved; words and tags may end or renew the escalation.

    A parked escalation is tried again with each new event of its tickets.
    """
    waits_for_issue = work.escalation is not None and work.escalation.issue is None
    is_parked = work.standing is not None and work.standing.failure is not None
    is_changed = decision.action in {Action.UPDATE, Action.MOVE, Action.LEAVE} or (is_parked and bool(work.events))
    if is_changed or work.state is None or waits_for_issue:
        return True
    return _sum_up(work.state.ticket, tags) != _sum_up(ticket, tags)


def _sum_up(ticket: Ticket, tags: Tags) -> tuple[object, ...]:
    """What of a ticket moves its escalation: its state, tags by which agents steer, and what people said."""
    said = len(read_thread(ticket).utterances)
    steered = {tags.veto, tags.confirmed} & set(ticket.tags)
    return ticket.status, ticket.subject, frozenset(steered), said


def _is_news(work: TicketWork, decision: Decision) -> bool:
    known = work.state.decision if work.state else None
    return known is None or (known.action, known.target, known.severity) != (
        decision.action,
        decision.target,
        decision.severity,
    )


def _find_next_due(
    means: Means, work: TicketWork, member: Member, decision: Decision, *, owed: Owed | None, now: datetime
) -> datetime | None:
    """When time alone may change the verdict or a wait becomes long; soon at the latest: an SLA changes no ticket."""
    ticket, assessment = member.ticket, member.assessment
    if is_held_back(decision) or ticket.status in FINISHED:
        return None
    instants = [_find_patience_end(means, work, decision, now)]
    if owed is not None:
        instants += [owed.due.draft_at, owed.due.overdue_at, owed.digest_at]
    if ticket.status is not TicketStatus.SOLVED:
        instants += [assessment.next_instant, decision.wait_until, ticket.due_at, now + _RECHECK]
    return min((instant for instant in instants if instant is not None and instant > now), default=None)


def _find_patience_end(means: Means, work: TicketWork, decision: Decision, now: datetime) -> datetime | None:
    patience = means.timing.stuck_after
    if decision.action in {Action.OPEN, Action.ADOPT, Action.UPDATE, Action.MOVE}:
        return now + patience
    if work.escalation is None or work.standing is None:
        return None
    trouble = find_trouble(work.escalation, work.standing, work.ticket_id)
    return find_patience_end(trouble, work.standing, now=now, patience=patience)
