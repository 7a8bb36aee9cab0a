"""How the service is doing, as data: what the store can read and the web edge shows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from worker.core.patterns.rate import AlarmRate


@dataclass(frozen=True, kw_only=True, slots=True)
class Degraded:
    """Something that works less well than it should: `what` is it, `since` when, `remedy` what an operator can do."""

    what: str
    since: datetime
    remedy: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """The state at one instant; `worker_heartbeat_age_s` is None when no worker has ever reported.

    `rows` are (state, number) pairs such as ("inbox", 3), for the metrics. `alarms` is how often patterns are raised.
    """

    degraded: tuple[Degraded, ...] = ()
    worker_heartbeat_age_s: float | None = None
    rows: tuple[tuple[str, int], ...] = ()
    alarms: AlarmRate | None = None


class HealthReader(Protocol):
    """Reads the service's state from where it is kept."""

    def read_health(self, now: datetime) -> Health:
        """The health at `now`, an aware instant; may raise what the database raises."""
        ...

    def can_store(self) -> bool:
        """Tell whether a delivery could be stored right now; may raise what the database raises."""
        ...
