"""A backfill plan: how far it is, what became of each ticket, and the orders to pause it, go on, or end it."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from worker.desk import PlanStep, Word
from worker.store.audit import list_audit
from worker.store.backfill_runs import Outcome, count_progress, find_last_settled, list_report
from worker.store.backfills import Backfill, BackfillState, count_groups, list_backfills, read_backfill
from worker.store.subjects import SubjectKind
from worker.web.dashboard.forms import read_reason, read_seen
from worker.web.dashboard.paging import read_page
from worker.web.dashboard.visit import NoSuchPage, Page, Room, Visit

_MOST_PLANS, _ROWS = 8, 100
_STEPS = {
    BackfillState.PLANNING: (PlanStep.CANCEL,),
    BackfillState.PLANNED: (PlanStep.CANCEL,),
    BackfillState.RUNNING: (PlanStep.PAUSE, PlanStep.CANCEL),
    BackfillState.PAUSED: (PlanStep.RESUME, PlanStep.CANCEL),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanLine:
    """A backfill with how far it has come; `left` is None when nothing tells how long it takes."""

    plan: Backfill
    tickets: int
    done: int
    outcomes: tuple[tuple[Outcome, int], ...]
    left: timedelta | None


def list_plans(connection: Connection, now: datetime) -> tuple[PlanLine, ...]:
    """The newest plans."""
    return tuple(_measure(connection, plan, now) for plan in list_backfills(connection)[:_MOST_PLANS])


def show_backfill(connection: Connection, room: Room, visit: Visit) -> Page:
    """One plan."""
    plan = read_backfill(connection, visit.params["id"])
    if plan is None:
        raise NoSuchPage
    try:
        outcome = Outcome(visit.query["outcome"]) if visit.query.get("outcome") else None
    except ValueError:
        raise NoSuchPage from None
    page = read_page(visit, "page", _ROWS)
    rows = tuple(list_report(connection, plan.id, outcome=outcome, limit=_ROWS + 1, offset=page.offset))
    words = {
        "line": _measure(connection, plan, visit.now),
        "groups": count_groups(connection, plan.id),
        "outcome": outcome,
        "rows": rows[:_ROWS],
        "page": page.turn(len(rows)),
        "steps": _STEPS.get(plan.state, ()),
        "is_outdated": plan.policy_digest != room.policy.digest,
        "history": tuple(reversed(list_audit(connection, SubjectKind.BACKFILL, plan.id)[-30:])),
        "seen": {"state": plan.state.value.replace("_", " ")},
        "once": secrets.token_hex(8),
        "changes": (),
        "problem": None,
    }
    return Page(template="backfill.html.j2", title=f"Backfill {plan.id}", words=words)


def steer_backfill(room: Room, visit: Visit) -> str:
    """Carries out an order about a plan and returns where to go."""
    plan_id = visit.params["id"]
    try:
        step = PlanStep(visit.params["step"])
    except ValueError:
        raise NoSuchPage from None
    word = Word(by=visit.name, reason=read_reason(visit), command_id=visit.read("once", 64), seen=read_seen(visit))
    room.desk.steer_backfill(plan_id, step, word)
    return f"/ops/backfills/{plan_id}?done=steered"


def _measure(connection: Connection, plan: Backfill, now: datetime) -> PlanLine:
    outcomes = count_progress(connection, plan.id)
    tickets = sum(outcomes.values())
    done = tickets - outcomes.get(None, 0)
    last = find_last_settled(connection, plan.id)
    left = None
    if plan.state is BackfillState.RUNNING and plan.started_at and last and done:
        left = (tickets - done) * (now - plan.started_at) / done
    counted = tuple((one, outcomes[one]) for one in Outcome if outcomes.get(one))
    return PlanLine(plan=plan, tickets=tickets, done=done, outcomes=counted, left=left)
