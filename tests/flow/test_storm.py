"""A storm of refusals over two workers of four threads each on one database, in real time and over real sockets.

The sandbox enforces the vendors' published limits as well, so a request over a budget would be refused by it.
"""

import dataclasses
import random
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from connectors.sandbox.faults import Fault
from connectors.sandbox.settings import RateNumbers
from tests.rig import Rig, build_rig, make_record
from worker.flow.loop import run_worker
from worker.ground import now_utc
from worker.store.database import Database
from worker.store.status import read_status

STORM_S = 60.0
"""Twenty minutes of trouble at a twentieth of its scale: the waits are fractions and seconds, not minutes."""

UNDER_WAY_S = 0.1
"""What was sent before the refusal was heard arrives within this time; it could not be stopped any more."""


@dataclasses.dataclass(frozen=True)
class Refusal:
    """One refusal as the sandbox sent it."""

    vendor: str
    at: float
    wait_s: float


def storm(rig: Rig, seconds: float) -> list[Refusal]:
    """Refuses a request now and then, in every form of Retry-After, and tells when each was sent."""
    dice, refusals, ends = random.Random(7), list[Refusal](), time.monotonic() + seconds
    while time.monotonic() < ends:
        vendor = dice.choice(["zendesk", "zendesk", "jira"])
        wait = dice.choice([0.4, 1.0, 1.75, 3.0])
        until = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4)
        form = dice.choice([f"{wait:g}", f"{wait:g}", format_datetime(until, usegmt=True)])
        before = len(rig.box.journal)
        status = dice.choice([429, 429, 503])
        rig.box.faults.add(Fault(action="status", vendor=vendor, status=status, headers={"Retry-After": form}))  # type: ignore[arg-type]
        patience = time.monotonic() + 2.5
        struck = None
        while struck is None and time.monotonic() < patience:
            struck = next((entry for entry in rig.box.journal.entries()[before:] if entry.fault), None)
            time.sleep(0.005)
        rig.box.faults.clear()
        if struck is None:
            continue
        if "GMT" in form:
            wait = max(0.0, (until - struck.at).total_seconds())
        refusals.append(Refusal(vendor, struck.monotonic, wait))
        time.sleep(wait + dice.choice([0.05, 0.5, 1.5]))
    return refusals


@pytest.mark.slow
def test_a_storm_of_refusals_is_obeyed_by_all_threads_and_no_budget_is_broken(
    tmp_path: Path, database: Database
) -> None:
    rates = RateNumbers(zendesk_updates_per_minute=100, zendesk_exports_per_minute=10)
    with build_rig(tmp_path, database, rate_limits=True, rates=rates) as rig:
        settings = rig.make_means.settings.model_copy(
            update={
                "zendesk_exports_per_minute": 10,
                "zendesk_updates_per_minute": 100,
                "poll_every": timedelta(seconds=5),
            }
        )
        # The rig's own clock skips idle time; a wait that a vendor asks for must be waited for in full here.
        in_real_time = dataclasses.replace(
            rig.make_means, settings=settings, now=now_utc, monotonic=time.monotonic, sleep=time.sleep
        )
        workers = [dataclasses.replace(in_real_time, owner=f"storm-{number}") for number in range(2)]
        rig.load(*(make_record(ticket) for ticket in range(501, 541)))
        stop = threading.Event()
        crews = [
            threading.Thread(
                target=run_worker, args=(make,), kwargs={"threads": 4, "stop": stop, "on_ready": lambda: None}
            )
            for make in workers
        ]
        for crew in crews:
            crew.start()
        refusals = storm(rig, STORM_S)
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline and not is_done(rig):
            time.sleep(0.5)
        stop.set()
        for crew in crews:
            crew.join()
        entries = rig.box.journal.entries()
        early = {
            grace: sum(
                1
                for refusal in refusals
                for entry in entries
                if entry.vendor == refusal.vendor and grace < entry.monotonic - refusal.at < refusal.wait_s
            )
            for grace in (0.0, UNDER_WAY_S)
        }
        over = [entry for entry in entries if entry.status == 429 and not entry.fault]
        summary = (
            f"{len(entries)} requests, {len(refusals)} refusals; {early[UNDER_WAY_S]} too early "
            f"({early[0.0]} counting those under way), {len(over)} over budget"
        )
        (tmp_path / "storm.txt").write_text(summary)
        assert len(refusals) >= 8, summary
        assert (early[UNDER_WAY_S], len(over)) == (0, 0), summary
        assert is_done(rig), summary
        assert len(rig.box.jira.issues) == 40


def is_done(rig: Rig) -> bool:
    """All forty tickets have an issue and a note, and nothing is parked."""
    with rig.database.snapshot() as connection:
        status = read_status(connection, now_utc())
    noted = all(rig.box.zendesk.notes(ticket) for ticket in range(501, 541))
    return noted and not status["parked"] and not status["intended"] and not status["uncertain"]
