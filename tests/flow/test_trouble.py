"""Vendors in trouble, on the sandbox: what it costs us, what is said of it, and that all work is done afterwards.

Time is the test's own, so that ten minutes of outage take seconds; requests go over real sockets.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from connectors.sandbox.faults import Fault
from tests.rig import Rig, build_rig, make_record
from worker.flow.loop import start_polling, work_once
from worker.flow.patience import MOST_ATTEMPTS
from worker.ground import now_utc
from worker.log import configure_logging
from worker.store.database import Database
from worker.store.degraded import find_degraded
from worker.store.schema import effects, subjects
from worker.store.status import read_status


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database) as built:
        configure_logging(level=20)
        yield built


def run_through(rig: Rig, seconds: float, step: float = 1.0) -> None:
    """Works through so much time, second by second, on two threads' worth of means of one process."""
    crew = [rig.means, rig.means]
    start_polling(crew[0])
    ends = now_utc() + timedelta(seconds=seconds)
    while now_utc() < ends:
        while any(work_once(means) for means in crew):
            pass
        rig.clock.skip(step)


def find_status(rig: Rig) -> dict[str, Any]:
    with rig.database.snapshot() as connection:
        return read_status(connection, now_utc())


def find_most_attempts(rig: Rig) -> tuple[int, int]:
    """The most attempts of any subject, and of any effect."""
    with rig.database.snapshot() as connection:
        of_subjects = connection.execute(select(func.max(subjects.c.attempts))).scalar()
        of_effects = connection.execute(select(func.max(effects.c.attempts))).scalar()
    return of_subjects or 0, of_effects or 0


def find_trouble(rig: Rig) -> list[str]:
    with rig.database.snapshot() as connection:
        return [degraded.what for degraded in find_degraded(connection, now_utc())]


@pytest.mark.parametrize(
    ("vendor", "kind"),
    [
        ("jira", "status"),
        pytest.param("jira", "refused", marks=pytest.mark.slow),
        pytest.param("zendesk", "refused", marks=pytest.mark.slow),
        pytest.param("zendesk", "status", marks=pytest.mark.slow),
    ],
)
def test_ten_minutes_of_outage_cost_nothing_but_time(rig: Rig, vendor: Literal["zendesk", "jira"], kind: str) -> None:
    tickets = range(501, 507)
    rig.load(*(make_record(ticket) for ticket in tickets))
    if kind == "refused":
        rig.box.take_down(vendor)
    else:
        rig.box.faults.add(Fault(action="status", vendor=vendor, times=None, status=503))
    with capture_logs() as logs:
        run_through(rig, 600.0)
        loud = [line for line in logs if line["log_level"] in {"warning", "error"}]
        assert any(f"{vendor} fails" in what for what in find_trouble(rig))
        assert find_status(rig)["parked"] == 0
        assert find_most_attempts(rig)[0] <= 1
        asked = len(rig.box.journal.entries(vendor=vendor))
        rig.box.bring_up(vendor) if kind == "refused" else rig.box.faults.clear()
        run_through(rig, 360.0)
    assert len(loud) <= 15
    assert loud[0]["event"] == "vendor_failing"
    assert sum(line["event"] == "vendor_recovered" for line in logs) == 1
    assert asked <= 40
    assert len(rig.box.jira.issues) == len(tickets)
    assert all(rig.box.zendesk.notes(ticket) for ticket in tickets)
    assert find_status(rig)["parked"] == 0
    assert find_trouble(rig) == []


def test_a_poisoned_ticket_is_tried_parked_and_starves_nobody(rig: Rig) -> None:
    rig.load(*(make_record(ticket) for ticket in range(501, 506)))
    rig.box.faults.add(Fault(action="status", vendor="zendesk", times=None, status=500, path="/tickets/503/"))
    run_through(rig, 30.0)
    assert len(rig.box.jira.issues) == 4
    assert find_trouble(rig) == []
    run_through(rig, 300.0, step=5.0)
    rig.box.zendesk.touch(504)
    run_through(rig, 900.0, step=5.0)
    assert find_status(rig)["parked"] == 1
    asked = rig.box.journal.entries(vendor="zendesk", path="/tickets/503/")
    assert len(asked) <= 3 * MOST_ATTEMPTS
    assert find_trouble(rig) == []
    rig.box.faults.clear()
    rig.box.zendesk.touch(503)
    run_through(rig, 5.0)
    assert len(rig.box.jira.issues) == 5


