"""When a vendor that fails is let be, and when it is tried again: a breaker as data, for a row that all share.

It opens on trouble of the vendor, not of one endpoint or one ticket: failures in a row must have come from two
targets at least, unless no connection was made or the credentials were refused. One probe at a time goes out when
the wait is over, and its success closes the breaker.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

_IN_A_ROW = 5
_UNREACHED_IN_A_ROW = 3
LONGEST_WAIT_S = 300.0
"""The longest time that an open breaker lets pass without a probe."""

_MOST_TRIPS = 12
_JITTER = 0.2
_CREDENTIALS_WAIT_S = 30.0
_QUIET_S = 60.0
CAREFUL_S = 300.0
"""How long after the last refusal for too many requests only one request at a time goes to a vendor."""


class Trouble(StrEnum):
    """What kind of failure it was."""

    UNREACHED = "unreached"
    FAILED = "failed"
    CREDENTIALS = "credentials"
    DENIED = "denied"


class Notice(StrEnum):
    """What is worth a line in the log."""

    OPENED = "opened"
    STILL = "still"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Breaker:
    """How a vendor has been answering; instants are seconds since 1970.

    `failures` is the run of failures since the last success, `target` the first that failed in it and `several`
    whether another failed too. While `opened_at` is set nothing goes out but a probe at `not_before`; `trips` counts
    openings without a real success between them. `noted_at` is the last line in the log, and `is_told` whether the
    log knows of this outage.
    """

    failures: int = 0
    target: str | None = None
    several: bool = False
    failing_since: float | None = None
    opened_at: float | None = None
    not_before: float | None = None
    trips: int = 0
    detail: str | None = None
    remedy: str | None = None
    trouble: Trouble | None = None
    last_success_at: float | None = None
    noted_at: float | None = None
    is_told: bool = False

    @property
    def is_open(self) -> bool:
        """True while only a probe may go out."""
        return self.opened_at is not None

    def left(self, clock: float) -> float:
        """Seconds until a probe may go out; a wait that is longer than any says that the clock went back."""
        left = (self.not_before or 0.0) - clock
        return left if 0.0 < left <= LONGEST_WAIT_S else 0.0


def fail(
    breaker: Breaker, trouble: Trouble, *, target: str, detail: str, remedy: str, clock: float, jitter: float
) -> tuple[Breaker, Notice | None]:
    """The breaker after a failure; `jitter` (0-1) lengthens a wait by up to a fifth."""
    if breaker.is_open and breaker.left(clock) > 0:
        # Sent before the breaker opened: it tells nothing new.
        return breaker, None
    known = breaker.target or target
    failed = replace(
        breaker,
        failures=breaker.failures + 1,
        target=known,
        several=breaker.several or target != known,
        failing_since=breaker.failing_since if breaker.failing_since is not None else clock,
        detail=detail,
        remedy=remedy,
        trouble=trouble,
    )
    if not (breaker.is_open or _is_enough(failed, trouble)):
        return failed, None
    wait = min(2.0 ** min(breaker.trips, _MOST_TRIPS), LONGEST_WAIT_S)
    if trouble is Trouble.CREDENTIALS:
        wait = max(wait, _CREDENTIALS_WAIT_S)
    opened = replace(
        failed,
        opened_at=breaker.opened_at if breaker.is_open else clock,
        not_before=clock + min(wait * (1.0 + _JITTER * jitter), LONGEST_WAIT_S),
        trips=breaker.trips + 1,
    )
    if breaker.noted_at is not None and clock - breaker.noted_at < _QUIET_S:
        return opened, None
    told = replace(opened, noted_at=clock, is_told=True)
    return told, Notice.STILL if breaker.is_told else Notice.OPENED


def succeed(breaker: Breaker, *, is_probe: bool, clock: float) -> tuple[Breaker, Notice | None]:
    """The breaker after an answer. A probe's closes it on trial: `trips` are forgotten at the first real success."""
    well = Breaker(
        trips=breaker.trips if is_probe else 0,
        last_success_at=clock,
        noted_at=breaker.noted_at,
        is_told=breaker.is_told and is_probe,
    )
    if is_probe or not breaker.is_told:
        return well, None
    return replace(well, noted_at=clock), Notice.CLOSED


def backoff(attempts: int, *, jitter: float) -> float:
    """Seconds until a subject is tried again after `attempts` failures of its own: doubling up to five minutes."""
    return min(2.0 ** min(attempts, _MOST_TRIPS) * (1.0 + _JITTER * jitter), LONGEST_WAIT_S)


def _is_enough(failed: Breaker, trouble: Trouble) -> bool:
    if trouble is Trouble.CREDENTIALS:
        return True
    if trouble is Trouble.UNREACHED:
        return failed.failures >= _UNREACHED_IN_A_ROW
    return failed.failures >= _IN_A_ROW and failed.several
