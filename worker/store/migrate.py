"""Brings a database to the schema of this version."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from worker.store.database import Database
from worker.store.version import is_new_enough

_LOCK_ID = 7_305_418


def upgrade_database(database: Database, *, to: str = "head") -> bool:
    """Applies the migrations that are missing up to this one, one process at a time; True when there were any."""
    with database.rebuilding() as connection, _read_config(connection) as config:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": _LOCK_ID})
        before = MigrationContext.configure(connection).get_current_revision()
        if is_new_enough(before):
            return False
        command.upgrade(config, to)
        return True


def list_versions() -> tuple[str, ...]:
    """All versions of the schema, oldest first."""
    with as_file(files("worker.store") / "migrations") as folder:
        return tuple(one.revision for one in reversed(list(ScriptDirectory(str(folder)).walk_revisions())))


@contextmanager
def _read_config(connection: Connection) -> Iterator[Config]:
    with as_file(files("worker.store") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        yield config
