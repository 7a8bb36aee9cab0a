"""Which schema a database has and which one this version needs; each readiness check asks, so without Alembic."""

from functools import cache
from importlib.resources import files

from sqlalchemy import Connection, inspect, text

from worker.store.database import Database

_TABLE = "alembic_version"
_READ = text(f"SELECT version_num FROM {_TABLE}")  # noqa: S608 - a constant


def has_schema(database: Database) -> bool:
    """True when the database has this version's schema, or a newer one.

    Migrations only add what an older version need not know, so that both work side by side during an upgrade.
    """
    with database.snapshot() as connection:
        return is_new_enough(read_version(connection))


def is_new_enough(version: str | None) -> bool:
    """True when a schema of this number has all that this version needs."""
    return version is not None and version >= name_newest()


def read_version(connection: Connection) -> str | None:
    """The schema's version as Alembic notes it; None for a database that has none."""
    if not inspect(connection).has_table(_TABLE):
        return None
    versions = connection.execute(_READ).scalars().all()
    return versions[0] if len(versions) == 1 else None


@cache
def name_newest() -> str:
    """The newest migration of this version, by the number that its file's name begins with."""
    scripts = (files("worker.store") / "migrations" / "versions").iterdir()
    return max(script.name.partition("_")[0] for script in scripts if script.name[:4].isdigit())
