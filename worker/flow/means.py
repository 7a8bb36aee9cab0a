"""What a worker thread works with; built by wiring, one per thread because the vendor clients are."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from structlog.typing import FilteringBoundLogger

from connectors.errors import Unauthorized, VendorProblem
from connectors.ports import Helpdesk, Tracker
from mappings.policy import Policy
from worker.core.plan import Addresses, Texts
from worker.core.recovery import Windows
from worker.store.database import Database
from worker.store.vendors import note_failure, note_success

_FRESH_SUCCESS_S = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """The durations and rates of the settings, as the flow uses them."""

    poll_every: timedelta
    issue_poll_every: timedelta
    sweep_every: timedelta
    lease: timedelta
    windows: Windows
    poll_from: datetime
    exports_per_minute: int
    updates_per_minute: int


@dataclass(kw_only=True, slots=True)
class Memory:
    """What one process remembers: when it first saw a write's outcome unknown, on its own monotonic clock.

    `tracker_id` is our account's id in the tracker, once it was asked.
    """

    first_seen: dict[tuple[int, int], float] = field(default_factory=dict)
    successes: dict[str, datetime] = field(default_factory=dict)
    tracker_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Means:
    """The database, the vendors, the policy, the clocks and the log."""

    database: Database
    helpdesk: Helpdesk
    tracker: Tracker
    policy: Policy
    timing: Timing
    addresses: Addresses
    texts: Texts
    memory: Memory
    owner: str
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    mint_id: Callable[[], str]
    log: FilteringBoundLogger


def report_success(means: Means, vendor: str) -> None:
    """Keeps that a vendor answers, at most every few seconds."""
    now = means.now()
    last = means.memory.successes.get(vendor)
    if last is not None and (now - last).total_seconds() < _FRESH_SUCCESS_S:
        return
    means.memory.successes[vendor] = now
    with means.database.transaction() as connection:
        note_success(connection, vendor, now)


def report_failure(means: Means, problem: VendorProblem) -> datetime:
    """Keeps that a vendor fails and what to do about it; returns when to try again."""
    means.memory.successes.pop(problem.vendor, None)
    with means.database.transaction() as connection:
        until = note_failure(
            connection,
            problem.vendor,
            detail=str(problem),
            remedy=_find_remedy(problem),
            retry_after_s=problem.retry_after_s,
            now=means.now(),
        )
    means.log.warning("vendor_failed", vendor=problem.vendor, detail=str(problem), retry_at=until.isoformat())
    return until


def _find_remedy(problem: VendorProblem) -> str:
    if isinstance(problem, Unauthorized):
        return f"renew the credentials of {problem.vendor} in the settings and restart"
    return f"nothing: Escalator tries again by itself; check that {problem.vendor} answers if this stays"
