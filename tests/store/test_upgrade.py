"""A database of each older version, with data in every table that it has, is brought to this one and keeps it all."""

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import BigInteger, Boolean, Float, Integer, LargeBinary, MetaData, Table, insert, select, text

from tests.conftest import NOW, PostgresServer
from worker.store.backfills import BackfillState, list_backfills
from worker.store.database import Database
from worker.store.escalations import list_escalations
from worker.store.migrate import list_versions, upgrade_database
from worker.store.schema import metadata
from worker.store.version import has_schema

MADE_ANEW = {"budgets": "0003", "vendors": "0003", "clocks": "0006"}
"""Tables of short-lived figures that a version throws away and begins again."""

WORDS = {
    "state": "open",
    "target": "engineering",
    "severity": "high",
    "reasons": '["why"]',
    "data": "{}",
    "calls": "{}",
    "stage": "opening",
    "fate": "deleted",
    "relation": "recurs",
    "explanation": "{}",
    "title": "Rows are missing",
    "policy_digest": "d",
}


VERSIONS = list_versions()


def is_before(version: str, other: str | None) -> bool:
    return other is not None and VERSIONS.index(version) < VERSIONS.index(other)


@pytest.fixture(params=["sqlite", "postgresql"])
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'old.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.create_database(template="template0")


def fill(database: Database) -> dict[str, dict[str, Any]]:
    """One row in every table, with a value in every column that must have one."""
    found = MetaData()
    rows: dict[str, dict[str, Any]] = {}
    with database.engine.begin() as connection:
        found.reflect(bind=connection)
        for table in found.sorted_tables:
            if table.name != "alembic_version":
                rows[table.name] = {
                    column.name: make_value(table, column)
                    for column in table.columns
                    if not column.nullable or column.name == "created_at"
                }
                connection.execute(insert(table).values(**rows[table.name]))
    return rows


def make_value(table: Table, column: Any) -> Any:
    if table.name == "backfills" and column.name == "state":
        return BackfillState.PLANNED.value
    if column.name in WORDS:
        return WORDS[column.name]
    kinds: tuple[tuple[type[Any], Any], ...] = (
        (Boolean, False),
        (Float, 1.0),
        (Integer, 1),
        (BigInteger, 1),
        (LargeBinary, b"x"),
    )
    for kind, value in kinds:
        if isinstance(column.type, kind):
            return value
    return "x" if "CHAR" in str(column.type) or "TEXT" in str(column.type) else NOW


@pytest.mark.parametrize("version", VERSIONS[:-1])
def test_an_older_database_keeps_its_rows(old_url: str, version: str) -> None:
    with Database(old_url) as database:
        upgrade_database(database, to=version)
        rows = fill(database)
        assert not has_schema(database)
        assert upgrade_database(database)
        assert has_schema(database)
        with database.snapshot() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
            for table in metadata.sorted_tables:
                if table.name in rows and not is_before(version, MADE_ANEW.get(table.name)):
                    assert connection.execute(select(text("count(*)")).select_from(table)).scalar() == 1, table.name
            (escalation,) = list_escalations(connection)
            (plan,) = list_backfills(connection)
        assert (escalation.title, escalation.reasons) == ("Rows are missing", ("why",))
        assert (plan.state, plan.cursor) == (BackfillState.PLANNED, None)
