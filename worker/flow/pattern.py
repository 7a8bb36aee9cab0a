"""The pattern subject: the one writer of groups. It reads reports in their order and wakes whom they concern."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection

from worker.core.patterns.detector import Detector
from worker.core.patterns.explanation import explain_group
from worker.core.patterns.orders import NewReport, PatternOrder
from worker.core.patterns.report import Group, Lane, Step
from worker.flow.claiming import claim_planned
from worker.flow.holding import let_go
from worker.flow.means import Means
from worker.flow.pattern_desk import PatternDesk, keep_desk, outdate_desks, restore_desk
from worker.flow.pattern_verdicts import apply_order, recount_pattern
from worker.store.audit import add_audit
from worker.store.inbox import InboxRow, PendingEvent, add_rows, consume_events
from worker.store.lessons import find_related
from worker.store.pattern_rates import keep_rate
from worker.store.patterns import (
    PatternRow,
    PatternStanding,
    ReportRow,
    drop_pattern,
    list_reports,
    read_pattern,
    regroup_reports,
    save_pattern,
    save_report,
)
from worker.store.subjects import (
    Claim,
    LeaseLost,
    SubjectKind,
    check_fence,
    insert_wakes,
    park_subject,
    release_subject,
)
from worker.store.subjects import (
    Lane as WorkLane,
)

REPORTS = "pattern.report"
ORDERS = "pattern.order"
DESK = "desk"
_BATCH = 50
_NEW_REPORT: TypeAdapter[NewReport] = TypeAdapter(NewReport)
_ORDER: TypeAdapter[PatternOrder] = TypeAdapter(PatternOrder)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    """A report with the step that it made."""

    report: NewReport
    step: Step
    explanation: Mapping[str, object] | None


def add_report(connection: Connection, report: NewReport, *, lane: WorkLane, now: datetime) -> None:
    """Puts a ticket into the log of reports; the second time changes nothing."""
    row = InboxRow(
        source=REPORTS,
        dedupe_key=str(report.ticket_id),
        subject_kind=SubjectKind.PATTERN,
        subject_id=DESK,
        lane=lane,
        received_at=now,
        body=_NEW_REPORT.dump_json(report),
    )
    add_rows(connection, [row])


def add_order(connection: Connection, order: PatternOrder, *, key: str, now: datetime) -> None:
    """Puts a person's verdict into the same log; `key` names the verdict, so that it is taken once."""
    row = InboxRow(
        source=ORDERS,
        dedupe_key=key,
        subject_kind=SubjectKind.PATTERN,
        subject_id=DESK,
        lane=WorkLane.LIVE,
        received_at=now,
        body=_ORDER.dump_json(order),
    )
    add_rows(connection, [row])


def reconcile_patterns(means: Means) -> bool:
    """Takes in the reports and verdicts that wait, in their order; True when there was something to do."""
    with means.database.transaction() as connection:
        claims, pending = claim_planned(connection, means, SubjectKind.PATTERN, limit=1)
    for claim in claims:
        with let_go(means, "pattern"):
            _reconcile_pattern(means, claim, pending[claim.id])
    return bool(claims)


def _reconcile_pattern(means: Means, claim: Claim, events: Sequence[PendingEvent]) -> None:
    try:
        _take_in(means, claim, events)
    except LeaseLost:
        means.memory.desk = None
        raise
    except Exception as error:
        means.memory.desk = None
        _park(means, claim, error)


def _take_in(means: Means, claim: Claim, pending: Sequence[PendingEvent]) -> None:
    """Reports up to the next verdict, or that verdict: the order of the log is the order of what happened."""
    batch = pending[:_BATCH]
    verdict = next((index for index, event in enumerate(batch) if event.source == ORDERS), None)
    if verdict == 0:
        _settle_order(means, claim, batch[0], more=len(pending) > 1)
        return
    batch = batch[:verdict]
    with means.database.snapshot() as connection:
        desk = restore_desk(connection, means.policy.patterns, means.make_detector, means.memory.desk, means.now())
    means.memory.desk = None
    seen = [_observe(desk, event) for event in batch if event.body is not None]
    _settle_reports(means, claim, desk, seen, [event.id for event in batch], more=len(pending) > len(batch))
    means.memory.desk = desk


def _observe(desk: PatternDesk, event: PendingEvent) -> _Seen:
    report = _NEW_REPORT.validate_json(event.body or b"")
    step = desk.observe(report)
    explanation = asdict(explain_group(desk.detector, step.standing)) if step.lanes else None
    return _Seen(report=report, step=step, explanation=explanation)


def _settle_reports(
    means: Means, claim: Claim, desk: PatternDesk, seen: Sequence[_Seen], events: Sequence[int], *, more: bool
) -> None:
    now = means.now()
    with means.database.transaction() as connection:
        check_fence(connection, claim, lease_until=now + means.timing.lease)
        consume_events(connection, events, now)
        for one in seen:
            _save_seen(connection, means, desk.detector, one, now)
        if seen:
            keep_desk(connection, desk, now)
            keep_rate(connection, means.policy.patterns, now)
        release_subject(connection, claim, plan_due_at=now if more else None, write_due_at=None)


