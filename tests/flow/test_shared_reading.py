"""One-shot commands on a database that a service uses: they keep to what the vendors told the service."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors.errors import HeldBack
from connectors.sandbox.faults import Fault
from tests.rig import Rig, build_rig, make_record
from worker.cli.app import app
from worker.settings import PREFIX
from worker.store.database import Database


@pytest.fixture
def rig(tmp_path: Path, migrated: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with build_rig(tmp_path, migrated) as built:
        for name, value in built.box.environment.items():
            monkeypatch.setenv(name, value)
        built.load(make_record(501))
        yield built


def test_a_command_waits_for_what_the_service_was_asked_to(rig: Rig) -> None:
    rig.box.faults.add(Fault(action="status", vendor="zendesk", status=429, headers={"Retry-After": "90"}))
    rig.run()
    rig.box.journal.clear()
    result = CliRunner().invoke(app, ["score", "501"])
    assert isinstance(result.exception, HeldBack)
    assert len(rig.box.journal) == 0
    rig.clock.skip(91.0)
    assert CliRunner().invoke(app, ["score", "501"]).exit_code == 0


def test_a_command_needs_no_database(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = tmp_path / "none.db"
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL", f"sqlite:///{missing}")
    assert CliRunner().invoke(app, ["score", "501"]).exit_code == 0
    assert not missing.exists()
