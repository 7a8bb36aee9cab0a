"""Putting subjects back when a vendor failed before anything about them could be decided."""

from collections.abc import Iterable

from connectors.errors import VendorProblem
from worker.failpoints import FailPoint, reach
from worker.flow.holding import let_go
from worker.flow.means import Means
from worker.flow.patience import MOST_ATTEMPTS, Patience, find_patience
from worker.store.audit import add_audit
from worker.store.subjects import Claim, SubjectKind, park_subject, postpone_subject
from worker.store.successes import has_read_others

_NEVER_PARKED = frozenset({SubjectKind.POLL, SubjectKind.BACKFILL})


def postpone_claims(means: Means, claims: Iterable[Claim], problem: VendorProblem) -> None:
    """All of them are due again when the vendor may answer; one that was taken over meanwhile is let be.

    A failure of several subjects at once is nobody's own. A subject whose own failure stays is parked in the end.
    """
    waiting = tuple(claims)
    if not waiting:
        return
    first = waiting[0]
    attempts = first.attempts if len(waiting) == 1 else 0
    if first.kind in _NEVER_PARKED:
        attempts = min(attempts, MOST_ATTEMPTS - 2)
    patience = find_patience(
        means, problem, attempts, lambda connection, since: has_read_others(connection, first.kind, first.id, since)
    )
    reach(FailPoint.CLAIMS_POSTPONING)
    for claim in waiting:
        with let_go(means, f"{claim.kind.value} {claim.id}"):
            _postpone_claim(means, claim, problem, patience, counts=patience.counts and len(waiting) == 1)


def postpone_apart(means: Means, failed: Iterable[tuple[Claim, VendorProblem]]) -> None:
    """Each for its own reason; those that one and the same call failed for are postponed together."""
    by_problem: dict[int, tuple[VendorProblem, list[Claim]]] = {}
    for claim, problem in failed:
        by_problem.setdefault(id(problem), (problem, []))[1].append(claim)
    for problem, claims in by_problem.values():
        postpone_claims(means, claims, problem)


def _postpone_claim(means: Means, claim: Claim, problem: VendorProblem, patience: Patience, *, counts: bool) -> None:
    now, reason = means.now(), str(problem)
    with means.database.transaction() as connection:
        if patience.until is not None:
            postpone_subject(connection, claim, until=patience.until, error=reason, counts=counts)
            return
        park_subject(connection, claim, error=reason, now=now)
        add_audit(connection, claim.kind, claim.id, "parked", {"reason": reason}, now=now)
    means.log.error("parked", subject=f"{claim.kind.value} {claim.id}", detail=reason)
