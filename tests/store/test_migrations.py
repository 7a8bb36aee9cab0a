"""All migrations applied give the schema that the code works with."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from worker.store.database import Database
from worker.store.migrate import upgrade_database
from worker.store.schema import metadata
from worker.store.version import has_schema


def test_migrations_build_the_schema(database: Database) -> None:
    with database.snapshot() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), metadata)
    assert difference == []


def test_a_second_upgrade_changes_nothing(database: Database) -> None:
    assert has_schema(database)
    assert not upgrade_database(database)
