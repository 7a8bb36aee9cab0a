"""What a long history costs: the same tickets judged and stored on a PostgreSQL that remembers ever more of them."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Table,
    case,
    cast,
    column,
    func,
    insert,
    literal,
    null,
    select,
)

from tests.bench.scaling import COUNT, measure_workers
from tests.conftest import PostgresServer
from worker.log import configure_logging
from worker.store.database import Database
from worker.store.schema import audit, subjects, tickets

SIZES = (10_000, 100_000, 1_000_000)
_FIRST = 10_000_000
_WITH_TEXTS = 0.1
"""The part of the history that is young enough to have its readings and texts still."""


def measure_history(server: PostgresServer, size: int) -> float:
    """Milliseconds of wall time for a ticket, by one worker, beside so many tickets of the past."""
    url = server.create_database()
    measure_workers(url, 1)
    with Database(url) as database:
        with database.transaction() as connection:
            model = connection.execute(select(func.min(tickets.c.id))).scalar_one()
            _remember(connection, model, size)
            # The same ones again, as if nothing had ever been read of them.
            connection.execute(tickets.delete().where(tickets.c.id < _FIRST))
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    return measure_workers(url, 1) / COUNT * 1000


def _remember(connection: Connection, model: int, size: int) -> None:
    """Copies a ticket that was judged, its subject and its audit, so many times over."""
    numbers = func.generate_series(1, size).table_valued(column("n")).render_derived(name="numbers")
    young = numbers.c.n <= int(size * _WITH_TEXTS)
    texts: dict[str, ColumnElement[Any]] = {
        name: case((young, tickets.c[name]), else_=null()) for name in ("snapshot", "assessment", "decision")
    }
    own = literal(_FIRST) + numbers.c.n
    name = cast(own, subjects.c.id.type)
    _copy(connection, tickets, {"id": own, **texts}, numbers, tickets.c.id == model)
    _copy(connection, subjects, {"id": name}, numbers, subjects.c.id == str(model))
    _copy(connection, audit, {"subject_id": name}, numbers, audit.c.subject_id == str(model))


def _copy(
    connection: Connection,
    table: Table,
    changed: dict[str, ColumnElement[Any]],
    numbers: FromClause,
    which: ColumnElement[bool],
) -> None:
    kept = [one.name for one in table.c if one.name not in changed and not (table is audit and one.primary_key)]
    rows = (
        select(*changed.values(), *(table.c[name] for name in kept)).select_from(table).join(numbers, literal(True))
    )
    connection.execute(insert(table).from_select([*changed, *kept], rows.where(which)))


def main() -> None:
    """Measures each size and prints it beside the smallest."""
    configure_logging(level=50)
    folder = Path(tempfile.mkdtemp(prefix="escalator-history-"))
    server = PostgresServer(folder)
    try:
        costs = {size: measure_history(server, size) for size in SIZES}
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    for size, cost in costs.items():
        sys.stdout.write(f"{size:>9,} tickets of history: {cost:5.1f} ms a ticket, {cost / costs[SIZES[0]]:.2f} x\n")


if __name__ == "__main__":
    main()
