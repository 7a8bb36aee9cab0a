"""One database behind two dialects: connections, transactions, and who may write when.

SQLite's own busy handler sleeps and starves a second process; a kernel lock in front of BEGIN IMMEDIATE queues
writers fairly, while SQLite's lock stays the safety. PostgreSQL needs neither.
"""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

_BUSY_MS = 30_000


class DatabaseProblem(Exception):
    """The database setting cannot be used; the message says what to write."""


class Database:
    """Opens transactions. `transaction` writes (one writer at a time on SQLite), `snapshot` only reads.

    On PostgreSQL a transaction in which nothing happens for `longest_pause_s` is ended by the server, so that a
    process that was stopped inside one keeps nobody waiting. A file has no server: there they wait until it goes on.
    """

    def __init__(self, url: str, *, longest_pause_s: float = 30.0) -> None:
        self.engine = _create_engine(url, longest_pause_s)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        path = self.engine.url.database if self.is_sqlite else None
        self._queue = _WriterQueue(Path(f"{path}.lock")) if path else None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction that commits when the block ends and rolls back when it raises."""
        if self._queue is None:
            with self.engine.begin() as connection:
                yield connection
            return
        with self._queue.wait_turn(), self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    @contextmanager
    def rebuilding(self) -> Iterator[Connection]:
        """A transaction that may drop a table that others refer to, and put another in its place.

        SQLite, "Making Other Kinds Of Table Schema Changes". A reference that leads nowhere in the end rolls it back
        with a DatabaseProblem.
        """
        if self._queue is None:
            with self.transaction() as connection:
                yield connection
            return
        with self._queue.wait_turn(), self.engine.connect() as connection:
            # Inside a transaction SQLite ignores this switch.
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
                _check_references(connection)
                connection.exec_driver_sql("COMMIT")
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            finally:
                connection.exec_driver_sql("PRAGMA foreign_keys=ON")

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection for reading; never blocks a writer."""
        with self.engine.connect() as connection:
            yield connection

    def compact(self) -> bool:
        """Gives back the space of what was deleted, and overwrites it; False when readers kept a part of the log."""
        if self._queue is None:
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM")
            return True
        with self._queue.wait_turn(), self.engine.connect() as connection:
            connection.exec_driver_sql("VACUUM")
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        return not busy

    @contextmanager
    def reading(self, *, longest_s: float) -> Iterator[Connection]:
        """A transaction that sees one state, cannot write, and never blocks a writer.

        On PostgreSQL a statement that takes longer than `longest_s` fails; a file is read without such a limit.
        """
        with self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("PRAGMA query_only=ON")
                connection.exec_driver_sql("BEGIN")
            else:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(longest_s * 1000)}")
            try:
                yield connection
            finally:
                if self.is_sqlite:
                    connection.exec_driver_sql("ROLLBACK")
                    connection.exec_driver_sql("PRAGMA query_only=OFF")

    def exists(self) -> bool:
        """False when opening it would make a new, empty file."""
        path = self.engine.url.database if self.is_sqlite else None
        return path is None or Path(path).exists()

    def close(self) -> None:
        """Closes all connections."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _check_references(connection: Connection) -> None:
    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if lost is not None:
        raise DatabaseProblem(
            f"a row of {lost[0]} refers to a row of {lost[2]} that is not there; nothing was changed"
        )


class _WriterQueue:
    """Threads queue on a lock, processes on a kernel file lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Lock()

    @contextmanager
    def wait_turn(self) -> Iterator[None]:
        with self._turn, self._path.open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            try:
                yield
            finally:
                # Not left to the close: a child forked meanwhile holds a copy of the file, and with it the lock.
                fcntl.flock(handle, fcntl.LOCK_UN)


def _create_engine(url: str, longest_pause_s: float) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseProblem(
            "DATABASE_URL is no database address; write sqlite:///file.db or postgresql://…"
        ) from error
    if parsed.drivername in {"postgresql", "postgres"}:
        return _create_postgres(parsed.set(drivername="postgresql+psycopg"), longest_pause_s)
    if parsed.get_backend_name() == "postgresql":
        return _create_postgres(parsed, longest_pause_s)
    if parsed.get_backend_name() != "sqlite":
        raise DatabaseProblem(f"DATABASE_URL names {parsed.drivername}; write sqlite:///file.db or postgresql://…")
    if not parsed.database or parsed.database == ":memory:":
        raise DatabaseProblem("DATABASE_URL must name a file: sqlite:///escalator.db (memory is lost at a restart)")
    return _create_sqlite(parsed.render_as_string(hide_password=False))


def _create_postgres(url: URL, longest_pause_s: float) -> Engine:
    engine = create_engine(url, pool_size=16, pool_pre_ping=True)

    @event.listens_for(engine, "connect")
    def set_limits(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET idle_in_transaction_session_timeout = {int(longest_pause_s * 1000)}")
        cursor.close()
        connection.commit()

    return engine


def _create_sqlite(url: str) -> Engine:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"timeout": _BUSY_MS / 1000})

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_MS}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine
