"""Running a backfill plan: the next tickets into the inbox whenever the last ones are done, and nothing is urgent.

The tickets go through the same reconciler as live ones. Only one lot of a plan waits at a time, so its reading
never takes more than one thread's pace from the help desk.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from worker.flow.means import Means
from worker.store.audit import add_audit
from worker.store.backfill_runs import Outcome, count_outcomes, feed_tickets, is_draining, is_writing
from worker.store.backfills import Backfill, BackfillState, read_backfill, save_backfill
from worker.store.subjects import (
    Claim,
    Due,
    Lane,
    LeaseLost,
    SubjectKind,
    check_fence,
    claim_subjects,
    insert_wakes,
    release_subject,
)

LOT = 100
"""Tickets that are fed at once: as many as one reading call takes."""

_LOOK_AGAIN = timedelta(seconds=1)


class PlanRefused(Exception):
    """The plan cannot be run; the message says why and what to do."""


def start_backfill(means: Means, plan_id: str, *, max_create: int) -> Backfill:
    """Sets a plan running (or goes on with it, under this cap) and makes it due; raises PlanRefused."""
    now = means.now()
    with means.database.transaction() as connection:
        plan = read_backfill(connection, plan_id)
        problem = find_refusal(plan, plan_id, means.policy.digest)
        if plan is None or problem:
            raise PlanRefused(problem)
        running = replace(
            plan,
            state=BackfillState.RUNNING,
            max_create=max_create,
            started_at=plan.started_at or now,
            error=None,
        )
        save_backfill(connection, running)
        insert_wakes(connection, SubjectKind.BACKFILL, [plan_id], lane=Lane.BACKFILL, now=now)
        _audit(connection, running, "started", {"max_create": max_create}, now)
    return running


def find_refusal(plan: Backfill | None, plan_id: str, policy_digest: str) -> str:
    """Why this plan cannot be run, and what to do; empty when it can."""
    if plan is None:
        return f"{plan_id}: no such plan; escalator backfill status lists them"
    if plan.state in {BackfillState.DONE, BackfillState.DONE_CAPPED}:
        return f"{plan_id}: the plan is done already; plan again to look once more"
    if plan.state is BackfillState.PLANNING:
        return f"{plan_id}: the plan is not finished; if nothing is planning any more, plan again"
    if plan.state is BackfillState.CANCELLED:
        return f"{plan_id}: the plan ended early ({plan.error or 'cancelled'}); plan again"
    if plan.policy_digest != policy_digest:
        return f"{plan_id}: the policy has changed since the plan was made, so its figures do not hold; plan again"
    return ""


def feed_backfills(means: Means) -> bool:
    """One turn of a due plan; True when there was one."""
    with means.database.transaction() as connection:
        claims = claim_subjects(
            connection,
            SubjectKind.BACKFILL,
            Due.PLAN,
            owner=means.owner,
            now=means.now(),
            lease=means.timing.lease,
            limit=1,
        )
    for claim in claims:
        try:
            _take_turn(means, claim)
        except LeaseLost as lost:
            means.log.warning("lease_lost", backfill=claim.id, detail=str(lost))
    return bool(claims)


def _take_turn(means: Means, claim: Claim) -> None:
    now = means.now()
    with means.database.transaction() as connection:
        check_fence(connection, claim, lease_until=now + means.timing.lease)
        plan = read_backfill(connection, claim.id)
        again = plan is not None and plan.state is BackfillState.RUNNING and _go_on(connection, means, plan, now)
        release_subject(connection, claim, plan_due_at=now + _LOOK_AGAIN if again else None, write_due_at=None)


def _go_on(connection: Connection, means: Means, plan: Backfill, now: datetime) -> bool:
    """Feeds the next lot or ends the plan; True while there is something to come back for."""
    if plan.policy_digest != means.policy.digest:
        reason = "the worker runs under another policy than the plan was made under"
        _end(connection, means, replace(plan, state=BackfillState.CANCELLED, error=reason), now)
        return False
    if is_draining(connection, plan.id):
        return True
    if fed := feed_tickets(connection, plan.id, limit=LOT, now=now):
        means.log.info("fed", backfill=plan.id, tickets=fed)
        return True
    if is_writing(connection, plan.id, now):
        return True
    capped = count_outcomes(connection, plan.id).get(Outcome.HELD_BACK, 0) > 0
    _end(connection, means, replace(plan, state=BackfillState.DONE_CAPPED if capped else BackfillState.DONE), now)
    return False


def _end(connection: Connection, means: Means, plan: Backfill, now: datetime) -> None:
    save_backfill(connection, replace(plan, finished_at=now))
    counts = {outcome.value: count for outcome, count in count_outcomes(connection, plan.id).items()}
    _audit(connection, plan, plan.state.value, counts, now)
    means.log.info("backfill_ended", backfill=plan.id, state=plan.state.value, **counts)


def _audit(connection: Connection, plan: Backfill, event: str, data: dict[str, int], now: datetime) -> None:
    add_audit(connection, SubjectKind.BACKFILL, plan.id, event, data, now=now, policy_digest=plan.policy_digest)