def _save_seen(connection: Connection, means: Means, detector: Detector, seen: _Seen, now: datetime) -> None:
    step, report = seen.step, seen.report
    save_report(
        connection,
        ReportRow(
            ticket_id=report.ticket_id,
            pattern_id=step.member.group,
            customer_name=report.customer_name,
            member=step.member,
        ),
    )
    regroup_reports(connection, [int(ticket) for ticket in step.moved], step.standing.group)
    for name in step.left:
        _save_left(connection, name, now)
    known = read_pattern(connection, step.standing.group)
    pattern = _make_pattern(means, seen, known, detector.groups[step.standing.group])
    save_pattern(connection, pattern, now)
    if pattern.standing in {PatternStanding.RAISED, PatternStanding.SUGGESTED, PatternStanding.CONFIRMED}:
        news = known is None or known.standing is not pattern.standing
        _wake_tickets(connection, step.standing.tickets if news else (step.member.id,), now)
        if news:
            _audit(connection, means, pattern, now)
    elif find_related(connection, [int(step.member.id)]):
        # It was settled before, so what was learned then concerns this ticket.
        _wake_tickets(connection, (step.member.id,), now)


def _save_left(connection: Connection, name: str, now: datetime) -> None:
    """A forming group that lost tickets to another one: what is left of it, or nothing."""
    stored, reports = read_pattern(connection, name), list_reports(connection, name)
    if stored is not None and reports:
        save_pattern(connection, recount_pattern(stored, reports), now)
    elif stored is not None:
        drop_pattern(connection, name)


def _make_pattern(means: Means, seen: _Seen, known: PatternRow | None, group: Group) -> PatternRow:
    """A person's verdict stands; otherwise the lanes say what the pattern is taken for."""
    standing, at = seen.step.standing, seen.step.member.at
    taken_for = _read_standing(seen.step)
    if known is not None and known.decided_at is not None:
        taken_for = known.standing
    return PatternRow(
        id=group.id,
        standing=taken_for,
        group=group,
        tickets=len(standing.tickets),
        customers=standing.customers,
        score=standing.score,
        by_meaning=standing.by_meaning,
        first_at=min(at, known.first_at) if known else at,
        last_at=max(at, known.last_at) if known else at,
        explanation=seen.explanation or (known.explanation if known else None),
        decided_by=known.decided_by if known else None,
        decided_reason=known.decided_reason if known else None,
        decided_at=known.decided_at if known else None,
        policy_digest=means.policy.digest,
    )


def _read_standing(step: Step) -> PatternStanding:
    if Lane.RAISE in step.lanes:
        return PatternStanding.RAISED
    return PatternStanding.SUGGESTED if Lane.SUGGEST in step.lanes else PatternStanding.FORMING


def _wake_tickets(connection: Connection, ticket_ids: Sequence[str], now: datetime) -> None:
    insert_wakes(connection, SubjectKind.TICKET, ticket_ids, lane=WorkLane.LIVE, now=now)


def _audit(connection: Connection, means: Means, pattern: PatternRow, now: datetime) -> None:
    data = {
        "standing": pattern.standing,
        "customers": pattern.customers,
        "tickets": pattern.tickets,
        "score": pattern.score,
        "by_meaning": pattern.by_meaning,
    }
    digest = means.policy.digest
    add_audit(connection, SubjectKind.PATTERN, pattern.id, "pattern", data, now=now, policy_digest=digest)
    means.log.info("pattern", pattern=pattern.id, **data)


def _settle_order(means: Means, claim: Claim, event: PendingEvent, *, more: bool) -> None:
    now = means.now()
    order = _ORDER.validate_json(event.body or b"")
    with means.database.transaction() as connection:
        check_fence(connection, claim, lease_until=now + means.timing.lease)
        consume_events(connection, [event.id], now)
        concerned = apply_order(connection, order, now)
        _wake_tickets(connection, [str(ticket_id) for ticket_id in concerned], now)
        outdate_desks(connection, now)
        data = {"by": order.by, "reason": order.reason, "tickets": order.tickets, "other": order.other}
        add_audit(connection, SubjectKind.PATTERN, order.pattern_id, order.verdict.value, data, now=now)
        release_subject(connection, claim, plan_due_at=now if more else None, write_due_at=None)
    means.log.info("pattern_verdict", pattern=order.pattern_id, verdict=order.verdict.value, by=order.by)


def _park(means: Means, claim: Claim, error: Exception) -> None:
    now, reason = means.now(), f"{type(error).__name__}: the reports could not be taken in"
    means.log.error("parked", subject="pattern", detail=reason, exc_info=error)
    with means.database.transaction() as connection:
        park_subject(connection, claim, error=reason, now=now)
        add_audit(connection, SubjectKind.PATTERN, claim.id, "parked", {"reason": reason}, now=now)
