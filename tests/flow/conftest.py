"""Rigs whose search index lags far beyond every window, and one whose issue is restricted.

Flows wait for real clocks, so most run on one store each time; the other's are for `make slow`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.living import make_patient
from tests.rig import Rig, build_rig, make_record
from worker.settings import PREFIX
from worker.store.database import Database
from worker.store.migrate import upgrade_database

SECRET = "After logging in I can see the invoices and addresses of another company in my account."
_ON_BOTH_STORES = frozenset({"test_erasure.py", "test_paths.py", "test_patterns.py", "test_uncertain_creates.py"})
CONFIRMED = "Confirmed: customer A sees customer B's invoices in the portal. This is a data exposure."


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the flows on PostgreSQL as slow, but for the main paths."""
    for item in items:
        if "tests/flow/" in item.nodeid and "[postgresql" in item.nodeid and item.path.name not in _ON_BOTH_STORES:
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database that the commands called in this process open too."""
    url = f"sqlite:///{tmp_path / 'escalator.db'}"
    with Database(url) as opened:
        upgrade_database(opened)
        monkeypatch.setenv(f"{PREFIX}DATABASE_URL", url)
        yield opened


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database, search_lag_s=60.0) as built:
        built.load(make_record(501))
        yield built


@pytest.fixture
def opened(rig: Rig) -> Rig:
    """The rig with its issue opened and everything written."""
    rig.run()
    rig.run_for(0.5)
    return rig


@pytest.fixture
def patient(tmp_path: Path, database: Database) -> Iterator[Rig]:
    """An escalation that was opened on a Monday morning, with a worker that polls rarely: hours pass quickly."""
    with build_rig(tmp_path, database) as built:
        make_patient(built)
        built.load(make_record(501))
        built.run()
        built.live(0.1)
        yield built


@pytest.fixture
def restricted(tmp_path: Path, database: Database) -> Iterator[Rig]:
    extra = '[targets.security]\nmode = "auto"\nsecurity_level = "Security team only"\nrequire_level = true\n'
    with build_rig(tmp_path, database, extra=extra) as rig:
        rig.load(make_record(501, text=SECRET, note=CONFIRMED, subject="I can see another company's invoices"))
        rig.run()
        rig.run_for(0.5)
        yield rig
