"""INSERT with a conflict clause in the dialect of the connection: the one statement that the two spell apart."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Insertion = sqlite.Insert | postgresql.Insert


def insert_into(connection: Connection, table: Table) -> Any:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def add_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Inserts the rows that are not there yet, in their order; returns how many were new. The table has an `id`."""
    added = 0
    for row in rows:
        insertion = insert_into(connection, table).values(**row)
        added += len(connection.execute(insertion.on_conflict_do_nothing().returning(table.c.id)).all())
    return added
