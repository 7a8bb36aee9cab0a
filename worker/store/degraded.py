"""What works less well than it should because of a vendor: for /readyz, /metrics, `status` and `health`."""

from datetime import datetime

from sqlalchemy import Connection

from worker.health import Degraded
from worker.store.vendors import Pause, VendorRow, read_pauses, read_vendors, spell_clock

_PASSING_S = 60.0
_MOST = 20


def find_degraded(connection: Connection, now: datetime) -> tuple[Degraded, ...]:
    """Vendors that fail, and waits that a vendor asked for; a failure that lasts less than a minute is no news."""
    clock = now.timestamp()
    rows = sorted(read_vendors(connection).items())
    pauses = sorted(read_pauses(connection).items())
    failing = [_tell_failing(row) for _, row in rows if _is_failing(row, clock)]
    waiting = [_tell_pause(pause) for _, pause in pauses if pause.left(clock) > 0]
    return (*failing, *waiting[:_MOST])


def _is_failing(row: VendorRow, clock: float) -> bool:
    since = row.breaker.failing_since
    return row.breaker.is_open or (since is not None and clock - since > _PASSING_S)


def _tell_failing(row: VendorRow) -> Degraded:
    breaker = row.breaker
    since = breaker.failing_since if breaker.failing_since is not None else breaker.opened_at
    return Degraded(
        what=f"{row.name} fails: {breaker.detail}", since=spell_clock(since or 0.0), remedy=breaker.remedy or ""
    )


def _tell_pause(pause: Pause) -> Degraded:
    what = pause.vendor if pause.name == pause.vendor else f"{pause.vendor} ({pause.name})"
    until = spell_clock(pause.not_before).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Degraded(
        what=f"{what} asks to wait until {until}",
        since=spell_clock(pause.since),
        remedy="nothing: work goes on then; if it comes often, lower ESCALATOR_VENDOR_SHARE",
    )
