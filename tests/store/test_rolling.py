"""An upgrade without a pause: what the version before writes and reads, it still can after the migration."""

from pathlib import Path

import pytest
from sqlalchemy import MetaData, delete, insert, select, text

from tests.store.test_upgrade import VERSIONS, make_value, old_url
from worker.store.database import Database
from worker.store.migrate import upgrade_database
from worker.store.version import has_schema, name_newest

__all__ = ["old_url"]

SIDE_BY_SIDE = VERSIONS[VERSIONS.index("0010") : -1]
"""Versions whose roles may go on while the database has a newer schema; the ones before had to be stopped."""


def write_everywhere(database: Database, known: MetaData) -> None:
    """One row in each table, with exactly the columns that this version knows; and reads them."""
    with database.engine.begin() as connection:
        for table in reversed(known.sorted_tables):
            connection.execute(delete(table))
        for table in known.sorted_tables:
            row = {column.name: make_value(table, column) for column in table.columns if not column.nullable}
            connection.execute(insert(table).values(**row))
            assert len(connection.execute(select(table)).all()) == 1, table.name


@pytest.mark.parametrize("version", SIDE_BY_SIDE)
def test_the_version_before_still_writes_and_reads_after_the_migration(old_url: str, version: str) -> None:
    with Database(old_url) as database:
        upgrade_database(database, to=version)
        known = MetaData()
        with database.engine.begin() as connection:
            known.reflect(bind=connection)
        known.remove(known.tables["alembic_version"])
        write_everywhere(database, known)
        upgrade_database(database)
        write_everywhere(database, known)


def test_a_newer_schema_is_worked_with_and_never_taken_back(old_url: str) -> None:
    newer = f"{int(name_newest()) + 1:04}"
    with Database(old_url) as database:
        upgrade_database(database)
        with database.transaction() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :newer"), {"newer": newer})
        assert has_schema(database)
        assert not upgrade_database(database)
        with database.snapshot() as connection:
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == newer


def test_an_older_schema_is_not_worked_with(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path / 'old.db'}") as database:
        assert not has_schema(database)
        upgrade_database(database, to=VERSIONS[-2])
        assert not has_schema(database)
