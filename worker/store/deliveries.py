"""The web role's side of the store: deliveries in, health out. One transaction per group of deliveries."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from worker.delivery import Delivery
from worker.failpoints import FailPoint, reach
from worker.health import Degraded, Health
from worker.store.database import Database
from worker.store.degraded import find_degraded
from worker.store.inbox import InboxRow, add_rows
from worker.store.issue_owners import find_by_issue
from worker.store.pattern_rates import read_rate
from worker.store.progress import read_last_beat
from worker.store.schema import subjects
from worker.store.status import read_status
from worker.store.subjects import Lane, SubjectKind
from worker.store.version import has_schema


class WebStore:
    """Stores deliveries durably, and reads how the service is doing."""

    def __init__(self, database: Database, *, late_after_s: float) -> None:
        self._database = database
        self._late_after_s = late_after_s

    def add_deliveries(self, deliveries: Sequence[Delivery]) -> int:
        """All of them in one transaction; returns how many were new."""
        with self._database.transaction() as connection:
            stored = add_rows(connection, [_make_row(connection, delivery) for delivery in deliveries])
            reach(FailPoint.DELIVERIES_STORING)
        return stored

    def read_health(self, now: datetime) -> Health:
        """Vendors that fail, work that is parked, and the worker's last heartbeat."""
        with self._database.snapshot() as connection:
            degraded = list(find_degraded(connection, now))
            beat = read_last_beat(connection, "worker")
            status = read_status(connection, now)
            alarms = read_rate(connection)
        if beat is not None and (now - beat).total_seconds() > self._late_after_s:
            degraded.append(
                Degraded(
                    what="the worker gives no heartbeat", since=beat, remedy="start escalator serve --only worker"
                )
            )
        return Health(
            degraded=tuple(degraded),
            worker_heartbeat_age_s=(now - beat).total_seconds() if beat is not None else None,
            rows=tuple((name, int(value)) for name, value in status.items() if value is not None),
            alarms=alarms,
        )

    def can_store(self) -> bool:
        """True when a transaction can be had on a database of this version's schema."""
        if not has_schema(self._database):
            return False
        with self._database.transaction() as connection:
            connection.execute(select(subjects.c.id).limit(1)).first()
        return True


ISSUE = "issue"
"""The subject kind of a hint that names a tracker's issue; the store knows whose it is."""


def _make_row(connection: Connection, delivery: Delivery) -> InboxRow:
    keys = delivery.dedupe_keys
    kind, subject_id = delivery.subject_kind, delivery.subject_id
    if kind == ISSUE:
        kind = SubjectKind.ESCALATION.value
        subject_id = find_by_issue(connection, subject_id) if subject_id else None
    return InboxRow(
        source=delivery.source,
        dedupe_key=keys[0],
        # The content's own name, also when the sender gave no other: a replay may come without that.
        replay_key=keys[-1],
        subject_kind=SubjectKind(kind),
        subject_id=subject_id,
        lane=Lane(delivery.lane),
        received_at=delivery.received_at,
        body=delivery.body,
    )
