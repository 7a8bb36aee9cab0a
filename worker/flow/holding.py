"""Keeping hold of what was claimed, and letting go of what was lost.

The last of a hundred tickets must not be lost because the first ones took long.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

from worker.flow.means import Means
from worker.store.subjects import Claim, Due, LeaseLost, SubjectKind, check_fence, claim_subjects


@contextmanager
def let_go(means: Means, subject: str) -> Iterator[None]:
    """What another worker holds by now is left to it, whatever was being kept of it."""
    try:
        yield
    except LeaseLost as lost:
        means.log.warning("lease_lost", subject=subject, detail=str(lost))


def take_turn(means: Means, kind: SubjectKind, turn: Callable[[Means, Claim], None]) -> bool:
    """Claims one due subject of a kind and takes its turn; True when there was one."""
    with means.database.transaction() as connection:
        claims = claim_subjects(
            connection, kind, Due.PLAN, owner=means.owner, now=means.now(), lease=means.timing.lease, limit=1
        )
    for claim in claims:
        with let_go(means, claim.id):
            turn(means, claim)
    return bool(claims)


class Held(Protocol):
    """Work on a claimed subject."""

    @property
    def claim(self) -> Claim:
        """What proves that it is held."""
        ...


W = TypeVar("W", bound=Held)


def walk_held(means: Means, works: Sequence[W], *, since: float) -> Iterator[W]:
    """One work after the other, claimed at `since` (monotonic seconds); what was lost to another worker is left out.

    Before half of the lease is over, the leases of all that are left are renewed together.
    """
    left, renewed_at = deque(works), since
    while left:
        if means.monotonic() - renewed_at > means.timing.lease.total_seconds() / 2:
            renewed_at = means.monotonic()
            left = _renew(means, left)
        if left:
            yield left.popleft()


def _renew(means: Means, works: deque[W]) -> deque[W]:
    kept: deque[W] = deque()
    with means.database.transaction() as connection:
        lease_until = means.now() + means.timing.lease
        for work in works:
            with let_go(means, work.claim.id):
                check_fence(connection, work.claim, lease_until=lease_until)
                kept.append(work)
    return kept
