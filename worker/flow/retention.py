"""Keeping nothing longer than the settings say: a look every hour, by one process at a time."""

from datetime import timedelta

from worker.flow.holding import take_turn
from worker.flow.means import Means
from worker.store.marks import prune_marks
from worker.store.retention import prune_effects, prune_escalations, prune_tickets
from worker.store.snapshots import prune_snapshots
from worker.store.subjects import (
    Claim,
    Lane,
    SubjectKind,
    check_fence,
    insert_wakes,
    release_subject,
)

_TEXTS = "texts"
_AT_ONCE = 200
_EVERY = timedelta(hours=1)


def start_pruning(means: Means) -> None:
    """Makes the pruning due; harmless when it already is."""
    with means.database.transaction() as connection:
        insert_wakes(connection, SubjectKind.RETENTION, [_TEXTS], lane=Lane.FOLLOW_UP, now=means.now())


def prune_kept(means: Means) -> bool:
    """Removes a part of what is too old, if it is time; True when there was something to do."""
    return take_turn(means, SubjectKind.RETENTION, _prune)


def _prune(means: Means, claim: Claim) -> None:
    """Small transactions, so that nobody waits for it; the next part comes at once, the next look in an hour."""
    now, timing = means.now(), means.timing
    texts, readings = now - timing.keep_texts, now - timing.keep_snapshots
    with means.database.transaction() as connection:
        check_fence(connection, claim, lease_until=now + timing.lease)
        removed = {
            "snapshots": prune_snapshots(connection, readings, limit=_AT_ONCE),
            "marks": prune_marks(connection, readings),
            "tickets": prune_tickets(connection, texts, limit=_AT_ONCE),
            "escalations": prune_escalations(connection, texts, limit=_AT_ONCE),
            "writes": prune_effects(connection, texts, limit=_AT_ONCE),
        }
        more = max(removed.values()) >= _AT_ONCE
        release_subject(connection, claim, plan_due_at=now if more else now + _EVERY, write_due_at=None)
    if any(removed.values()):
        means.log.info("pruned", **removed)
