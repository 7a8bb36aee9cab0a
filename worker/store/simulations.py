"""What simulations found, for the dashboard: counts, and how each ticket would fare that fares otherwise.

No words of tickets are kept here; a page reads subjects where they are, so that erasing them there is enough.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, func, select

from worker.core.assessment import Severity, Target
from worker.core.simulation import Change, CriterionMarks
from worker.store.schema import simulated_tickets, simulations, tickets

_KEPT = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class WeekCount:
    """How many tickets of a week (such as 2026-W09) and a team fare so; no team for those that stay."""

    week: str
    team: Target | None
    change: Change
    tickets: int


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptSimulation:
    """One run of `simulate`. `against` is the digest of the policy it was held against; None: what was decided.

    `agree`, `disagree` and `criteria` count agents' marks; of `read_again` marked tickets so many come out as the
    agent wants before and after.
    """

    id: str
    at: datetime
    by: str
    policy: str
    policy_digest: str
    against: str | None
    since: datetime
    until: datetime
    tickets: int
    weeks: tuple[WeekCount, ...]
    criteria: tuple[CriterionMarks, ...]
    agree: int
    disagree: int
    read_again: int
    followed_before: int
    followed_after: int

    def count(self, change: Change) -> int:
        """How many tickets fare so."""
        return sum(row.tickets for row in self.weeks if row.change is change)


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedTicket:
    """A ticket that fares otherwise; no target before or after means that it stays in support."""

    ticket_id: int
    change: Change
    week: str
    before_target: Target | None
    before_severity: Severity | None
    after_target: Target | None
    after_severity: Severity | None
    subject: str = ""

    @property
    def team(self) -> Target | None:
        """Whom it concerns: the team of the tried policy, else of the old."""
        return self.after_target or self.before_target


_WEEKS = TypeAdapter(tuple[WeekCount, ...])
_CRITERIA = TypeAdapter(tuple[CriterionMarks, ...])


def add_simulation(connection: Connection, kept: KeptSimulation, rows: Sequence[SimulatedTicket]) -> None:
    """Keeps a result; of the older ones only the newest twenty stay."""
    values = asdict(kept) | {
        "weeks": _WEEKS.dump_json(kept.weeks).decode(),
        "criteria": _CRITERIA.dump_json(kept.criteria).decode(),
    }
    connection.execute(simulations.insert().values(**values))
    if rows:
        connection.execute(simulated_tickets.insert(), [_spell_row(kept.id, row) for row in rows])
    outlived = select(simulations.c.id).order_by(simulations.c.at.desc(), simulations.c.id).offset(_KEPT)
    gone = connection.execute(outlived).scalars().all()
    connection.execute(delete(simulated_tickets).where(simulated_tickets.c.simulation_id.in_(gone)))
    connection.execute(delete(simulations).where(simulations.c.id.in_(gone)))


def list_simulations(connection: Connection) -> tuple[KeptSimulation, ...]:
    """All that are kept, newest first."""
    rows = connection.execute(select(simulations).order_by(simulations.c.at.desc(), simulations.c.id)).all()
    return tuple(_read_kept(row._mapping) for row in rows)


def list_simulated(
    connection: Connection, simulation_id: str, *, change: Change | None, team: Target | None, limit: int, offset: int
) -> tuple[SimulatedTicket, ...]:
    """The tickets of a result that fare otherwise, with their subjects as they are known now, by number."""
    table = simulated_tickets.outerjoin(tickets, tickets.c.id == simulated_tickets.c.ticket_id)
    wanted = (
        select(simulated_tickets, func.coalesce(tickets.c.subject, "").label("subject"))
        .select_from(table)
        .where(simulated_tickets.c.simulation_id == simulation_id)
    )
    if change is not None:
        wanted = wanted.where(simulated_tickets.c.change == change.value)
    if team is not None:
        wanted = wanted.where(simulated_tickets.c.team == team.value)
    rows = connection.execute(wanted.order_by(simulated_tickets.c.ticket_id).limit(limit).offset(offset)).all()
    return tuple(_read_row(row._mapping) for row in rows)


def _spell_row(simulation_id: str, row: SimulatedTicket) -> dict[str, Any]:
    named = ("before_target", "before_severity", "after_target", "after_severity", "team")
    values = {name: getattr(row, name) for name in named}
    return {
        "simulation_id": simulation_id,
        "ticket_id": row.ticket_id,
        "change": row.change.value,
        "week": row.week,
        **{name: value.value if value else None for name, value in values.items()},
    }


def _read_row(row: Mapping[Any, Any]) -> SimulatedTicket:
    return SimulatedTicket(
        ticket_id=row["ticket_id"],
        change=Change(row["change"]),
        week=row["week"],
        before_target=Target(row["before_target"]) if row["before_target"] else None,
        before_severity=Severity(row["before_severity"]) if row["before_severity"] else None,
        after_target=Target(row["after_target"]) if row["after_target"] else None,
        after_severity=Severity(row["after_severity"]) if row["after_severity"] else None,
        subject=row["subject"],
    )


def _read_kept(row: Mapping[Any, Any]) -> KeptSimulation:
    values = dict(row) | {
        "weeks": _WEEKS.validate_json(row["weeks"]),
        "criteria": _CRITERIA.validate_json(row["criteria"]),
    }
    return KeptSimulation(**values)
