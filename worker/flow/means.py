"""What a worker thread works with; built by wiring, one per thread because the vendor clients are."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from structlog.typing import FilteringBoundLogger

from connectors.ports import Helpdesk, Tracker
from mappings.policy import Policy
from worker.core.plan import Addresses, Texts
from worker.core.recovery import Windows
from worker.flow.limits import Limits
from worker.flow.pattern_desk import MakeDetector, PatternDesk
from worker.store.database import Database


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """The durations and rates of the settings, as the flow uses them.

    What waits longer than `stuck_after` is told on the ticket. `loop_writes` on one ticket and issue in
    `loop_window` are more than people cause.
    """

    poll_every: timedelta
    issue_poll_every: timedelta
    sweep_every: timedelta
    lease: timedelta
    stuck_after: timedelta
    loop_writes: int
    loop_window: timedelta
    windows: Windows
    poll_from: datetime
    updates_per_minute: int


@dataclass(kw_only=True, slots=True)
class Memory:
    """What one process remembers: when it first saw a write's outcome unknown, on its own monotonic clock.

    `tracker_id` is our account's id in the tracker, once it was asked; `desk` the detector of patterns, which saves
    reading its rows again.
    """

    first_seen: dict[tuple[int, datetime | None], float] = field(default_factory=dict)
    tracker_id: str = ""
    desk: PatternDesk | None = None


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
    limits: Limits
    owner: str
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    mint_id: Callable[[], str]
    make_detector: MakeDetector
    jitter: Callable[[], float]
    log: FilteringBoundLogger
