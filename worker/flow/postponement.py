"""Putting subjects back when a vendor failed before anything about them could be decided."""

from collections.abc import Iterable

from connectors.errors import VendorProblem
from worker.failpoints import FailPoint, reach
from worker.flow.means import Means, report_failure
from worker.store.subjects import Claim, LeaseLost, postpone_subject


def postpone_claims(means: Means, claims: Iterable[Claim], problem: VendorProblem) -> None:
    """All of them are due again when the vendor may answer; one that was taken over meanwhile is let be."""
    until = report_failure(means, problem)
    reach(FailPoint.CLAIMS_POSTPONING)
    for claim in claims:
        try:
            with means.database.transaction() as connection:
                postpone_subject(connection, claim, until=until, error=str(problem))
        except LeaseLost as lost:
            means.log.warning("lease_lost", subject=f"{claim.kind.value} {claim.id}", detail=str(lost))
