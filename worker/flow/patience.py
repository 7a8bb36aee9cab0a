"""What a failure means for the subject that met it: whose fault it is, when to come back, and when to give up.

Only trouble of the subject itself counts as an attempt. While a vendor is away, asks to wait, or refuses our
credentials, subjects wait without counting. What fails only in part is nobody's own: a subject is parked when others
of its kind have come through since it began to fail.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from connectors.errors import HeldBack, Throttled, Uncertain, Unreachable, VendorProblem
from worker.core.breaker import backoff
from worker.flow.means import Means
from worker.flow.standing import ask_account
from worker.store.vendors import read_pauses, read_vendor

MOST_ATTEMPTS = 10
"""Attempts after which a subject whose own trouble stays is parked: about nine minutes."""

Succeeds = Callable[[Connection, datetime], bool]
"""Whether the same has gone well for another subject since an instant."""

_LATELY_S = 10.0
_SHORTEST_S = 0.05
_UNREACHED_S = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """When to come back; None means to park. `counts` says that it was the subject's own failure."""

    until: datetime | None
    counts: bool = False


def find_patience(means: Means, problem: VendorProblem, attempts: int, succeeds: Succeeds) -> Patience:
    """What to do with a subject that has failed `attempts` times before; `succeeds` tells how others fare."""
    now = means.now()
    if isinstance(problem, HeldBack):
        return Patience(until=now + timedelta(seconds=max(problem.retry_after_s or 0.0, _SHORTEST_S)))
    wait = _find_vendor_wait(means, problem, now)
    if wait > 0:
        return Patience(until=now + timedelta(seconds=wait))
    if isinstance(problem, Throttled) or is_vendors_fault(means, problem):
        wait = max(_find_vendor_wait(means, problem, now), _UNREACHED_S)
        return Patience(until=means.now() + timedelta(seconds=wait))
    is_last = attempts + 1 >= MOST_ATTEMPTS
    if is_last and _is_own(means, problem, attempts, succeeds):
        return Patience(until=None, counts=True)
    means.log.warning("postponed", vendor=problem.vendor, attempt=attempts + 1, detail=str(problem))
    return Patience(until=now + timedelta(seconds=backoff(attempts, jitter=means.jitter())), counts=not is_last)


def _is_own(means: Means, problem: VendorProblem, attempts: int, succeeds: Succeeds) -> bool:
    """A refusal is about what was asked; a failure may be everybody's, and then others fail as well."""
    if not isinstance(problem, Uncertain | Unreachable):
        return True
    began = means.now() - timedelta(seconds=sum(backoff(attempt, jitter=0.0) for attempt in range(attempts)))
    with means.database.snapshot() as connection:
        return succeeds(connection, began)


def is_vendors_fault(means: Means, problem: VendorProblem) -> bool:
    """Asks the vendor something else when it has not answered anything lately: is it this subject, or everything?"""
    if not isinstance(problem, Uncertain | Unreachable):
        return False
    if means.limits.answered_lately(problem.vendor, _LATELY_S):
        return False
    try:
        ask_account(means, problem.vendor)
    except VendorProblem:
        return True
    return False


def _find_vendor_wait(means: Means, problem: VendorProblem, now: datetime) -> float:
    with means.database.snapshot() as connection:
        row = read_vendor(connection, problem.vendor)
        pauses = read_pauses(connection, [problem.vendor])
    return means.limits.find_wait(problem.vendor, row, pauses, now.timestamp())
