"""A short trouble of a fleet; `make fleet` is the long one."""

from pathlib import Path

import pytest

from tests.conftest import PostgresServer
from tests.crash.fleet import trouble_fleet


@pytest.mark.slow
def test_workers_that_die_and_a_database_that_goes_away_lose_and_double_nothing(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path)
    try:
        outcome = trouble_fleet(tmp_path / "scene", server, seconds=40.0, rate=30.0, seed=11)
    finally:
        server.stop()
    assert outcome.violations == ()
    assert (outcome.blows.kills > 0, outcome.blows.cuts > 0, outcome.blows.stops > 0) == (True, True, True)
    assert outcome.acked > 100
