"""Holding a plan while it is made, so that only one process makes it, and another may go on when that one died."""

from dataclasses import dataclass, field
from datetime import timedelta

from worker.flow.means import Means
from worker.store.subjects import Claim, SubjectKind, check_fence, claim_subject, find_lease_end, release_subject


class PlanHeld(Exception):
    """Another process makes the plan at this moment; the message says until when it is believed to."""


@dataclass(kw_only=True, slots=True)
class PlanHold:
    """The lease of a plan, renewed whenever a third of it has passed."""

    means: Means
    claim: Claim
    renewed_s: float = field(default=0.0)

    def keep(self, wait_s: float = 0.0) -> None:
        """Renews the lease when it is time, or when a wait of so many seconds begins; raises LeaseLost."""
        means, lease_s = self.means, self.means.timing.lease.total_seconds()
        if wait_s <= 0 and means.monotonic() - self.renewed_s < lease_s / 3:
            return
        with means.database.transaction() as connection:
            until = means.now() + means.timing.lease + timedelta(seconds=wait_s)
            check_fence(connection, self.claim, lease_until=until)
        self.renewed_s = means.monotonic()

    def end(self) -> None:
        """Lets go of the plan."""
        with self.means.database.transaction() as connection:
            release_subject(connection, self.claim, plan_due_at=None, write_due_at=None)


def hold_plan(means: Means, plan_id: str) -> PlanHold:
    """Takes the plan for this process; raises PlanHeld while another has it."""
    with means.database.transaction() as connection:
        claim = claim_subject(
            connection,
            SubjectKind.BACKFILL,
            plan_id,
            owner=means.owner,
            now=means.now(),
            lease=means.timing.lease,
        )
        until = find_lease_end(connection, SubjectKind.BACKFILL, plan_id) if claim is None else None
    if claim is None:
        when = f" until {until:%H:%M:%S} UTC at least" if until else ""
        raise PlanHeld(f"{plan_id}: another process is making this plan{when}; if it died, wait for that instant")
    return PlanHold(means=means, claim=claim, renewed_s=means.monotonic())
