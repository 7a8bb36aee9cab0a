"""What a worker thread works with; built by wiring, one per thread because the vendor clients are."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from structlog.typing import FilteringBoundLogger

from connectors.errors import VendorProblem
from connectors.ports import Helpdesk, Tracker
from mappings.policy import Policy
from worker.core.plan import Addresses, Texts
from worker.core.recovery import Windows
from worker.flow.limits import Limits
from worker.flow.pattern_desk import MakeDetector, PatternDesk
from worker.store.database import Database

_MOST_DOUBTED = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """The durations and rates of the settings, as the flow uses them.

    What waits longer than `stuck_after` is told on the ticket. `loop_writes` on one ticket and issue in
    `loop_window` are more than people cause. What people wrote is kept for `keep_snapshots` and `keep_texts`.
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
    keep_snapshots: timedelta
    keep_texts: timedelta
    updates_per_minute: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubted:
    """A write whose outcome is unknown: when it was started, when that was first seen on this process's own clock.

    `answered` is the failure when it was answered in full: such a request is not under way any more.
    """

    started_at: datetime | None
    seen_at: float
    answered: VendorProblem | None = None


@dataclass(kw_only=True, slots=True)
class Memory:
    """What one process remembers: writes in doubt by row, our account's id in the tracker once it was asked, and the
    detector of patterns, which saves reading its rows again.

    `policy` is the one on the hours of Zendesk's `schedule`, once that was read; it is looked at again at
    `calendar_due_s`, in seconds of the monotonic clock.
    """

    doubted: OrderedDict[int, Doubted] = field(default_factory=OrderedDict)
    tracker_id: str = ""
    desk: PatternDesk | None = None
    policy: Policy | None = None
    schedule: str = ""
    calendar_due_s: float = 0.0

    def keep_doubted(self, row_id: int, doubted: Doubted) -> None:
        """Keeps the newest thousand; one that is forgotten begins its wait again."""
        self.doubted.pop(row_id, None)
        self.doubted[row_id] = doubted
        if len(self.doubted) > _MOST_DOUBTED:
            self.doubted.popitem(last=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Means:
    """The database, the vendors, the policy, the clocks and the log; `rules` is the policy as its files have it."""

    database: Database
    helpdesk: Helpdesk
    tracker: Tracker
    rules: Policy
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

    @property
    def policy(self) -> Policy:
        """The policy that holds now: its files', on the hours of Zendesk's schedule where they name one."""
        return self.memory.policy or self.rules
