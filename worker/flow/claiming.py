"""Claiming subjects that are due to be planned, with the events that wait for them."""

from collections.abc import Mapping

from sqlalchemy import Connection

from worker.flow.means import Means
from worker.store.inbox import PendingEvent, list_pending
from worker.store.subjects import Claim, Due, SubjectKind, claim_subjects


def claim_planned(
    connection: Connection, means: Means, kind: SubjectKind, *, limit: int
) -> tuple[tuple[Claim, ...], Mapping[str, tuple[PendingEvent, ...]]]:
    """At most `limit` due subjects of the most urgent lane, leased to this process, and their events by subject."""
    claims = claim_subjects(
        connection, kind, Due.PLAN, owner=means.owner, now=means.now(), lease=means.timing.lease, limit=limit
    )
    return claims, list_pending(connection, kind, [claim.id for claim in claims])
