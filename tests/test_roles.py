"""What each role loads: idle memory is what its modules weigh, and one import too many brings it all back."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.main import get_command

from connectors.sandbox.server import Sandbox, SandboxSettings
from tests.rig import write_policy
from worker.cli.commands import COMMANDS, build_app
from worker.settings import PREFIX
from worker.store.database import Database
from worker.store.migrate import list_versions, upgrade_database
from worker.store.version import name_newest, read_version

NEVER = {"alembic", "mako", "hypothesis", "numpy", "onnxruntime", "httpx", "connectors.sandbox", "worker.doctor"}
"""What no role needs before its first report of a pattern, if ever."""

UNWANTED = {
    "web": NEVER
    | {"jinja2", "markdown_it", "holidays", "zenpy", "jira", "requests", "tenacity", "mappings.loader"}
    | {"worker.wiring", "worker.web.dashboard", "worker.flow.loop", "worker.reader", "worker.core.assess"},
    "worker": NEVER | {"uvicorn", "starlette", "worker.web.app", "worker.web.dashboard", "worker.web_wiring"},
}


@pytest.mark.parametrize("role", UNWANTED)
def test_a_role_loads_nothing_that_it_does_not_need(role: str, tmp_path: Path) -> None:
    """A real one; Python itself lists what it imports until it is up."""
    with Sandbox(SandboxSettings()) as box:
        command = ("-X", "importtime", "-m", "worker.cli", "serve", "--only", role)
        with _run(box, tmp_path, command):
            pass
    loaded = _read_imports((tmp_path / "stderr.log").read_text())
    assert "worker.settings" in loaded
    found = {unwanted for unwanted in UNWANTED[role] for name in loaded if f"{name}.".startswith(f"{unwanted}.")}
    assert found == set()


@pytest.mark.parametrize("word", [word for words in COMMANDS.values() for word in words])
def test_a_command_is_found_by_its_first_word(word: str) -> None:
    """Its module alone is loaded, so the table must name the right one."""
    commands = get_command(build_app(word)).commands  # type: ignore[attr-defined]
    assert word in commands
    assert len(commands) < 7


def test_the_table_names_every_command() -> None:
    commands = get_command(build_app()).commands  # type: ignore[attr-defined]
    assert set(commands) == {word for words in COMMANDS.values() for word in words}


def test_the_schema_is_known_without_its_migrations(database: Database) -> None:
    with database.transaction() as connection:
        assert read_version(connection) == name_newest() == list_versions()[-1]


def test_the_supervisor_is_all_but_nothing() -> None:
    """Each of its modules stands in memory for as long as the service runs, to start two children."""
    done = subprocess.run(
        (sys.executable, "-X", "importtime", "-c", "import worker.serve"), capture_output=True, text=True, check=True
    )
    loaded = _read_imports(done.stderr)
    assert "worker.serve" in loaded
    ours = {name for name in loaded if name.startswith(("worker", "connectors", "mappings"))}
    assert ours == {"worker", "worker.serve", "worker.plain_log"}
    assert not loaded & {"structlog", "rich", "sqlalchemy", "pydantic", "typer"}


def test_serve_becomes_the_supervisor(tmp_path: Path) -> None:
    """The process that found the mistakes keeps nothing of what it loaded, and its number."""
    with Sandbox(SandboxSettings()) as box, _run(box, tmp_path, ("-m", "worker.cli", "serve")) as process:
        words = Path(f"/proc/{process.pid}/cmdline")
        if not words.exists():
            pytest.skip("there is no /proc on this system")
        assert words.read_bytes().split(b"\0")[1:3] == [b"-m", b"worker.serve"]


@contextmanager
def _run(box: Sandbox, folder: Path, words: tuple[str, ...]) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of the product that is up, on a database that is there already."""
    address = f"sqlite:///{folder / 'escalator.db'}"
    with Database(address) as database:
        upgrade_database(database)
    own = {PREFIX + "DATABASE_URL": address, PREFIX + "WEB_PORT": "0"}
    own[PREFIX + "POLICY_DIR"] = str(write_policy(folder / "policy"))
    foreign = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    with (folder / "stderr.log").open("wb") as errors:
        process = subprocess.Popen(
            (sys.executable, *words), env=foreign | box.environment | own, stdout=subprocess.PIPE, stderr=errors
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, (folder / "stderr.log").read_text()[-2000:]
            assert json.loads(line)["ready"] is True
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=60)


def _read_imports(log: str) -> set[str]:
    """The modules that `-X importtime` lists."""
    return {line.rpartition("|")[2].strip() for line in log.splitlines() if line.startswith("import time:")}
