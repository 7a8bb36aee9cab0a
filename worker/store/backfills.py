"""Backfill plans: what reading the past would lead to, one row per plan and one per ticket of it."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, func, select, update

from worker.core.assessment import Severity, Target
from worker.core.decision import Action
from worker.store.codec import RecordCodec
from worker.store.insertion import insert_into
from worker.store.schema import backfill_tickets, backfills


class BackfillState(StrEnum):
    """Where a plan stands. Each state but the last three has a way on: resume or run it, or let it end.

    `stalled` is never stored: it is what a planning or running plan is while nothing comes of it.
    """

    PLANNING = "planning"
    PLANNED = "planned"
    RUNNING = "running"
    STALLED = "stalled"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"
    DONE_CAPPED = "done_capped"


@dataclass(frozen=True, kw_only=True, slots=True)
class VendorCalls:
    """Calls that were made for a plan (`plan_…`) and those that a run of it will need (`run_…`).

    `run_s` is the time that a run will take: the reading at the pace at which the plan was read, or the writes
    to tickets at the rate of the settings, whichever is longer.
    """

    plan_exports: int = 0
    plan_comments: int = 0
    plan_incidents: int = 0
    run_reads: int = 0
    run_issue_writes: int = 0
    run_ticket_writes: int = 0
    run_s: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Backfill:
    """One plan over the tickets created or updated from `since` to `until`, both included.

    `created` counts the escalations that its run has made, `max_create` is how many it may make. `cursor` is how far
    the planning has read the export; its `calls` are those until then.
    """

    id: str
    state: BackfillState
    since: datetime
    until: datetime
    policy_digest: str
    created_at: datetime
    calls: VendorCalls = field(default_factory=VendorCalls)
    cursor: str | None = None
    max_create: int | None = None
    created: int = 0
    error: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedTicket:
    """What a plan found for one ticket; `action` is None when it could not be judged."""

    ticket_id: int
    action: Action | None
    target: Target | None
    severity: Severity | None
    reason: str

    @property
    def rank(self) -> int:
        """Its place in a run, 0 first: what creates goes first, the most severe of it before all."""
        if self.action not in CREATING:
            return 3
        return 3 - self.severity.rank if self.severity else 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """How many tickets of a plan share an action, a target and a severity."""

    action: Action | None
    target: Target | None
    severity: Severity | None
    tickets: int

    @property
    def creates(self) -> bool:
        """True when each of them would make an escalation."""
        return self.action in CREATING


CREATING = frozenset({Action.OPEN, Action.ADOPT})
"""The actions that make an escalation."""

_CALLS = RecordCodec(VendorCalls)


def add_backfill(connection: Connection, plan: Backfill) -> None:
    """A new plan."""
    connection.execute(backfills.insert().values(**_spell_plan(plan)))


def move_backfill(connection: Connection, plan: Backfill, *, away_from: Collection[BackfillState]) -> bool:
    """Writes the plan while it stands in one of these states; True when it did.

    How many escalations its run has made is not written: tickets alone count those.
    """
    values = {name: value for name, value in _spell_plan(plan).items() if name not in {"id", "created"}}
    stands = backfills.c.state.in_([state.value for state in away_from])
    moved = connection.execute(update(backfills).where(backfills.c.id == plan.id, stands).values(**values))
    return moved.rowcount == 1


def read_backfill(connection: Connection, plan_id: str) -> Backfill | None:
    """The plan with this id."""
    row = connection.execute(select(backfills).where(backfills.c.id == plan_id)).first()
    return _read_plan(row) if row else None


def list_backfills(connection: Connection) -> tuple[Backfill, ...]:
    """All plans, newest first."""
    rows = connection.execute(select(backfills).order_by(backfills.c.created_at.desc(), backfills.c.id)).all()
    return tuple(_read_plan(row) for row in rows)


def add_planned(connection: Connection, plan_id: str, rows: Sequence[PlannedTicket]) -> None:
    """Rows of a plan; a later reading of a ticket replaces the earlier one."""
    if not rows:
        return
    insertion = insert_into(connection, backfill_tickets)
    names = ("rank", "action", "target", "severity", "reason")
    changed = {name: insertion.excluded[name] for name in names}
    connection.execute(
        insertion.on_conflict_do_update(index_elements=["plan_id", "ticket_id"], set_=changed),
        [{"plan_id": plan_id, **_spell_row(row)} for row in rows],
    )


def list_planned(connection: Connection, plan_id: str, actions: Collection[Action]) -> tuple[PlannedTicket, ...]:
    """The rows of a plan with these actions, in the order of its run."""
    wanted = select(backfill_tickets).where(
        backfill_tickets.c.plan_id == plan_id, backfill_tickets.c.action.in_([action.value for action in actions])
    )
    return _read_rows(connection, wanted.order_by(backfill_tickets.c.rank, backfill_tickets.c.ticket_id))


def read_planned(connection: Connection, plan_id: str, ticket_ids: Sequence[int]) -> tuple[PlannedTicket, ...]:
    """The rows of these tickets, in order of id."""
    wanted = select(backfill_tickets).where(
        backfill_tickets.c.plan_id == plan_id, backfill_tickets.c.ticket_id.in_(list(ticket_ids))
    )
    return _read_rows(connection, wanted.order_by(backfill_tickets.c.ticket_id))


def list_ticket_ids(connection: Connection, plan_id: str) -> tuple[int, ...]:
    """The tickets of a plan, in order of id."""
    rows = connection.execute(
        select(backfill_tickets.c.ticket_id)
        .where(backfill_tickets.c.plan_id == plan_id)
        .order_by(backfill_tickets.c.ticket_id)
    )
    return tuple(row.ticket_id for row in rows)


def count_groups(connection: Connection, plan_id: str) -> tuple[Group, ...]:
    """The tickets of a plan by action, target and severity, the largest group first."""
    columns = (backfill_tickets.c.action, backfill_tickets.c.target, backfill_tickets.c.severity)
    rows = connection.execute(
        select(*columns, func.count().label("tickets"))
        .where(backfill_tickets.c.plan_id == plan_id)
        .group_by(*columns)
    ).all()
    groups = [
        Group(
            action=Action(row.action) if row.action else None,
            target=Target(row.target) if row.target else None,
            severity=Severity(row.severity) if row.severity else None,
            tickets=row.tickets,
        )
        for row in rows
    ]
    return tuple(sorted(groups, key=lambda group: (-group.tickets, str(group))))


def _spell_plan(plan: Backfill) -> dict[str, Any]:
    return asdict(plan) | {"state": plan.state.value, "calls": _CALLS.write_text(plan.calls)}


def _read_plan(row: Any) -> Backfill:
    values = dict(row._mapping)
    return Backfill(**values | {"state": BackfillState(row.state), "calls": _CALLS.read_text(row.calls)})


def _spell_row(row: PlannedTicket) -> dict[str, Any]:
    return {
        "ticket_id": row.ticket_id,
        "rank": row.rank,
        "action": row.action.value if row.action else None,
        "target": row.target.value if row.target else None,
        "severity": row.severity.value if row.severity else None,
        "reason": row.reason,
    }


def _read_rows(connection: Connection, wanted: Select[Any]) -> tuple[PlannedTicket, ...]:
    return tuple(
        PlannedTicket(
            ticket_id=row.ticket_id,
            action=Action(row.action) if row.action else None,
            target=Target(row.target) if row.target else None,
            severity=Severity(row.severity) if row.severity else None,
            reason=row.reason,
        )
        for row in connection.execute(wanted)
    )
