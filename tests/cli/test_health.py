"""`health --here`: the heartbeat of this machine's own worker, for a probe that may restart it."""

from datetime import timedelta

import pytest

from tests.cli.calling import call, call_json, set_settings
from worker.ground import name_machine, now_utc
from worker.store.database import Database
from worker.store.progress import beat


@pytest.mark.parametrize(
    ("owner", "age_s", "healthy"),
    [
        (f"{name_machine()}:7:abc", 3, True),
        (f"{name_machine()}:7:abc", 600, False),
        (f"{name_machine()}2:7:abc", 3, False),
        ("elsewhere:7:abc", 3, False),
        (None, 0, False),
    ],
)
def test_only_a_fresh_heartbeat_of_this_machine_counts(
    *,
    owner: str | None,
    age_s: float,
    healthy: bool,
    database: Database,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_settings(monkeypatch, database_url=database_url)
    if owner is not None:
        with database.transaction() as connection:
            beat(connection, owner, "worker", now_utc() - timedelta(seconds=age_s))
    told = call_json("health", "--here", exit_code=0 if healthy else 1)
    assert told["healthy"] is healthy


def test_a_long_host_name_leaves_room_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "h" * 64)
    assert len(f"{name_machine()}:4194304:abcdef") <= 64


def test_everybodys_heartbeat_counts_without_it(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_settings(monkeypatch, database_url=database_url)
    with database.transaction() as connection:
        beat(connection, "elsewhere:7:abc", "worker", now_utc())
    assert call("health").exit_code == 0
