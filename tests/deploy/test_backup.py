"""A backup as the runbook makes it, while the service writes, is whole and starts again."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection

from tests.conftest import NOW, PostgresServer
from worker.store.audit import add_audit, list_audit
from worker.store.database import Database
from worker.store.migrate import upgrade_database
from worker.store.subjects import SubjectKind
from worker.store.version import has_schema


def note(connection: Connection, event: str) -> None:
    add_audit(connection, SubjectKind.TICKET, "7", event, {}, now=NOW)


def list_events(database: Database) -> list[str]:
    with database.snapshot() as connection:
        return [row.event for row in list_audit(connection, SubjectKind.TICKET, "7")]


def back_up(live: Path, backup: Path) -> None:
    """What `sqlite3 FILE ".backup 'FILE'"` does: SQLite's online backup."""
    with closing(sqlite3.connect(live)) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)


def test_a_backup_of_a_database_in_use_is_restored(tmp_path: Path) -> None:
    live, backup = tmp_path / "escalator.db", tmp_path / "escalator-backup.db"
    with Database(f"sqlite:///{live}") as database:
        upgrade_database(database)
        with database.transaction() as connection:
            note(connection, "before")
        with database.transaction() as connection:
            note(connection, "meanwhile")
            back_up(live, backup)
    for ending in ("", "-wal", "-shm"):
        Path(f"{live}{ending}").unlink(missing_ok=True)
    backup.rename(live)
    with Database(f"sqlite:///{live}") as restored:
        assert has_schema(restored)
        assert list_events(restored) == ["before"]
        with restored.transaction() as connection:
            note(connection, "after")
        assert list_events(restored) == ["before", "after"]


def test_a_dump_of_postgresql_in_use_is_restored(tmp_path: Path, postgres: PostgresServer) -> None:
    url, dump = postgres.create_database(), tmp_path / "escalator.dump"
    with Database(url) as database:
        with database.transaction() as connection:
            note(connection, "before")
        with database.transaction() as connection:
            note(connection, "meanwhile")
            postgres.run_tool("pg_dump", "--format=custom", f"--file={dump}", url)
        with database.transaction() as connection:
            note(connection, "lost")
    for place in (url, postgres.create_database("template0")):
        postgres.run_tool("pg_restore", "--clean", "--if-exists", f"--dbname={place}", str(dump))
        with Database(place) as restored:
            assert has_schema(restored)
            assert list_events(restored) == ["before"]
            with restored.transaction() as connection:
                note(connection, "after")
            assert list_events(restored) == ["before", "after"]


def test_the_file_alone_would_lack_the_newest_commits(tmp_path: Path) -> None:
    live, copy = tmp_path / "escalator.db", tmp_path / "copy.db"
    with Database(f"sqlite:///{live}") as database:
        upgrade_database(database)
        with database.transaction() as connection:
            note(connection, "newest")
        copy.write_bytes(live.read_bytes())
    with closing(sqlite3.connect(copy)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        rows = connection.execute("SELECT count(*) FROM audit").fetchone()[0] if "audit" in tables else 0
    assert rows == 0
