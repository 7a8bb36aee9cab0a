"""Rate budgets as rows, shared by all workers on the database (the generic cell rate algorithm).

A token is taken in the transaction that marks a write started, so it costs no commit of its own.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from worker.store.insertion import insert_into
from worker.store.schema import budgets


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """At most `count` calls in `period_s` seconds, of which `burst` may come at once."""

    name: str
    count: int
    period_s: float
    burst: int = 1


def take_token(connection: Connection, budget: Budget, now: datetime) -> float:
    """0.0 when the call may be made now (a token was taken), else the seconds to wait (none was taken)."""
    interval = budget.period_s / budget.count
    clock = now.timestamp()
    row = connection.execute(select(budgets.c.tat).where(budgets.c.name == budget.name).with_for_update()).first()
    tat = max(row.tat if row else clock, clock)
    wait = tat - clock - interval * (budget.burst - 1)
    if wait > 0:
        return float(wait)
    insertion = insert_into(connection, budgets).values(name=budget.name, tat=tat + interval)
    connection.execute(insertion.on_conflict_do_update(index_elements=["name"], set_={"tat": insertion.excluded.tat}))
    return 0.0
