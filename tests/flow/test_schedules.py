"""Business hours from Zendesk's schedule: read at the start and every hour, and what is due follows a change."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.faults import Fault
from tests.flow.living import find_escalation, make_patient
from tests.rig import Rig, build_rig, make_record
from worker.core.assessment import Severity, Target
from worker.flow.orders import add_escalate
from worker.flow.replay import Operator
from worker.ground import now_utc
from worker.store.clocks import TEAM, list_clocks
from worker.store.database import Database
from worker.store.status import read_status

NAMED = '[business]\nzendesk_schedule = "Nights"\n'
DAY = 24 * 60
QUIET = "Could you tell me why the monthly report looks different since Friday?"


def schedule(first: int, last: int, name: str = "Nights", zone: str = "UTC") -> dict[str, Any]:
    """A schedule on all days, from one hour to another."""
    spans = [{"start_time": day * DAY + first * 60, "end_time": day * DAY + last * 60} for day in range(7)]
    return {"id": 9, "name": name, "time_zone": zone, "intervals": spans}


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database, overlay={"cadence.toml": NAMED}) as built:
        make_patient(built)
        built.box.zendesk.tables.schedules = [schedule(20, 24)]
        built.load(make_record(501, note=None, text=QUIET))
        yield built


def open_medium(rig: Rig) -> None:
    """An escalation whose clocks count in business hours."""
    rig.run()
    operator = Operator(name="kim", now=now_utc(), command_id="c1")
    with rig.database.transaction() as connection:
        add_escalate(
            connection, 501, target=Target.ENGINEERING, severity=Severity.MEDIUM, reason="test", operator=operator
        )
    rig.live(0.2)


def find_due(rig: Rig, clock: int = TEAM) -> datetime:
    with rig.database.snapshot() as connection:
        clocks = list_clocks(connection, find_escalation(rig).id)
    due = next(one.due_at for one in clocks if one.ticket_id == clock)
    assert due is not None
    return due


def test_clocks_count_in_the_hours_of_the_schedule(rig: Rig) -> None:
    open_medium(rig)
    assert find_due(rig).hour == 20
    assert find_due(rig, 501).hour == 20


def test_a_changed_schedule_sets_what_is_due_anew(rig: Rig) -> None:
    open_medium(rig)
    before = find_due(rig)
    rig.box.zendesk.tables.schedules = [schedule(5, 8)]
    rig.live(1.5)
    assert find_due(rig) != before
    assert find_due(rig).hour == 5
    assert find_due(rig, 501).hour == 5


def test_a_holiday_counts_too(rig: Rig) -> None:
    open_medium(rig)
    before = find_due(rig)
    first = before.date().isoformat()
    rig.box.zendesk.tables.holidays[9] = [{"id": 1, "name": "x", "start_date": first, "end_date": first}]
    rig.live(1.5)
    assert find_due(rig) == before + timedelta(days=1)


def test_a_restart_goes_on_in_the_hours_that_were_read_last(rig: Rig) -> None:
    open_medium(rig)
    before = find_due(rig)
    fault = Fault(action="status", vendor="zendesk", path="/business_hours/", status=500, times=None)
    rig.box.faults.add(fault)
    rig.restart()
    rig.box.zendesk.touch(501)
    rig.live(3)
    assert find_due(rig) == before


@pytest.mark.parametrize("rows", [[], [schedule(9, 17, name="Days")], [{**schedule(9, 17), "intervals": []}]])
def test_a_schedule_that_is_not_there_leaves_the_hours_of_the_policy(rig: Rig, rows: list[dict[str, Any]]) -> None:
    rig.box.zendesk.tables.schedules = rows
    open_medium(rig)
    assert find_due(rig).hour in range(9, 18)
    with rig.database.snapshot() as connection:
        assert read_status(connection, now_utc())["parked"] == 0
