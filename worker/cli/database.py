"""The database as a command wants it: of this version's schema, or a word on what to do."""

from worker.cli.output import ExitCode, fail
from worker.ground import open_database
from worker.settings import load_settings
from worker.store.database import Database
from worker.store.version import has_schema

_UPGRADE = "the database has an older schema; run escalator db upgrade"


def prepare_database(database: Database) -> None:
    """Brings a SQLite file to this version's schema; any other database must be there already, or it is exit 2."""
    if has_schema(database):
        return
    if not database.is_sqlite:
        raise fail(ExitCode.USAGE, _UPGRADE)
    from worker.store.migrate import upgrade_database  # noqa: PLC0415 - Alembic, which a role needs once in its life

    upgrade_database(database)


def open_current() -> Database:
    """The database of the settings, which must have this version's schema, or it is exit 2."""
    database = open_database(load_settings())
    if not has_schema(database):
        database.close()
        raise fail(ExitCode.USAGE, _UPGRADE)
    return database
