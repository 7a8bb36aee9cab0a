"""What an operator may do with a plan: start its run, pause it, go on, give it up. Each is kept with who and when."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from worker.flow.means import Means
from worker.store.audit import add_audit
from worker.store.backfills import Backfill, BackfillState, move_backfill, read_backfill
from worker.store.subjects import Lane, SubjectKind, insert_wakes

_STARTABLE = (BackfillState.PLANNED, BackfillState.RUNNING, BackfillState.PAUSED)
_UNENDED = (BackfillState.PLANNING, *_STARTABLE)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanOrder:
    """Who orders something about a plan, when, and why (empty at the command line, which asks for no reason)."""

    by: str
    now: datetime
    reason: str = ""

    def spell(self) -> Mapping[str, object]:
        """For the audit."""
        return {"by": self.by} | ({"reason": self.reason} if self.reason else {})


class PlanRefused(Exception):
    """The plan cannot be treated so; the message says why and what to do."""


def start_backfill(means: Means, plan_id: str, *, max_create: int) -> Backfill:
    """Sets a plan running (or goes on with it, under this cap) and makes it due; raises PlanRefused."""
    now = means.now()
    with means.database.transaction() as connection:
        plan = read_backfill(connection, plan_id)
        problem = find_refusal(plan, plan_id, means.policy.digest)
        if plan is None or problem:
            raise PlanRefused(problem)
        return _set_running(connection, replace(plan, max_create=max_create), {"max_create": max_create}, now)


def resume_backfill(connection: Connection, plan_id: str, said: PlanOrder, *, policy_digest: str) -> Backfill:
    """Lets a paused plan run on, under the cap that it was started with; raises PlanRefused.

    A plan that is running already stays so.
    """
    plan = read_backfill(connection, plan_id)
    if plan is not None and plan.state is BackfillState.RUNNING:
        return plan
    problem = find_resume_refusal(plan, plan_id, policy_digest)
    if plan is None or problem:
        raise PlanRefused(problem)
    if plan.state is BackfillState.PLANNING:
        raise PlanRefused(f"{plan_id}: planning reads for hours; escalator backfill resume {plan_id} goes on with it")
    return _set_running(connection, plan, said.spell(), said.now)


def pause_backfill(connection: Connection, plan_id: str, said: PlanOrder) -> Backfill:
    """Feeds no more tickets of a running plan, those at hand (100 at most) are finished; raises PlanRefused.

    A plan that is paused already stays so.
    """
    plan = _read_plan(connection, plan_id)
    if plan.state is BackfillState.PAUSED:
        return plan
    paused = replace(plan, state=BackfillState.PAUSED)
    if not move_backfill(connection, paused, away_from=[BackfillState.RUNNING]):
        raise PlanRefused(f"{plan_id}: the plan is {_word_state(plan)}; only a running one can be paused")
    audit_plan(connection, paused, "paused", said.spell(), said.now)
    return paused


def cancel_backfill(connection: Connection, plan_id: str, said: PlanOrder) -> Backfill:
    """Ends a plan for good: what it has opened stays, and it opens nothing more; raises PlanRefused.

    A plan that is cancelled already stays so.
    """
    plan = _read_plan(connection, plan_id)
    if plan.state is BackfillState.CANCELLED:
        return plan
    ended = replace(plan, state=BackfillState.CANCELLED, error=f"cancelled by {said.by}", finished_at=said.now)
    if not move_backfill(connection, ended, away_from=_UNENDED):
        raise PlanRefused(f"{plan_id}: the plan is {_word_state(plan)}; there is nothing left to cancel")
    audit_plan(connection, ended, "cancelled", said.spell(), said.now)
    return ended


def find_refusal(plan: Backfill | None, plan_id: str, policy_digest: str) -> str:
    """Why this plan cannot be run, and what to do; empty when it can."""
    if plan is None:
        return _word_unknown(plan_id)
    if plan.state in {BackfillState.DONE, BackfillState.DONE_CAPPED}:
        return f"{plan_id}: the plan is done already; plan again to look once more"
    if plan.state is BackfillState.CANCELLED:
        return f"{plan_id}: the plan ended early ({plan.error or 'cancelled'}); plan again"
    if plan.policy_digest != policy_digest:
        return (
            f"{plan_id}: the policy has changed since the plan was made ({plan.policy_digest}, now {policy_digest}), "
            "so its figures do not hold; plan again"
        )
    if plan.state is BackfillState.PLANNING:
        return f"{plan_id}: the plan is not finished; escalator backfill resume {plan_id} goes on with it"
    return ""


def find_resume_refusal(plan: Backfill | None, plan_id: str, policy_digest: str) -> str:
    """Why there is nothing to go on with, and what to do; empty for an unfinished plan and a run that began."""
    if plan is not None and plan.state is BackfillState.PLANNED:
        return f"{plan_id}: the plan was never started; escalator backfill run {plan_id} --max-create N --yes"
    if plan is not None and plan.state is BackfillState.PLANNING and plan.policy_digest == policy_digest:
        return ""
    return find_refusal(plan, plan_id, policy_digest)


def audit_plan(connection: Connection, plan: Backfill, event: str, data: Mapping[str, object], now: datetime) -> None:
    """Keeps what happened to a plan."""
    add_audit(connection, SubjectKind.BACKFILL, plan.id, event, data, now=now, policy_digest=plan.policy_digest)


def _set_running(connection: Connection, plan: Backfill, data: Mapping[str, object], now: datetime) -> Backfill:
    running = replace(plan, state=BackfillState.RUNNING, started_at=plan.started_at or now, error=None)
    if not move_backfill(connection, running, away_from=_STARTABLE):
        raise PlanRefused(f"{plan.id}: the plan ended at this moment; see escalator backfill status {plan.id}")
    insert_wakes(connection, SubjectKind.BACKFILL, [plan.id], lane=Lane.BACKFILL, now=now)
    audit_plan(connection, running, "started", data, now)
    return running


def _read_plan(connection: Connection, plan_id: str) -> Backfill:
    plan = read_backfill(connection, plan_id)
    if plan is None:
        raise PlanRefused(_word_unknown(plan_id))
    return plan


def _word_unknown(plan_id: str) -> str:
    return f"{plan_id}: no such plan; escalator backfill status lists them"


def _word_state(plan: Backfill) -> str:
    return plan.state.value.replace("_", " ")
