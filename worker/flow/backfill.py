"""Running a backfill plan: the next tickets into the inbox whenever the last ones are done, and nothing is urgent.

The tickets go through the same reconciler as live ones. Only one lot of a plan waits at a time, so its reading
never takes more than one thread's pace from the help desk.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from worker.flow.backfill_control import audit_plan
from worker.flow.holding import take_turn
from worker.flow.means import Means
from worker.store.backfill_runs import Outcome, count_outcomes, feed_tickets, is_draining, is_writing
from worker.store.backfills import Backfill, BackfillState, move_backfill, read_backfill
from worker.store.subjects import (
    Claim,
    SubjectKind,
    check_fence,
    release_subject,
)

LOT = 100
"""Tickets that are fed at once: as many as one reading call takes."""

_LOOK_AGAIN = timedelta(seconds=1)


def feed_backfills(means: Means) -> bool:
    """One turn of a due plan; True when there was one."""
    return take_turn(means, SubjectKind.BACKFILL, _take_turn)


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
    if not move_backfill(connection, replace(plan, finished_at=now), away_from=[BackfillState.RUNNING]):
        return
    counts = {outcome.value: count for outcome, count in count_outcomes(connection, plan.id).items()}
    audit_plan(connection, plan, plan.state.value, counts, now)
    means.log.info("backfill_ended", backfill=plan.id, state=plan.state.value, **counts)
