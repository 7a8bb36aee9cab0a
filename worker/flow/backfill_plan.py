"""Planning a backfill: the past read and judged as live work would, kept in rows, and nothing written outside.

It reads the export with a cursor of its own, from its start to the tip: the export goes by when a ticket last
changed, so a ticket that was created early may come late. Its calls are the backfill lane's, which leaves the last
part of each budget to live work.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from connectors.errors import HeldBack, NotFound, Unauthorized, VendorProblem
from connectors.records import ExportPage, Ticket, TicketStatus
from worker.core.assessment import Target
from worker.core.decision import Action, Decision
from worker.core.escalation import Escalation
from worker.flow.backfill_hold import PlanHold, hold_plan
from worker.flow.means import Means
from worker.flow.patience import find_patience
from worker.flow.reading import FINISHED, complete_ticket, stamp_comments
from worker.flow.standing import look_for_work, probe_vendors
from worker.flow.ticket import BATCH, judge_ticket
from worker.store.backfills import (
    CREATING,
    Backfill,
    BackfillState,
    Group,
    PlannedTicket,
    VendorCalls,
    add_backfill,
    add_planned,
    count_groups,
    list_planned,
    list_ticket_ids,
    move_backfill,
    read_backfill,
    read_planned,
)
from worker.store.database import Database
from worker.store.escalations import find_by_tickets
from worker.store.subjects import Lane, LeaseLost, check_fence
from worker.store.tickets import TicketState, read_states

T = TypeVar("T")

_TRIES = 6
_MOST_WAITED_S = 600.0
_SAMPLE = 20
_REASON_LIMIT = 240
_STUCK = "the export gave the same cursor again and said that there is more; the plan holds what was read until then"


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanProgress:
    """How far the planning has come: tickets kept so far, and the last change that the export has shown."""

    tickets: int
    reached: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Watcher:
    """How whoever plans waits (seconds), and is told how far it is."""

    wait: Callable[[float], None]
    tell: Callable[[PlanProgress], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """A plan as a person judges it: its groups, what it would create, and a sample that is always the same."""

    plan: Backfill
    groups: tuple[Group, ...]
    would_create: tuple[PlannedTicket, ...]
    sample: tuple[PlannedTicket, ...]

    def count_unjudged(self) -> int:
        """How many tickets could not be judged; a run would park them."""
        return sum(group.tickets for group in self.groups if group.action is None)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """What the store knows of a ticket."""

    state: TicketState | None = None
    escalation: Escalation | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """A planned ticket with the calls that it took, and how long they lasted."""

    row: PlannedTicket
    comments: int = 0
    incidents: int = 0
    reading_s: float = 0.0


@dataclass(kw_only=True, slots=True)
class _Tally:
    """What the planning has cost so far."""

    exports: int = 0
    comments: int = 0
    incidents: int = 0
    tickets: int = 0
    reading_s: float = 0.0

    @classmethod
    def read(cls, calls: VendorCalls, *, tickets: int) -> "_Tally":
        """What an interrupted planning had cost."""
        return cls(
            exports=calls.plan_exports,
            comments=calls.plan_comments,
            incidents=calls.plan_incidents,
            tickets=tickets,
            reading_s=calls.run_s,
        )

    def spell(self) -> VendorCalls:
        """The cost so far, as an unfinished plan keeps it."""
        return VendorCalls(
            plan_exports=self.exports,
            plan_comments=self.comments,
            plan_incidents=self.incidents,
            run_s=self.reading_s,
        )

    def add(self, found: _Found) -> None:
        self.tickets += 1
        self.comments += found.comments
        self.incidents += found.incidents
        self.reading_s += found.reading_s


def make_plan(means: Means, since: datetime, until: datetime, watcher: Watcher) -> Backfill:
    """Reads and judges every ticket created or updated from `since` to `until`, and keeps the plan.

    Raises VendorProblem when the help desk stays away; `resume_plan` goes on where it stood, also after a crash.
    """
    return resume_plan(means, begin_plan(means, since, until), watcher)


def begin_plan(means: Means, since: datetime, until: datetime) -> Backfill:
    """A plan under the policy of now with nothing in it yet; `resume_plan` makes it."""
    plan = Backfill(
        id=means.mint_id(),
        state=BackfillState.PLANNING,
        since=since,
        until=until,
        policy_digest=means.policy.digest,
        created_at=means.now(),
    )
    with means.database.transaction() as connection:
        add_backfill(connection, plan)
    return plan


def resume_plan(means: Means, plan: Backfill, watcher: Watcher) -> Backfill:
    """Goes on with a planning from the last page of the export that was kept whole.

    Raises PlanHeld while another process makes the plan, LeaseLost when one took it over, VendorProblem as
    `make_plan` does.
    """
    hold = hold_plan(means, plan.id)
    try:
        ended = _fill_plan(means, plan, Watcher(wait=partial(_wait_holding, hold, watcher), tell=watcher.tell), hold)
    finally:
        with suppress(LeaseLost):
            hold.end()
    means.log.info("planned", backfill=plan.id, state=ended.state.value, policy=plan.policy_digest)
    return ended


def _wait_holding(hold: PlanHold, watcher: Watcher, seconds: float) -> None:
    hold.keep(seconds)
    watcher.wait(seconds)


def read_review(database: Database, plan: Backfill) -> Review:
    """What a person reads before running the plan; the sample hangs on the ticket ids alone."""
    with database.snapshot() as connection:
        ids = sorted(list_ticket_ids(connection, plan.id), key=lambda ticket_id: zlib.crc32(str(ticket_id).encode()))
        return Review(
            plan=plan,
            groups=count_groups(connection, plan.id),
            would_create=list_planned(connection, plan.id, CREATING),
            sample=read_planned(connection, plan.id, ids[:_SAMPLE]),
        )


def _fill_plan(means: Means, plan: Backfill, watcher: Watcher, hold: PlanHold) -> Backfill:
    with means.database.snapshot() as connection:
        tally = _Tally.read(plan.calls, tickets=sum(group.tickets for group in count_groups(connection, plan.id)))
    stuck = False
    for page in _walk_export(means, plan, watcher):
        tally.exports += 1
        stuck = not page.end_of_stream and page.cursor in {plan.cursor, None}
        inside = [ticket for ticket in page.tickets if _is_inside(ticket, plan)]
        for start in range(0, len(inside), BATCH):
            found = _judge_tickets(means, inside[start : start + BATCH], watcher, hold)
            with means.database.transaction() as connection:
                check_fence(connection, hold.claim, lease_until=means.now() + means.timing.lease)
                add_planned(connection, plan.id, [each.row for each in found])
            for each in found:
                tally.add(each)
            watcher.tell(PlanProgress(tickets=tally.tickets, reached=_find_reached(page.tickets, plan.since)))
        plan = replace(plan, cursor=page.cursor, calls=tally.spell())
        if not _keep_plan(means, plan, hold):
            return _read_again(means, plan)
    with means.database.snapshot() as connection:
        groups = count_groups(connection, plan.id)
    calls = _count_calls(means, tally, groups)
    ended = replace(plan, state=BackfillState.PLANNED, calls=calls, error=_STUCK if stuck else None)
    return ended if _keep_plan(means, ended, hold) else _read_again(means, plan)


def _read_again(means: Means, plan: Backfill) -> Backfill:
    with means.database.snapshot() as connection:
        return read_backfill(connection, plan.id) or plan


def _keep_plan(means: Means, plan: Backfill, hold: PlanHold) -> bool:
    """Writes how far it is, unless an operator cancelled it, which ends the planning."""
    with means.database.transaction() as connection:
        check_fence(connection, hold.claim, lease_until=means.now() + means.timing.lease)
        return move_backfill(connection, plan, away_from=[BackfillState.PLANNING])


def _walk_export(means: Means, plan: Backfill, watcher: Watcher) -> Iterator[ExportPage]:
    cursor = plan.cursor

    def read_next() -> ExportPage:
        start = None if cursor else int(plan.since.timestamp())
        return means.helpdesk.read_export(cursor=cursor, start_time=start)

    while True:
        page = _read_patiently(means, watcher, read_next)
        yield page
        if page.end_of_stream or page.cursor in {cursor, None}:
            return
        cursor = page.cursor


def _read_patiently(means: Means, watcher: Watcher, read: Callable[[], T]) -> T:
    """Waits out limits and a vendor that fails for a while; what cannot pass by waiting is raised at once."""
    tries, waited_s = 0, 0.0
    while True:
        try:
            with means.limits.use_lane(Lane.BACKFILL):
                return read()
        except (NotFound, Unauthorized):
            raise
        except VendorProblem as problem:
            tries += not isinstance(problem, HeldBack)
            if tries >= _TRIES or waited_s >= _MOST_WAITED_S:
                raise
            until = find_patience(means, problem, tries, lambda *_: False).until or means.now()
            wait_s = max(0.0, (until - means.now()).total_seconds())
            waited_s += wait_s
            watcher.wait(wait_s)
            probe_vendors(means, look_for_work(means).probes)


def _is_inside(ticket: Ticket, plan: Backfill) -> bool:
    return any(plan.since <= instant <= plan.until for instant in (ticket.created_at, ticket.updated_at))


def _find_reached(tickets: Sequence[Ticket], since: datetime) -> datetime:
    return max((ticket.generated_at or ticket.updated_at for ticket in tickets), default=since)


def _judge_tickets(means: Means, tickets: Sequence[Ticket], watcher: Watcher, hold: PlanHold) -> list[_Found]:
    ids = [ticket.id for ticket in tickets]
    with means.database.snapshot() as connection:
        states, escalations = read_states(connection, ids), find_by_tickets(connection, ids)
    found = []
    for ticket in tickets:
        hold.keep()
        known = _Known(state=states.get(ticket.id), escalation=escalations.get(ticket.id))
        found.append(_judge_one(means, ticket, known, watcher))
    return found


def _judge_one(means: Means, ticket: Ticket, known: _Known, watcher: Watcher) -> _Found:
    if ticket.status is TicketStatus.DELETED:
        return _Found(row=_note_unread(ticket, Action.STAY, "the ticket is deleted"))
    before = known.state.ticket if known.state else None
    started = means.monotonic()
    try:
        whole = _read_patiently(means, watcher, lambda: complete_ticket(means.helpdesk, ticket, before))
    except NotFound:
        return _Found(row=_note_unread(ticket, Action.STAY, "the ticket is gone"))
    reading_s = means.monotonic() - started
    try:
        _, decision = judge_ticket(means, whole, known.state, known.escalation, may_wait=False)
        row = _spell_decision(ticket, decision)
    except Exception as error:  # a ticket that cannot be judged must hold up no other; a run parks it
        means.log.exception("not_judged", ticket=ticket.id)
        row = _note_unread(ticket, None, f"{type(error).__name__}: could not be judged")
    reused = before is not None and before.comments_read and stamp_comments(before) == stamp_comments(ticket)
    return _Found(
        row=row,
        comments=int(ticket.status not in FINISHED and not reused),
        incidents=int(ticket.has_incidents),
        reading_s=reading_s,
    )


def _note_unread(ticket: Ticket, action: Action | None, reason: str) -> PlannedTicket:
    return PlannedTicket(ticket_id=ticket.id, action=action, target=None, severity=None, reason=reason)


def _spell_decision(ticket: Ticket, decision: Decision) -> PlannedTicket:
    return PlannedTicket(
        ticket_id=ticket.id,
        action=decision.action,
        target=decision.target,
        severity=decision.severity,
        reason="; ".join(decision.reasons)[:_REASON_LIMIT],
    )


def _count_calls(means: Means, tally: _Tally, groups: Sequence[Group]) -> VendorCalls:
    issue_writes = sum(group.tickets * _count_issue_writes(group) for group in groups)
    ticket_writes = sum(group.tickets * _count_ticket_writes(group) for group in groups)
    tickets = sum(group.tickets for group in groups)
    writing_s = timedelta(minutes=ticket_writes / means.timing.updates_per_minute).total_seconds()
    return VendorCalls(
        plan_exports=tally.exports,
        plan_comments=tally.comments,
        plan_incidents=tally.incidents,
        run_reads=-(-tickets // BATCH) + tally.comments + tally.incidents,
        run_issue_writes=issue_writes,
        run_ticket_writes=ticket_writes,
        run_s=round(max(tally.reading_s, writing_s), 1),
    )


def _count_issue_writes(group: Group) -> int:
    """An issue and its link to the ticket; only the link when it is there already; an edit and a comment."""
    if group.target is Target.L2:
        return 0
    return {Action.OPEN: 2, Action.ADOPT: 1, Action.UPDATE: 2, Action.MOVE: 2}.get(group.action or Action.STAY, 0)


def _count_ticket_writes(group: Group) -> int:
    """A note with its fields, and the tags."""
    return 2 if group.action in {Action.OPEN, Action.ADOPT, Action.ASK, Action.UPDATE, Action.MOVE} else 0
