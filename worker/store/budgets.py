"""Rate budgets as rows, shared by all workers on the database.

A token for a write is taken in the transaction that marks it started, so it costs no commit of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select

from worker.core.limits import Level, Limit, learn, size_budget, take
from worker.store.insertion import insert_into
from worker.store.schema import budgets

_OLD_S = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Draw:
    """`cost` units of a limit. `family` is the name under which what vendors announce of its size is kept."""

    name: str
    family: str
    limit: Limit
    cost: int = 1


def take_tokens(connection: Connection, draws: Sequence[Draw], *, part: float, clock: float) -> float:
    """0.0 when all may be drawn now (and were), else the seconds to wait (and none was).

    `clock` is in seconds since 1970; `part` (0-1) is how much of each budget the caller's lane may use.
    """
    if not draws:
        return 0.0
    levels = _lock_levels(connection, {draw.name for draw in draws} | {draw.family for draw in draws})
    taken = dict[str, Level]()
    waits = [0.0]
    for draw in draws:
        budget = size_budget(draw.limit, levels[draw.family].capacity)
        level = taken.get(draw.name, levels[draw.name])
        wait, taken[draw.name] = take(budget, level, part=part, cost=draw.cost, clock=clock)
        waits.append(wait)
    if max(waits) > 0:
        return max(waits)
    for name in sorted(taken):
        _save_level(connection, name, taken[name])
    return 0.0


def note_level(
    connection: Connection,
    *,
    name: str,
    family: str,
    limit: int | None,
    remaining: int | None,
    resets_s: float | None,
    clock: float,
) -> None:
    """Keeps what a vendor said of one limit: its size for the whole family, what is left for this one."""
    levels = _lock_levels(connection, {name, family})
    sized = learn(levels[family], limit=limit, remaining=None, resets_s=None, clock=clock)
    if sized != levels[family]:
        _save_level(connection, family, sized)
    before = sized if name == family else levels[name]
    after = learn(before, limit=None, remaining=remaining, resets_s=resets_s, clock=clock)
    if after != before:
        _save_level(connection, name, after)


def read_levels(connection: Connection) -> dict[str, Level]:
    """All levels."""
    return {row.name: _read_level(row) for row in connection.execute(select(budgets))}


def read_shared_levels(connection: Connection) -> dict[str, Level]:
    """The levels of the limits that everything draws on, not those of single tickets and issues."""
    shared = select(budgets).where(budgets.c.name.not_like("%:%"))
    return {row.name: _read_level(row) for row in connection.execute(shared)}


def forget_full(connection: Connection, clock: float) -> None:
    """Removes the rows of single tickets and issues that have long been full again: no row is a full budget."""
    connection.execute(
        delete(budgets).where(
            budgets.c.name.like("%:%"),
            budgets.c.tat < clock - _OLD_S,
            budgets.c.resets_at.is_(None) | (budgets.c.resets_at < clock),
        )
    )


def _lock_levels(connection: Connection, names: set[str]) -> dict[str, Level]:
    """The rows, locked in order of name; a missing one is made first, or two takers could both find it full."""
    ordered = sorted(names)
    chosen = select(budgets).where(budgets.c.name.in_(ordered)).order_by(budgets.c.name).with_for_update()
    found = {row.name: _read_level(row) for row in connection.execute(chosen)}
    missing = [name for name in ordered if name not in found]
    if missing:
        insertion = insert_into(connection, budgets).on_conflict_do_nothing(index_elements=["name"])
        connection.execute(insertion, [{"name": name, "tat": 0.0} for name in missing])
        found = {row.name: _read_level(row) for row in connection.execute(chosen)}
    return found


def _read_level(row: Any) -> Level:
    return Level(tat=row.tat, capacity=row.capacity, remaining=row.remaining, resets_at=row.resets_at)


def _save_level(connection: Connection, name: str, level: Level) -> None:
    connection.execute(
        budgets.update()
        .where(budgets.c.name == name)
        .values(tat=level.tat, capacity=level.capacity, remaining=level.remaining, resets_at=level.resets_at)
    )