@pytest.mark.parametrize(
    ("vendor", "method", "path"),
    [("zendesk", "GET", "show_many|/comments"), ("jira", "POST", "/remotelink"), ("zendesk", "PUT", "/tickets/")],
)
def test_an_outage_of_a_part_parks_nobody(
    rig: Rig, vendor: Literal["zendesk", "jira"], method: str, path: str
) -> None:
    """The account can still be read, so the vendor seems well; nobody's ticket comes through all the same."""
    rig.load(make_record(501), make_record(502))
    rig.box.faults.add(Fault(action="status", vendor=vendor, method=method, times=None, status=503, path=path))
    run_through(rig, 1800.0, step=5.0)
    assert find_status(rig)["parked"] == 0
    rig.box.faults.clear()
    run_through(rig, 400.0)
    assert len(rig.box.jira.issues) == 2
    assert all(rig.box.zendesk.notes(ticket) for ticket in (501, 502))
    assert find_status(rig)["parked"] == 0


def test_a_ticket_that_spoils_the_reading_of_a_hundred_is_found(rig: Rig) -> None:
    rig.load(*(make_record(ticket) for ticket in range(501, 506)))
    run_through(rig, 5.0)
    for ticket in range(501, 506):
        rig.box.zendesk.touch(ticket)
    rig.box.faults.add(
        Fault(action="status", vendor="zendesk", times=None, status=500, path=r"show_many\?.*ids=[^&]*503")
    )
    rig.box.journal.clear()
    # Long enough for the hourly reading, which is one call for all.
    run_through(rig, 4000.0, step=60.0)
    with rig.database.snapshot() as connection:
        rows = connection.execute(select(subjects.c.id, subjects.c.attempts).where(subjects.c.kind == "ticket")).all()
    attempts = {row.id: row.attempts for row in rows}
    assert attempts["503"] >= 1
    assert {attempts[str(ticket)] for ticket in (501, 502, 504, 505)} == {0}


def test_refused_credentials_stop_all_requests_and_name_the_settings(rig: Rig) -> None:
    rig.load(make_record(501))
    rig.box.faults.add(Fault(action="status", vendor="jira", times=None, status=401))
    run_through(rig, 300.0)
    assert len(rig.box.journal.entries(vendor="jira")) <= 12
    with rig.database.snapshot() as connection:
        (degraded,) = find_degraded(connection, now_utc())
    assert "ESCALATOR_JIRA_API_TOKEN" in degraded.remedy
    assert find_most_attempts(rig)[0] <= 1
    rig.box.faults.clear()
    run_through(rig, 330.0)
    assert len(rig.box.jira.issues) == 1


@pytest.mark.slow
@pytest.mark.parametrize("status", [429, 503])
def test_twenty_minutes_of_refusals_are_obeyed_to_the_second(rig: Rig, status: int) -> None:
    """A refusal every few requests for twenty minutes: nothing comes before the wait is over, and all gets done."""
    rig.load(*(make_record(ticket) for ticket in range(501, 511)))
    wishes = ["7", "0.5", "31", "90.25", "2"]
    crew = [rig.means, rig.means]
    start_polling(crew[0])
    ends, refusals, early = now_utc() + timedelta(minutes=20), 0, 0
    until: dict[str, float] = {}
    while now_utc() < ends:
        for vendor in ("zendesk", "jira"):
            if rig.box.faults.fired() == 0 and not until:
                wish = wishes[refusals % len(wishes)]
                rig.box.faults.add(
                    Fault(action="status", vendor=vendor, status=status, after=3, headers={"Retry-After": wish})
                )
                until[vendor] = 0.0
        before = len(rig.box.journal)
        did = any(work_once(means) for means in crew)
        for entry in rig.box.journal.entries()[before:]:
            waits = until.get(entry.vendor, 0.0)
            early += waits > 0.0 and rig.clock.monotonic() < waits
            if entry.fault:
                refusals += 1
                until[entry.vendor] = rig.clock.monotonic() - 1.0 + float(wishes[(refusals - 1) % len(wishes)])
        if any(0.0 < ends_at <= rig.clock.monotonic() for ends_at in until.values()):
            rig.box.faults.clear()
            until.clear()
        if not did:
            rig.clock.skip(0.25)
    rig.box.faults.clear()
    run_through(rig, 700.0)

    assert refusals >= 5
    assert early == 0
    assert len(rig.box.jira.issues) == 10
    assert find_status(rig)["parked"] == 0
